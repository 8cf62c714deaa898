#!/usr/bin/env bash
# What tests/mutate.equivalent explains is a change that can still be made: a line
# that has moved to another file, or was written anew, is to be tried again.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/lib/tap.sh"

# Lines of standard input that are no change of any file, without a reason, or
# there twice.
bad_entries()
{
	local all file

	all=$(grep -v '^#')
	sed -n '/ -> .* # ./!s/^/no reason: /p' <<<"$all"
	sed 's/ *# .*//' <<<"$all" | sort | uniq -d | sed 's/^/twice: /'
	cut -d: -f1 <<<"$all" | sort -u | while IFS= read -r file; do
		grep -F -- "$file: " <<<"$all" | sed 's/ *# .*//' | sort -u |
			comm -23 - <(awk -v list=1 -v name="$file" -f tests/lib/mutate.awk "$file" |
				awk -F'\t' '{ print $1 ": " $4 " -> " $5 }' | sort -u)
	done | sed 's/^/no such change: /'
}

cd "$srcdir" || bail "no $srcdir"
export LC_ALL=C
is "$(bad_entries <tests/mutate.equivalent)" "" "each entry is a change, and has a reason"

# The check itself notices.
is "$(bad_entries <<'END'
# a remark
src/memory/cache.c: return false; -> return the other value # no memory
src/memory/cache.c: return false; -> return the other value # no memory
src/memory/cache.c: return maybe; -> return the other value # no memory
src/memory/cache.c: return false; -> return the other value
END
)" "no reason: src/memory/cache.c: return false; -> return the other value
twice: src/memory/cache.c: return false; -> return the other value
no such change: src/memory/cache.c: return maybe; -> return the other value" \
	"one that is none, or twice, or without a reason"

finish
