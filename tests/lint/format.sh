#!/usr/bin/env bash
# C is formatted as .clang-format says, but for comments, macros, and where lines
# are broken (statements.awk).  By the version that Debian 12 has: others have other
# opinions.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/lib/tap.sh"

version=14
format=$(command -v clang-format-$version || command -v clang-format)
if [[ -z $format || $("$format" --version) != *"version $version."* ]]; then
	skip "the format of C" "needs clang-format $version"
	finish
fi

tmp=$(mktemp -d) || bail "mktemp failed"
trap 'rm -rf "$tmp"' EXIT

# "FILE:LINE:STATEMENT" of each one of the folder that the formatter would change.
unformatted()
{
	local files

	mapfile -t files < <(cd "$1" && find include kernel src tests \
		-name '*.[ch]' -type f -print 2>/dev/null | sort)
	rm -rf "$tmp/done"
	mkdir "$tmp/done"
	(cd "$1" && tar cf - "${files[@]}") | tar xf - -C "$tmp/done"
	cp "$srcdir/.clang-format" "$tmp/done"
	(cd "$tmp/done" && "$format" -i --style=file "${files[@]}")
	(cd "$1" && gawk -f "$srcdir/tests/lint/statements.awk" "${files[@]}") |
		sort -s -t: -k1,1 >"$tmp/is"
	(cd "$tmp/done" && gawk -f "$srcdir/tests/lint/statements.awk" "${files[@]}") |
		sort -s -t: -k1,1 >"$tmp/should"
	# Lines have other numbers there.
	sed 's/^\([^:]*\):[0-9]*:/\1:/' "$tmp/is" >"$tmp/is.text"
	sed 's/^\([^:]*\):[0-9]*:/\1:/' "$tmp/should" |
		diff --old-line-format='%dn
' --new-line-format= --unchanged-line-format= "$tmp/is.text" - |
		gawk 'NR == FNR { wanted[$1]; next } FNR in wanted' - "$tmp/is"
}

is "$(unformatted "$srcdir")" "" "C is formatted as .clang-format says"

# The check itself notices: an indentation, a brace, a space, an include.
mkdir -p "$tmp/tree/src"
cat >"$tmp/tree/src/a.c" <<'C'
#include <b.h>
#include <a.h>

static const int table[] = {
	1,   2,
	10,  20,
};

int f(int a,
      int b)		/* broken where it need not be */
{
	if (a) {
		b++;
	}
	else
		b--;
		a++;
	return a+b;
}
C
is "$(unformatted "$tmp/tree" | cut -d: -f2 | tr '\n' ' ')" "1 14 15 17 18 " \
	"it names the lines that are not"

finish
