#!/usr/bin/env bash
# RISC-V's emulated hart as the judge: 20,000 addresses and accesses in random
# tables, with satp, and where QEMU's hypervisor extension can judge (from 9 on)
# through the VS and the G stage; past PMP; in tables that map.h made.  Then 8,000
# random instructions.
#
# Environment: JUDGE_COUNT and JUDGE_SEED, for more of them, or others.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/session.sh"
# shellcheck source=tests/lib/judge.sh
. "$srcdir/tests/lib/judge.sh"

count=${JUDGE_COUNT:-20000}

# met STAGE REASON: so many cases came to that
met()
{
	printf '%s\n' "$judge_said" |
		sed -n "s/^# $1:.* $2 \([0-9]*\).*/\1/p" | grep . || echo 0
}

if [ ! -f "$builddir/tests/judge/riscv/program.elf" ]; then
	skip "the judge" "no riscv64-linux-gnu-gcc here when pmap was configured"
	finish
fi
session_need tests/judge/riscv/judge
judge riscv "random tables, as the hart has them" "$count" \
	--count "$count" --seed "${JUDGE_SEED:-1}"
for reason in allowed range V reserved U SUM S-fetch R W X PMP; do
	ok "S stage: $reason is among them" test "$(met 'S stage' $reason)" -gt 20
done
version=$(printf '%s\n' "$judge_said" |
	sed -n 's/^# QEMU emulator version \([0-9]*\).*/\1/p')
if [ "$version" -ge 9 ]; then
	for stage in 'VS stage' 'G stage'; do
		for reason in range V reserved U W X A; do
			ok "$stage: $reason is among them" \
				test "$(met "$stage" $reason)" -gt 10
		done
	done
	ok "PMP denies tables of the VS stage" \
		test "$(met 'G stage, for a table' PMP)" -gt 10
else
	skip "VS and G stage" "QEMU $version's hypervisor extension is no judge"
fi
judge riscv "another seed" 4000 --count 4000 --seed 20261129
judge riscv "random instructions" "${JUDGE_INSNS:-8000}" --insns \
	--count "${JUDGE_INSNS:-8000}" --seed "${JUDGE_SEED:-1}"
finish
