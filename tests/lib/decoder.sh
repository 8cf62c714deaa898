# A decoder's text of random words against a disassembler's: sourced by bash, after
# tap.sh.
#
#	decoder_begin PROGRAM OBJDUMP PACKAGE	words, and the decoder's text of each
#	decoder_listing ADDRESS COMMENT <LISTING	objdump's
#	decoder_compare RULES			the tests
#
# PROGRAM is one of tests/unit/arch, built with tests/lib/decoder.h.  Without
# OBJDUMP the test is skipped; PACKAGE is what Debian has it in.  Files are in $dir.
#
# Environment: SEED, for other words.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash

decoder_words=60000
decoder_seed=${SEED:-20261129}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

decoder_begin()
{
	local program=$builddir/tests/unit/arch/$1

	if ! command -v "$2" >/dev/null; then
		skip "objdump's text" "no $2 here (Debian: $3)"
		finish
	fi
	[ -x "$program" ] || make -s -C "$builddir" "tests/unit/arch/$1" >&2 ||
		bail "cannot build $program"
	"$program" "$decoder_seed" $decoder_words "$dir/words" >"$dir/ours" ||
		bail "$program fails"
}

# The text of each line whose address ends with ADDRESS, a regular expression,
# without what begins with COMMENT, another one.
decoder_listing()
{
	awk -F '\t' -v address="^ +[0-9a-f]*$1:" -v comment="[ \t]*$2.*" '$0 ~ address {
		text = $3 (NF > 3 ? " " $4 : "")
		sub(comment, "", text)
		sub(/[ \t]+$/, "", text)
		print text
	}' >"$dir/theirs"
}

# As many lines, and RULES, for awk, print what must not be, of WORD OUR-TEXT WHY-NOT-KNOWN NOTE
# THEIR-TEXT.
decoder_compare()
{
	local n

	is "$(wc -l <"$dir/theirs")" $decoder_words "objdump has as many"
	paste "$dir/ours" "$dir/theirs" | awk -F '\t' "$1" >"$dir/differ"
	is "$(head -n 20 "$dir/differ")" "" "each has objdump's text (seed $decoder_seed)"
	n=$(awk -F '\t' '$3 == ""' "$dir/ours" | wc -l)
	ok "of which are known: $n" test "$n" -ge $((decoder_words / 2))
}
