#!/usr/bin/env bash
# Debian's amd64 kernel with 4 levels; the kernel's addresses are randomised.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/guest.sh"
. "$srcdir/tests/lib/inverse.sh"
. "$srcdir/tests/lib/layout.sh"
. "$srcdir/tests/lib/marks.sh"
. "$srcdir/tests/lib/kept.sh"
. "$srcdir/tests/lib/tasks.sh"

guest_module=brd
guest_boot linux-image-amd64 tests/guest/init64 \
	"-- kallsyms=1 tasks=3 pagemap=1 kept=1 marks=1 moves=1" -cpu qemu64 || finish
guest_oracles
is "$guest_mode" 4 "4 levels"
guest_check_oracles 5000
guest_check_plugin
guest_check_inverse
# GDB let it go on; it is stopped again for the values of its variables.
hmp stop
guest_check_layout
guest_check_tasks
guest_check_scan
guest_check_kept
guest_check_entries
hmp stop
guest_check_marks
is "$(layout_value huge_zero_pfn)" "$(printf %016x $((16#$(entries_frame 40000000) >> 12)))" \
	"that is the kernel's huge_zero_pfn"
wait_until 120 guest_stop_in_user || bail "the guest is not in user mode"
guest_check_moves tests/guest/init64
finish
