#!/usr/bin/env bash
# Includes point one way: a file of src/ includes its own room or rooms to the
# left of it.  Names the line that does otherwise.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/lib/tap.sh"

rooms="base bridge target memory show traverse arch walkers command"

# "FILE:LINE: INCLUDED" for each include that points to the right, or nowhere.
wrong_includes()
{
	find "$1" -name '*.[ch]' -print | sort | xargs awk -v rooms="$rooms" -v top="$1/" '
	BEGIN {
		n = split(rooms, name, " ")
		for (i = 1; i <= n; i++)
			place[name[i]] = i
	}
	FNR == 1 {
		own = substr(FILENAME, length(top) + 1)
		sub("/.*", "", own)
		if (!(own in place))
			print FILENAME ": is in no room"
	}
	/^#[ \t]*include[ \t]*"/ {
		split($0, part, "\"")
		if (part[2] == "config.h")
			next
		room = part[2]
		if (!sub("/.*", "", room) || !(room in place))
			print FILENAME ":" FNR ": \"" part[2] "\" names no room"
		else if (place[room] > place[own])
			print FILENAME ":" FNR ": " own "/ must not know \"" part[2] "\""
	}'
}

wrong=$(wrong_includes "$srcdir/src")
is "$wrong" "" "includes point from right to left: $rooms"

# x86's names: registers, their bits, the core's functions.  What has none of
# them is for every architecture.
x86_names()
{
	(cd "$1" && grep -rnE --include='*.[ch]' \
		'\bPMAP_X86_|\bPML_X86_|\bpml_x86_|\bpmap_x86_|"\$?(cr[0-9]|efer|eflags)"|arch/x86/' \
		target memory show traverse walkers command arch/*.[ch]) |
		grep -vE '^(memory/(vmcoreinfo|notes|xen)\.|target/nesting\.c|arch/arch\.[ch]:.*pmap_arch_x86)'
}
is "$(x86_names "$srcdir/src")" "" "x86's names are in src/arch/x86/ alone"

# The check itself notices.
tmp=$(mktemp -d) || bail "mktemp failed"
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/base" "$tmp/lost"
echo '#include "command/rounds.h"' >"$tmp/base/a.c"
echo '#include "text.h"' >>"$tmp/base/a.c"
echo 'int x;' >"$tmp/lost/b.c"
wrong=$(wrong_includes "$tmp" | wc -l)
is "$wrong" 3 "an include to the right, one without a room, a file in no room"

finish
