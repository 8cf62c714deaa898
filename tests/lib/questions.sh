# A table of questions for GDB and their answers: sourced by bash, after
# session.sh.
#
#	questions <TABLE	the commands that ask them, for gdb_run
#	check_answers <TABLE	a test of each status and each answer
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
