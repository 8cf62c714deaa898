#!/usr/bin/env bash
# The same kernel on a Cortex-A72: no features newer than Armv8.0, and the
# kernel's tables out of EL0's sight (KPTI).
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/guest-arm64.sh"

arm64_boot linux-image-arm64 cortex-a72 || finish
arm64_ask
arm64_check 1000
. "$srcdir/tests/lib/questions.sh"
cat >"$tmp/table" <<'END'
pmap info | 0 | the kernel's are at --ttbr1 0x[0-9a-f]+ \(a guess\)$
pmap regions | 0 | trampoline
pmap regions --ttbr1 (($TTBR1_EL1 & 0xfffffffff000) + 0x2000) | 0 | kernel text
pmap regions --ttbr1 (($TTBR1_EL1 & 0xfffffffff000) + 0x2000) | 0 | vmemmap
END
wait_until 120 arm64_stop_in_user || bail "the guest is not in user mode"
questions <"$tmp/table" >"$tmp/questions.gdb"
gdb_run <"$tmp/questions.gdb"
check_answers <"$tmp/table"
finish
