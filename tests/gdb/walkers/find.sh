#!/usr/bin/env bash
# pmap find, aliases and stats: on the example kernel with known answers, and
# against what a naive reading of all leaves finds.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

# QUESTION | $pmap_status | a match of the answer, or none for no answer at all
table()
{
	cat <<'END'
pmap find 0x100123 | 0 | ^0000000000400123-0000000000400123 +1B  r-xu +4K  .* 0000000100123$
pmap find 0x100123 | 0 | ^ffffffffc0100123-ffffffffc0100123 +1B  rwxs +2M
printf "%lx\n", $pmap_va | 0 | ^400123$
pmap find 0x100ff0 +0x20 --json | 0 | ^\{"va":"0xffffffffc0100ff0","last":"0xffffffffc010100f","pa":"0x100ff0",
pmap find 0x100000,0x102000 -u | 0 | ^0000008000100000-0000008000101fff +8K  rw-u +1G
pmap find 0xf00000000 | 1 | ^nothing mapped$
pmap find 0xf00000000 --json | 1 | ^$
pmap find 0x100123 --page 4k --accessed --no-dirty --user | 0 | ^0000000000400123-0000000000400123 +1B  r-xu +4K  .* 0000000100123$
pmap find 0x100123 --pa 0x100000,+0x1000 --has 0x400000 | 0 | ^0000000000400123-0000000000400123
pmap find 0x100123 --pa 0x200000,+0x1000 | 1 | ^nothing mapped$
pmap find 0x100000 +0x4000 --pa 0x101000,+0x1000 -u -x | 0 | ^0000000000401000-0000000000401fff +4K  r-xu
pmap find 0x100123 --dirty --no-dirty | 10 | ^pmap: --dirty and --no-dirty cannot
pmap find 0x100123 --roots $cr3,0x102000 -x | 0 | ^0000000000100123-0000000000100123 +1B  rwxs .* in 0x102000 \(x86-64-4\)$
printf "%d %d %lx\n", $pmap_roots, $pmap_ranges, $pmap_va | 0 | ^2 6 400123$
pmap find 0x100123 --roots 0x102000 , $cr3 --csv --page 4k | 0 | ^0x400123,0x400123,.*,0x[0-9a-f]+,x86-64-4,,
pmap find 0x100123 --all-roots -u | 0 | ^0000000000400123-0000000000400123 .* in 0x[0-9a-f]+ \(x86-64-4, CR3 of the selected thread; CR3 of CPU 0\)$
pmap find 0x100123 --all-roots --json | 0 | "va":"0x100123".*"root":"0x102000","format":"x86-64-4","root_why":"found: 3 entries, 
pmap find 0x100123 --roots 0x102000, | 10 | ^pmap: find: --roots: an address is missing behind the comma
pmap find 0x100123 --roots ,0x102000 | 10 | ^pmap: find: an address is missing before the comma
pmap find 0x100123 --roots 0x1000 --roots 0x2000 | 10 | ^pmap: find: --roots is given twice
pmap find 0x100123 --roots 0x102000 --root 0x1000 | 10 | ^pmap: find: --root is one root, --roots several
pmap roots --has 0x400000 -x | 0 | ^0x[0-9a-f]+ x86-64-4 +CR3 of
pmap roots --scan --has 0x400000 --page 4k | 0 | ^0x[0-9a-f]+ x86-64-4 +CR3 of
printf "%d\n", $pmap_roots | 0 | ^2$
pmap roots --scan --has 0x400000 | 0 | ^0x0*102000 
pmap roots --has 0xf000000000 | 0 | ^no root table was found$
pmap roots --pa 0xf00000000 | 0 | ^no root table was found$
pmap roots --pkey 16 | 10 | ^pmap: --pkey: keys are 0 to 15$
pmap find 0x2000,0x1000 | 10 | ^pmap: find: the end 0x1000 is not above the start$
pmap find | 10 | ^pmap: find: an address is missing
pmap aliases --pa 0x100000,+0x1000 | 0 | ^0000000100000-0000000100fff +4K  0000000000400000  r-xu    wb$
pmap aliases --pa 0x100000,+0x1000 --json | 0 | ^\{"pa":"0x100000","pa_last":"0x100fff","va":"0xffff800000100000","rights":"rwxs","mt":"wb"\}$
printf "%d\n", $pmap_bytes | 0 | ^4096$
pmap aliases --pa 0x100000,+0x10000 --min-size 0x10000 | 0 | ^0000000100000-000000010ffff +64K  0000000000400000  r-xu    wb$
pmap aliases --pa 0x100000,+0x10000 --min-size 0x10001 | 0 | ^no memory is mapped in two ways$
pmap aliases --pa 0x100000,+0x10000 --has 0x400010 | 0 | ^0000000100000-000000010ffff +64K  ffff800000100000  rwxs    wb$
pmap aliases --pa 0x100000,+0x10000 --has 0x300010 | 0 | ^no memory is mapped in two ways$
pmap aliases --pa 0x100000,+0x10000 --kernel | 0 | ^no memory is mapped in two ways$
pmap aliases 0x400000 +0x1000 | 0 | ^no memory is mapped in two ways$
pmap stats | 0 | ^tables level 4 \(PML4E\): 1 in 4K, [0-9]+ entries used
pmap stats | 0 | ^pages  of 1G: 24, 24G, 
pmap stats --json | 0 | ^\{"kind":"pages","level":3,"bytes":25769803776,"page":1073741824,"count":24\}$
pmap stats | 0 | ^larger user: [0-9]+ tables are no 2M page: the frames are not aligned$
pmap stats | 0 | ^larger direct map: 1 table is no 1G page: not all of it is mapped$
pmap stats | 0 | ^larger 2 tables are no 2M page: nothing: it could be one page$
pmap stats --json | 0 | ^\{"kind":"larger","level":1,"tables":[0-9]+,"page":2097152,"why":"the frames are not aligned","region":"user"\}$
pmap stats --root 0x7f00000 --csv | 0 | ^tables,2,PDE,2,8192,1024,0,1,
pmap stats -x --kernel --json | 0 | ^\{"kind":"pages","level":2,"bytes":1077936128,"page":2097152,"count":514\}$
pmap stats --kind reserved --csv | 0 | ^tables,4,PML4E,1,4096,
pmap stats --kind reserved --csv | 0 | ^tables,3,PDPTE,2,8192,14,2,0,
pmap stats --pa 0xf00000000 --csv | 0 | ^tables,4,PML4E,0,0,0,0,0,
pmap stats --rights q | 10 | ^pmap: --rights q
pmap walk 0x400123 | 0 | ^0x400123 is 0x100123
printf "%lx %d\n", $pmap_raw, $pmap_level | 0 | ^100025 1$
printf "%d\n", *(unsigned long *) (0xffff800000000000 + $pmap_slot) == $pmap_raw | 0 | ^1$
pmap walk 0x3000 | 1 | is not mapped
printf "%lx %d\n", $pmap_raw, $pmap_level | 1 | ^0 2$
END
}

# Tables of their own at 7f00000: two PDs with the same contents, the second twice; too
# much in them to be written out again.
twins()
{
	cat <<'END'
set $twins = (unsigned long *)0xffff800007f00000
set var $twins[0] = 0x7f01007
set var $twins[512] = 0x7f02007
set var $twins[513] = 0x7f03007
set var $twins[515] = 0x7f03007
set $i = 0
while $i < 512
  set var $twins[1024 + $i] = $twins[1536 + $i] = 0x200087 + $i % 2 * 0x200000
  set $i = $i + 1
end
END
}

qemu_start -S -cpu max -m 128 -append "mode=demo" \
	-kernel "$builddir/kernel/pmapk.elf32"
{
	printf 'hbreak pmapk_ready\ncontinue\nset $pmap_maxphyaddr = 40\n'
	twins
	table | questions
	echo "pmap dump --leaves --json --output $tmp/leaves"
	echo "pmap dump --leaves --expand --json --output $tmp/all"
	echo "pmap dump --tree --output $tmp/tree"
	echo "pmap stats --csv --output $tmp/stats"
	for pa in 0x0 0x100000 0x101000 0x500000 0x800000 0x1800000 0x2800000 \
		0x80400000 0xfee00000 0x40000000; do
		echo "pmap find $pa +0x1000 --leaves --csv --output $tmp/find.$pa"
	done
	for ((at = 0; at < 128; at++)); do
		printf 'pmap find %d<<20 +1M --leaves --csv --output %s/part.%d\n' \
			"$at" "$tmp" "$at"
	done
	echo "pmap aliases 0 0x800000000000 --csv --output $tmp/aliases"
} >"$tmp/script"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/script"
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"
check_answers < <(table)

# VA LAST PA RIGHTS MT of each leaf: addresses of 48 bits as numbers.
numbers()
{
	gawk --non-decimal-data '
	function field(name,	m) {
		return match($0, "\"" name "\":\"?([^\",}]*)", m) ? m[1] : ""
	}
	function low(hex) { return strtonum("0x" substr("000000000000" substr(hex, 3), length(hex) - 1)) }
	/"pa":/ { print low(field("va")), low(field("last")), strtonum(field("pa")), field("rights"), field("mt") }' "$1"
}

numbers "$tmp/all" >"$tmp/numbers"
for file in "$tmp"/find.*; do
	pa=$((${file##*.}))
	is "$(sed 1d "$file" | gawk -F, '{ print substr($1, length($1) - 11) }' | sort)" \
		"$(gawk -v pa="$pa" '
			$3 < pa + 4096 && $3 + $2 - $1 >= pa {
				va = $1 + (pa > $3 ? pa - $3 : 0)
				s = sprintf("0x%x", va)
				print substr(s, length(s) - 11) }' "$tmp/numbers" | sort)" \
		"find $(printf '0x%x' "$pa") is the inverse of the dump"
done

# Of every frame of RAM: all leaves, cut at each MiB.
for ((at = 0; at < 128; at++)); do
	sed 1d "$tmp/part.$at"
done | gawk -F, '
	function low(hex) { return strtonum("0x" substr("000000000000" substr(hex, 3), length(hex) - 1)) }
	{ printf "%012x %012x %012x\n", low($1), low($2), strtonum($7) }' |
	sort >"$tmp/inverse"
gawk -v mib=1048576 '$3 < 128 * mib {
	for (at = int($3 / mib); at < 128 && at * mib <= $3 + $2 - $1; at++) {
		first = $3 > at * mib ? $3 : at * mib
		last = $3 + $2 - $1
		if (last >= (at + 1) * mib)
			last = (at + 1) * mib - 1
		printf "%012x %012x %012x\n", $1 + first - $3, $1 + last - $3, first
	} }' "$tmp/numbers" | sort >"$tmp/expected"
same_file "$tmp/inverse" "$tmp/expected" \
	"find is the inverse of the dump on every frame: $(wc -l <"$tmp/expected") pieces"

# Each 4 KiB of the lower half's memory, and the ways in which it is mapped.
gawk '$2 < 2 ^ 47 && $2 - $1 < 2 ^ 30 {
	for (pa = $3; pa <= $3 + $2 - $1; pa += 4096)
		if (!index(ways[pa], $4 $5 ";"))
			ways[pa] = ways[pa] $4 $5 ";"
	}
	END { for (pa in ways) if (gsub(/;/, ";", ways[pa]) > 1) printf "%d\n", pa }' \
	<(gawk '$2 - $1 < 2 ^ 30 - 1' "$tmp/numbers") | sort -n >"$tmp/expected"
# Pages of 1 GiB are left out of both: too many to write out.
sed 1d "$tmp/aliases" | gawk -F, --non-decimal-data '
	{ n[$1 "," $2]++; ways[$1 "," $2] = ways[$1 "," $2] (strtonum($3) >= 2 ^ 39 && strtonum($3) < 2 ^ 39 + 2 ^ 34 || 0 ? "" : $4 $5 ";") }
	END {
		for (s in ways) {
			k = split(ways[s], w, ";"); delete seen; d = 0
			for (i = 1; i < k; i++) if (!(w[i] in seen)) { seen[w[i]]; d++ }
			if (d < 2) continue
			split(s, p, ",")
			for (pa = strtonum(p[1]); pa <= strtonum(p[2]); pa += 4096) printf "%d\n", pa
		}
	}' | sort -n -u >"$tmp/got"
ok "aliases: there are some" test -s "$tmp/expected"
same_file "$tmp/got" "$tmp/expected" "aliases: the same frames as by a naive search"

# Tables and leaves of each level, from the tree and the leaves themselves.
for level in 1 2 3; do
	name=$(echo "PTE PDE PDPTE" | cut -d ' ' -f $level)
	above=$(echo "PDE PDPTE PML4E" | cut -d ' ' -f $level)
	is "$(awk -F, -v l=$level '$1 == "tables" && $2 == l { print $4 }' "$tmp/stats")" \
		"$(grep -E "^ *$above " "$tmp/tree" | grep -o 'table [0-9a-f]*' | sort -u | wc -l)" \
		"stats: tables of ${name}s"
done

finish
