#!/usr/bin/env bash
# pmap edit, map, unmap, protect, undo: what they say, that nothing is written
# without --apply, and that what is written is what the processor then goes by.
# Judges: QEMU's monitor for memory, the emulated processor for meaning.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

frames='--frames 0x3000000,+1M'

# QUESTION | $pmap_status | a match of the answer
table()
{
	cat <<END
pmap edit 0x400000 --set RW --clear A | 0 | ^  old  = 0000000000100025  page 100000  P US A$
pmap edit 0x400000 --set RW --clear A | 0 | ^  new  = 0000000000100007  page 100000  P RW US$
pmap edit 0x400000 --set RW | 0 | ^dry run: nothing was written \(--apply writes\)$
printf "%d %d\n", \$pmap_entries, \$pmap_tables | 0 | ^1 0$
pmap edit 0x400000 --level 2 --clear US | 0 | ^0000000000400000-00000000005fffff     2M  r-xs
pmap edit 0x400000 --set US | 0 | ^nothing changes: it is like that already$
pmap edit 0x400000 --set 9 | 0 | ^  new  = 000000000010002d  page 100000  P US PWT A$
pmap edit 0x400000 --set 0x200 --json | 0 | "old":"0x100025","old_kind":"leaf","new":"0x100225","new_kind":"leaf"\}$
pmap edit 0x400000 --raw 0x123 | 0 | ^0000000000400000-0000000000400fff     4K  rwxs
pmap edit 0x400000 --raw 1 --set RW | 10 | ^pmap: --raw is all of the entry
pmap edit 0x400000 | 10 | ^pmap: what is to change\?
pmap edit 0x400000 --set FOO | 10 | ^pmap: --set FOO: a PTE has P RW US PWT PCD A D PAT G NX; or a mask
pmap edit 0x400000 --set RW --level 5 | 4 | has no entry of level 5
pmap edit 0x800000000000 --set RW | 5 | is not canonical
pmap map 0x3000 +4K 0x200000 rw-u | 10 | ^pmap: new tables are needed: name free physical pages with --frames
pmap map 0x3000 +4K 0x200000 rw-u $frames | 0 | ^  new  = 8000000000200067  page 200000  P RW US A D NX$
pmap map 0x3000 +4K 0x200000 rw-u $frames | 0 | ^new table at 0x3000000$
printf "%d %d\n", \$pmap_entries, \$pmap_tables | 0 | ^2 1$
pmap map 0x7f0000000000 +2M 0x200000 rw-s $frames | 0 | ^00007f0000000000-00007f00001fffff     2M  rw-s      2M  wb  - A D 0000000200000$
pmap map 0x7f0000000000 +2M 0x200000 rw-s --page 4K --mt uc $frames | 0 | ^00007f0000000000-00007f00001fffff     2M  rw-s      4K  uc 
pmap map 0x3000 +4K 0x200000 rw-u --frames 0x3000000,+1 | 10 | ^pmap: --frames has too few pages
pmap map 0x3000 +4K 0x200000 rw-u --frames 0x3000001,+4K | 10 | ^pmap: --frames: .* no whole pages
pmap map 0x3000 +4K 0x200000 rw-u --frames \$cr3,+4K | 10 | ^pmap: --frames has too few pages .* that tables are in
pmap map 0x3000 +4K 0x200000 rw-u --frames 0xfd000000,+4K | 10 | ^pmap: --frames has too few pages .* cannot be read
pmap map 0x400000 +4K 0x200000 r--u | 8 | ^pmap: something is mapped in 0x400000-0x400fff already .*--replace
pmap map 0x400000 +4K 0x200000 r--u --replace | 0 | ^  new  = 8000000000200025  page 200000  P US A NX$
pmap map 0x400000 +4K 0x200000 none --replace | 0 | ^  new  = 8000000000200026  nonpresent|^  new  = [0-9a-f]*  nonpresent
pmap map 0x400000 +4K 0x200000 -w-u --replace | 8 | ^pmap: -w-u cannot be given there
pmap map 0x400000 +4K 0x200001 r--u --replace | 10 | ^pmap: the core refuses
pmap map 0x400001 +4K 0x200000 r--u --replace | 10 | no whole pages
pmap map 0x400000 +4K r--u | 10 | ^pmap: where to\?
pmap map 0x400000 +4K 0x200000 | 10 | ^pmap: RIGHTS missing
pmap map 0x400000 +4K 0x200000 r?-u | 10 | ^pmap: RIGHTS missing
pmap map 0x400000 +4K 0x200000 rw-/r-x | 10 | has no rights rw-/r-x
pmap map 0x400000 +4K 0x200000 r--u --page 8M | 10 | ^pmap: --page 8M: one size of pages that
pmap map 0x600000000000 +512G 0 rw-s --page 512G | 10 | ^pmap: --page 512G: one size of pages that
pmap map 0x18000000000 +4K 0x200000 rw-u $frames | 8 | a table above takes some away
pmap unmap 0x400000 +8K | 0 | ^  new  = 0000000000000000  hole$
pmap unmap 0xfffffe8000000000 +4K | 8 | on its own path
pmap protect 0x400000 +8K rw-u | 0 | ^  new  = 8000000000100027  page 100000  P RW US A NX$
pmap protect 0x40000000 +8K r--u | 10 | ^pmap: new tables are needed
pmap protect 0x40000000 +8K r--u $frames | 0 | ^PTE at 0x3000010 and 509 more, new table$
pmap protect 0x3000 +4K rw-u | 0 | ^nothing changes
pmap map 0x1000 +4K 0x200000 rw-s --root 0x3000000 --format sv39 --frames 0x3001000,+64K | 0 | ^  new  = 00000000000800c7  page 200000  V R W A D\$
pmap undo | 8 | ^pmap: nothing to undo
END
}

memory()
{
	hmp "pmemsave 0 0x4000000 \"$1\"" >/dev/null
	wait_until 20 test -s "$1"
}

xp()
{
	hmp "xp /1gx $1" | tr -d '\r' | awk '/^[0-9a-f]+: / { print $2; exit }'
}

demo_entries 0x400000
direct=0xffff8${pte#?????}
qemu_start -S -cpu max -m 128 -append "mode=demo" -kernel "$builddir/kernel/pmapk.elf32"
{
	echo 'hbreak pmapk_ready'
	echo 'continue'
	echo 'delete'
	echo "shell $builddir/tests/lib/hmp $tmp/monitor 'pmemsave 0 0x4000000 \"$tmp/before\"' >/dev/null"
	table | questions
} >"$tmp/table.gdb"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/table.gdb"
is "$gdb_status" 0 "the session ends well" || diag "$(tail -n 5 "$gdb_err")"
check_answers < <(table)
hmp stop >/dev/null
memory "$tmp/after"
ok "without --apply memory is byte for byte what it was" cmp "$tmp/before" "$tmp/after"

## What is written, on both sources; and taken back.

for source in qemu gdbstub; do
	gdb_run "$builddir/kernel/pmapk.elf" <<-END
	pmap source $source
	pmap map 0x3000 +8K 0x200000 rw-u $frames --apply
	printf "map %d\n", \$pmap_status
	pmap edit 0x400000 --set RW --apply
	printf "edit %d\n", \$pmap_status
	pmap gva2gpa 0x4008
	# A page that has become a table is not free any more.
	pmap map 0x600000000000 +4K 0x300000 rw-u $frames
	pmap expect 0x400000 +4K rwxu
	printf "expect %d\n", \$pmap_ok
	# A large page becomes 512 small ones.
	pmap protect 0x40000000 +4K r--u --frames 0x3100000,+4K --apply
	pmap dump 0x40000000 +2M
	pmap undo
	printf "gdb sees %#lx\n", *(unsigned long *)$direct
	shell $builddir/tests/lib/hmp $tmp/monitor 'xp /1gx 0x3000020' | tr -d '\r' | sed -n 's/^[0-9a-f]*: /xp /p'
	pmap undo
	printf "undo %d\n", \$pmap_status
	pmap undo
	pmap undo
	printf "undo %d\n", \$pmap_status
	END
	out=$(cat "$gdb_out")
	like "$out" '^map 0$' "$source: map --apply"
	like "$out" '^edit 0$' "$source: edit --apply"
	like "$out" '^written: (2 entries|1 entry), 1 new table, each read back' "$source: what was written"
	like "$out" '^0x4008 -> 0x201008 ' "$source: the cache knows it"
	like "$out" '^expect 1$' "$source: and the edit"
	is "$(grep -cE '^new table at 0x300[123]000$' <<<"$out")" 3 \
		"$source: the next edit takes other pages for its tables"
	like "$out" '^0000000040001000-00000000401fffff +2044K  rw-u +4K .* 0000040001000$' \
		"$source: all entries of a new table"
	like "$out" '^gdb sees 0x100027$' "$source: GDB forgets what it knew"
	like "$out" '^xp 0x8000000000201067$' "$source: the monitor sees it"
	like "$out" '^undo 0$' "$source: undo"
	like "$out" '^undone: [0-9]+ entr(y is|ies are) as before' "$source: and it says what"
	like "$out" '^pmap: nothing to undo' "$source: two edits, two undos"
	rm -f "$tmp/after"
	memory "$tmp/after"
	ok "$source: then memory is as before" cmp "$tmp/before" "$tmp/after"
done

## What has changed since is not undone; files and dumps are not written.

gdb_run "$builddir/kernel/pmapk.elf" <<END
pmap edit 0x400000 --set RW --apply
set var *(unsigned long *)$direct = 0x200027
pmap undo
printf "changed %d\n", \$pmap_status
set var *(unsigned long *)$direct = 0x100047
pmap undo
printf "marks %d\n", \$pmap_status
pmap edit 0x400000 --set RW --apply
pmap undo --forget
pmap undo
printf "forgotten %d\n", \$pmap_status
set var *(unsigned long *)$direct = 0x100025
dump binary memory $tmp/image 0xffff800000000000 0xffff800000400000
pmap source file $tmp/image
pmap edit 0x400000 --set RW
pmap edit 0x400000 --set RW --apply
printf "file %d\n", \$pmap_status
pmap source linear 0xffff800000000000 0 0x8000000
pmap edit 0x400000 --set RW --apply
printf "linear %d\n", \$pmap_status
END
out=$(cat "$gdb_out")
like "$out" "^pmap: the entries at 0x$(printf %x "0x$pte") are no longer what the edit has left: nothing was written\$" "undo: an entry that somebody else changed"
like "$out" '^changed 8$' "its status"
like "$out" '^marks 0$' "undo: accessed and dirty do not count"
like "$out" '^forgotten: what it has written stays$' "undo --forget says what that means"
like "$out" '^forgotten 8$' "then there is nothing to undo"
like "$out" '^pmap: nothing can be written: .source file. only reads' "a file is not written"
like "$out" '^file 13$' "its status"
like "$out" '^linear 13$' "nor a linear map"

# at_code BYTE...: the demo is stopped before this code, with 0x3000 in $rax.
at_code()
{
	local byte i=0

	printf '%s\n' 'hbreak pmapk_ready' continue delete \
		'set var $code = (unsigned char *)0xffffffffc0000000 + 0x3100000'
	for byte; do
		printf 'set var $code[%d] = 0x%s\n' $i "$byte"
		i=$((i + 1))
	done
	printf '%s\n' 'set var $rip = $code' 'set var $rax = 0x3000'
}

## The processor goes by it: code that GDB puts at $pc, a read and a write.
## mov (%rax),%rcx; mov %rcx,(%rax)

qemu_stop
qemu_start -S -cpu max -m 128 -append "mode=demo" -kernel "$builddir/kernel/pmapk.elf32"
gdb_run "$builddir/kernel/pmapk.elf" <<END
$(at_code 48 8b 08 48 89 08)
set var *(unsigned long *)0xffff800000200000 = 0x1122334455667788
pmap access 0x3000 r
pmap map 0x3000 +4K 0x200000 rw-s $frames --apply
pmap protect 0x3000 +4K r--s --apply
pmap access 0x3000 r
stepi
printf "read %#lx, rip +%d\n", \$rcx, \$rip - (unsigned long)\$code
pmap access 0x3000 w
printf "predicted %d, at %#lx\n", \$pmap_error, \$pmap_cr2
stepi
printf "fault %d, at %#lx, rip +%d\n", *(unsigned long *)\$rsp, \$cr2, *(unsigned long *)(\$rsp + 8) - (unsigned long)\$code
END
out=$(cat "$gdb_out")
like "$out" '^0x3000: read of 1 byte by the supervisor: #PF' "not mapped: a read would fault"
like "$out" '^read 0x1122334455667788, rip \+3$' "map --apply: the next instruction reads it"
like "$out" '^predicted 3, at 0x3000$' "protect --apply: the error code that is predicted"
like "$out" '^fault 3, at 0x3000, rip \+3$' "is the processor's" || diag "$(tail -n 5 "$gdb_out" "$gdb_err")"

## --flush: what the processor has in its TLB.  mov (%rax),%rcx; jmp back.

qemu_stop
qemu_start -S -cpu max -smp 2 -m 128 -append "mode=demo" -kernel "$builddir/kernel/pmapk.elf32"
gdb_run "$builddir/kernel/pmapk.elf" <<END
$(at_code 48 8b 08 eb fb)
set var *(unsigned long *)0xffff800000200000 = 0x1111
set var *(unsigned long *)0xffff800000201000 = 0x2222
set var \$before = \$cr3
pmap map 0x3000 +4K 0x200000 rw-s $frames --apply
stepi
printf "mapped %#lx\n", \$rcx
stepi
pmap map 0x3000 +4K 0x201000 rw-s --replace --apply
stepi
printf "stale %#lx\n", \$rcx
stepi
pmap undo
pmap map 0x3000 +4K 0x201000 rw-s --replace --apply --flush
printf "flushed %d, cr3 %d\n", \$pmap_flushed, \$cr3 == \$before
thread
stepi
printf "fresh %#lx\n", \$rcx
stepi
pmap undo --flush
stepi
printf "undone %#lx\n", \$rcx
pmap unmap 0x3000 +4K --flush
printf "dry %d\n", \$pmap_status
END
out=$(cat "$gdb_out")
like "$out" '^mapped 0x1111$' "a processor reads, and so has it in its TLB" || diag "$(tail -n 5 "$gdb_err")"
like "$out" '^stale 0x1111$' "without --flush it goes by that"
like "$out" '^TLBs may still have 0x3000-0x3fff as it was: flushing them is yours \(--flush\)$' "as was said"
like "$out" '^TLBs flushed: cr3 was written on 2 CPUs$' "--flush, on both CPUs"
like "$out" '^flushed 2, cr3 1$' "and the register is as it was"
like "$out" '^\[Current thread is 1 ' "as is the thread"
like "$out" '^fresh 0x2222$' "the next instruction goes by the tables"
like "$out" '^undone 0x1111$' "undo --flush"
like "$out" '^pmap: --flush goes with --apply' "--flush in a dry run"
like "$out" '^dry 10$' "its status"
unlike "$(cat "$gdb_err")" "rror|nvalid" "no error behind it"

finish
