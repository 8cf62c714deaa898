#!/usr/bin/env bash
# AArch64's emulated processor as the judge: 20,000 addresses and accesses in
# random tables, stage 1, stage 2 and both.
#
# Environment: JUDGE_COUNT and JUDGE_SEED, for more of them, or others.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/session.sh"

program=$builddir/tests/judge/arm64/program.elf
count=${JUDGE_COUNT:-20000}

# judge WHAT LEAST ARG...: no mismatch, and at least so many cases
judge()
{
	local what=$1 least=$2 out status passed

	shift 2
	out=$(TMPDIR=$tmp "$builddir/tests/judge/arm64/judge" "$@" "$program" 2>&1)
	status=$?
	passed=$(printf '%s\n' "$out" | tail -n 1)
	diag "$(printf '%s\n' "$out" | sed 's/^# //')"
	if [ $status -eq 0 ]; then
		ok "$what: $passed" test "${passed%% *}" -ge "$least"
	else
		fail "$what: $passed"
	fi
}

if [ ! -f "$program" ]; then
	skip "the judge" "no aarch64-linux-gnu-gcc here when pmap was configured"
	finish
fi
session_need tests/judge/arm64/judge
judge "random tables, as the processor has them" "$count" \
	--count "$count" --seed "${JUDGE_SEED:-1}"
judge "another seed" 4000 --count 4000 --seed 20261129
finish
