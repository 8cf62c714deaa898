# A table of questions for GDB and their answers: sourced by bash, after
# session.sh.
#
#	questions <TABLE	the commands that ask them, for gdb_run
#	check_answers <TABLE	a test of each status and each answer
#	ask_demo COMMANDS	both, of table(), in the example kernel's demo
#
# A line of the table: QUESTION | $pmap_status | a match of the answer.  The match
# may have | in it; without one there must be no answer.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash

trim()
{
	local s=$1

	s=${s#"${s%%[! ]*}"}
	printf '%s' "${s%"${s##*[! ]}"}"
}

# Each answer between two marks, with the status in the second.
questions()
{
	local question

	while IFS='|' read -r question _; do
		printf 'echo ==== ask\\n\n%s\nprintf "==== status %%d\\n", $pmap_status\n' \
			"$(trim "$question")"
	done
}

# The N-th answer of the last session, and its status.
answer()
{
	awk -v n="$1" '/^==== ask/ { i++; next } /^==== status/ { next } i == n' "$gdb_out"
}

answer_status()
{
	awk -v n="$1" '/^==== ask/ { i++ } /^==== status/ && i == n { print $3 }' "$gdb_out"
}

# COMMANDS, GDB's, come before the questions.
ask_demo()
{
	qemu_start -S -cpu max -smp 2 -m 128 -append "mode=demo" \
		-kernel "$builddir/kernel/pmapk.elf32"
	{
		printf '%s\n' 'hbreak pmapk_ready' continue 'set $pmap_maxphyaddr = 40' "$1"
		table | questions
	} >"$tmp/table.gdb"
	gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/table.gdb"
	is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"
	check_answers < <(table)
	is "$(cat "$gdb_err")" "" "and nothing on standard error"
}

check_answers()
{
	local n=0 question want regex

	while IFS='|' read -r question want regex; do
		n=$((n + 1))
		question=$(trim "$question")
		regex=${regex# }
		is "$(answer_status $n)" "$(trim "$want")" "$question: status"
		if [ -n "$regex" ]; then
			like "$(answer $n)" "$regex" "$question"
		else
			is "$(answer $n)" "" "$question: says nothing"
		fi
	done
}
