#!/usr/bin/env bash
# A64's loads and stores as libopcodes knows them: 60,000 random words, each with
# pmap's text and objdump's.
#
# Environment: SEED, for other words; OBJDUMP_ARM64.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
srcdir=${srcdir:-$(cd "$(dirname "$0")/../../.." && pwd)}
builddir=${builddir:-$PWD}
# shellcheck source=tests/lib/tap.sh
. "$srcdir/tests/lib/tap.sh"

objdump=${OBJDUMP_ARM64:-aarch64-linux-gnu-objdump}
seed=${SEED:-20261129}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

if ! command -v "$objdump" >/dev/null; then
	skip "objdump's text" "no $objdump here (Debian: binutils-aarch64-linux-gnu)"
	finish
fi
program=$builddir/tests/unit/arch/insn-arm64
[ -x "$program" ] || make -s -C "$builddir" tests/unit/arch/insn-arm64 >&2 ||
	bail "cannot build $program"
"$program" "$seed" 60000 "$dir/words" >"$dir/ours" || bail "$program fails"
"$objdump" -D -b binary -m aarch64 -z "$dir/words" |
	awk -F '\t' '/^ +[0-9a-f]+:/ {
		text = $3 (NF > 3 ? " " $4 : "")
		sub(/[ \t]*(\/\/|;).*/, "", text)
		sub(/[ \t]+$/, "", text)
		print text
	}' >"$dir/theirs"
is "$(wc -l <"$dir/theirs")" 60000 "objdump has as many"

# Text for text; what pmap says is no instruction must be none for objdump. Where
# pmap knows that it does not know, anything goes; what the manual leaves open,
# objdump may take for none.
paste "$dir/ours" "$dir/theirs" | awk -F '\t' '
	$4 != "" && $5 ~ /^\.inst/ { next }
	$3 == "" && $2 != $5 { print $1 ": " $2 " | " $5 }
	$3 ~ /^no instruction/ && $5 !~ /^\.inst|^udf/ { print $1 ": none | " $5 }
' >"$dir/differ"
is "$(head -n 20 "$dir/differ")" "" "each has objdump's text (seed $seed)"
n=$(awk -F '\t' '$3 == ""' "$dir/ours" | wc -l)
ok "of which are known: $n" test "$n" -ge 30000
finish
