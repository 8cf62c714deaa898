#!/usr/bin/env bash
# pmap x: against GDB's own x where that reads right, against QEMU's monitor for
# physical memory, and where there are holes.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

# QUESTION | $pmap_status | a match of the answer, or none for no answer at all
table()
{
	cat <<'END'
pmap x/4xg 0x400000 | 0 | ^0x400010:	0x[0-9a-f]{16}	0x[0-9a-f]{16}$
pmap x /4xg 0x400000 | 0 | ^0x400010:	0x[0-9a-f]{16}	0x[0-9a-f]{16}$
pmap x 0x87eff8 | 0 | ^0x87eff8:	0x[0-9a-f]{16}$
pmap x | 1 | ^0x87f000: cannot be read: the PTE at 0x[0-9a-f]+ is empty: nothing is mapped in its 4K$
pmap x/4xg 0x87eff0 | 1 | ^0x87eff0:	0x[0-9a-f]{16}	0x[0-9a-f]{16}$
pmap x/4xg 0x87eff0 | 1 | ^0x87f000: cannot be read: the PTE at 0x[0-9a-f]+ is empty: nothing is mapped in its 4K$
printf "%d %d\n", $pmap_bytes, sizeof($pmap_data) | 1 | ^16 16$
pmap x/2xg 0x87effc | 1 | ^0x87f000: cannot be read: 
printf "%d %d\n", $pmap_bytes, $_isvoid($pmap_data) | 1 | ^0 1$
pmap x/xw 0x2a03000 | 3 | ^0x2a03000: cannot be read: .*reserved bits set
pmap x/xw 0x800000000000 | 5 | ^0x800000000000: cannot be read: 
pmap x/xw 0xffff800000000000 + 0xfee00000 | 4 | ^0xffff8000fee00000: cannot be read: it is mapped to 0xfee00000, which is not in RAM$
pmap x/xw 0xfee00000 --physical | 4 | ^0xfee00000: cannot be read: is not in RAM$
pmap x/xw 0x400000 --root 0xfd000000 | 13 | ^pmap: the root table at 0xfd000000 is not in RAM: check --root$
pmap x/xb 0x100000 --physical --root 0xfd000000 | 0 | ^0x100000:
pmap x/2xb 0x400fff --json | 0 | ^\{"va":"0x401000","size":1,"value":"0x[0-9a-f]+"\}$
pmap x/2xb 0x87efff --json | 1 | ^\{"va":"0x87f000","kind":"unreadable","cause":"the PTE at
pmap x/2xb 0x100000 --physical --csv | 0 | ^,0x100000,1,0x[0-9a-f]+,,,$
pmap x/8q 0x1000 | 10 | ^pmap: x/8q: letters are x z d u o t c a f s i, sizes b h w g: x/4xg ADDR$
pmap x/-2s 0x1000 | 10 | ^pmap: x/-2s: strings and instructions go forwards only$
pmap x/0x 0x400000 | 0 | ^$
pmap x/4xb 0x400000 --physical --output /nosuch/file | 15 | ^pmap: /nosuch/file: 
pmap x/3xg 0x87eff0 --output /dev/null | 1 | ^pmap: 0x87f000 cannot be read, behind 16 bytes that can: the PTE .*; /dev/null left unchanged$
pmap x/2048xb 0x400000 | 0 | ^0x400000:
printf "%d\n", sizeof($pmap_data) | 0 | ^2048$
printf "%d\n", ((unsigned long[])$pmap_data)[3] == *(unsigned long *)0x400018 | 0 | ^1$
pmap x/7xb 0x400001 | 0 | ^0x400001:
printf "%d %d\n", sizeof($pmap_data), $pmap_data[6] == *(unsigned char *)0x400007 | 0 | ^7 1$
pmap x/3xw 0x400000 | 0 | ^0x400000:
printf "%d %d\n", sizeof($pmap_data), ((unsigned[])$pmap_data)[2] == *(unsigned *)0x400008 | 0 | ^12 1$
pmap x/4097xb 0x400000 | 0 | ^0x401000:
printf "%d %d\n", $pmap_bytes, $_isvoid($pmap_data) | 0 | ^4097 1$
pmap x/i &pmapk_ready + 1 | 0 | ^   0xffffffffc01[0-9a-f]+:	
pmap x/i $pc | 0 | ^=> 0xffffffffc01[0-9a-f]+:	
pmap x/4xb 0x400000 --root $cr3 + 0x10000000 | 13 | ^pmap: the root table
pmap x/40i 0x10000e --physical --names | 0 | ^   0x1000[0-9a-f]{2}:	call +0x1000[0-9a-f]{2}$
pmap name 0x400000 +4K prog | 0 | ^$
pmap x/xb 0x400010 | 0 | ^0x400010 <prog\+0x10>:	0x
END
}

# The same of instructions, in both of GDB's syntaxes.
code()
{
	for flavor in att intel; do
		echo "set disassembly-flavor $flavor"
		echo "echo ==== $flavor\\n"
		echo 'x/12i &pmapk_ready'
		echo 'echo ---- pmap\n'
		echo 'pmap x/12i &pmapk_ready'
	done
	cat <<-'END'
	echo ==== end\n
	set disassembly-flavor att
	pmap x/2i &pmapk_ready --names
	pmap x/xg &kernel_main + 4 --names
	pmap x/xg 0x100000 --physical --names
	echo @operands\n
	pmap x/12i &kernel_main --names
	x/12i &kernel_main
	pmap x/i &kernel_main --names --json
	pmap x/xg &kernel_main + 4 --names --csv
	pmap x/i &kernel_main
	set disassembly-flavor intel
	echo @style\n
	pmap x &kernel_main
	END
}

# GDB's own x, and pmap's, at the same place: the answer must be the same but for
# symbols.  Formats over bytes of all kinds: the kernel's own code and data.
formats=(12xb 5xh 7xw 5xg 4zb 3zg 9db 5dh 6dw 4dg 9ub 3ug 9ob 5oh 5ow 3og
	3tb 2tw 1tg 20cb 3ag 1x x -3xw -2xg)
pairs()
{
	for place in '&pmapk_ready' 0xffff800000100000 0x400ffd '$rsp'; do
		for f in "${formats[@]}"; do
			echo "echo ==== $f $place\\n"
			echo "x/$f $place"
			echo "echo ---- pmap\\n"
			echo "pmap x/$f $place"
		done
	done
}

qemu_start -S -cpu max -m 128 -append "mode=demo" \
	-kernel "$builddir/kernel/pmapk.elf32"
{
	printf 'hbreak pmapk_ready\ncontinue\nset $pmap_maxphyaddr = 40\n'
	table | questions
	echo 'pmap name 0 +1'
	echo 'pmap name 0x400000 +4K'
	pairs
	echo 'echo ==== end\n'
	echo 'echo ==== code\n'
	code
	echo "pmap x/131072xb 0x100000 --physical --output $tmp/physical"
	echo "pmap x/12288xb 0x400000 --output $tmp/virtual"
	echo "dump binary memory $tmp/virtual.gdb 0x400000 0x403000"
	# What the monitor says of physical memory.
	echo "monitor pmemsave 0x100000 0x20000 \"$tmp/pmemsave\""
	printf 'pmap x/8xg 0x100000 --physical\necho ---- xp\\n\nmonitor xp /8xg 0x100000\necho ---- end\\n\n'
	# A string that is longer than a line of GDB's.
	cat <<-'END'
	set $i = 0
	while $i < 300
	set {char}(0xffff800000200000 + $i) = 'a'
	set $i = $i + 1
	end
	set {char}0xffff80000020012c = 0
	set {char[6]}0xffff800000300000 = "hi\n\"\\"
	echo ==== strings\n
	pmap x/2s 0x200000 --physical
	pmap x/s 0x300000 --physical
	print sizeof($pmap_data)
	echo ==== end\n
	echo ==== json\n
	pmap x/9xg 0x400000 --json
	echo ==== end\n
	END
	echo "pmap x/20000i &pmapk_ready --json --names --output $tmp/named"
} >"$tmp/script"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/script"
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"
check_answers < <(table)

awk '/^==== end/ { exit } /^==== [0-9x-]/ { what = $0; side = 0; next }
	/^---- pmap/ { side = 1; next }
	what { gsub(/ <[^>]*>/, ""); print what > (side ? "'"$tmp"'/ours" : "'"$tmp"'/theirs"); print > (side ? "'"$tmp"'/ours" : "'"$tmp"'/theirs") }' "$gdb_out"
ok "GDB has answered, too" [ "$(wc -l <"$tmp/theirs")" -gt 200 ]
same_file "$tmp/ours" "$tmp/theirs" "each format looks as GDB's does"
awk '/^==== code/ { on = 1; next } !on { next } /^==== end/ { exit }
	/^==== / { what = $2; side = "theirs"; next } /^---- pmap/ { side = "ours"; next }
	{ gsub(/ *<[^>]*>/, ""); gsub(/ +/, " "); print what, $0 > ("'"$tmp"'/code." side) }' "$gdb_out"
is "$(wc -l <"$tmp/code.theirs")" 24 "GDB shows instructions in two syntaxes"
same_file "$tmp/code.ours" "$tmp/code.theirs" "and pmap the same"
like "$(head -n 1 "$tmp/named")" '"symbol":"pmapk_ready"' "--names --output: names in a file of $(wc -c <"$tmp/named") bytes"
is "$(sed -n '/^==== json/,/^==== end/p' "$gdb_out" | sed '1d;$d' | sed 's/^{"va":"0x4000[0-9a-f]*","size":8,"value":"0x[0-9a-f]*"}$/value/' | uniq -c | tr -s ' ')" \
	" 9 value" "--json: an object a value, and nothing else"
said=$(sed -n '/^==== code/,$p' "$gdb_out" | sed '1,/^==== end/d')
like "$said" '^=?>? *0xffffffffc01[0-9a-f]+ <pmapk_ready>:	' "x/i --names: GDB's symbols, as GDB has them"
like "$said" '^0xffffffffc01[0-9a-f]+ <[a-z_]+\+0x[0-9a-f]+>:	0x[0-9a-f]{16}$' "so do values"
like "$said" '^0x100000:	0x[0-9a-f]{16}$' "but no physical address"
lines=$(echo "$said" | sed -n '/^@operands/,$p' | grep -E '^   0x[0-9a-f]+ <kernel_main(\+[0-9a-fx]+)?>:	' | sed 's/+0x[0-9a-f]*>/+N>/g; s/+[0-9]*>/+N>/g; s/ *</ </g; s/ *$//')
is "$(echo "$lines" | head -n 12)" "$(echo "$lines" | sed -n 13,24p)" "x/i --names: as GDB's x/i, with the symbols of operands"
like "$lines" '	call +0x[0-9a-f]+ <[a-z_]+>$' "a call has the function's name"
like "$said" '^\{"va":"0x[0-9a-f]+","size":1,"text":"push   %rbp","symbol":"kernel_main","section":"[.a-z]+"\}$' \
	"records have them, too"
like "$said" '^va,pa,size,value,text,kind,cause,symbol,section$' "and a line of names"
like "$said" '^0x[0-9a-f]+,,8,0x[0-9a-f]+,,,,kernel_main\+0x4,[.a-z]+$' "with values"
is "$(sed -n '/^@style/{n;s/.*	//p}' "$gdb_out")" "push   rbp" "without letters: the syntax is GDB's of now"
same_file "$tmp/physical" "$tmp/pmemsave" "--physical --output: as pmemsave writes it"
is "$(stat -c %s "$tmp/physical")" 131072 "all of it"
same_file "$tmp/virtual" "$tmp/virtual.gdb" "--output: as GDB dumps it, over pages"
is "$(sed -n 's/^0*\([0-9a-f]*\): \(0x[0-9a-f]*\) \(0x[0-9a-f]*\).*/\1 \2 \3/p' "$gdb_err" | tr -d '\r')" \
	"$(sed -n '/^==== end/,/^---- xp/s/^0x\([0-9a-f]*\):	\(0x[0-9a-f]*\)	\(0x[0-9a-f]*\)$/\1 \2 \3/p' "$gdb_out")" \
	"--physical: as the monitor's xp"
as() { printf 'a%.0s' $(seq "$1"); }
is "$(sed -n '/^==== strings/,/^==== end/p' "$gdb_out" | sed '1d;$d')" \
"0x200000:	\"$(as 200)\"...
0x2000c8:	\"$(as 100)\"
0x300000:	\"hi\\n\\\"\\\\\"
\$1 = 6" "strings, and one that is long"

finish
