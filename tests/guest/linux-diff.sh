#!/usr/bin/env bash
# pmap diff over a real sequence of munmap, mprotect, madvise, a write to pages that
# were only read, and mmap: exactly those ranges.  pmap check: nothing that Debian's
# kernel cannot explain.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/guest.sh"

guest_boot linux-image-amd64 tests/guest/init64 "-- changes=1" -cpu max || finish
cat >"$tmp/diff.gdb" <<END
file $builddir/tests/guest/init64
pmap snapshot before --save $tmp/before.snap
set var init_go = 1
hbreak init_changed
continue
echo @diff\\n
pmap diff before --in 0x30000000,0x32000000
printf "@status %d ranges %d\\n", \$pmap_status, \$pmap_ranges
echo @touched\\n
pmap diff before --in 0x30000000,0x32000000 --touched
echo @check\\n
pmap check --csv
echo @end\\n
END
gdb_run <"$tmp/diff.gdb"
answer()
{
	awk -v name="@$1" '$0 == name { on = 1; next } /^@/ { on = 0 } on' "$gdb_out"
}

answer diff | awk '/^0/ { print $1, $3 }' >"$tmp/found"
cat >"$tmp/expected" <<'END'
0000000030004000-0000000030007fff unmapped
000000003000a000-000000003000cfff rights
0000000030014000-0000000030017fff unmapped
000000003001e000-000000003001ffff moved,rights,dirty
0000000031000000-0000000031002fff mapped
END
same_file "$tmp/found" "$tmp/expected" "exactly what the guest's init did" ||
	diag "$(cat "$gdb_out" "$gdb_err" | tail -n 40)"
is "$(answer touched | grep -c '^0')" 2 "--touched: what was written to, and what is new"

# What the manual's table calls normal, and nothing else.
normal='wx|alias-wx|alias-ro|table-alias|rom-write|device|empty-table|kernel-user|global-user|smep|smap'
is "$(answer check | sed 1d | cut -d , -f 2 | sort -u | grep -vxE "$normal")" "" \
	"check finds nothing that the manual does not call normal"
is "$(answer check | grep -c '^error')" 0 "and no error"
finish
