#!/usr/bin/env bash
# The processor as the judge of EPT: Bochs emulates VMX; the example kernel
# runs guests there and compares their exits with what the core said.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/bochs.sh"

# judge MODEL WORDS LEAST: the kernel's TAP, as results of this test
judge()
{
	local what="$1 $2" line passed

	bochs_model=$1
	bochs_run "$2 emulator=bochs" 180
	while IFS= read -r line; do
		case $line in
		"ok "*)		pass "$what: ${line#*- }" ;;
		"not ok "*)	fail "$what: ${line#*- }" ;;
		"#"*)		diag "${line#"# "}" ;;
		"1..0"*|"Bail out!"*)	fail "$what: $line" ;;
		esac
	done < <(tr -d '\r' <"$tmp/serial")
	passed=$(sed -n 's/^# \([0-9]*\) passed, 0 failed.*/\1/p' "$tmp/serial")
	ok "$what: ${passed:-no} of at least $3" [ "${passed:-0}" -ge "$3" ]
}

judge corei7_icelake_u "mode=ept count=1500" 1500
judge corei7_icelake_u "mode=ept ad count=1500 seed=2" 1500
# Older: no accessed and dirty flags, no 1 GiB pages.
judge corei5_arrandale_m520 "mode=ept count=600 seed=3" 600

finish
