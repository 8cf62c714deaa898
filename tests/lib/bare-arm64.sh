# A program of a test's own on a bare machine of AArch64: sourced instead of session.sh.
# $cc compiles it.  Where a tool is missing, the test is skipped.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
QEMU=${QEMU_ARM64:-qemu-system-aarch64}
GDB=${GDB_MULTIARCH:-gdb-multiarch}
GDB_ARCH=aarch64
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

cc=aarch64-linux-gnu-gcc
for tool in "$cc" "$GDB" "$QEMU"; do
	if ! command -v "$tool" >/dev/null; then
		skip "a program on bare AArch64" "no $tool here"
		finish
	fi
done
