#!/usr/bin/env bash
# AArch64's emulated processor as the judge: 20,000 addresses and accesses in
# random tables, stage 1, stage 2 and both.
#
# Environment: JUDGE_COUNT and JUDGE_SEED, for more of them, or others.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/session.sh"

# shellcheck source=tests/lib/judge.sh
. "$srcdir/tests/lib/judge.sh"

count=${JUDGE_COUNT:-20000}

if [ ! -f "$builddir/tests/judge/arm64/program.elf" ]; then
	skip "the judge" "no aarch64-linux-gnu-gcc here when pmap was configured"
	finish
fi
session_need tests/judge/arm64/judge
judge arm64 "random tables, as the processor has them" "$count" \
	--count "$count" --seed "${JUDGE_SEED:-1}"
judge arm64 "another seed" 4000 --count 4000 --seed 20261129
judge arm64 "random instructions, at EL1 and EL0" "${JUDGE_INSNS:-8000}" --insns \
	--count "${JUDGE_INSNS:-8000}" --seed "${JUDGE_SEED:-1}"
finish
