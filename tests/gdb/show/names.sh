#!/usr/bin/env bash
# What addresses are called: the regions of `pmap regions', and the symbols of
# GDB's symbol file, in every answer that says them.  The second opinion on symbols is
# nm.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

kernel=$builddir/kernel/pmapk.elf

# Twenty addresses inside of functions and objects, as nm has them.
nm -S "$kernel" | awk '
	$1 ~ /^ffffffff/ && strtonum("0x" $2) > 20 && $4 !~ /\./ && !(substr($4, 1, 1) in seen) {
		seen[substr($4, 1, 1)]
		printf "0x%s+%d %s+0x%x\n", $1, ++n, $4, n
		if (n == 20) exit
	}' >"$tmp/known"
addresses=$(cut -d ' ' -f 1 "$tmp/known" | paste -sd ,)

# Before anything is known: symbols and regions are asked for with --names alone.
before()
{
	cat <<'END'
pmap gva2gpa &pmapk_ready | 0 | page, rwxs\)$
pmap explain | 0 | ^  x  fetch +0xffffffffc[0-9a-f]+  1 +allowed$
pmap search 0xffffffffc0100000 +4K --u32 0x1badb002 --align 4 | 0 | ^ffffffffc0100000 0000000100000$
END
}

# QUESTION | $pmap_status | a match of the answer; ^$ is no answer at all
table()
{
	cat <<'END'
pmap gva2gpa &pmapk_ready --names | 0 | page, rwxs\)  kernel image  <pmapk_ready in \.text>$
pmap gva2gpa (long)&tables+0x123 --names | 0 | page, rwxs\)  kernel image  <tables\+0x123 in \.bss>$
pmap gva2gpa &pmapk_ready | 0 | page, rwxs\)  kernel image$
pmap gva2gpa &pmapk_ready --no-names | 0 | page, rwxs\)$
pmap gva2gpa &pmapk_ready --json | 0 | "rights":"rwxs","name":"kernel image"\}$
pmap gva2gpa &pmapk_ready --json --names | 0 | "name":"kernel image","symbol":"pmapk_ready","section":"\.text"\}$
pmap gva2gpa &pmapk_ready --json --no-names | 0 | "rights":"rwxs"\}$
pmap gva2gpa 0x400123,&pmapk_ready,0x999999999 --csv --names | 1 | ^va,kind,gpa,pa,page,rights,where,reason,name,symbol,section$
pmap gva2gpa 0x400123,&pmapk_ready,0x999999999 --csv --names | 1 | ^0x400123,leaf,,0x100123,4096,r-xu,,,,,$
pmap gva2gpa 0x400123,&pmapk_ready,0x999999999 --csv --names | 1 | ^0x[0-9a-f]+,leaf,,0x[0-9a-f]+,2097152,rwxs,,,kernel image,pmapk_ready,\.text$
pmap gva2gpa 0x400123,&pmapk_ready,0x999999999 --csv --names | 1 | ^0x999999999,hole,.*,,,$
pmap gva2gpa 0x999999999 --csv | 1 | ^0x999999999,hole,,,,,,the PDPTE at 0x[0-9a-f]+ is empty: nothing is mapped in its 1G,$
pmap gva2gpa 0x999999999 --json | 1 | ^\{"va":"0x999999999","kind":"hole","reason":"the PDPTE at 0x[0-9a-f]+ is empty: nothing is mapped in its 1G"\}$
pmap gva2gpa &pmapk_ready --csv | 0 | ,rwxs,,,kernel image$
printf "%lx\n", $pmap_gpa == (long)&pmapk_ready - 0xffffffffc0000000 | 0 | ^1$
pmap walk &pmapk_ready --names | 0 | page, rwxs, wb  kernel image  <pmapk_ready in \.text>$
pmap walk &pmapk_ready --names --json | 0 | "name":"kernel image","symbol":"pmapk_ready","section":"\.text"\}$
pmap walk 0x400123 --names | 0 | page, r-xu, wb$
pmap walk 0x999999999 --names | 1 | nothing is mapped in its 1G$
pmap explain --names | 0 | ^  x  fetch +0xffffffffc[0-9a-f]+  1 +allowed  kernel image  <pmapk_ready in \.text>$
pmap explain | 0 | ^  x  fetch +0xffffffffc[0-9a-f]+  1 +allowed  kernel image$
pmap explain --json | 0 | ^\{"kind":"x","role":"fetch".*,"step":0,"name":"kernel image","verdict":"allowed"\}$
pmap explain --json --names | 0 | ,"name":"kernel image","symbol":"pmapk_ready","section":"\.text","verdict":"allowed"\}$
pmap explain --no-names | 0 | ^  x  fetch +0xffffffffc[0-9a-f]+  1 +allowed$
pmap fault &pmapk_ready --error 5 --names | 0 | ^page fault at 0xffffffffc[0-9a-f]+, error code 0x5.*a right missing  kernel image  <pmapk_ready in \.text>$
pmap fault &pmapk_ready --error 5 | 0 | a right missing  kernel image$
pmap fault &pmapk_ready --error 5 --no-names | 0 | a right missing$
pmap search 0xffffffffc0100000 +4K --u32 0x1badb002 --align 4 | 0 | ^ffffffffc0100000 0000000100000  kernel image$
pmap search &tables +8 --u8 *(char*)&tables --max 1 --names | 0 | ^[0-9a-f]{16} [0-9a-f]{13}  kernel image  <tables in \.bss>$
pmap search &tables +8 --u8 *(char*)&tables --max 1 --names --json | 0 | "name":"kernel image","symbol":"tables","section":"\.bss"\}$
pmap search &tables +8 --u8 *(char*)&tables --max 1 --names --csv | 0 | ,kernel image,tables,\.bss$
pmap search &tables +8 --u8 *(char*)&tables --max 1 --csv | 0 | ,kernel image$
pmap search (long)&tables-0xffffffffc0000000 +8 --u8 *(char*)&tables --max 1 --names --physical | 0 | ^ *0000000[0-9a-f]{6}$
pmap dump &pmapk_ready -C 0 --names | 0 | , physical 0x[0-9a-f]+  <pmapk_ready in \.text>$
pmap gva2gpa &pmapk_ready --names --npt $nested | 0 | ^0xf+c[0-9a-f]+ -> gpa 0x[0-9a-f]+ -> 0x[0-9a-f]+  \(.*\)  kernel image  <pmapk_ready in \.text>$
pmap walk &pmapk_ready --names --npt $nested | 0 | page, rwxs  kernel image  <pmapk_ready in \.text>$
pmap walk &pmapk_ready --names --npt $nested --json | 0 | "symbol":"pmapk_ready","section":"\.text"\}$
pmap gva2gpa &pmapk_ready --names --npt $nested --csv | 0 | ,pmapk_ready,\.text$
pmap gva2gpa &pmapk_ready --names --output FILE | 0 | ^$
pmap gva2gpa &pmapk_ready --names --json --output FILE | 0 | ^$
pmap snapshot one | 0 | .
pmap edit 0xffffffffc0000000 --set 0x200 --apply | 0 | .
pmap diff one | 0 | ^no difference$
pmap edit 0xffffffffc0000000 --clear D --apply | 0 | .
pmap diff one | 8 | ^ffff800000000000-ffff8000001fffff +2M  aged .* 0x0$
pmap diff one --names | 8 | ^ffff800000000000-ffff8000001fffff +2M  aged .* 0x0  direct map$
pmap diff one | 8 | aged .* 0x0  direct map$
pmap diff one --json | 8 | "name":"direct map"\}$
pmap diff one --csv | 8 | ,direct map$
pmap diff one --no-names --json | 8 | "was_mt":"wb"\}$
pmap name 0xffff800000000000 +4K changed | 0 | ^$
pmap diff one | 8 | aged .* 0x0  changed$
END
}

# Nested tables that map all of memory to itself.
nested()
{
	cat <<'END'
set var *(long *)0xffff800006000000 = 0x6001067
set var *(long *)0xffff800006001000 = 0xe7
set $nested = 0x6000000
END
}

qemu_start -S -cpu max -m 128 -append "mode=demo" -kernel "${kernel}32"
{
	printf 'hbreak pmapk_ready\ncontinue\n'
	before | questions
	nested
	table | sed "s|FILE|$tmp/file|" | questions
	printf 'echo ==== many\\n\npmap gva2gpa %s --names\n' "$addresses"
	printf 'echo ==== stub\\n\npmap source gdbstub\npmap gva2gpa %s --names\n' "$addresses"
	cat <<-'END'
	delete
	break *$pc
	commands
	silent
	echo ==== breakpoint\n
	pmap gva2gpa &pmapk_ready --names
	pmap walk &pmapk_ready --names --json
	echo ==== behind\n
	end
	jump *$pc
	echo ==== thousand\n
	END
	printf 'pmap gva2gpa --from %s --csv --names --output %s\n' "$tmp/numbers" "$tmp/csv"
	cat <<-'END'
	echo ==== without\n
	symbol-file
	pmap gva2gpa 0xffffffffc0100000 --names
	END
} >"$tmp/session"
text=$(nm -n "$kernel" | awk '/^ffffffff.* [tT] / { print $1; exit }')
for ((i = 0; i < 1100; i++)); do
	printf '0x%x\n' $((16#$text + i * 16))
done >"$tmp/numbers"
gdb_run "$kernel" <"$tmp/session"
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"
check_answers < <(before; table)
part()
{
	awk -v mark="==== $1" '$0 == mark { on = 1; next } /^====/ { on = 0 } on' "$gdb_out"
}
like "$(cat "$tmp/file")" '"symbol":"pmapk_ready","section":"\.text"\}$' "--output has them, too"
for source in many stub; do
	part $source | sed -n 's/^.*  <\(.*\) in .*>$/\1/p' >"$tmp/symbols"
	cut -d ' ' -f 2 "$tmp/known" >"$tmp/expected"
	same_file "$tmp/symbols" "$tmp/expected" "twenty at once are what nm says ($source)"
done
is "$(part breakpoint | grep -c 'pmapk_ready')" 2 "in the commands of a breakpoint, too" ||
	diag "$(part breakpoint)"
is "$(wc -l <"$tmp/csv")" 1101 "eleven hundred in one command"
is "$(awk -F, '{ print NF }' "$tmp/csv" | sort -u)" 11 "each record has all fields"
ok "more than half of them have a symbol" \
	test "$(cut -d , -f 10 "$tmp/csv" | grep -c .)" -gt 550
like "$(part without)" 'page, rwxs\)  kernel image$' "without a symbol file there are none"

# On a terminal they are there unasked.
GDB_LINE="$GDB -nx -q -ex 'set pagination off' -ex 'set width 160' -ex 'source $builddir/gdbinit/pmap.gdb' -ex 'file $kernel' -ex 'target remote $tmp/gdb' -ex 'pmap gva2gpa &pmapk_ready' -ex 'set width 80' -ex 'pmap walk &pmapk_ready' -ex 'set confirm off' -ex quit"
TERM=xterm terminal_run "$GDB_LINE" </dev/null >"$tmp/screen" 2>&1
like "$(tr -d '\r' <"$tmp/screen")" 'rwxs\)  <pmapk_ready in \.text>$' "on a terminal symbols are said unasked"
unlike "$(grep ' in a 2M page' "$tmp/screen")" '<pmapk_ready' "not on a narrow one"
echo "$GDB_LINE | cat" >"$tmp/piped"
TERM=xterm terminal_run "sh $tmp/piped" </dev/null >"$tmp/screen" 2>&1
like "$(tr -d '\r' <"$tmp/screen")" 'rwxs\)$' "where the answer goes into a pipe"
unlike "$(cat "$tmp/screen")" '<pmapk_ready in' "it has no symbols unasked"

finish
