# The processor as the judge, from a test in bash: source session.sh first.
#
# judge ARCH WHAT LEAST ARG...: no mismatch, and at least so many cases; what the
# program said is in $judge_said.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash

judge()
{
	local arch=$1 what=$2 least=$3 status passed
	local dir=$builddir/tests/judge/$1

	shift 3
	judge_said=$(TMPDIR=$tmp "$dir/judge" "$@" "$dir/program.elf" 2>&1)
	status=$?
	passed=$(printf '%s\n' "$judge_said" | tail -n 1)
	diag "$(printf '%s\n' "$judge_said" | sed 's/^# //')"
	if [ $status -eq 0 ]; then
		ok "$what: $passed" test "${passed%% *}" -ge "$least"
	else
		fail "$what: $passed"
	fi
}
