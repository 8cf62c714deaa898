#!/usr/bin/env bash
# The kernel's tests of itself: the page-table interface on top of the core, on
# the processor, and the mapping engine against an array.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/session.sh"

# run CPU WORDS LEAST: the guest's TAP, as results of this test
run()
{
	local what="$1 $2" line n=0

	qemu_start -cpu "$1" -m "${4:-128}" -append "mode=test $2" -no-reboot \
		-kernel "$builddir/kernel/pmapk.elf32" \
		-device isa-debug-exit,iobase=0xf4,iosize=4
	wait_until 120 eval '! qemu_alive'
	qemu_stop
	while IFS= read -r line; do
		case $line in
		"ok "*)		pass "$what: ${line#*- }"; n=$((n + 1)) ;;
		"not ok "*)	fail "$what: ${line#*- }" ;;
		"#"*)		diag "${line#"# "}" ;;
		"Bail out!"*)	fail "$what: $line" ;;
		esac
	done < <(tr -d '\r' <"$tmp/serial")
	like "$(tail -n 1 "$tmp/serial")" '^# [0-9]+ passed, 0 failed' "$what: to the end"
	ok "$what: at least $3 tests" [ "$n" -ge "$3" ]
}

run max "count=500" 80
run max "count=500 seed=2 la57" 2
run qemu64 "count=200 seed=3" 80 1536

finish
