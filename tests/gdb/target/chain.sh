#!/usr/bin/env bash
# The results of one command in the words of the next: what they name is evaluated
# before it is made void; what is not named is void all the same.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

qemu_start -S -cpu max -m 128 -append mode=demo \
	-kernel "$builddir/kernel/pmapk.elf32"

# Commands whose answer begins with their ADDR, or has it.
commands=('gva2gpa %s' 'walk %s' 'perms %s' 'access %s r' 'explain --at %s'
	'fault %s --error 0')

# results COMMAND: all names that its help has
results()
{
	awk -v command="${1%% *}" '
		$1 == "@command" { in_it = $2 == command }
		in_it && $1 == "@results" { $1 = ""; print }
	' "$srcdir/src/command/commands.in" | tr ' ' '\n' | grep . |
		sed 's/^VERDICT$/fault exception error cr2 level/; s/^EXIT$/exit exit_info exit_gpa/' |
		tr ' ' '\n'
	printf 'reads\nstatus\n'
}

script()
{
	local command result

	printf 'hbreak pmapk_ready\ncontinue\n'
	for command in "${commands[@]}"; do
		for result in $(results "$command"); do
			printf 'set $pmap_%s = 0x400000\n' "$result"
			printf 'echo == %s %s\\n\n' "${command%% *}" "$result"
			# shellcheck disable=SC2059
			printf "pmap $command\n" "0x123+\$pmap_$result"
		done
	done
	echo 'echo == end\n'
	cat <<-'END'
	pmap gva2gpa pmapk_ready
	pmap gva2gpa 0x400000 + ($pmap_gpa & 0xfff) --root $cr3
	printf "chained %lx\n", (unsigned long)$pmap_gpa & 0xfff
	print $pmap_gpa
	print/x $pmap_gpa + 1
	printf "function %lx\n", (unsigned long)pmapk_ready & 0xfff
	set $pmap_where = "memory"
	set $pmap_status = 0
	pmap gva2gpa $pmap_gpa + nosuch
	END
}

gdb_run "$builddir/kernel/pmapk.elf" < <(script)
for command in "${commands[@]}"; do
	name=${command%% *}
	bad="" n=0
	for result in $(results "$command"); do
		n=$((n + 1))
		sed -n "/^== $name $result\$/,/^== /p" "$gdb_out" |
			grep -v '^==' | grep -q 0x400123 || bad+=" $result"
	done
	is "$bad" "" "$name: takes each of its $n results"
done
like "$(cat "$gdb_out")" "^chained $(sed -n 's/^function //p' "$gdb_out")$" \
	"a translation, and another of what it gave"
like "$(cat "$gdb_out")" '^\$[0-9]+ = \(void \*\) 0x[0-9a-f]+( <.*>)?$' \
	"an address prints as a pointer does"
like "$(cat "$gdb_err")" 'No symbol "nosuch"' "a bad expression"
is "$gdb_status" 1 "is GDB's error"

gdb_run "$builddir/kernel/pmapk.elf" <<'END'
pmap gva2gpa $pc
set $pmap_hpa = 5
pmap gva2gpa $pc+1
output $_isvoid($pmap_hpa)
pmap info
END
like "$(cat "$gdb_out")" '^1cpu ' "what is not named is void"
finish
