#!/usr/bin/env bash
# Debian 13's arm64 kernel of 16 KiB pages with 52-bit addresses (LPA2): tables
# of 16 KiB, a root of 32 entries.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/guest-arm64.sh"

guest_memory=2048
arm64_boot linux-image-arm64-16k@trixie max,pauth-impdef=on || finish
arm64_ask
like "$(cat "$gdb_out")" '16 KiB granule' "a granule of 16 KiB"
arm64_check 5000

# Roots of 256 bytes, many to a page: the process' own, and the kernel's.
. "$srcdir/tests/lib/questions.sh"
cat >"$tmp/table" <<'END'
pmap roots --scan | 0 | TTBR0_EL1 of CPU 0; likely, for the lower half: a table with [0-9]+ entr(y|ies), .* only user mode may execute
pmap roots --scan | 0 | TTBR1_EL1 of CPU 0; found, for the upper half: ([0-9]+) entries, .*[0-9]+ of the [0-9]+ in TTBR1_EL1
pmap roots --scan --has 0x10000000 | 0 | ^0x[0-9a-f]+ arm64-16k +TTBR0_EL1 of the selected thread
END
questions <"$tmp/table" >"$tmp/ask.gdb"
gdb_run <"$tmp/ask.gdb"
check_answers <"$tmp/table"
finish
