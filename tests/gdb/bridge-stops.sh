#!/usr/bin/env bash
# Wherever the target has stopped, each command answers, and GDB is as it was:
# where code cannot be read, or the stack, where symbols are wrong or there are none.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/session.sh"

# Each command, and the $pmap_status of an answer.  1 is one, too: nothing is there.
commands='info:0
dump 0x1000 +0x1000:0
walk $pc:0|1
perms $pc:0|1
gva2gpa $pc:0|1
source:0
access $pc x:0|6
explain:0|6|7
fault 0x1000 --error 0:0|1
check 0x1000 +0x1000 --mirror $cr3:0
roots:0
expect 0x1000 +1 none:0|8'

# As a person types, so that an error ends nothing; the machine stays stopped.
ask()
{
	{ session_preamble; cat; echo disconnect; } >"$tmp/typed.gdb"
	timeout -k 5 "$SESSION_LIMIT" "$GDB" -q -nx -ex 'set prompt' "$@" \
		<"$tmp/typed.gdb" >"$tmp/out" 2>&1
}

# every STOP: a script that runs all commands at a stop of that name
every()
{
	local line

	echo "backtrace 2"
	while read -r line; do
		printf 'set $pmap_status = 99\npmap %s\n' "${line%:*}"
		printf 'printf "STOP %s: %s: %%d\\n", $pmap_status\n' "$1" "${line%:*}"
	done <<<"$commands"
	printf 'echo == %s\\n\nbacktrace 2\ninfo frame\necho == end\\n\n' "$1"
	printf 'maintenance flush register-cache\n'
	printf 'echo == plain %s\\n\nbacktrace 2\ninfo frame\necho == end\\n\n' "$1"
}

# check STOP: each has answered there
check()
{
	local line status bad=

	while read -r line; do
		status=$(sed -n "s/^STOP $1: //p" "$tmp/out" | grep -F "${line%:*}: " | sed 's/.*: //')
		[[ $status =~ ^(${line##*:})$ ]] || bad+=" ${line%:*} ($status)"
	done <<<"$commands"
	is "$bad" "" "$1: each command answers" ||
		diag "$(grep -v '^[ #]' "$tmp/out" | head -n 20)"
	is "$(sed -n "/^== $1\$/,/^== end/p" "$tmp/out" | sed 1d)" \
		"$(sed -n "/^== plain $1\$/,/^== end/p" "$tmp/out" | sed 1d)" \
		"$1: GDB's frames are what they are without pmap"
}

# Inside a guest: code that GDB cannot read, with symbols.
qemu_start -S -cpu max -m 128 -append "mode=svm-stop" -no-reboot \
	-kernel "$builddir/kernel/pmapk.elf32" \
	-device isa-debug-exit,iobase=0xf4,iosize=4
ask "$builddir/kernel/pmapk.elf" < <(
	printf 'thbreak pmapk_l2_stop\ncontinue\n'
	for i in 0 1; do
		every "unmapped-$i"
		echo stepi
	done
	every unmapped-2
)
for i in 0 1 2; do
	check "unmapped-$i"
done
unlike "$(cat "$tmp/out")" 'has no monitor' "and there is a monitor"
finish
