#!/usr/bin/env bash
# pmap expect: rights, memory types, page sizes and frames, one by one and from a
# file, on the example kernel, whose answers are known.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

good=$tmp/good
mixed=$tmp/mixed
bad=$tmp/bad
empty=$tmp/empty

cat >"$good" <<'END'
# what the demo has there
0x400000 +0x1000 r-xu --page 4K --pa 0x100000 --mt wb

  0x40000000 +4M rw-u --page 2M
&pmapk_ready rwx
0x3000 none
END
cat >"$mixed" <<'END'
0x400000,+0x3000 r-xu
0x400000,+0x3000 rw-u
0x800000000000 rw-u
0x40000000 +4M rw-u --page 4K
END
echo '0x400000 +0x1000 r-xu --json' >"$bad"
echo '# nothing' >"$empty"
same=$tmp/same
cat >"$same" <<'END'
0x400000 +0x1000 --same-as start
0x400000 +0x3000 r-xu --same-as start
0x40000000 +4M --same-as start
END

# QUESTION | $pmap_status | a match of the answer, or none for no answer at all
table()
{
	cat <<END
pmap expect 0x400000 +0x3000 r-xu --mt wb --page 4K --pa 0x100000 | 0 | ^$
pmap expect 0x400000 +0x3000 --pa 0x100000,+0x3000 | 0 | ^$
pmap expect 0x400000 +0x3000 --pa 0x100000,0x102000 | 8 | ^0x0*402000-0x0*402fff  r-xu 0x102000, expected mapped --pa 0x100000,0x102000$
pmap expect 0x400000 +0x3000 --pa 0x101000 | 8 | ^0x0*400000-0x0*402fff  r-xu 0x100000, expected mapped --pa 0x101000$
pmap expect 0x2000000 +0x3000 --pa 0x500000 | 8 | ^0x0*2001000-0x0*2001fff  r--u 0x500000, expected
pmap expect 0x400000 +0x1000 r-x --mt uc | 8 | ^0x0*400000-0x0*400fff  r-xu wb, expected r-x --mt uc$
pmap expect 0x2200000 +0x1000 --mt uc | 0 | ^$
pmap expect 0x40000000 +4M rw-u --page 4K,1G | 8 | ^0x0*40000000-0x0*403fffff  rw-u 2M, expected rw-u --page 4K,1G$
pmap expect 0x40000000 +4M rw-u --page 4K,2M | 0 | ^$
pmap expect 0x3ff000 +0x2000 --page 4K | 8 | ^0x0*3ff000-0x0*3fffff  none \(hole\), expected mapped --page 4K$
pmap expect 0x400000 +0x1000 rw-u --mt wb --json | 8 | ^\{"va":"0x400000","last":"0x400fff","rights":"r-xu","mt":"wb","expected":"rw-u --mt wb"\}$
pmap expect 0x400000 +0x1000 | 10 | ^pmap: RIGHTS missing or malformed
pmap expect 0x400000 none --pa 0 | 10 | ^pmap: none has no memory type, page size or frame
pmap expect 0x400000 --page 5 | 10 | ^pmap: --page 5: sizes are like
pmap expect 0x400000 --mt weird | 10 | ^pmap: --mt weird: there are
pmap expect | 10 | ^pmap: expect: an address is missing
pmap expect --from $good | 0 | ^ok 2 - 0x40000000 \+4M rw-u --page 2M$
printf "%d\n", \$pmap_ok | 0 | ^1$
pmap expect --from $mixed | 8 | ^# 0x0*400000-0x0*402fff  r-xu, expected rw-u$
pmap expect --from $mixed | 8 | ^not ok 2 - 0x400000,\+0x3000 rw-u$
pmap expect --from $mixed | 8 | ^# 0x800000000000 is not canonical
pmap expect --from $mixed | 8 | ^1\.\.4$
pmap expect --from $mixed | 8 | ^not ok 4 - 0x40000000 \+4M rw-u --page 4K$
pmap expect --from $mixed --json | 8 | ^\{"va":"0x400000","last":"0x402fff","rights":"r-xu","expected":"rw-u"\}$
printf "%d\n", \$pmap_ok | 8 | ^0$
pmap expect --from $bad | 10 | ^pmap: expect: $bad, line "0x400000 \+0x1000 r-xu --json": no option "--json" here; there are: --mt --page --pa
pmap expect --from $empty | 10 | ^pmap: expect: $empty: no address is in it
pmap expect 0x400000 rw- --from $good | 10 | ^pmap: expect: --from $good: its lines have the addresses
pmap expect --from /nonexistent/file | 10 | ^pmap: expect: /nonexistent/file: No such file
pmap expect 0x40000000 +4M --page 4K,1G --pa 0x40000000,+4M --json | 8 | ^\{"va":"0x40000000","last":"0x403fffff","rights":"rw-u","pa":"0x40000000","page":2097152,"expected":"mapped --page
pmap expect 0x5ff000 +8K none | 8 | ^0x0*5ff000-0x0*5fffff  r-xu, expected none$
pmap expect 0x5ff000 +8K none | 8 | ^0x0*600000-0x0*600fff  rw-u, expected none$
pmap protect 0x40600000 +4K r--u --frames 0x7000000,+1M --apply | 0 | ^written
pmap expect 0x40601000 0x40801000 --page 1G | 8 | ^0x0*40601000-0x0*407fffff  rw-u 4K, expected mapped --page 1G$
pmap undo | 0 | ^undone
END
}

qemu_start -S -cpu max -m 128 -append "mode=demo" \
	-kernel "$builddir/kernel/pmapk.elf32"
{
	echo 'hbreak pmapk_ready'
	echo 'continue'
	table | questions
} >"$tmp/table.gdb"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/table.gdb"
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"
check_answers < <(table)
unlike "$(answer 17)" '^not ok' "all lines of a file hold"
is "$(answer 17 | grep -c '^ok')" 4 "and each is said"

# As a snapshot has it: what changes is said, what a processor marks is not.
gdb_run "$builddir/kernel/pmapk.elf" <<END
set \$direct = 0xffff800000000000
pmap snapshot start
pmap walk 0x402000
set \$slot = (unsigned long *)(\$direct + (unsigned long)\$pmap_slot)
set \$raw = *\$slot
pmap expect 0 0 --same-as start
printf "@same %d\n", \$pmap_status
set var *\$slot = \$raw ^ 0x60
pmap expect 0x400000 +0x3000 --same-as start
printf "@marked %d\n", \$pmap_status
set var *\$slot = \$raw ^ 2
pmap expect 0x400000 +0x3000 --same-as start
printf "@changed %d ok %d\n", \$pmap_status, \$pmap_ok
pmap expect 0x400000 +0x2000 --same-as start
printf "@beside %d\n", \$pmap_status
pmap expect --from $same
pmap expect 0x400000 +0x3000 --same-as start --json
pmap expect 0x400000 --same-as nosuch
printf "@none %d\n", \$pmap_status
pmap expect 0x400000 +0x3000 --same-as start --stop
echo went on\n
END
out=$(cat "$gdb_out")
like "$out" '^@same 0$' "--same-as: all of it" || diag "$(cat "$gdb_err")"
like "$out" '^@marked 0$' "accessed and dirty do not count"
like "$out" '^@changed 8 ok 0$' "a right does"
like "$out" '^0000000000402000-0000000000402fff     4K  rights  r-xu 4K wb 0x102000 -> rwxu 4K wb 0x102000$' "and is said"
like "$out" '^@beside 0$' "but not beside the range"
like "$out" '^ok 1 - 0x400000 \+0x1000 --same-as start$' "a line of --from"
like "$out" '^not ok 2 - 0x400000 \+0x3000 r-xu --same-as start$' "one that does not hold"
like "$out" '^# 0000000000402000-0000000000402fff .* rights ' "with what differs"
like "$out" '^ok 3 - ' "and one after it"
like "$out" '^\{"va":"0x402000","last":"0x402fff","change":"rights",' "as JSON"
like "$out" '^pmap: expect: there is no snapshot nosuch' "no snapshot"
like "$out" '^@none 10$' "its status"
unlike "$out" '^went on' "--stop"

# For CI: the script ends where something differs, with GDB's status.
gdb_run "$builddir/kernel/pmapk.elf" <<END
pmap expect --from $good --stop
echo went on\n
pmap expect --from $mixed --stop
echo went too far\n
END
is "$gdb_status" 1 "--from --stop: GDB ends with status 1"
like "$(cat "$gdb_out")" '^went on$' "not where all holds"
unlike "$(cat "$gdb_out")" '^went too far' "and there"

finish
