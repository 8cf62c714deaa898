#!/usr/bin/env bash
# The processor as the judge: 100,000 accesses on four levels and on five, and
# a share on a processor without the newer controls, and with other widths.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
here=$(cd "$(dirname "$0")/.." && pwd) || exit 99
. "$here/lib/tap.sh"

# judge WHAT LEAST ARG...: no mismatch, and at least so many accesses
judge()
{
	local what=$1 least=$2 out passed

	shift 2
	out=$("$here/mmu-oracle" "$@")
	if [ $? -eq 0 ]; then
		passed=$(printf '%s\n' "$out" | tail -n 1)
		ok "$what: $passed" [ "${passed%% *}" -ge "$least" ]
	else
		fail "$what"
		printf '%s\n' "$out" | sed '/^#/!s/^/# /'
	fi
}

judge "max, four levels and five" 200000
judge "max, 52 address bits" 20000 --cpu max,phys-bits=52 --count 20000 --levels 4
judge "qemu64: no SMEP, SMAP, keys" 20000 --cpu qemu64 --count 20000 --levels 4
judge "another seed" 40000 --count 20000 --seed 20261123

finish
