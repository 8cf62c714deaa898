#!/usr/bin/env bash
# The same kernel on another processor: Bochs is stricter than QEMU in what
# masks.c has to forgive QEMU.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/bochs.sh"

# passed WHAT LEAST: the last line, and the results that are not ok
passed()
{
	local last

	last=$(tail -n 1 "$tmp/serial" | tr -d '\r')
	last=${last#"# "}
	like "$last" '^[0-9]+ passed, 0 failed' "$1: $last" ||
		diag "$(grep -v '^ok' "$tmp/serial" | tail -n 40)"
	ok "$1: at least $2" [ "${last%% *}" -ge "$2" ]
}

bochs_run "mode=test count=50"
passed "the kernel's tests" 80
bochs_run "mode=oracle count=20000 emulator=bochs"
passed "accesses" 20000

finish
