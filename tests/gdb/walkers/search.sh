#!/usr/bin/env bash
# pmap search: against GDB's own find where that sees the memory, and against the
# monitor's image of physical memory; over pages that lie apart, and over holes.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

# QUESTION | $pmap_status | a match of the answer, or none for no answer at all
table()
{
	cat <<'END'
pmap search 0x600000,0x880000 --u32 0xdeadbeef | 0 | ^0000000000800ffe [0-9a-f]{13}$
printf "%lx %d\n", $pmap_found, $pmap_count | 0 | ^800ffe 1$
pmap gva2gpa 0x800ffe | 0 | ^0x800ffe -> 
printf "%d\n", $pmap_gpa + 2 != $_next | 0 | ^1$
pmap search 0x600000,0x880000 --bytes "ef be ad de" --json | 0 | ^\{"va":"0x800ffe","pa":"0x[0-9a-f]+"\}$
pmap search 0x600000,0x880000 --bytes ef:be:ad:de --align 2 | 0 | ^0000000000800ffe
pmap search 0x600000,0x880000 --u32 0xdeadbeef --align 4 | 1 | ^not found$
printf "%d %d\n", $_isvoid($pmap_found), $pmap_count | 1 | ^1 0$
pmap search 0x600000,0x801001 --u32 0xdeadbeef | 1 | ^not found$
pmap search 0x800fff,0x880000 --u32 0xdeadbeef | 1 | ^not found$
pmap search 0x800ffe,0x801002 --u32 0xdeadbeef | 0 | ^0000000000800ffe
pmap search 0x800ffe +4 --u32 0xdeadbeef | 0 | ^0000000000800ffe
pmap search 0x600000,0x880000 --bytes "ef 00 ad de" --mask "ff 00 ff ff" | 0 | ^0000000000800ffe
pmap search 0x600000,0x880000 --u32 0xdead0000 --mask 0xffff0000 | 0 | ^0000000000800ffe
pmap search 0x600000,0x880000 --string hello | 0 | ^0000000000602100 
pmap search 0x600000,0x880000 --string "hello, world" | 0 | ^0000000000602100 
pmap search 0x600000 --string "hello, world" --max 1 | 0 | ^\(the first 1; --max N for more\)$
pmap search 0x600000,0x880000 --string hello -x | 1 | ^not found$
pmap search 0x600000,0x880000 --string hello -w | 0 | ^0000000000602100
pmap search 0x600000,0x880000 --u64 $value | 0 | ^0000000000602200
pmap search 0x600000,0x880000 --u8 0x80 --max 1 --csv | 0 | ^va,pa,gpa,name$
pmap search 0x600000,0x880000 --u8 256 | 10 | ^pmap: search: 0x100 does not fit into 1 byte$
pmap search 0x600000,0x880000 --u16 -32768 --max 1 | 0 | ^\(the first 1;
pmap search 0x600000,0x880000 --u16 -32769 | 10 | does not fit into 2 bytes$
pmap search --u8 1 --u16 1 | 10 | ^pmap: search: one of --bytes, --string,
pmap search 0x1000 | 10 | ^pmap: search: one of --bytes, --string,
pmap search --bytes "de a" | 10 | ^pmap: search: de a: bytes are pairs of hexadecimal digits
pmap search --bytes "zz" | 10 | bytes are pairs of hexadecimal digits
pmap search --u8 1 --align 3 | 10 | ^pmap: search: --align 3 is not a power of two$
pmap search --u8 1 --max 0 | 10 | ^pmap: search: --max 0 finds nothing$
pmap search --u16 1 --mask 0xzz | 10 | ^pmap: search: --mask 0xzz: a number
pmap search --bytes 0102 --mask ff | 10 | as many bytes as are looked for
pmap search --u8 1 --physical -w | 10 | ^pmap: search: --physical asks no tables, and filters are about these$
pmap search 0x1000,0x1000 --u8 1 --physical | 10 | ^pmap: range end 0x1000 must be above its start 0x1000
pmap search 0x3000 +4K --u8 0 | 1 | ^not found$
pmap search 0x80000000000000 --u8 0 | 5 | ^pmap: 0x80000000000000 is not canonical
pmap name 0x602000 +4K words | 0 | ^$
pmap search 0x600000,0x880000 --string hello | 0 | ^0000000000602100 [0-9a-f]{13}  words\+0x100$
pmap search 0xffff800000000000 --string "hello, world" --physical | 1 | ^not found$
END
}

# Where both look: addresses of 1, 2, 4 and 8 bytes in code, against GDB's find.
patterns="b:0xc3:u8 h:0x8948:u16 w:0x00000001:u32 g:0x0000000100000000:u64"

qemu_start -S -cpu max -m 128 -append "mode=demo" \
	-kernel "$builddir/kernel/pmapk.elf32"
{
	cat <<'END'
hbreak pmapk_ready
continue
set $pmap_maxphyaddr = 40
set {unsigned short}0x800ffe = 0xbeef
set {unsigned short}0x801000 = 0xdead
set {char[13]}0x602100 = "hello, world"
set $value = 0x0123456789abcdef
set {unsigned long}0x602200 = $value
pmap gva2gpa 0x801000
set $_next = $pmap_gpa
END
	table | questions
	echo 'pmap name 0 +1'
	for p in $patterns; do
		IFS=: read -r letter value option <<<"$p"
		echo "echo ==== $option\\n"
		echo "find /$letter 0x400000, 0x43ffff, $value"
		echo "echo ---- pmap\\n"
		echo "pmap search 0x400000,0x440000 --$option $value --max 1000000"
	done
	echo 'echo ==== end\n'
	echo "pmap search --string pmap --physical --csv --max 100000 --output $tmp/physical"
	echo "monitor pmemsave 0 0x8000000 \"$tmp/image\""
	echo "pmap search --u32 0x1badb002 --json --max 100000 --output $tmp/everywhere"
} >"$tmp/script"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/script"
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"
check_answers < <(table)

for p in $patterns; do
	option=${p##*:}
	part() { sed -n "/^==== $option\$/,/^====/p" "$gdb_out"; }
	part | sed '/^---- pmap/,$d' | sed -n 's/^0x\([0-9a-f]*\).*/\1/p' >"$tmp/theirs"
	part | sed '1,/^---- pmap/d' | sed -n 's/^0*\([0-9a-f]*\) [0-9a-f]\{13\}$/\1/p' >"$tmp/ours"
	ok "$option: there are some" test -s "$tmp/theirs"
	same_file "$tmp/ours" "$tmp/theirs" "$option: as GDB's find"
done

# What is RAM of the image: not the hole below 1 MiB.
LC_ALL=C grep -abo pmap "$tmp/image" | awk -F: '$1 < 0xa0000 || $1 >= 0x100000 { print $1 }' >"$tmp/expected"
sed 1d "$tmp/physical" | awk -F, '{ print $2 }' | while read -r pa; do
	[ $((pa)) -ge $((0xa0000)) ] && [ $((pa)) -lt $((0x100000)) ] || echo $((pa))
done >"$tmp/got"
ok "physical: there are some" test -s "$tmp/expected"
same_file "$tmp/got" "$tmp/expected" "--physical: as grep finds them in the monitor's image"

# Each address that maps the bytes, and each once.
ok "everywhere: in several places" [ "$(wc -l <"$tmp/everywhere")" -ge 2 ]
is "$(sort "$tmp/everywhere" | uniq -d)" "" "none of them twice"
pa=$(sed -n '1s/.*"pa":"\(.*\)"}/\1/p' "$tmp/everywhere")
grep "\"pa\":\"$pa\"" "$tmp/everywhere" | sed 's/.*"va":"\([^"]*\)".*/\1/' | sort >"$tmp/got"
gdb_run "$builddir/kernel/pmapk.elf" <<END
hbreak pmapk_ready
pmap find $pa --csv --output $tmp/find
END
sed 1d "$tmp/find" | cut -d, -f1 | sort >"$tmp/expected"
same_file "$tmp/got" "$tmp/expected" "where find has the frame of the first"

finish
