#!/usr/bin/env bash
# What the commands answer, how they refuse bad input, and what is in $pmap_*
# afterwards: a table of questions, asked in one session.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

# QUESTION | $pmap_status | a match of the answer, or none for no answer at all
table()
{
	cat <<'END'
pmap gva2gpa 0x400123 | 0 | ^0x400123 -> 0x100123  \(4K page, r-xu\)$
pmap gva2gpa 0x40200000 + 8 | 0 | ^0x40200008 -> 0x40200008  \(2M page, rw-u\)$
pmap gva2gpa (long) pmapk_ready - (long) pmapk_ready + 0x400000 | 0 | ^0x400000 -> 0x100000
pmap gva2gpa &pmapk_ready | 0 | ^0xffffffffc01.* \(2M page, rwxs\)$
pmap gva2gpa *(unsigned long *)(0xffff800000000000 + ($cr3 & ~0xfff)) & 0 | 1 | ^0x0 -> nothing
pmap gva2gpa 0xffff800000000000 | 0 | ^0xffff800000000000 -> 0x0 
pmap gva2gpa 0x3000 | 1 | ^0x3000 -> nothing: the PDE at 0x[0-9a-f]+ is empty: nothing is mapped in its 2M$
pmap gva2gpa 0x2a00000 | 2 | ^0x2a00000 -> nothing: the PTE at 0x[0-9a-f]+ is not present: 0x123456100$
pmap gva2gpa 0x2a03000 | 3 | has reserved bits set \(0x8000000000000 of 0x8000000000007\): bit 51 is above MAXPHYADDR 40$
pmap gva2gpa 0x800000000000 | 5 | ^pmap: 0x800000000000 is not canonical .* valid are 0-0x7fffffffffff and 0xffff800000000000-0xffffffffffffffff$
pmap gva2gpa $nosuch | 10 | ^pmap: no register or convenience variable named \$nosuch has a value$
pmap gva2gpa 0x400000 --root $cr9 | 10 | ^pmap: no register or convenience variable named \$cr9 has a value
pmap gva2gpa 0x1ffffffffffffffff | 10 | ^pmap: gva2gpa: 0x1ffffffffffffffff has more than 64 bits; see
pmap gva2gpa 1.5 | 10 | ^pmap: gva2gpa: 1.5 is not an integer; see
pmap gva2gpa "abc" | 10 | ^pmap: gva2gpa: "abc" is a string, not an address; see
pmap gva2gpa 0x400000 --root= | 10 | ^pmap: gva2gpa: --root needs a value
pmap gva2gpa (int) -16 --format x86-32 | 1 | ^0xfffffff0 -> nothing
pmap gva2gpa -16 --format x86-32 | 1 | ^0xfffffff0 -> nothing
pmap gva2gpa 0x400123 --root $cr3 + 0x10000000 | 13 | ^pmap: the root table at 0x1[0-9a-f]+ is not in RAM: check --root$
pmap gva2gpa 0x400123 --root $cr3 ^ 0 | 0 | ^0x400123 -> 0x100123
pmap gva2gpa --root $cr3 + 0 0x400123 | 0 | ^0x400123 -> 0x100123
pmap gva2gpa --root $cr3 -8 | 10 | ^pmap: gva2gpa: "--root \$cr3 -8" can be one value, or a value and an address: write --root \(\$cr3 -8\), or the address before --root
pmap gva2gpa 0x400123 --c-bit 1ull << 47 | 0 | ^0x400123 -> 0x100123
pmap gva2gpa 0x400123 --c-bit 1<<47 | 10 | ^pmap: gva2gpa: 1 << 47 overflows a C int, which has 32 bits: write 1ull << 47
pmap dump --root $cr3 + 0x10000000 | 13 | is not in RAM
pmap dump 0x400000 -q | 10 | ^pmap: dump: no option "-q" here; there are: --leaves
pmap dump $rsp -8 | 10 | can be one expression or two: write \(\$rsp -8\), or \$rsp,-8 for START and END
pmap dump 0x400000 +4K | 0 | ^0000000000400000-0000000000400fff +4K
pmap perms 0x400000 +64K | 0 | ^0x400000-
pmap dump 0x800000000000 +0x1000 | 5 | ^pmap: 0x800000000000 is not canonical
pmap dump 0x7ffffffff000 +0x2000 | 0 | ^00007ffffffff000-00007fffffffffff
pmap dump --output --leaves | 10 | ^pmap: dump: --output needs a value \(if that is to be "--leaves": --output=--leaves\)
pmap dump --output "" | 10 | ^pmap: dump: --output needs a value
pmap source linear 0x400000 | 13 | ^pmap: source linear: 0x400000 is not where this kernel maps its RAM: .* does not map 0x[0-9a-f]+ to 0x[0-9a-f]+$
pmap source linear -4096 | 13 | ^pmap: source linear: (nothing can be read at 0x|0xfffffffffffff000 is not where)
pmap source linear 1.5 | 10 | ^pmap: source: 1.5 is not an integer: `pmap source linear VA
pmap source linear | 10 | ^pmap: source: an address is missing
pmap roots --scan 0x2000 +0 | 10 | ^pmap: range end 0x2000 must be above its start 0x2000
pmap gva2gpa 0x400000 --root $cr3 | 0 | ^0x400000 -> 0x100000
pmap perms 0x18000000000 | 0 | no write   by PML4E 3 at 0x
pmap perms 0x3ffff8 0x400008 | 1 | ^0x400000-0x400007  r-xu$
pmap walk 0x400123 | 0 | ^PTE +0  at [0-9a-f]{16}  = 0000000000100025  page 100000  P US A$
pmap walk 0x400123 --json | 0 | ^\{"level":1,"entry":"PTE","table":"0x[0-9a-f]+","index":0,"slot":"0x[0-9a-f]+","raw":"0x100025","kind":"leaf","flags":"P US A","rights":"r-xu"\}$
pmap walk 0x400123 --json | 0 | ^\{"va":"0x400123","kind":"leaf","pa":"0x100123","page":4096,"rights":"r-xu"\}$
pmap dump 0x400000 +0x3000 | 0 | ^0000000000400000-0000000000402fff +12K  r-xu +4K  wb  - A - 0000000100000$
pmap dump 0x400000,0x402000 | 0 | ^0000000000400000-0000000000401fff +8K 
pmap dump 0xffffffffc0000000 0 | 0 | ^ffffffffc0000000-ffffffffffffffff +1G 
pmap dump 0x2a03000 +0x1000 --json | 0 | ^\{"va":"0x2a03000","last":"0x2a03fff","kind":"reserved","level":1,"raw":"0x8000000000007"\}$
pmap dump 0x400000 +0x1000 --leaves --json | 0 | ^\{"va":"0x400000","last":"0x400fff","pa":"0x100000","page":4096,"pages":1,"rights":"r-xu","level":1,"mt":"wb","global":false,"accessed":true,"dirty":false,"pkey":0,"raw":"0x100025"\}$
pmap dump 0x400000 +0x1000 --tree | 0 | ^      PTE 0  0000000000400000  = 0000000000100025  page 100000  P US A$
pmap dump 0x400000 0x400000 | 10 | ^pmap: range end 0x400000 must be above its start
pmap dump 0x400000 +0 | 10 | ^pmap: empty range \(length 0\)$
pmap dump 0xfffffffffffff000 +0x2000 | 10 | ^pmap: .* beyond the top of the address space
pmap dump --nosuch | 10 | ^pmap: dump: no option "--nosuch" here; there are:.* --leaves
pmap dump --root | 10 | ^pmap: dump: --root needs a value
pmap dump --root 0xfd000000 | 13 | ^pmap: the root table at 0xfd000000 is not in RAM: check --root$
pmap dump --format vax | 10 | ^pmap: dump: no format "vax"; there are: .*x86-64-4
pmap walk 0x400123 | 0 | ^0x400123 is 0x100123 in a 4K page, r-xu, wb$
pmap explain --at 0xffff800007ffffff | 7 | ^  instruction bytes only partly readable$
pmap walk | 10 | ^pmap: walk: an address is missing; see `help pmap walk'$
pmap info 7 | 10 | ^pmap: info: unexpected argument "7"
pmap nosuch | 10 | ^pmap: there is no command "nosuch"; there are: dump 
pmap dump 0 +4096 --output /nonexistent/file | 15 | ^pmap: /nonexistent/file: No such file or directory$
pmap roots --tasks | 7 | ^pmap: no BTF is in the kernel's read-only memory; Linux's processes are known by
pmap roots --tasks --scan | 10 | ^pmap: roots: --tasks is alone
pmap gva2gpa 0x400000 --root pid:1 | 7 | ^pmap: no BTF is in the kernel's read-only memory
pmap gva2gpa 0x400000 --root name:init --npt 0x1000 | 10 | a guest's root is given as a guest-physical address
pmap use --task 0x400000 | 7 | ^pmap: no BTF is in the kernel's read-only memory
pmap walk 0x2a00000 --os linux | 2 | is not present: 0x123456100; PROT_NONE, or a NUMA hint, for the page 0x123456000$
pmap walk 0x2a00000 | 2 | is not present: 0x123456100$
pmap dump 0x2a00000 +0x1000 --os linux | 0 | level 1, entry 0x123456100; PROT_NONE, or a NUMA hint, for the page 0x123456000$
pmap perms 0x2a00000 --os linux | 2 | ^0x2a00000  nothing: the PTE at .*; PROT_NONE, or a NUMA hint, for the page 0x123456000$
pmap walk 0x2a00000 --os vms | 10 | ^pmap: walk: --os: linux or none
pmap dump --legend 0 +1 | 0 | ^RIGHTS +r read, w write, x execute
pmap bench | 0 | ^ +[1-9][0-9]{0,7} us +[0-9.]+ of the floor +dump, no output$
printf "%d\n", $pmap_walk_us > 0 && $pmap_walk_us < 60000000 && $pmap_floor_us < 60000000 | 0 | ^1$
END
}

ask_demo ""

# Results as variables; each CPU's own root; errors that are GDB's.
gdb_run "$builddir/kernel/pmapk.elf" <<'END'
pmap gva2gpa 0x400123
printf "gpa %#lx page %d rights %s\n", $pmap_gpa, $pmap_page, $pmap_rights
pmap gva2gpa 0x3000
printf "void %d\n", $_isvoid($pmap_gpa)
pmap dump 0x400000 +0x3000
printf "ranges %d\n", $pmap_ranges
pmap perms 0x400000
printf "rwxu %d%d%d%d\n", $pmap_can_read, $pmap_can_write, $pmap_can_execute, $pmap_can_user
pmap info
printf "root %d\n", $pmap_root == ($cr3 & ~0xfff)
thread 2
pmap gva2gpa 0x400123
printf "cpu 2 %#lx\n", $pmap_gpa
END
out=$(cat "$gdb_out")
like "$out" '^gpa 0x100123 page 4096 rights r-xu$' "\$pmap_gpa, \$pmap_page, \$pmap_rights"
like "$out" '^void 1$' "void where there is no answer"
like "$out" '^ranges 1$' "\$pmap_ranges"
like "$out" '^rwxu 1011$' "\$pmap_can_*"
like "$out" '^root 1$' "\$pmap_root"
like "$out" '^cpu 2 0x1000123$' "thread 2 has another root"
like "$out" '^memory     ' "pmap info tells of the memory"

finish
