#!/usr/bin/env bash
# pmap snapshot and pmap diff: what is kept is what was there; every change is
# found, and nothing else, by a comparison of two dumps; files, and what is wrong
# with them.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

qemu_start -S -cpu max -smp 2 -m 128 -append "mode=demo" \
	-kernel "$builddir/kernel/pmapk.elf32"
printf 'an old file\n' >"$tmp/old"
cat >"$tmp/first.gdb" <<END
hbreak pmapk_ready
continue
set \$base = 0xffff800000000000
define entry
pmap walk \$arg0
set \$slot = (unsigned long)\$pmap_slot + \$base
set \$raw = *(unsigned long *)\$slot
end
pmap snapshot a
printf "@taken %d tables %d\n", \$pmap_status, \$pmap_tables
pmap dump --json --output $tmp/live.json
pmap dump --leaves --json --output $tmp/before.json
pmap dump --json --snapshot a --output $tmp/kept.json
pmap check --snapshot a --rule wx
echo @same\n
pmap diff a
printf "@status %d ok %d ranges %d\n", \$pmap_status, \$pmap_ok, \$pmap_ranges
pmap diff a a
echo @with\n
pmap diff --with \$cr3
printf "@status %d\n", \$pmap_status
echo @with nothing\n
pmap diff --with 0xfd000000
printf "@nothing %d\n", \$pmap_status
pmap snapshot a --save $tmp/a.snap
pmap snapshot a --save /dev/full
pmap snapshot a --save /nonexistent/x
echo @changes\n
entry 0x400000
set var *(unsigned long *)\$slot = 0
entry 0x401000
set var *(unsigned long *)\$slot = \$raw ^ 0x7000000
entry 0x402000
set var *(unsigned long *)\$slot = \$raw | 2
entry 0x403000
set var *(unsigned long *)\$slot = \$raw ^ 0x7000002
entry 0x800000
set var *(unsigned long *)\$slot = \$raw | 0x20
entry 0x801000
set var *(unsigned long *)\$slot = \$raw | 0x60
entry 0x600000
set var *(unsigned long *)\$slot = \$raw & ~0x20
entry 0x2200000
set var *(unsigned long *)\$slot = \$raw & ~0x18
entry 0x2a01000
set var *(unsigned long *)\$slot = \$raw ^ 0x1000
entry 0x2600000
set var *(unsigned long *)(\$slot + 16 * 8) = \$raw
set var *(unsigned long *)(\$slot + 17 * 8) = \$raw + 0x1000
echo @diff\n
pmap diff a
printf "@status %d ok %d ranges %d\n", \$pmap_status, \$pmap_ok, \$pmap_ranges
pmap diff a --json --output $tmp/diff.json
pmap dump --leaves --json --output $tmp/after.json
pmap snapshot b
echo @twice\n
pmap diff a b
echo @back\n
pmap diff b a
echo @touched\n
pmap diff a b --touched
pmap diff a b --touched --json --output $tmp/touched.json
echo @in\n
pmap diff a b --in 0x400000,+0x2000
echo @filter\n
pmap diff a b -w
echo @list\n
pmap snapshot
pmap snapshot --delete b
pmap snapshot --json
echo @wrong\n
pmap diff
pmap diff a b c
pmap diff a b
pmap diff a --with \$cr3 nosuch
pmap snapshot "two words"
pmap snapshot --delete nosuch
pmap dump --snapshot nosuch
pmap dump --snapshot a --root \$cr3
pmap snapshot --save $tmp/x
pmap snapshot --load $tmp/a.snap
echo @bit\n
entry 0x404000
set var *(unsigned long *)\$slot = \$raw | 1ull << 39
pmap snapshot plain
pmap snapshot bit --c-bit 1ull << 39
pmap diff plain bit
echo @end\n
END
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/first.gdb"
is "$gdb_status" 0 "GDB ends well" || diag "$(tail -n 5 "$gdb_err")"

# The answer between two marks.
answer()
{
	awk -v name="@$1" '$0 == name { on = 1; next } /^@/ { on = 0 } on' "$gdb_out"
}

# Why a table is out of reach is the source's to say.
no_cause()
{
	sed -i 's/,"cause":"[^"]*"//' "$1"
}
no_cause "$tmp/live.json"
no_cause "$tmp/kept.json"
out=$(cat "$gdb_out")
like "$out" '^@taken 0 tables [1-9][0-9]+' "a snapshot is taken"
same_file "$tmp/kept.json" "$tmp/live.json" "a dump of it is a dump of what was there"
like "$(answer same)" '^no difference$' "nothing changed"
like "$out" '^@status 0 ok 1 ranges 0' "and \$pmap_ok says so"
like "$(answer with)" '^no difference$' "--with the same root"
like "$(answer "with nothing")" '^pmap: diff: the root table cannot be read$' "--with one that is not in RAM"
like "$out" '^@nothing 13' "and its status"
like "$out" '^pmap: /dev/full: No space left on device' "a full disk"
like "$out" '^pmap: /nonexistent/x: No such file' "a folder that is none"

like "$(answer diff)" '^0000000000400000-0000000000400fff +4K  unmapped  was r-xu 4K wb 0x100000$' "unmapped"
like "$(answer diff)" '^0000000000401000-0000000000401fff +4K  moved  r-xu 4K wb 0x101000 -> r-xu 4K wb 0x7101000$' "moved"
like "$(answer diff)" '^0000000000402000-0000000000402fff +4K  rights  r-xu 4K wb 0x102000 -> rwxu 4K wb 0x102000$' "rights"
like "$(answer diff)" '^0000000000403000-0000000000403fff +4K  moved,rights  ' "two at once"
like "$(answer diff)" '^0000000000800000-0000000000800fff +4K  accessed  ' "accessed"
like "$(answer diff)" '^0000000000801000-0000000000801fff +4K  accessed,dirty  ' "accessed and dirty"
like "$(answer diff)" '^0000000000600000-0000000000600fff +4K  aged  ' "a flag was cleared"
like "$(answer diff)" '^0000000002200000-0000000002200fff +4K  type  rw-u 4K uc .* -> rw-u 4K wb' "memory type"
like "$(answer diff)" '^0000000002a01000-0000000002a01fff +4K  entry  nonpresent 0x.* -> nonpresent 0x' "an entry of software's"
like "$(answer diff)" '^0000000002610000-0000000002611fff +8K  mapped  r--u 4K wb 0x800000$' "mapped, two pages in one line"
like "$(answer diff)" '^' "an answer"
is "$(answer twice)" "$(answer diff | grep -v '^@')" "two snapshots: as against now"
like "$(answer back)" '^0000000000400000-0000000000400fff +4K  mapped  r-xu' "the other way round"
like "$(answer touched)" '^0000000000801000-.*accessed,dirty' "--touched"
unlike "$(answer touched)" 'unmapped|moved|rights|type' "and nothing else"
is "$(grep -vc '^{"va":.*}$' "$tmp/touched.json")" 0 "JSON has records alone"
like "$(answer touched)" '^\(flags that were set' "with its limit"
is "$(answer in | grep -c '^0')" 2 "--in"
unlike "$(answer filter)" 'unmapped|moved  r-x' "a filter"
like "$(answer filter)" 'rights.*rwxu' "and what it lets through"
like "$(answer bit)" '^0000000000404000-0000000000404fff +4K  moved  r-xu 4K wb 0x8000104000 -> r-xu 4K wb 0x104000$' \
	"one entry that two spaces read in two ways"
like "$(cat "$tmp/diff.json")" '^\{"va":"0x402000",.*"pa":"0x102000","page":4096,"rights":"rwxu",' "JSON has the pages"
like "$(answer list)" '^a +x86 +[0-9]+ +[0-9]+ +[0-9]+$' "the list"
unlike "$(answer list)" '"name":"b"' "--delete"
for line in 'diff: name two snapshots' '"c": 2 names are enough' 'no snapshot b' \
	'a name has no blanks' 'none of the name nosuch' '--snapshot has its own root' \
	'which one is to be saved' 'a name for it is missing'; do
	like "$(answer wrong)" "$line" "refused: $line"
done

# A second opinion: pages whose lines in two dumps differ, against the runs of diff.
pages()
{
	sed 's/^{"va":"\(0x[0-9a-f]*\)".*/\1 &/' "$1" | grep -v '"kind":"repeat"' | sort
}
pages "$tmp/before.json" >"$tmp/before"
pages "$tmp/after.json" >"$tmp/after"
comm -3 "$tmp/before" "$tmp/after" | tr -d '\t' | cut -d ' ' -f 1 | sort -u >"$tmp/naive"
sed -n 's/^{"va":"\(0x[0-9a-f]*\)","last":"\(0x[0-9a-f]*\)".*/\1 \2/p' "$tmp/diff.json" |
	while read -r va last; do
		for ((at = va; at <= last; at += 4096)); do
			printf '0x%x\n' "$at"
		done
	done | sort -u >"$tmp/found"
same_file "$tmp/found" "$tmp/naive" "exactly the pages that two dumps tell apart"

# Files: damaged in every way, and read where nothing pages.
size=$(wc -c <"$tmp/a.snap")
head -c $((size / 2)) "$tmp/a.snap" >"$tmp/short.snap"
head -c 20 "$tmp/a.snap" >"$tmp/tiny.snap"
cp "$tmp/a.snap" "$tmp/flipped.snap"
printf '\377' | dd of="$tmp/flipped.snap" bs=1 seek=$((size - 100)) conv=notrunc 2>/dev/null
cp "$tmp/a.snap" "$tmp/newer.snap"
printf '\007' | dd of="$tmp/newer.snap" bs=1 seek=8 conv=notrunc 2>/dev/null
qemu_stop
qemu_start -S -cpu max -m 16
gdb_run <<END
pmap snapshot c --load $tmp/a.snap
printf "@loaded %d\n", \$pmap_status
pmap dump --json --snapshot c --output $tmp/loaded.json
pmap snapshot d --load $tmp/a.snap
echo @equal\n
pmap diff c d
echo @refused\n
pmap snapshot x --load $tmp/short.snap
pmap snapshot x --load $tmp/tiny.snap
pmap snapshot x --load $tmp/flipped.snap
pmap snapshot x --load $tmp/newer.snap
pmap snapshot x --load $tmp/old
pmap snapshot x --load $tmp
pmap snapshot x --load $tmp/none
pmap snapshot e
pmap snapshot
pmap snapshot c --save $tmp/again.snap
echo @end\n
END
no_cause "$tmp/loaded.json"
like "$(cat "$gdb_out")" '^@loaded 0' "a file is read where the CPU does not page"
same_file "$tmp/loaded.json" "$tmp/live.json" "and has what was there"
like "$(answer equal)" '^no difference$' "two from one file are equal"
like "$(answer refused)" 'short.snap: it is truncated: [0-9]+ of [0-9]+ bytes' "truncated"
like "$(answer refused)" 'tiny.snap: it is no snapshot' "cut in its head"
like "$(answer refused)" 'flipped.snap: it is damaged' "damaged"
like "$(answer refused)" 'newer.snap: it was written by a newer pmap: format 7' "newer"
like "$(answer refused)" 'old: it is no snapshot' "another file"
like "$(answer refused)" 'it is no regular file' "a folder"
like "$(answer refused)" 'none: No such file' "no file"
unlike "$(answer refused)" '^x ' "none of them is kept"
# Two dimensions: what the walk needs of both is kept.
qemu_stop
qemu_start -S -cpu max,+svm -m 128 -append "mode=svm-stop" \
	-kernel "$builddir/kernel/pmapk.elf32"
gdb_run "$builddir/kernel/pmapk.elf" <<END
hbreak pmapk_l2_stop
continue
pmap roots --scan
pipe pmap roots --scan --json | sed -n 's/.*"root":"\\(0x[0-9a-f]*\\)".*"npt.*/set \$npt = \\1/p' >$tmp/npt.gdb
source $tmp/npt.gdb
pmap snapshot outer --npt \$npt
pmap dump --npt \$npt --json --output $tmp/outer.live
pmap dump --snapshot outer --json --output $tmp/outer.kept
pmap snapshot both --root \$cr3 --npt \$npt
pmap dump --combined --root \$cr3 --npt \$npt --json --output $tmp/both.live
pmap dump --combined --snapshot both --json --output $tmp/both.kept
echo @guest\n
pmap diff both --root \$cr3 --npt \$npt
echo @end\n
pmap walk \$pc --root \$cr3 --npt \$npt
set \$slot = \$pmap_slot
pmap gva2gpa \$slot --root \$npt
set \$at = (unsigned long)\$pmap_gpa
maintenance packet Qqemu.PhyMemMode:1
set var *(unsigned long *)\$at = 0
maintenance packet Qqemu.PhyMemMode:0
echo @changed\n
pmap diff both --root \$cr3 --npt \$npt
echo @end\n
END
same_file "$tmp/outer.kept" "$tmp/outer.live" "the second dimension alone"
same_file "$tmp/both.kept" "$tmp/both.live" "both together"
like "$(answer guest)" '^no difference$' "a guest against now"
like "$(answer changed)" '^ffffffffc[0-9a-f]{7}-ffffffffc[0-9a-f]{7} +4K  unmapped  was r-xs 4K wb 0x3000000$' \
	"one entry of its own tables, which are where they were"

# Tables that are shared tens of thousands of times: one entry of one changes.
qemu_stop
qemu_start -S -cpu max -m 128 -append "mode=kasan la57" \
	-kernel "$builddir/kernel/pmapk.elf32"
gdb_run "$builddir/kernel/pmapk.elf" <<'END'
hbreak pmapk_ready
continue
pmap snapshot k
pmap walk 0xffa0000000000000
set var *(unsigned long *)(0xffff800000000000 + (unsigned long)$pmap_slot) = 0
echo @kasan\n
pmap diff k
printf "@status %d ranges %d\n", $pmap_status, $pmap_ranges
END
like "$(answer kasan)" 'unmapped  was r--s 4K' "the entry"
like "$(answer kasan)" 'repeats ff' "and that others lead to the same"
ok "in a few lines: $(answer kasan | wc -l)" test "$(answer kasan | wc -l)" -lt 20000
finish
