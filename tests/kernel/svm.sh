#!/usr/bin/env bash
# The processor as the judge of nested paging: what the core says of a guest's
# accesses, and which exits SVM makes of them.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/session.sh"

# run CPU WORDS LEAST: the guest's TAP, as results of this test
run()
{
	local what="$1 $2" line passed

	qemu_start -cpu "$1" -m 128 -append "$2" -no-reboot \
		-kernel "$builddir/kernel/pmapk.elf32" \
		-device isa-debug-exit,iobase=0xf4,iosize=4
	wait_until 120 eval '! qemu_alive'
	qemu_stop
	while IFS= read -r line; do
		case $line in
		"ok "*)		pass "$what: ${line#*- }" ;;
		"not ok "*)	fail "$what: ${line#*- }" ;;
		"#"*)		diag "${line#"# "}" ;;
		"Bail out!"*)	fail "$what: $line" ;;
		esac
	done < <(tr -d '\r' <"$tmp/serial")
	passed=$(sed -n 's/^# \([0-9]*\) passed, 0 failed.*/\1/p' "$tmp/serial")
	ok "$what: ${passed:-no} of at least $3" [ "${passed:-0}" -ge "$3" ]
}

run max "mode=svm count=20000" 20000
run max "mode=svm count=10000 seed=2 la57" 10000
run max,phys-bits=48 "mode=svm count=10000 seed=3" 10000
run max,phys-bits=52 "mode=svm count=10000 seed=5" 10000
run qemu64,+svm,+npt "mode=svm count=10000 seed=4" 10000
run max "mode=svm-stop" 1
run max "mode=svm-stop la57" 1

finish
