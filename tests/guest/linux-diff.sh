#!/usr/bin/env bash
# pmap diff over a real sequence of munmap, mprotect, madvise, a write to pages that
# were only read, and mmap: exactly those ranges.  pmap watch: the mprotect of that,
# where the kernel does it, on two CPUs and under page table isolation.  pmap check:
# nothing that Debian's kernel cannot explain.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/guest.sh"

# init stays on CPU 0, where it is waited for.
guest_boot linux-image-amd64 tests/guest/init64 "pti=on isolcpus=1 -- changes=1" -cpu max -smp 2 || finish
cat >"$tmp/diff.gdb" <<END
file $builddir/tests/guest/init64
pmap snapshot before --save $tmp/before.snap
echo @watch\\n
pmap watch 0x3000a000
printf "@mode %d\\n", \$cs & 3
set var init_go = 1
hbreak init_changed
echo @first\\n
continue
printf "@mode %d\\n", \$cs & 3
echo @second\\n
continue
echo @unwatch\\n
pmap unwatch
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

like "$(answer watch)" '^watch 1: 0x3000a000, rw-u 4K 0x[0-9a-f]+; watchpoints 1 2 3 4 5$' \
	"all entries of the walk have a watchpoint, though user mode's tables do not map them" ||
	diag "$(cat "$gdb_out" "$gdb_err")"
is "$(grep '^@mode' "$gdb_out" | tr '\n' ' ')" "@mode 3 @mode 0 " "it stops in the kernel"
like "$(answer first)" '^PTE at 0x[0-9a-f]+ for 0x3000a000$' "mprotect: the entry"
like "$(answer first)" '^  old  = 8000[0-9a-f]+67  page [0-9a-f]+  P RW US A D NX$' "what it was"
like "$(answer second)" '^  new  = 8000[0-9a-f]+[26]5  page [0-9a-f]+  P US A .*NX$' "and is"
like "$(answer second)" '^0x3000a000 is now r--u 4K 0x[0-9a-f]+$' "and where the address leads"

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
