#!/usr/bin/env bash
# pmap check --mirror: a kernel's own tables and the EPT that mirrors them, one
# page up; whole, and with one entry after the other spoilt.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

# NAME | GDB's way to spoil it | $pmap_ok | $pmap_ranges | a match of the answer
table()
{
	cat <<'END'
whole | set $nothing = 0 | 1 | 0 | ^the mirror agrees \([0-9]+ entries and holes compared\)$
frame | set var $pmd[513] ^= 0x400000 | 0 | 1 | ^0000000000200000-00000000003fffff  frame: rwxu 2M 0x[0-9a-f]+, mirror rwxu 2M 0x[0-9a-f]+$
rights | set var $pmd[513] &= ~2 | 0 | 1 | ^0000000000200000-00000000003fffff  rights: rwxu .*, mirror r-xu 2M
missing | set var $pmd[513] &= ~7 | 0 | 1 | ^0000000000200000-00000000003fffff  mapped: rwxu 2M .*, mirror nonpresent 0x
misconfigured | set var $pmd[513] = ($pmd[513] & ~7) + 2 | 0 | 1 | mapped: .*, mirror reserved 0x
too much | set var $pmd[514] = 0x6000b7 | 0 | 1 | ^0000000000400000-00000000005fffff  mapped: hole, mirror rwxu 2M 0x600000$
supervisor | set var $pmd[1] &= ~4 | 0 | 1 | ^0000000000200000-00000000003fffff  mapped: rwxs 2M .*, mirror rwxu
parent | set var $pud[512] &= ~2 | 0 | 1 | ^0000000000200000-00000000003fffff  rights:
two | set var $pmd[514] = 0x6000b7, $pmd[515] = 0x8000b7 | 0 | 1 | ^0000000000400000-00000000007fffff  mapped: hole, mirror rwxu 2M 0x600000$
own varies | set var $pmd[2] = 0x1000, $pmd[3] = 0x2000, $pmd[514] = 0x6000b7, $pmd[515] = 0x8000b7 | 0 | 1 | ^0000000000400000-00000000007fffff  mapped: nonpresent \.\.\., mirror rwxu 2M 0x600000$
mirror varies | set var $pmd[2] = $pmd1 + 0x200000, $pmd[513] = 0x1000, $pmd[514] = 0x2000 | 0 | 1 | ^0000000000200000-00000000005fffff  mapped: rwxu 2M 0x[0-9a-f]+, mirror nonpresent \.\.\.$
two sorts | set var $pmd[2] = $pmd1 + 0x200000, $pmd[513] = 2, $pmd[514] = 2 | 0 | 1 | ^0000000000200000-00000000005fffff  mapped: rwxu 2M 0x[0-9a-f]+, mirror reserved 0x2$
smaller pages | set var $pt[0] = ($pmd513 & 0xfffffe00000) + 0x35, $pt[1] = $pt[0] + 0x1000, $pmd[513] = 0x7000007 | 0 | 2 | ^0000000000200000-0000000000201fff  rights, page size: rwxu 2M 0x[0-9a-f]+, mirror r-xu 4K 0x[0-9a-f]+$
no pair, none needed | set var $pud[0] &= ~4, $pud[512] = 0 | 1 | 0 | ^the mirror agrees
pair | set var $pud[512] ^= 0x100000 | 0 | [0-9]+ | ^0000000000000000  the table of PDEs at 0x[0-9a-f]+ should have its pair at 0x[0-9a-f]+, the mirror's is at 0x
END
}

check='pmap check 0 0x7f8000000000 --root $kpt --mirror $ept --mirror-format ept-4 --user --paired 0x1000'

script()
{
	local name spoil rest

	# Where page_check() compares them itself: there is something in both.
	cat <<'END'
hbreak debug_check_kpt_ept
continue
set $base = 0xffff800000000000
set $kpt = (unsigned long)current->env_pgdir.kpte - $base
set $ept = current->env_pgdir.eptp
set $pud = (unsigned long *)((current->env_pgdir.kpte[0] & 0xffffffffff000) + $base)
set $pmd = (unsigned long *)(($pud[0] & 0xffffffffff000) + $base)
set $pmd1 = $pmd[1]
set $pmd513 = $pmd[513]
set $pud512 = $pud[512]
set $pud0 = $pud[0]
set $pt = (unsigned long *)($base + 0x7000000)
END
	while IFS='|' read -r name spoil rest; do
		printf 'echo @%s\\n\n%s\n%s\n' "$(trim "$name")" "$spoil" "$check"
		printf 'printf "@ok %%d ranges %%d status %%d\\n", $pmap_ok, $pmap_ranges, $pmap_status\n'
		cat <<'END'
set var $pmd[1] = $pmd1
set var $pmd[2] = 0, $pmd[3] = 0
set var $pmd[513] = $pmd513
set var $pmd[514] = 0, $pmd[515] = 0
set var $pud[512] = $pud512
set var $pud[0] = $pud0
END
	done < <(table)
	cat <<END
set var \$pmd[513] = \$pmd513 ^ 0x400000
echo @json frame\\n
$check --json
set var \$pmd[513] = 0x1000
echo @json missing\\n
$check --json
set var \$pmd[513] = \$pmd513
set var \$pud[512] ^= 0x100000
echo @json pair\\n
$check --json
set var \$pud[512] = \$pud512
# Two roots, a page for each of their tables: the PDE of both differs, and others of
# their entries lead to the same tables.
set var \$pt[0] = 0x7001007, \$pt[1] = 0x7002007, \$pt[2] = 0x7002007
set var \$pt[512] = 0x7003007, \$pt[1024] = 0x7003007, \$pt[1536] = 0x200087
set var \$pt[2048] = 0x7005007, \$pt[2049] = 0x7006007, \$pt[2050] = 0x7006007
set var \$pt[2560] = 0x7007007, \$pt[3072] = 0x7007007, \$pt[3584] = 0x200085
echo @shared\n
pmap check 0 0x18000000000 --root 0x7000000 --mirror 0x7004000
END
	cat <<'END'
echo @no root\n
pmap check --mirror
echo @unreadable\n
pmap check --mirror 0xfd000000
echo @no range\n
pmap check --root $kpt --mirror $ept --mirror-format ept-4
printf "@ok ranges %d\n", $pmap_ranges
END
}

trim()
{
	local s=$1

	s=${s#"${s%%[! ]*}"}
	printf '%s' "${s%"${s##*[! ]}"}"
}

# The answer between two marks.
answer()
{
	awk -v name="@$1" '$0 == name { on = 1; next } /^@/ { if (on) print; on = 0 } on' "$gdb_out"
}

qemu_start -S -cpu max -m 128 -append "mode=test count=1" \
	-kernel "$builddir/kernel/pmapk.elf32"
script >"$tmp/check.gdb"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/check.gdb"
is "$gdb_status" 0 "GDB ends well" || diag "$(tail -n 5 "$gdb_err")"

while IFS='|' read -r name _ good ranges match; do
	name=$(trim "$name")
	status=8
	[ "$(trim "$good")" = 1 ] && status=0
	like "$(answer "$name")" "$(trim "$match")" "$name: what is said"
	like "$(answer "$name")" "^@ok $(trim "$good") ranges $(trim "$ranges") status $status\$" \
		"$name: \$pmap_ok and \$pmap_ranges"
done < <(table)
range='^\{"va":"0x200000","last":"0x3fffff","differs":'
own='"kind":"leaf","pa":"(0x[0-9a-f]+)","page":2097152,"rights":"rwxu"'
like "$(answer "json frame")" \
	"$range\"frame\",$own,\"mirror_kind\":\"leaf\",\"mirror_pa\":\"0x[0-9a-f]+\",\"mirror_page\":2097152,\"mirror_rights\":\"rwxu\"\}\$" \
	"frame: the fields of both sides"
like "$(answer "json missing")" "$range\"mapped\",$own,\"mirror_kind\":\"nonpresent\",\"mirror_raw\":\"0x1000\"\}\$" \
	"missing: the entry"
like "$(answer "json pair")" \
	'^\{"va":"0x0","differs":"pair","entry":"PDE","table":"0x[0-9a-f]+","expected":"0x[0-9a-f]+","mirror_table":"0x[0-9a-f]+"\}$' \
	"pair: the tables"
is "$(answer shared | sed 's/:.*//' | grep -v '^@')" "\
0000000000000000-00000000001fffff  rights
0000008000000000-000000803fffffff  as at 0000000000000000
0000010000000000-0000017fffffffff  as at 0000008000000000
3 differences" "tables that are met again: where they were met first"
like "$(answer "no root")" '^pmap: check: --mirror needs a value' "no root is named"
like "$(answer unreadable)" "^pmap: the mirror's root table at 0xfd000000 cannot be read" \
	"the mirror's root is not in RAM"
# The kernel's own half, which an EPT has no addresses for, is not missing there.
like "$(answer "no range")" '^[0-9a-f]{16}-[0-9a-f]{16}  ' "without a range: what differs"
unlike "$(answer "no range")" '^ffff' "without a range: the lower half alone"

finish
