#!/usr/bin/env bash
# Lines of C and awk have at most 100 columns.  Strings do not count: a message
# is not broken, so that it can be searched for.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/lib/tap.sh"

# "FILE:LINE: N columns" for each line of the folders that is longer.
long_lines()
{
	find "$@" \( -name '*.[chS]' -o -name '*.awk' \) -print | sort |
		xargs awk '
	{
		line = $0
		gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
		columns = 0
		for (i = 1; i <= length(line); i++)
			columns += substr(line, i, 1) == "\t" ? 8 - columns % 8 : 1
		if (columns > 100)
			print FILENAME ":" FNR ": " columns " columns"
	}'
}

cd "$srcdir" || bail "no $srcdir"
is "$(long_lines include kernel src tests)" "" "no line is longer than 100 columns"

# The check itself notices.
tmp=$(mktemp -d) || bail "mktemp failed"
trap 'rm -rf "$tmp"' EXIT
{
	printf 'call("%0150d");\n' 0
	printf '\t\t\t\t\t\t\t\t\t\t\t\t/* one tab */ x();\n'
	printf '\t/* %080d */\n' 0
} >"$tmp/a.c"
is "$(long_lines "$tmp")" "$tmp/a.c:2: 114 columns" "tabs count as 8, strings do not"

finish
