#!/usr/bin/env bash
# Debian 13's arm64 kernel, 4 KiB pages with 52-bit addresses (LPA2): five levels,
# a root of 16 entries.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
guest_module=brd
guest_asks="pagemap=1 kallsyms=1 kept=1"
. "$(dirname "$0")/../lib/guest-arm64.sh"
. "$srcdir/tests/lib/kept.sh"

arm64_boot linux-image-arm64@trixie max,pauth-impdef=on || finish
arm64_ask
like "$(cat "$gdb_out")" 'TTBR0_EL1: 52-bit addresses, 5 levels' "five levels"
arm64_check 20000
# Linux 6.12 has the new form.
wait_until 120 arm64_stop_in_user || bail "the guest is not in user mode"
guest_check_entries ambiguous

# Roots of 128 bytes, many to a page.
. "$srcdir/tests/lib/questions.sh"
cat >"$tmp/table" <<'END'
pmap roots --scan | 0 | TTBR0_EL1 of CPU 0; likely, for the lower half: a table with [0-9]+ entr(y|ies), .* only user mode may execute
pmap roots --scan | 0 | TTBR1_EL1 of CPU 0; found, for the upper half: [0-9]+ entr(y|ies), .*[0-9]+ of the [0-9]+ in TTBR1_EL1
END
questions <"$tmp/table" >"$tmp/ask.gdb"
gdb_run <"$tmp/ask.gdb"
check_answers <"$tmp/table"
finish
