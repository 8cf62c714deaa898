#!/usr/bin/env bash
# Several questions in one command: perms and access, by A,B,C and --from FILE.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

cat >"$tmp/accesses" <<'END'
# a list
0x400123 r

0x400123 w --user
0x400ffc +8 x --supervisor
0x600000 w
END
cat >"$tmp/ranges" <<'END'
0x400123
0x400000 +0x3000
0x3000
0x8000000000000000
&pmapk_ready
END
echo "0x400123" >"$tmp/kindless"
echo "# nothing" >"$tmp/empty"
printf '0x400123\n0x400123 --nothing\n' >"$tmp/wrong"
i=0
while [ $i -lt 1000 ]; do
	echo "$((0x400000 + i * 4096))"
	i=$((i + 1))
done >"$tmp/thousand"

# QUESTION | $pmap_status | a match of the answer, or none for no answer at all
table()
{
	cat <<END
pmap perms 0x400123,0x600000,&pmapk_ready | 0 | ^0x400123  r-xu, no write by PTE 0 at 0x[0-9a-f]+ = 0x100025\$
pmap perms 0x400123, 0x600000, &pmapk_ready | 0 | ^0x600000  rw-u, no execute by PTE 0 at
pmap perms 0x400123 , 0x600000 , &pmapk_ready + 1 --json | 0 | ^\\{"va":"0xffffffffc[0-9a-f]+","rights":"rwxs","no_user":"PML4E 511 
printf "%s %d\\n", \$pmap_rights, \$pmap_can_user | 0 | ^rwxs 0\$
pmap perms --from $tmp/ranges | 1 | ^0x400000-0x402fff  r-xu, no write by PTE\$
pmap perms --from $tmp/ranges | 1 | ^0x3000  nothing: the PDE at 0x[0-9a-f]+ is empty: nothing is mapped in its 2M\$
pmap perms --from $tmp/ranges --csv | 1 | ^0x8000000000000000,,,,,"0x8000000000000000 is not canonical 
pmap perms --from $tmp/ranges -w | 1 | ^0xffffffffc[0-9a-f]+  rwxs, no user by
pmap perms 0x400000,0x403000 | 0 | ^0x400000-0x402fff  r-xu\$
pmap perms 0x400000 +0x3000 -w | 1 | ^nothing mapped\$
printf "%s %d\\n", \$pmap_rights, \$pmap_can_read | 1 | ^---s 0\$
pmap perms 0x400123,0x600000,0x8000000000000000 | 5 | ^0x8000000000000000  nothing: 0x8000000000000000 is not canonical
printf "%s %d\\n", \$pmap_rights, \$pmap_can_read | 5 | ^---s 0\$
pmap perms 0x400123,0x600000, | 10 | ^pmap: perms: an address is missing behind the comma
pmap perms 0x400123,+8,3 | 10 | ^pmap: perms: unexpected comma in "\\+8,3"
pmap perms 0x400123,0x600000,+8 | 10 | ^pmap: perms: 
pmap perms 0x400123 --from $tmp/ranges | 10 | ^pmap: perms: --from .*: its lines have the addresses
pmap perms --from $tmp/none | 10 | ^pmap: perms: $tmp/none: No such file
pmap perms --from $tmp/empty | 10 | ^pmap: perms: $tmp/empty: no address is in it
pmap perms --from $tmp | 10 | ^pmap: perms: $tmp: not a regular file
pmap perms --from $tmp/wrong | 10 | ^pmap: perms: $tmp/wrong, line "0x400123 --nothing": no option "--nothing"
pmap access 0x400123,0x600000,0x3000 w --user | 6 | ^0x400123: write of 1 byte by the user: #PF, error code 0x7 .*; write denied: RW=0 in 
pmap access 0x400123,0x600000,0x3000 w --user | 6 | ^0x600000: write of 1 byte by the user: allowed\$
pmap access 0x400123,0x600000,0x3000 w --user | 6 | ^assuming PKRU=0
printf "%d %d\\n", \$pmap_fault, \$pmap_error | 6 | ^1 6\$
pmap access 0x600000,0x601000,0x602000 r --user | 0 | ^0x602000: read of 1 byte by the user: allowed\$
pmap access --from $tmp/accesses | 6 | ^0x400123: read of 1 byte by the supervisor: #PF, error code 0x1 .*CR4.SMAP=1
pmap access --from $tmp/accesses | 6 | ^0x400ffc: fetch of 8 bytes by the supervisor: #PF, error code 0x11 
pmap access --from $tmp/accesses --user | 6 | ^0x600000: write of 1 byte by the user: allowed\$
pmap access --from $tmp/accesses --json | 6 | ^\\{"va":"0x400123","bytes":1,"access":"write","by":"user","verdict":"#PF","error":"0x7"
pmap access 0x400123,0x600000,0x3000 | 10 | ^pmap: missing access type
pmap access --from $tmp/kindless | 10 | ^pmap: missing access type
END
}

qemu_start -S -cpu max -m 128 -append "mode=demo" \
	-kernel "$builddir/kernel/pmapk.elf32"
{
	printf 'hbreak pmapk_ready\ncontinue\nset $pmap_maxphyaddr = 40\n'
	table | questions
	echo "pmap perms --from $tmp/thousand --csv --output $tmp/list"
	echo "pmap gva2gpa --from $tmp/thousand --csv --output $tmp/translated"
} >"$tmp/script"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/script"
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"
check_answers < <(table)
is "$(wc -l <"$tmp/list")" 1001 "a thousand questions have a thousand answers"
# Where an address leads somewhere it has rights, and nowhere else.
is "$(sed 1d "$tmp/list" | awk -F, '$4 != "" { print $1 " " $4 }' | md5sum)" \
	"$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
		$at["rights"] != "" { print $at["va"] " " $at["rights"] }' "$tmp/translated" | md5sum)" \
	"perms and gva2gpa say the same rights of them"

finish
