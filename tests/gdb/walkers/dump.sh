#!/usr/bin/env bash
# pmap dump beside what it dumps: the line around an address, gaps, order, width
# and colours, shapes; on the example kernel, whose answers are known.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

# QUESTION | $pmap_status | a match of the answer, or none for no answer at all
table()
{
	cat <<'END'
pmap dump 0x401234 | 0 | ^0x401234 is at \+0x1234 of 0x400000-0x5fffff, physical 0x101234$
pmap dump 0x401234 | 0 | ^0000000000600000-000000000087efff +2556K  rw-u
printf "%d\n", $pmap_offset | 0 | ^4660$
pmap dump 0x601234 | 0 | ^0000000000400000-00000000005fffff +2M  r-xu
pmap dump 0x601234 -B 0 -A 0 | 0 | ^0x601234 is at \+0x1234 of 0x600000-0x87efff$
pmap dump 0x2a03fff -B 2 -A 0 | 0 | ^000000000280f000-000000000280ffff +4K  rw-u:15
pmap dump 0x880000 -C 0 --phys | 0 | ^0x880000 is at \+0x0 of
pmap dump 0x2a03fff -C 0 --json | 0 | ^\{"va":"0x2a03000","last":"0x2a03fff","kind":"reserved","level":1,"raw":"0x8000000000007"\}$
pmap dump 0x3000 | 1 | ^0x3000 is in none of them: 4M are free from 0x0 to 0x3fffff$
pmap dump 0x3000 -B 0 | 1 | ^0x3000 is in none of them: nothing is mapped there$
pmap dump 0xffff900000000000 | 1 | ~125T are free from 0xffff8000ff000000 to 0xfffffdffffffffff$
pmap dump 0xffffffffc0012345 | 0 | ^0xffffffffc0012345 is at \+0x12345 of 0xffffffffc0000000-0xffffffffffffffff, physical 0x12345$
pmap dump 0xffffffffc0012345 -A 2 -B 1 | 0 | ^fffffe8000000000-fffffeffffffffff +512G  recursive, level 4
pmap dump 0x800000000000 | 5 | ^pmap: 0x800000000000 is not canonical
pmap dump 0x400000 -C 100000 | 10 | ^pmap: dump: 100000: at most 10000 lines
pmap dump 0x401234 -A 2 -B 0 --gaps | 0 | ^000000000087f000-000000000087ffff +4K  gap$
pmap dump 0x3ff000 0x402000 --gaps | 0 | ^00000000003ff000-00000000003fffff +4K  gap$
pmap dump 0x3ff000 0x402000 --gaps --json | 0 | ^\{"va":"0x3ff000","last":"0x3fffff","kind":"gap"\}$
pmap dump 0x7fffffffe000 +0xffff000000003000 --gaps | 0 | ^00007fffffffe000-00007fffffff.fff
pmap dump 0x100000 +0x1000 | 0 | ^nothing mapped$
pmap dump 0x100000 +0x1000 --gaps | 0 | ^0000000000100000-0000000000100fff +4K  gap$
pmap dump 0x100000 +0x1000 --json | 0 | ^$
pmap dump 0x2800000 +0x1000 | 0 | ^0000000002800000-0000000002800fff +4K  rw-u:15 +4K 
pmap dump 0x400000 +0x1000 --csv | 0 | ^0x400000,0x400fff,,,,,0x100000,4096,1,r-xu,1,wb,false,true,false,0,,,0x100025,+$
pmap dump --sort name | 10 | ^pmap: dump: --sort name: by pa or size$
pmap dump --sort pa --gaps | 10 | ^pmap: dump: --sort and --gaps cannot be used together$
pmap dump 0x400000 +0x3000 --tree | 0 | ^      PTE 0-2  0000000000400000  = 0000000000100025  page 100000  P US A$
pmap dump 0x800000 +0x3000 --tree | 0 | ^      PTE 0-2  0000000000800000  = 8000000004000007  page 4000000  P RW US NX  \(frames are not contiguous\)$
pmap dump 0x800000 +0x3000 --tree --phys | 0 | ^      PTE 2  0000000000802000  = 8000000003ffe007  page 3ffe000  P RW US NX$
pmap dump 0x400000 +0x3000 --tree --leaves | 0 | ^      PTE 1  0000000000401000  = 0000000000101025  page 101000  P US A$
pmap dump --csv --tree | 10 | ^pmap: dump: --tree has no JSON or CSV form
pmap perms 0x400000 +8 --json | 0 | ^\{"va":"0x400000","last":"0x400007","rights":"r-xu","no_write":"PTE"\}$
pmap perms 0x400000 --json | 0 | ^\{"va":"0x400000","rights":"r-xu","no_write":"PTE 0 at 0x[0-9a-f]+ = 0x100025"\}$
pmap perms 0x3000 --json | 1 | ^\{"va":"0x3000","kind":"hole","reason":"the PDE at 0x[0-9a-f]+ is empty: nothing is mapped in its 2M"\}$
pmap perms 0x400000 +8 --csv | 0 | ^0x400000,0x400007,,r-xu,,,,PTE,,$
pmap expect 0x400000 +0x1000 rw-u --json | 8 | ^\{"va":"0x400000","last":"0x400fff","rights":"r-xu","expected":"rw-u"\}$
pmap expect 0x3000 +0x1000 rw-u --csv | 8 | ^0x3000,0x3fff,,hole,,,,rw-u$
END
}

script()
{
	printf 'hbreak pmapk_ready\ncontinue\nset $pmap_maxphyaddr = 40\n'
	table | questions
	for width in 80 60 40; do
		echo "set width $width"
		echo "echo ==== width $width\\n"
		echo 'pmap dump 0 0x3000000'
	done
	echo 'set width 0'
	echo "pmap dump --phys --output $tmp/plain"
	echo "pmap dump --sort pa --output $tmp/pa"
	echo "pmap dump --sort size --json --output $tmp/size"
	echo "pmap dump --json --output $tmp/runs"
	echo "pmap dump --gaps --json --output $tmp/gaps"
	echo "pmap dump --tree --output $tmp/alike"
	echo "pmap dump --tree --phys --output $tmp/tree"
	echo "pmap dump --tree --leaves --output $tmp/entries"
	echo 'set style enabled on'
	echo "pmap dump 0 0x3000000 --output $tmp/coloured"
	echo 'pipe pmap dump 0 0x3000000 | cat'
}

qemu_start -S -cpu max -m 128 -append "mode=demo" \
	-kernel "$builddir/kernel/pmapk.elf32"
script >"$tmp/table.gdb"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/table.gdb"
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"
check_answers < <(table)

for width in 80 60 40; do
	sed -n "/^==== width $width/,/^==== /p" "$gdb_out" | grep '^0' | {
		[ "$width" = 80 ] && cat || grep '  [r-][w-][x-][us]'
	} >"$tmp/rows"
	ok "width $width: there are rows" test -s "$tmp/rows"
	is "$(awk -v w="$width" 'length($0) > w' "$tmp/rows" | head -n 2)" \
		"$([ "$width" != 40 ] || head -n 2 "$tmp/rows")" \
		"width $width: rows fit, as far as addresses, rights and frames do"
done
like "$(sed -n '/^==== width 60/,/^==== /p' "$gdb_out")" \
	'^START-LAST +RIGHTS +PHYSICAL$|^START-LAST +SIZE +RIGHTS' \
	"what is missed least goes first"

# The order changes, and nothing else.
is "$(sort "$tmp/pa")" "$(sort "$tmp/plain")" "--sort pa has the lines of --phys"
is "$(grep -o '"va":"[^"]*"' "$tmp/size" | sort)" \
	"$(grep -o '"va":"[^"]*"' "$tmp/runs" | sort)" "--sort size has all lines"
is "$(sed 1d "$tmp/pa" | awk '$NF ~ /^[0-9a-f]*$/ && length($NF) == 13 { print $NF }' | sort -c 2>&1)" \
	"" "--sort pa is in order"
# With the gaps every address is there, once.
is "$(grep -v '"kind":"gap"' "$tmp/gaps")" "$(cat "$tmp/runs")" "--gaps adds gaps only"
is "$(sed 's/.*"va":"0x\([0-9a-f]*\)","last":"0x\([0-9a-f]*\)".*/\1 \2/' "$tmp/gaps" | {
	next=0
	while read -r va last; do
		[ $((16#$va)) = $((next)) ] || printf '%s ' "$va"
		next=$((16#$last + 1))
	done
	printf '%x' $((next))
})" "ffff800000000000 0" "runs and gaps leave out the non-canonical alone"
# Lines that stand for several entries, written out: nothing was lost.
gawk '
function add(hex, n) {
	return sprintf("%s%012x", substr(hex, 1, 4), strtonum("0x" substr(hex, 5)) + n)
}
BEGIN { step["PTE"] = 4096; step["PDE"] = 2^21; step["PDPTE"] = 2^30; step["PML4E"] = 2^39 }
{
	n = split($2, index_, "-")
	indent = $0
	sub(/[^ ].*/, "", indent)
	rest = $0
	sub(/^ *[^ ]+ +[^ ]+ +[^ ]+ += +[^ ]+ /, "", rest)
	for (i = 0; i <= index_[n] - index_[1]; i++) {
		by = i * step[$1]
		tail = rest
		if ($6 == "page")
			sub(/page [0-9a-f]+/, sprintf("page %x", strtonum("0x" $7) + by), tail)
		printf "%s%s %d  %s  = %s %s\n", indent, $1, index_[1] + i, add($3, by),
			$6 == "page" ? add($5, by) : $5, tail
	}
}' "$tmp/tree" >"$tmp/written-out"
same_file "$tmp/written-out" "$tmp/entries" "--tree --phys: lines of several entries lose nothing"
ok "--tree: there are fewer lines: $(wc -l <"$tmp/alike") of $(wc -l <"$tmp/entries")" \
	test "$(wc -l <"$tmp/alike")" -lt "$(($(wc -l <"$tmp/entries") / 4))"
unlike "$(cat "$tmp/coloured" "$gdb_out")" $'\033' "no colours in files and pipes"

# On a terminal there are.
GDB_LINE="$GDB -nx -q -ex 'set pagination off' -ex 'set style enabled on' -ex 'source $builddir/gdbinit/pmap.gdb' -ex 'target remote $tmp/gdb' -ex 'pmap dump 0xffffffffc0000000 0' -ex 'set style enabled off' -ex 'pmap dump 0xffffffffc0000000 0' -ex 'set confirm off' -ex quit"
TERM=xterm terminal_run "$GDB_LINE" </dev/null >"$tmp/screen" 2>&1
# Newer GDBs say each attribute: 31;49;1;23;24;27.
is "$(grep -cE $'\033\\[(1;31|31;49;1;[0-9;]*)mrwxs' "$tmp/screen")" 1 \
	"what can be written and executed stands out, where GDB's style is on" ||
	diag "$(tail -n 20 "$tmp/screen" | cat -v)"

finish
