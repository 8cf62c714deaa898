#!/usr/bin/env bash
# Two dimensions, on tables written into the memory of a machine by GDB: every
# answer and every refusal of the options that name a second dimension.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

# Where physical memory begins in the demo's address space.
DIRECT=0xffff800000000000

# ADDRESS = VALUE: of entries, in physical memory from 96 MiB on.
tables()
{
	cat <<'END'
nested tables at 6000000, 2M at gpa 200000
6000000 = 6001007
6001000 = 6002007
6002000 = 6003007
6002008 = 40000e7
6003008 = 6011007
6003010 = 6012007
6003018 = 6013007
6003020 = 6014007
6003028 = 6015007
6003030 = 6016007
6003038 = 6017007
gpa 8000 is read-only, 9000 is the supervisor's, a000 is empty, d000 beyond RAM
6003040 = 6018005
6003048 = 6019003
6003068 = fd000007
guest: PML4 1000, PDPT 2000, PD 3000, PT 4000; PML5 7000
6017000 = 1007
6011000 = 2007
6012000 = 3007
6013000 = 4007
6014008 = 5007
6014010 = 6005
6014018 = 8007
6014020 = 9007
6014028 = a007
6014030 = 8000000000006007
6014038 = ff0
6014040 = 8000000005007
PDs: a table in a read-only frame, one in a hole, none, a 2M page, one beyond RAM
6013008 = 8007
6013010 = b007
6013020 = 2000e7
6013028 = d007
five levels of nested tables
6040000 = 6000007
EPT at 6020000: the same frames; 8000 read-only, 9000 execute-only, b000 misconfigured
6020000 = 6021407
6021000 = 6022407
6022000 = 6023407
6022008 = 40000b7
6023008 = 6011037
6023010 = 6012037
6023018 = 6013037
6023020 = 6014037
6023028 = 6015037
6023030 = 6016037
6023038 = 6017037
6023040 = 6018031
6023048 = 6019034
6023058 = 601b032
6028000 = 6020007
mode-based: e000 for supervisor, f000 for user code; the guest's c000 is its table
6023070 = 601e035
6023078 = 601f431
6014048 = e007
6014050 = f007
6014058 = e003
6014060 = f003
sub-page permissions of gpa 10000, paging-write access to gpa 11000, a table
6023080 = 200000000601a031
6023088 = 40000000601c031
6014068 = 10007
6013030 = 11007
the C-bit set
6050000 = 800006001007
gpa 18000: accessed and dirty in the EPT
60230c0 = 6015337
bit 8 set
6051000 = 6001107
PAE: top entries at gpa 6fe0 and 9020
6016fe0 = 3001
6019020 = 3001
END
}

# pokes BASE: the commands that write them
pokes()
{
	# At gpa e200: rep stosb.
	echo "set var *(unsigned short *)($1 + 0x601e200) = 0xaaf3"
	tables | sed -n "s/^\([0-9a-f]*\) = \([0-9a-f]*\)$/set var *(unsigned long *)($1 + 0x\1) = 0x\2/p"
}

table()
{
	cat <<'END'
pmap check --npt 0x6000000 --format x86-64-4 | 10 | ^pmap: check: --format is the guest's: without --root and --combined, the second dimension alone is shown
pmap gva2gpa 0x1123 --root 0x1000 --npt 0x6000000 | 0 | ^0x1123 -> gpa 0x5123 -> 0x6015123  \(4K page, rwxu\)$
printf "%#lx %#lx\n", (long)$pmap_gpa, (long)$pmap_hpa | 0 | ^0x5123 0x6015123$
pmap gva2gpa 0x812345 --root 0x1000 --npt 0x6000000 | 0 | ^0x812345 -> gpa 0x212345 -> 0x4012345  \(2M page, rwxu\)$
pmap access 0x1123 w --user --root 0x1000 --npt 0x6000000 | 0 | ^0x1123: write of 1 byte by the user: allowed$
pmap explain --at 0xb200 --root 0x1000 --ept 0x602001e | 6 | ^     number 1 of 16, at 0xc000: VM exit$
pmap perms 0x5000 --root 0x1000 --npt 0x6000000 --json | 1 | "kind":"hole","where":"memory","reason":
pmap access 0x2000 w --supervisor --root 0x1000 --npt 0x6000000 | 6 | ^0x2000: write of 1 byte by the supervisor: #PF in the guest, error code 0x3 \(P, W\), CR2 0x2000$
pmap access 0x3000 w --user --root 0x1000 --npt 0x6000000 | 6 | ^0x3000: write of 1 byte by the user: nested page fault, EXITINFO1 0x100000007 \(P, W, U, memory\), EXITINFO2 0x8000, by the PTE at 0x6003040 = 0x6018005 of the nested tables$
pmap gva2gpa 0x4000 --root 0x1000 --npt 0x6000000 | 0 | ^  a read by the supervisor: nested page fault, EXITINFO1 0x100000005 \(P, U, memory\), EXITINFO2 0x9000, by the PTE
pmap gva2gpa 0x5000 --root 0x1000 --npt 0x6000000 | 1 | ^0x5000 -> gpa 0xa000 -> nothing: in the nested tables, the PTE at 0x6003050 is empty: nothing is mapped in its 4K$
pmap access 0x5000 x --user --root 0x1000 --npt 0x6000000 | 6 | EXITINFO1 0x100000014 \(U, I, memory\), EXITINFO2 0xa000$
pmap access 0x6000 x --user --root 0x1000 --npt 0x6000000 | 6 | #PF in the guest, error code 0x15 \(P, U, I\)
pmap gva2gpa 0x7000 --root 0x1000 --npt 0x6000000 | 2 | ^0x7000 -> nothing: in the guest's tables, the PTE at gpa 0x4038 is not present: 0xff0$
pmap gva2gpa 0x8000 --root 0x1000 --npt 0x6000000 | 3 | ^0x8000 -> nothing: in the guest's tables, the PTE at gpa 0x4040 has reserved bits set
pmap gva2gpa 0x200000 --root 0x1000 --npt 0x6000000 | 4 | ^0x200000 -> nothing: the guest's PTE at gpa 0x8000 cannot be used: it is not writable in the nested tables$
pmap gva2gpa 0x200000 --root 0x1000 --npt 0x6000000 | 4 | EXITINFO1 0x200000007 \(P, W, U, guest's table\), EXITINFO2 0x8000, by the PTE at 0x6003040 = 0x6018005
pmap gva2gpa 0x400000 --root 0x1000 --npt 0x6000000 | 1 | ^0x400000 -> nothing: the guest's PTE at gpa 0xb000 has no memory: in the nested tables, the PTE at 0x6003058 is empty
pmap gva2gpa 0x400000 --root 0x1000 --npt 0x6000000 | 1 | EXITINFO1 0x200000006 \(W, U, guest's table\), EXITINFO2 0xb000$
pmap access 0x600000 r --user --root 0x1000 --npt 0x6000000 | 6 | ^0x600000: read of 1 byte by the user: #PF in the guest, error code 0x4 \(U\), CR2 0x600000$
pmap gva2gpa 0xa00000 --root 0x1000 --npt 0x6000000 | 4 | ^0xa00000 -> nothing: the guest's PTE at gpa 0xd000 cannot be read: 0xfd000000 is not in RAM$
pmap gva2gpa 0xa00000 --root 0x1000 --npt 0x6000000 | 4 | ^  a read by the supervisor: cannot tell$
pmap gva2gpa 0x1000 --root 0xc000 --npt 0x6000000 | 1 | the guest's PML4E at gpa 0xc000 has no memory
pmap gva2gpa 0x800000000000 --root 0x1000 --npt 0x6000000 | 5 | ^pmap: 0x800000000000 is not canonical
pmap gva2gpa 0x1123 --root 0x1000 --ept 0x602001e | 0 | ^0x1123 -> gpa 0x5123 -> 0x6015123  \(4K page, rwxu\)$
pmap access 0x3000 w --user --root 0x1000 --ept 0x602001e | 6 | ^0x3000: write of 1 byte by the user: EPT violation, qualification 0x18a \(write, R, linear address, memory\), gpa 0x8000, by the EPT PTE at 0x6023040 = 0x6018031 of the EPT$
pmap gva2gpa 0x4000 --root 0x1000 --ept 0x602001e | 0 | ^0x4000 -> gpa 0x9000 -> 0x6019000  \(4K page, --xu\)$
pmap gva2gpa 0x4000 --root 0x1000 --ept 0x602001e | 0 | EPT violation, qualification 0x1a1 \(read, X, linear address, memory\), gpa 0x9000
pmap access 0x4000 x --user --root 0x1000 --ept 0x602001e | 0 | : allowed$
pmap gva2gpa 0x5000 --root 0x1000 --ept 0x602001e | 1 | qualification 0x181 \(read, linear address, memory\), gpa 0xa000$
pmap gva2gpa 0x400000 --root 0x1000 --ept 0x602001e | 3 | the guest's PTE at gpa 0xb000 has no memory: in the EPT, the EPT PTE at 0x6023058 is invalid \(writable but not readable\)
pmap gva2gpa 0x400000 --root 0x1000 --ept 0x602001e | 3 | ^  a read by the supervisor: EPT misconfiguration, gpa 0xb000$
pmap gva2gpa 0x200000 --root 0x1000 --ept 0x602005e | 4 | it is not writable in the EPT$
pmap gva2gpa 0x200000 --root 0x1000 --ept 0x602005e | 4 | qualification 0x8b \(read, write, R, linear address\), gpa 0x8000
pmap access 0xd000 w --user --root 0x1000 --ept 0x602001e | 6 | qualification 0x18a .* of the EPT; unless the VM has sub-page write permissions \(SPP=1\), which pmap does not know$
pmap gva2gpa 0xc00000 --root 0x1000 --ept 0x602005e | 4 | qualification 0x8b .* of the EPT; unless the VM has paging-write control \(PW=1\), which pmap does not know$
pmap gva2gpa 0xc00000 --root 0x1000 --ept 0x602001e | 1 | ^0xc00000 -> nothing: in the guest's tables, the PTE at gpa 0x11000 is empty
pmap info --root 0x1000 --ept 0x602009e | 0 | ^ +supervisor shadow stacks are on: pmap does not know them$
pmap access 0x9000 x --user --root 0x1000 --ept 0x602001e --mbec | 6 | qualification 0x1ac \(fetch, R, X, linear address, memory\), gpa 0xe000
pmap access 0xa000 x --user --root 0x1000 --ept 0x602001e --mbec | 0 | : allowed$
pmap access 0xb000 x --supervisor --root 0x1000 --ept 0x602001e --mbec | 0 | : allowed$
pmap access 0xc000 x --supervisor --root 0x1000 --ept 0x602001e --mbec | 6 | qualification 0x1cc \(fetch, R, XU, linear address, memory\), gpa 0xf000
pmap gva2gpa 0x1123 --root 0x1000 --ept 0x6028026 | 0 | -> 0x6015123
pmap gva2gpa 0x4000 --root 0x1000 --gpa-space 0x6000000 | 0 | ^0x4000 -> gpa 0x9000 -> 0x6019000  \(4K page, rwxu\)$
pmap gva2gpa 0x5000 --root 0x1000 --gpa-space 0x6000000 | 1 | nothing: in the outer tables, the PTE at 0x6003050 is empty
pmap gva2gpa 0x5000 --root 0x1000 --gpa-space 0x6000000 | 1 | ^  a read by the supervisor: unknown: it depends on who maps the guest's memory$
pmap gva2gpa 0x1123 --root 0x1000 --gpa-space 0x6040000 --outer-format x86-64-5 | 0 | -> 0x6015123
pmap gva2gpa 0x1123 --root 0x7000 --format x86-64-5 --npt 0x6040000 --outer-format npt-5 | 0 | ^0x1123 -> gpa 0x5123 -> 0x6015123
pmap gva2gpa 0x1123 --root 0x6fe0 --format x86-pae --npt 0x6000000 | 0 | ^0x1123 -> gpa 0x5123 -> 0x6015123
pmap gva2gpa 0x1123 --root 0x9020 --format x86-pae --npt 0x6000000 | 4 | the guest's PDPTE at gpa 0x9020 cannot be used: it is not user mode's
pmap gva2gpa 0x1123 --root 0x9020 --format x86-pae --ept 0x602001e | 0 | ^0x1123 -> gpa 0x5123 -> 0x6015123
pmap gva2gpa 0x1123 --root 0xa020 --format x86-pae --ept 0x602001e | 1 | the guest's PDPTE at gpa 0xa020 has no memory: .* is empty: .*; the CPU uses the PDPTEs it cached
pmap gva2gpa 0x1123 --root 0xa020 --format x86-pae --ept 0x602001e | 1 | ^  a read by the supervisor: cannot tell$
pmap gva2gpa 0x40001123 --root 0x6fe0 --format x86-pae --ept 0x602001e | 1 | the PDPTE at gpa 0x6fe8 is empty: .*; the CPU uses the PDPTEs it cached
pmap gva2gpa 0x40001123 --root 0x6fe0 --format x86-pae --npt 0x6000000 | 1 | the PDPTE at gpa 0x6fe8 is empty: nothing is mapped in its 1G$
pmap gva2gpa 0x40001123 --root 0x6016fe0 --format x86-pae | 1 | in its 1G; the CPU uses the PDPTEs it cached when CR3 was loaded$
pmap gva2gpa 0x100000000 --root 0x6016fe0 --format x86-pae | 5 | ^pmap: 0x100000000 is beyond the address space \(x86, PAE\), which ends at 0xffffffff$
pmap walk 0x1123 --root 0x6fe0 --format x86-pae --npt 0x6000000 | 0 | ^19 entries read$
pmap walk 0x1123 --root 0x6fe0 --format x86-pae --ept 0x602001e | 0 | ^14 entries read$
pmap walk 0x1123 --root 0x6fe0 --format x86-pae --ept 0x602001e | 0 | ^    gpa 6fe0, the guest's PDPTEs: the processor has them in registers
pmap info --root 0x6016fe0 --format x86-pae | 0 | ^pdptes     as memory has them now
pmap access 0x2000 w --user --root 0x1000 --npt 0x6000000 | 6 | ^  in the guest's tables: write denied: RW=0 in the level-1 entry 0x6005 at 0x4010 \(PTE\)$
pmap access 0x3000 +2 w --user --root 0x1000 --npt 0x6000000 --json | 6 | ^\{"va":"0x3000","bytes":2,"access":"write","by":"user","verdict":"npf","info":"0x100000007","gpa":"0x8000","level":1,"slot":"0x6003040","raw":"0x6018005"\}$
pmap access 0x600000 r --user --root 0x1000 --npt 0x6000000 --json | 6 | "verdict":"#PF","error":"0x4",.*"reason":"the PDE at 0x3018 is empty
pmap access 0x1000 +0x4000 r --user --root 0x1000 --npt 0x6000000 | 6 | ^0x1000: read of 16384 bytes by the user: nested page fault, EXITINFO1 0x100000005 \(P, U, memory\), EXITINFO2 0x9000
pmap access 0xa00000 r --root 0x1000 --npt 0x6000000 | 7 | : cannot tell$
pmap fault 0x8000 --npt 0x6000000 --root 0x1000 --error 0x100000007 | 0 | ^gpa 0x8000: nested page fault, EXITINFO1 0x100000007 \(P, W, U, memory\), EXITINFO2 0x8000, by the PTE at 0x6003040 = 0x6018005
pmap fault 0x8000 --npt 0x6000000 --root 0x1000 --error 0x100000005 | 0 | ^gpa 0x8000: the nested tables allow this access now
pmap fault 0xa000 --npt 0x6000000 --root 0x1000 --error 0x100000007 | 0 | ^gpa 0xa000: changed since; now it would be nested page fault, EXITINFO1 0x100000006
pmap fault 0xa000 --npt 0x6000000 --root 0x1000 --error 0x200000006 | 0 | ^  in the nested tables, the PTE at 0x6003050 is empty
pmap fault 0x8000 --npt 0x6000000 --root 0x1000 | 10 | ^pmap: give the guest-physical address
pmap fault 0x8000 --ept 0x602001e --root 0x1000 --error 0x18a | 0 | ^gpa 0x8000: EPT violation, qualification 0x18a
pmap fault 0x8000 --ept 0x602001e --root 0x1000 --error 0x189 | 0 | ^gpa 0x8000: the EPT allows this access now
pmap fault 0xe000 --ept 0x602001e --mbec --root 0x1000 --error 0x1ac | 0 | ^gpa 0xe000: EPT violation, qualification 0x1ac
pmap fault 0xf000 --ept 0x602001e --mbec --root 0x1000 --error 0x1cc | 0 | ^gpa 0xf000: EPT violation, qualification 0x1cc
pmap fault 0xe000 --ept 0x602001e --mbec --root 0x1000 --error 0x18c | 0 | ^gpa 0xe000: changed since; now it would be EPT violation, qualification 0x1ac
pmap fault 0x1000000000000 --ept 0x602001e --root 0x1000 --error 0x81 | 0 | ^  gpa 0x1000000000000 is out of the range of the EPT$
pmap fault 0x8000 --gpa-space 0x6000000 --root 0x1000 --error 7 | 10 | ^pmap: nested faults need --npt or --ept
pmap fault 0xb000 --ept 0x602001e --root 0x1000 | 0 | ^gpa 0xb000: EPT misconfiguration, gpa 0xb000
pmap walk 0x1123 --root 0x1000 --npt 0x6000000 | 0 | ^0x1123, x86-64 on AMD, 4 levels, root gpa 0x1000; AMD nested paging, 4 levels, root 0x6000000$
pmap walk 0x1123 --root 0x1000 --npt 0x6000000 | 0 | ^    gpa 4008, the guest's table$
pmap walk 0x1123 --root 0x1000 --npt 0x6000000 | 0 | ^    PTE +5  at 0000000006003028  = 0000000006015007  page 6015000  P RW US$
pmap walk 0x1123 --root 0x1000 --npt 0x6000000 | 0 | ^PTE +1  at 0000000000004008  = 0000000000005007  page 5000  P RW US$
pmap walk 0x1123 --root 0x1000 --npt 0x6000000 | 0 | ^24 entries read$
pmap walk 0x1123 --root 0x7000 --format x86-64-5 --npt 0x6040000 --outer-format npt-5 | 0 | ^35 entries read$
pmap walk 0x200000 --root 0x1000 --npt 0x6000000 | 4 | ^PTE +0  at 0000000000008000  cannot be read$
pmap walk 0x200000 --root 0x1000 --npt 0x6000000 | 4 | ^19 entries read$
pmap walk 0x5000 --root 0x1000 --npt 0x6000000 --json | 1 | ^\{"va":"0x5000","kind":"hole","gpa":"0xa000","where":"memory"\}$
pmap walk 0x1123 --root 0x1000 --npt 0x6000000 --json | 0 | ^\{"dimension":"outer","gpa":"0x5123","level":1,
pmap walk 0x1123 --root 0x1000 --npt 0x6000000 --json | 0 | ^\{"va":"0x1123","kind":"leaf","gpa":"0x5123","pa":"0x6015123","page":4096,"rights":"rwxu"\}$
pmap perms 0x3000 --root 0x1000 --npt 0x6000000 | 0 | ^  no write   by the outer PTE 8 at 0x6003040 = 0x6018005$
pmap perms 0x2000 --root 0x1000 --npt 0x6000000 | 0 | ^  no write   by the guest's PTE 2 at 0x4010 = 0x6005$
pmap perms 0x3000 --root 0x1000 --npt 0x6000000 | 0 | ^  user +yes +npf +
pmap perms 0x4000 --root 0x1000 --ept 0x602001e | 0 | ^  no read    by the outer EPT PTE 9 at
pmap perms 0x9000 --root 0x1000 --ept 0x602001e --mbec | 0 | ^  no execute by the outer EPT PTE 14 at
pmap perms 0 0x8000 --root 0x1000 --npt 0x6000000 | 1 | ^0x5000-0x5fff  nothing: hole \(memory\)$
pmap perms 0x5000 --root 0x1000 --npt 0x6000000 | 1 | ^0x5000  nothing: in the nested tables
pmap expect 0x1000 r?? --page 4K --root 0x1000 --npt 0x6000000 | 0 | ^$
pmap expect 0x5000 none --root 0x1000 --npt 0x6000000 | 0 | ^$
pmap expect 0x5000 r?? --root 0x1000 --npt 0x6000000 | 8 | ^0x0*5000-0x0*5000  none \(hole\), expected r\?\?$
pmap expect 0x1000 r?? --mt wb --root 0x1000 --npt 0x6000000 | 10 | ^pmap: --mt: what two dimensions make
pmap dump --npt 0x6000000 0x8000 +0x2000 --leaves | 0 | ^0000000000009000-0000000000009fff +4K  rwxs +4K .* 0000006019000$
pmap dump --ept 0x602001e 0x9000 +0x1000 | 0 | ^0000000000009000-0000000000009fff +4K  --xu +4K  wb  - - - 0000006019000$
pmap dump --ept 0x602001e 0x18000 +0x1000 | 0 | ^.* rwxu +4K  wb  - - - 0000006015000$
pmap dump --ept 0x602005e 0x18000 +0x1000 | 0 | ^.* rwxu +4K  wb  - A D 0000006015000$
pmap walk 0x1123 --root 0x100001000 --format x86-pae | 10 | ^pmap: --root is 0x100001000: no root of this paging mode \(x86, PAE\) is above 4 GiB$
pmap gva2gpa 0x1123 --root 0x1000 --npt 0x106000000 --outer-format x86-pae | 10 | ^pmap: --npt is 0x106000000: no root
pmap dump --ept 0x602001e 0xb000 +0x1000 | 0 | reserved, level 1, entry 0x601b032$
pmap dump --npt 0x6000000 0x200000 +0x1000 --tree | 0 | ^    PDE 1  0000000000200000  = 00000000040000e7  page 4000000
pmap dump --root 0x1000 --npt 0x6000000 0x1000 +0x1000 | 0 | ^0000000000001000-0000000000001fff +4K  rwxu +4K .* 0000000005000$
pmap dump --root 0x1000 --npt 0x6000000 0x200000 0x600000 | 0 | ^0000000000200000-00000000005fffff +4M  unreadable
pmap dump --root 0x1000 --npt 0x6000000 --combined 0x1000 +0x1000 | 0 | ^0000000000001000-0000000000001fff +4K  rwxu +4K  -   - - - 0000006015000 gpa 0x5000$
pmap dump --root 0x1000 --npt 0x6000000 --combined 0x5000 +0x1000 | 0 | ^0000000000005000-0000000000005fff +4K  hole \(memory\) gpa 0xa000, level 1, entry 0x0$
pmap dump --root 0x1000 --npt 0x6000000 --combined 0x400000 +0x1000 | 0 | unreadable \(table\) gpa 0xb000, level 2, entry 0xb007$
pmap dump --root 0x1000 --npt 0x6000000 --combined 0x1000 +0x1000 --json | 0 | ^\{"va":"0x1000","last":"0x1fff","pa":"0x6015000","page":4096,"pages":1,"rights":"rwxu",.*"gpa":"0x5000"\}$
pmap dump --root 0x1000 --npt 0x6000000 --combined 0x5000 +0x1000 --json | 0 | ^\{"va":"0x5000","last":"0x5fff","kind":"hole","level":1,"where":"memory","gpa":"0xa000","raw":"0x0"\}$
pmap dump --root 0x1000 --npt 0x6000000 --combined 0x8000 +0x1000 --json | 0 | ^\{"va":"0x8000","last":"0x8fff","kind":"reserved","level":1,"where":"guest","raw":"0x8000000005007"\}$
pmap info --root 0x1000 --npt 0x6000000 | 0 | ^outer      AMD nested paging, 4 levels \(npt-4\), root 0x6000000 \(--npt\)$
pmap info --root 0x1000 --ept 0x602005e | 0 | ^outer      Intel EPT, 4 levels \(ept-4, accessed and dirty flags on\), root 0x6020000 \(--ept\)$
pmap info --root 0x1000 --npt 0x6000000 | 0 | ^root       gpa 0x1000 \(--root\)$
pmap info --root 0x1000 --npt 0x6000000 | 0 | ^vendor     AMD \(--npt\)$
pmap gva2gpa 0x1000 --root 0x6051000 | 0 | ^0x1000 -> 0x6011000
pmap gva2gpa 0x1000 --root 0x6051000 --format amd64-4 | 3 | the PML4E at 0x6051000 has reserved bits set \(0x100 of 0x6001107\): bit 8 must be 0 here$
pmap gva2gpa 0x1123 --root 0x1000 --npt 0x6051000 | 3 | in the nested tables, the PML4E at 0x6051000 has reserved bits set
pmap gva2gpa 0x1123 --root 0x1000 --npt 0x6051000 | 3 | EXITINFO1 0x20000000f \(P, W, U, RSVD, guest's table\), EXITINFO2 0x1000$
pmap info | 0 | ^vendor     Intel assumed
pmap info | 0 | ^c-bit      none
pmap gva2gpa 0x1000 --root 0x6050000 --c-bit 1ull<<47 | 0 | ^0x1000 -> 0x6011000
pmap gva2gpa 0x1000 --root 0x6050000 | 3 | has reserved bits set \(0x800000000000 of 0x800006001007\): bit 47 is above MAXPHYADDR 40$
pmap info --c-bit (1ull << 47) | 0 | ^c-bit      0x800000000000 \(--c-bit\)$
pmap info --c-bit 47 | 10 | ^pmap: --c-bit is 0x2f: it must be a mask of address bits
pmap dump --npt 1 --ept 2 | 10 | ^pmap: dump: --npt and --ept exclude each other
pmap dump --mbec | 10 | ^pmap: dump: --mbec is for --ept
pmap dump --outer-format npt-5 | 10 | ^pmap: dump: --outer-format is for --npt and --gpa-space
pmap dump --ept 0x602001e --outer-format ept-5 | 10 | ^pmap: dump: --outer-format is for --npt and --gpa-space
pmap dump --npt 0x6000000 --format x86-64-4 | 10 | ^pmap: dump: --format is the guest's
pmap gva2gpa 0x1123 --root 0x1000 --npt 0x6000000 --outer-format ept-4 | 10 | ^pmap: --outer-format: AMD's nested tables are in no format of EPT
pmap gva2gpa 0x1123 --root 0x1000 --npt 0x6000000 --format npt-4 | 10 | ^pmap: --format is the guest's own paging
pmap info --root 0x1000 --npt 0x6000000 --outer-format x86-64-4 | 0 | ^outer      AMD nested paging, 4 levels \(npt-4\)
pmap info --root 0x1000 --npt 0x6000000 --outer-format x86-pae | 0 | ^outer      x86, PAE \(x86-pae\)
pmap gva2gpa 0x1123 --root 0x1000 --ept 0x602001d | 10 | ^pmap: --ept: 0x602001d is not an EPTP: its memory type
pmap gva2gpa 0x1123 --root 0x1000 --ept 0x602011e | 10 | ^pmap: --ept: 0x602011e is not an EPTP: .* bits 11:8
pmap access 0x1000 r --root 0x6020000 --format ept-4 | 10 | ^pmap: no instruction makes an access by Intel EPT, 4 levels alone
pmap access 0x1000 r --root 0x6020000 --format ept-4 | 10 | and these tables by --npt, --ept or --gpa-space$
pmap access 0x1000 r --root 0x6020000 --format sv39 | 10 | ^pmap: no instruction of x86 makes an access by RISC-V Sv39
pmap access 0x1000 r --format sv39 | 10 | ^pmap: --format sv39 needs --root: no register of x86 leads to such tables
pmap fault 0x1000 --root 0x6000000 --format npt-4 --error 4 | 10 | ^pmap: no instruction makes an access by AMD nested paging
pmap perms 0x1000 --root 0x6020000 --format ept-4 | 0 | ^0x1000  rwxu$
pmap gva2gpa (int)0xc0001123 --root 0x6016fe0 --format x86-pae | 1 | ^0xc0001123 -> nothing
pmap dump (int)0xc0000000 -1 --root 0x6016fe0 --format x86-pae --json | 0 |
pmap dump --combined | 10 | ^pmap: --combined needs a second dimension
pmap dump --combined --npt 0x6000000 --tree | 10 | ^pmap: dump: --tree and --combined cannot be used together
pmap gva2gpa 0x1000 --npt 0xfd000000 | 13 | ^pmap: the root table at 0xfd000000 is not in RAM: check --npt$
pmap gva2gpa 0x1000 --gpa-space 0xfd000000 | 13 | : check --gpa-space$
pmap gva2gpa 0x1000 --ept 0xfd00001e | 13 | : check --ept$
pmap gva2gpa 0x1000 --ept 0x6020000 | 10 | ^pmap: --ept: 0x6020000 is not an EPTP: it says 1 levels
END
}

ask_demo "$(pokes "$DIRECT")
set \$rdi = 0xc000
set \$rcx = 16"

gdb_run "$builddir/kernel/pmapk.elf" <<'END'
pmap gva2gpa 0x1123 --root 0x1000 --npt 0x6000000
printf "gpa %#lx hpa %#lx page %d rights %s where %d\n", $pmap_gpa, $pmap_hpa, $pmap_page, $pmap_rights, $_isvoid($pmap_where)
printf "exit %s\n", $pmap_exit
pmap gva2gpa 0x5000 --root 0x1000 --npt 0x6000000
printf "gpa %#lx hpa %d where %s\n", $pmap_gpa, $_isvoid($pmap_hpa), $pmap_where
printf "exit %s info %#lx gpa %#lx\n", $pmap_exit, $pmap_exit_info, $pmap_exit_gpa
pmap gva2gpa 0x600000 --root 0x1000 --npt 0x6000000
printf "void %d where %s exit %s info %d gpa %d\n", $_isvoid($pmap_gpa), $pmap_where, $pmap_exit, $pmap_exit_info, $_isvoid($pmap_exit_gpa)
set $pmap_amd = 1
pmap gva2gpa 0x1000 --root 0x6051000
set $pmap_amd = 0
set $pmap_cbit = 1ull << 47
pmap gva2gpa 0x1000 --root 0x6050000
pmap info
set $pmap_cbit = 47
pmap info
END
out=$(cat "$gdb_out")
like "$out" '^gpa 0x5123 hpa 0x6015123 page 4096 rights rwxu where 1$' "\$pmap_gpa, \$pmap_hpa"
like "$out" '^exit none$' "\$pmap_exit of what is allowed"
like "$out" '^gpa 0xa000 hpa 1 where memory$' "\$pmap_where: the memory"
like "$out" '^exit npf info 0x100000004 gpa 0xa000$' "\$pmap_exit_info, \$pmap_exit_gpa"
like "$out" '^void 1 where guest exit exception info 0 gpa 1$' "\$pmap_where: the guest"
like "$out" '^0x1000 -> nothing: .* reserved bits set \(0x100 of' "\$pmap_amd counts"
like "$out" '^0x1000 -> 0x6011000' "\$pmap_cbit counts"
like "$out" '^c-bit      0x800000000000 \(\$pmap_cbit\)$' "and pmap info tells"
like "$out" '^pmap: \$pmap_cbit is 0x2f: it must be a mask' "a number is no mask"

# Edits of either dimension, each undone; the monitor says that memory is as before.
SEED=${SEED:-$$}
RANDOM=$SEED
memory()
{
	rm -f "$1"
	hmp "pmemsave 0 0x8000000 \"$1\"" >/dev/null
	wait_until 20 test -s "$1"
}

edits()
{
	local guest='--root 0x1000 --npt 0x6000000' npt='--npt 0x6000000' ept='--ept 0x602001e'
	local page i all=()

	for i in {1..16}; do
		page=$((0x1000 * (1 + RANDOM % 4)))
		all=("unmap $page +4K $npt" "protect $page +4K r-xu $npt"
			"map 0x100000 +8K $((0x6015000 + page)) rwxu --frames 0x6800000,+1M $npt"
			"protect 0x200000 +4K r-xu --frames 0x6800000,+1M $npt"
			"edit $page --clear W $ept" "unmap $page +8K $ept"
			"protect 0x1000 +4K r-xu $guest" "unmap $page +4K $guest"
			"map 0x3f000 +4K 0x5000 rw-u $guest"
			"map 0x40000000 +4K 0x5000 rw-u --frames 0x6000,+8K $guest")
		# Each once, then at random.
		echo "pmap ${all[i <= 10 ? i - 1 : RANDOM % 10]} --apply"
		cat <<-'END'
		if $pmap_status
		printf "@failed\n"
		end
		END
		[ "$i" != 7 ] || echo "pmap expect 0x1000 +4K r-xu $guest"
		[ "$i" != 7 ] || echo 'printf "@expect %d\n", $pmap_ok'
		printf 'pmap undo\n'
	done
}
hmp stop >/dev/null
memory "$tmp/before"
edits >"$tmp/edits.gdb"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/edits.gdb"
hmp stop >/dev/null
memory "$tmp/after"
out=$(cat "$gdb_out")
is "$(grep -c '^@failed' <<<"$out")" 0 "SEED=$SEED: edits of both dimensions are made" ||
	diag "$(grep -B1 '^@failed' <<<"$out")"
is "$(grep -c '^undone: ' <<<"$out")" 16 "SEED=$SEED: and undone"
like "$out" '^@expect 1$' "a guest's page has the rights that it was given"
ok "SEED=$SEED: then memory is byte for byte as before" cmp "$tmp/before" "$tmp/after"
qemu_stop

# A guest that does not page: its addresses are guest-physical.
off_table()
{
	cat <<'END'
pmap gva2gpa 0x5123 --npt 0x6000000 | 0 | ^0x5123 -> gpa 0x5123 -> 0x6015123  \(4K page, rwxu\)$
pmap gva2gpa 0xa000 --npt 0x6000000 | 1 | ^0xa000 -> gpa 0xa000 -> nothing: in the nested tables
pmap walk 0x5123 --npt 0x6000000 | 0 | ^0x5123, a guest that does not page; AMD nested paging
pmap walk 0x5123 --npt 0x6000000 | 0 | ^4 entries read$
pmap dump --npt 0x6000000 0x200000 +0x1000 | 0 | ^0000000000200000-
pmap dump --npt 0x6000000 --combined | 12 | ^pmap: paging is off in the guest
pmap perms 0x5000 --npt 0x6000000 | 12 | ^pmap: paging is off in the guest
pmap info --npt 0x6000000 | 0 | ^paging     off in the guest
pmap gva2gpa 0x1123 --npt 0x6000000 --root 0x1000 --format x86-64-4 | 0 | -> 0x6015123
pmap gva2gpa 0x1123 --npt 0x6000000 --root 0x1000 | 12 | ^pmap: paging is off
END
}

qemu_start -S -cpu max -m 128 -kernel "$builddir/kernel/pmapk.elf32"
{
	pokes 0
	off_table | questions
} >"$tmp/off.gdb"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/off.gdb"
is "$gdb_status" 0 "before paging is on: the session ends well" ||
	diag "$(cat "$gdb_err")"
check_answers < <(off_table)

finish
