#!/usr/bin/env bash
# pmap use: options that stay, on the example kernel; and each answer says so.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

# QUESTION | $pmap_status | a match of the answer, or none for no answer at all
table()
{
	cat <<'END'
pmap use | 0 | ^nothing: commands go by the registers of the selected CPU$
pmap gva2gpa 0x400123 | 0 | ^0x400123 -> 0x100123  \(4K page, r-xu\)$
print $_isvoid($pmap_context) | 0 | = 1$
pmap use --root $cr3 + 0 | 0 | ^--root +0x[0-9a-f]+  \(\$cr3 \+ 0\)$
print $pmap_status | 0 | = 0$
pmap gva2gpa 0x400123 | 0 | ^\(pmap use --root 0x[0-9a-f]+\)$
printf "%s\n", $pmap_context | 0 | ^--root 0x[0-9a-f]+$
pmap gva2gpa 0x400123 --no-use | 0 | ^0x400123 -> 0x100123  \(4K page, r-xu\)$
print $_isvoid($pmap_context) | 0 | = 1$
pmap info | 0 | ^use        --root 0x[0-9a-f]+$
pmap info | 0 | ^root       0x[0-9a-f]+ \(--root\)$
pmap walk 0x400123 --json | 0 | ^\{"kind":"context","root":"0x[0-9a-f]+"\}$
pmap dump 0x400000 +4K --csv | 0 | ^0x400000,
pmap use --json | 0 | ^\{"kind":"context","root":"0x[0-9a-f]+"\}$
pmap gva2gpa $nosuch | 10 | has a value \(pmap use --root 0x[0-9a-f]+\)$
pmap use --root $cr3 + 0x10000000 | 13 | ^pmap: the root table at 0x1[0-9a-f]+ is not in RAM: check --root$
pmap use | 0 | ^--root +0x[0-9a-f]+  \(\$cr3 \+ 0\)$
pmap use --nosuch | 10 | ^pmap: use: no option "--nosuch" here
pmap use 0x1000 | 10 | ^pmap: use: unexpected argument "0x1000": this command takes no address
pmap use --none --root 0x1000 | 10 | ^pmap: use: --none forgets everything
pmap use --root-va 0xffff800000000000 + ($cr3 & ~0xfffull) | 0 | ^--root +0x[0-9a-f]+  \(0xffff800000000000 \+ 
pmap gva2gpa 0x400123 | 0 | ^0x400123 -> 0x100123  \(4K page, r-xu\)$
pmap gva2gpa 0x400123 --root $cr3 | 0 | ^0x400123 -> 0x100123  \(4K page, r-xu\)$
pmap gva2gpa 0x400123 --user-root | 10 | ^pmap: --user-root: 
pmap use --root 0x1000 --npt 0x10000000 --format x86-64-4 | 13 | ^pmap: the root table at 0x10000000 is not in RAM: check --npt$
pmap use --user-root | 10 | no page table isolation here$
pmap use --format x86-32 --root 0x400000 | 0 | ^--format +x86-32$
pmap gva2gpa 0x400123 | 1 | \(pmap use --root 0x400000 --format x86-32\)$
pmap gva2gpa 0x400123 --format x86-64-4 --root $cr3 | 0 | ^0x400123 -> 0x100123  \(4K page, r-xu\)$
pmap use --gpa-space $cr3 --root $cr3 | 0 | ^--gpa-space +0x
pmap gva2gpa 0xffff800000100000 | 1 | ^\(pmap use --root 0x[0-9a-f]+ --gpa-space 0x[0-9a-f]+\)$
pmap gva2gpa 0xffff800000100000 --npt $cr3 | 1 | ^\(pmap use --root 0x[0-9a-f]+\)$
pmap bench 0 +4K | 10 | ^pmap: bench: it takes no --gpa-space, which `pmap use' has set: give --no-use, or `pmap use --none'
pmap expect 0x400000 r-xu --no-use | 0 | ^$
pmap version | 0 | ^pmap
pmap name | 0 | ^no names
pmap use --none | 0 | ^nothing:
pmap gva2gpa 0x400123 | 0 | ^0x400123 -> 0x100123  \(4K page, r-xu\)$
END
}

qemu_start -S -cpu max -m 128 -append "mode=demo" \
	-kernel "$builddir/kernel/pmapk.elf32"
{
	printf 'pmap info\nprintf "reset %%d\\n", $pmap_status\n'
	printf 'hbreak pmapk_ready\ncontinue\nset $pmap_maxphyaddr = 40\n'
	table | questions
	# A value is that of the moment in which it was chosen.
	cat <<-'END'
	set $mine = $cr3
	pmap use --root $mine
	set $mine = 0
	echo ==== kept\n
	pmap gva2gpa 0x400123
	echo ==== quiet\n
	pmap dump 0x400000 +4K --output /dev/null
	pmap gva2gpa 0x800000000000
	echo ==== end\n
	END
	echo "pmap dump 0x400000 +4K --csv --output $tmp/csv"
} >"$tmp/script"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/script"
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"
check_answers < <(table)
like "$(cat "$gdb_out")" '^reset 0$' "info needs no tables: not in real mode"
is "$(sed -n '/==== kept/,/==== quiet/p' "$gdb_out" | grep -c '^0x400123 -> 0x100123')" 1 \
	"a value is evaluated once"
like "$(sed -n '/==== quiet/,/==== end/p' "$gdb_out")" \
	"^pmap: 0x800000000000 is not canonical.* \(pmap use --root 0x[0-9a-f]+\)$" \
	"an error says it, too"
is "$(cut -c1-9 "$tmp/csv" | paste -sd' ')" "va,last,k 0x400000," "CSV has records alone"

finish
