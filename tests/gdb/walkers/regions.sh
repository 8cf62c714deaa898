#!/usr/bin/env bash
# pmap regions, kaslr and name, on the example kernel, whose layout is that of
# kernel/akaros/layout.h.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

# QUESTION | $pmap_status | a match of the answer; ^$ is no answer at all
table()
{
	cat <<'END'
pmap regions | 0 | ^0000000000000000-00007fffffffffff +~25G +[0-9]+ +[0-9]+/[0-9]+%  user +layout +rw-u
pmap regions | 0 | ^00007f8000000000-00007fffffffffff +- +- +-  page tables +tables +-$
pmap regions | 0 | ^ffff800000000000-ffff8000feffffff +1028M +1 +100/100%  direct map +tables\? +rwxs +W\+X 1028M$
pmap regions | 0 | ^fffffe8000000000-fffffeffffffffff +- +- +-  page tables +tables +-$
pmap regions | 0 | ^fffffe0000000000-fffffe000087efff +4352K +[0-9]+ +94/94%  unnamed +tables +rw-s 94% \+1$
pmap regions | 0 | ^ffffffffc0000000-ffffffffffffffff +1G +0 +100/100%  kernel image +tables\? +rwxs +W\+X 1G$
pmap regions --json | 0 | ^\{"name":"unnamed","va":"0xfffffe0000000000","last":"0xfffffe000087efff","mapped":4456448,"tables":[0-9]+,"accessed_bytes":4194304,"dirty_bytes":4194304,"rights":"rw-s 4194304, r--s 262144","from":"tables","certain":true\}$
pmap regions --csv | 0 | ^direct map,0xffff800000000000,0xffff8000feffffff,0x0,1077936128,1,1077936128,1077936128,rwxs 1077936128,
pmap regions --no-dirty | 0 | ^fffffe0000000000-fffffe000087efff +256K +2 +0/0%  unnamed +tables +r--s$
pmap regions -x --kernel | 0 | ^ffff800000000000-ffff8000feffffff +1028M .* rwxs
pmap regions -x --kernel --json | 0 | ^\{"name":"direct map","va":"0xffff800000000000","last":"0xffff8000feffffff","pa":"0x0","mapped":1077936128,
printf "%d\n", $pmap_ranges | 0 | ^3$
pmap regions --kind reserved | 0 | ^nothing mapped$
pmap regions --has 0x400000 --csv | 0 | ^user,0x0,0x7fffffffffff,
printf "%d\n", $pmap_ranges | 0 | ^1$
pmap regions --min-size 1ull<<47 | 0 | ^0000000000000000-00007fffffffffff
pmap dump 0x400000 +4M --min-size 2M | 0 | ^0000000000400000-00000000005fffff +2M
printf "%d\n", $pmap_ranges | 0 | ^[12]$
pmap dump 0x400000 +2M --min-size 3M | 0 | ^nothing mapped$
pmap regions --page 3 | 10 | ^pmap: --page 3: sizes are like
pmap regions --root 0xfd000000 | 13 | is not in RAM: check --root$
pmap kaslr | 0 | ^direct map +ffff800000000000 .* 0000000000000  tables\? +maps frame 0 and 1028 MiB linearly$
pmap kaslr | 0 | ^kernel image +ffffffffc0000000 
pmap kaslr --scan --json | 0 | ^\{"name":"direct map","base":"0xffff800000000000","pa":"0x0","from":"tables","certain":false,"why":"maps frame 0 and 1028 MiB linearly"\}$
pmap name | 0 | ^no names: pmap name RANGE TEXT gives one$
pmap name 0x400000 +64K the program | 0 | ^$
pmap name 0x400000,0x401000 "head = 1" | 0 | ^$
pmap name 0xffffffffc0000000 0 kernel | 0 | ^$
pmap name | 0 | ^0000000000400000-000000000040ffff  the program$
pmap name --json | 0 | ^\{"name":"kernel","va":"0xffffffffc0000000","last":"0xffffffffffffffff"\}$
pmap regions | 0 | ^0000000000400000-000000000040ffff +64K +0 +[0-9]+/0%  the program +user +r-xu$
pmap regions | 0 | ^0000000000400000-0000000000400fff +4K +0 +[0-9]+/0%  head = 1 +user +r-xu$
pmap gva2gpa 0x401123 | 0 | ^0x401123 -> 0x101123  \(4K page, r-xu\)  the program\+0x1123$
pmap gva2gpa 0x400000 | 0 | ^0x400000 -> 0x100000  \(4K page, r-xu\)  head = 1$
pmap gva2gpa 0x600000 | 0 | page, rw-u\)$
pmap walk 0x400010 | 0 | ^0x400010 is 0x100010 in a 4K page, r-xu, wb  head = 1\+0x10$
pmap gva2gpa 0x401123 --json | 0 | "rights":"r-xu","name":"the program\+0x1123"\}$
pmap gva2gpa 0xffff800000001000 | 0 | page, rwxs\)  direct map$
pmap walk 0xffff800000001000 | 0 | page, rwxs, wb  direct map$
pmap gva2gpa 0xffffffffc0001000 --csv | 0 | rwxs,,,kernel\+0x1000$
pmap dump 0x401000 -C 0 | 0 | 0000000100000  head = 1$
pmap dump 0x401000 -C 0 --no-names | 0 | 0000000100000$
pmap dump 0xffff800000000000 +1<<20 --names | 0 | ^ffff800000000000-.* 0000000000000  direct map$
pmap dump 0xffff800000000000 +1<<20 --json | 0 | "raw":"0xe3","name":"direct map"\}$
pmap dump 0xfffffe8000000000 +0x1000 --names | 0 | recursive, level 4, entry 0x[0-9a-f]+$
pmap name 0x400000 +64K the process | 0 | ^$
pmap name | 0 | ^0000000000400000-000000000040ffff  the process$
pmap gva2gpa 0x405123 --names | 0 | page, r-xu\)  the process\+0x5123$
pmap name 0 0x800000000000 | 0 | ^$
pmap gva2gpa 0x401123 | 0 | page, r-xu\)$
pmap name 0x400000 +64K | 10 | ^pmap: name: no name in 0x400000-0x40ffff
pmap name 0x400000 +64K "" | 10 | ^pmap: name: a name is not empty$
pmap name 0x400000 +64K abcdefghijklmnopqrstuvwxyz012345 | 10 | ^pmap: name: a name has at most 31 bytes$
pmap name 0x400000 0x300000 x | 10 | ^pmap: range end 0x300000 must be above its start
pmap name 0x400000 +0 x | 10 | ^pmap: empty range
pmap name -4096 +8192 x | 10 | ^pmap: name: 0xfffffffffffff000 \+ 0x2000 goes beyond the last address$
pmap name $nosuch +4 x | 10 | ^pmap: no register or convenience variable named \$nosuch has a value$
END
}

qemu_start -S -cpu max -smp 2 -m 128 -append "mode=demo" \
	-kernel "$builddir/kernel/pmapk.elf32"
{
	printf 'hbreak pmapk_ready\ncontinue\n'
	table | questions
	printf 'echo ==== order\\n\n'
	printf 'pmap name 0x500000 +%s\n' '4K inner' '64K outer' '32K between'
	printf 'pmap name\npmap name 0x500000 +64K\n'
	printf 'echo ==== control\\n\npmap name 0x500000 +4K a\002b\npmap name 0x500000 +4K a\177b\n'
	echo 'echo ==== filled\n'
	echo 'set $i = 0'
	printf 'while $i < 65\n  pmap name 0x1000*$i +0x1000 n\n  set $i = $i + 1\nend\n'
	echo 'pmap name'
	echo 'printf "names %d\n", $pmap_ranges'
	echo "source $srcdir/gdbinit/pmap-aliases.gdb"
	printf 'echo ==== %s\\n\n%s\n' \
		v2p 'v2p 0x400123' p2v 'p2v 0x100123' pagewalk 'pagewalk 0x400123' \
		vmmap 'vmmap 0x400000 +0x1000' kbase kbase \
		pt 'pt --user -w 0x600000 +0x1000' xp 'xp /1gx 0x100000' end 'echo \n'
} >"$tmp/table.gdb"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/table.gdb"
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"
check_answers < <(table)

part()
{
	awk -v mark="==== $1" '$0 == mark { on = 1; next } /^====/ { on = 0 } on' "$gdb_out"
}
is "$(part order | sed -n 's/^0000000000500000-[0-9a-f]*  //p' | paste -sd' ')" "inner between outer" \
	"names that begin alike: the smaller first"
is "$(part control | grep -c 'a name has no control characters')" 2 "control characters are refused"
like "$(part filled)" '^pmap: name: there are 64 names already; pmap name RANGE forgets those in RANGE$' \
	"names have an end"
like "$(part filled)" '^names 64$' "\$pmap_ranges of the list"

# Names that people know from elsewhere.
like "$(part v2p)" '^0x400123 -> 0x100123 ' "v2p"
like "$(part p2v)" '^0*400123-' "p2v"
like "$(part pagewalk)" '^PTE +0 +at ' "pagewalk"
like "$(part vmmap)" '^0000000000400000-' "vmmap"
like "$(part kbase)" '^kernel image +ffffffffc0000000' "kbase"
like "$(part pt)" '^0000000000600000-0000000000600fff ' "pt, with filters"
# GDB prints a monitor's answer on standard error.
like "$(cat "$gdb_err")" '^0*100000: 0x' "xp"
is "$(wc -l <"$gdb_err")" 1 "and nothing else on standard error"

finish
