#!/usr/bin/env bash
# Stops of AArch64 that no kernel is needed for, live: EL3 and the Secure state, with
# tables in secure memory; EL2 and EL1 before the MMU, at the instruction that turns it
# on, and after; tagged addresses, halves without walks or without EL0, big-endian
# tables; stage 2's roots in memory; a CPU that waits; one of 32 bits; a machine with
# two kinds of CPU.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/bare-arm64.sh"
program=$tmp/stops.elf
"$cc" -nostdlib -static -Wl,-Ttext=0x40080000,--build-id=none -o "$program" \
	"$srcdir/tests/gdb/arch/arm64-stops.S" || bail "cannot build stops.elf"

# Lines with ! are for GDB, the others questions.
script()
{
	local line

	while IFS= read -r line; do
		case $line in
		'!'*) echo "${line#!}" ;;
		*) questions <<<"$line" ;;
		esac
	done
}

# run NAME QEMU-ARG... <STOPS
run()
{
	local name=$1 elf=()

	shift
	cat >"$tmp/$name"
	diag "$name"
	case $* in
	*-kernel*) elf=("$program") ;;
	esac
	qemu_start -S -accel tcg -no-reboot "$@"
	script <"$tmp/$name" >"$tmp/ask.gdb"
	gdb_run "${elf[@]}" <"$tmp/ask.gdb"
	check_answers < <(grep -v '^!' "$tmp/$name")
	qemu_stop
}

# The registers of 39 bits and 4 KiB, as GDB sets them.
cat >"$tmp/preset" <<'END'
!tbreak first
!continue
!set $x1 = &tables
!set $x2 = 0xff
!set $x3 = 1
!set $x4 = &tables
!set $x5 = 0
!set $x6 = 0
!set $x7 = 0
END

# secure_tables SCR: EL3's tables copied into secure memory, and EL3 before its MMU.
secure_tables()
{
	cat <<END
!set \$i = 0
!while \$i < 6
!set {long}(0x0e000000 + 8 * \$i) = ((long *)&tables)[\$i]
!set \$i = \$i + 1
!end
!set \$x0 = 25 | 2 << 16 | 1 << 23
!set \$x1 = 0x0e000000
!set \$x5 = $1
!set \$pc = &go3
!continue
END
}

# --- EL1 -----------------------------------------------------------------------

{
	cat "$tmp/preset"
	cat <<'END'
!hbreak on1
!hbreak ready1
!hbreak *((long)&vectors + 0x200)
pmap info | 0 | ^paging +the MMU is off at EL1 \(SCTLR.M=0\), addresses are physical
pmap gva2gpa 0x80000010 | 12 | ^pmap: the MMU is off at EL1
pmap dump | 12 | ^pmap: the MMU is off at EL1
pmap dump --root &tables | 12 | disables them, or has sizes that it may not have: give --format with --root$
pmap access 0x40080000 w | 0 | ^  the MMU is off: addresses are physical$
pmap access 1ull<<60 r | 6 | address size fault at level 0 \(EC 0x25, FSC 0x0\), FAR 0x1000000000000000$
pmap access 1ull<<60 r | 6 | the address itself$
pmap fault | 7 | ^pmap: the last exception was no abort
pmap explain | 0 | : (nop|\.inst 0xd503201f)  \(A64, supervisor\)$
!thread 2
pmap info | 0 | ^cpu +AArch64, thread 2$
pmap explain | 0 | ^  the MMU is off: addresses are physical$
!thread 1
!set $x3 = 0
!set $x0 = 25 | 25 << 16 | 2ull << 30 | 1ull << 32
!set $pc = &go1
!continue
!continue
!set $x11 = 1ull << 60
!set $pc = &store1
!continue
pmap fault | 0 | ^abort at 0x1000000000000000, ESR 0x9[67][0-9a-f]{4}40: write by the supervisor, data abort, address size fault at level 0$
pmap fault | 0 | ^  an address with more bits than come out: the address itself$
pmap explain --fault | 6 | FSC 0x0\), FAR 0x1000000000000000$
!set $x3 = 1
!set $pc = &go1
!continue
pmap explain | 0 | : (msr sctlr_el1, x10|\.inst 0xd518100a)  \(A64, supervisor\)$
pmap info | 0 | ^paging +the MMU is off at EL1
pmap gva2gpa 0x80000010 --root $TTBR0_EL1 | 0 | ^0x80000010 -> 0x40000010
!continue
pmap info | 0 | ^controls   SCTLR.M$
pmap gva2gpa 0x80000010 | 0 | ^0x80000010 -> 0x40000010
!echo tags\n
!set $x0 = 25 | 25 << 16 | 2ull << 30 | 1ull << 32 | 3ull << 37
!set $pc = &go1
!continue
!continue
pmap info | 0 | ^controls   SCTLR.M TCR.TBI0 TCR.TBI1$
pmap gva2gpa 0x5a00000080000010 | 0 | ^0x80000010 -> 0x40000010
pmap gva2gpa 0x5affffff80000010 | 1 | ^0xffffffff80000010 -> nothing
pmap walk 0x5a00000080000010 | 0 | ^0x80000010 is 0x40000010 in a 1G page
pmap perms 0x5a00000080000010 | 0 | ^0x80000010  r-x/--x$
pmap dump 0x5a00000080000000 +4096 | 0 | ^0000000080000000-0000000080000fff
pmap access 0x5a00000080000010 w | 6 | FAR 0x5a00000080000010$
pmap access 0x5a00000080000010 r | 0 | allowed
pmap access 0x5a00000040080000 x | 0 | allowed
pmap x/gx 0x5a00000000000000+(long)&tables | 0 | ^0x4008[0-9a-f]+:	0x0000000000000401$
pmap expect 0x5a00000080000000 +4096 r-x/--x | 0 |
pmap find 0x40000010 | 0 | ^0000000080000010
pmap watch 0x5a00000080000000 | 0 | ^watch 1: 0x80000000, r-x/--x 1G
pmap unwatch | 0 |
!set $x11 = 0xa500000080000010
!set $pc = &store1
pmap explain | 6 | ^  w  operand          0xa500000080000010  8 .* FAR 0xa500000080000010$
!continue
pmap fault | 0 | ^abort at 0xa500000080000010, ESR 0x9[67][0-9a-f]{4}4d: write by the supervisor
pmap explain --fault | 6 | FSC 0xd\), FAR 0xa500000080000010$
!echo halves\n
!set $x0 = 25 | 25 << 16 | 2ull << 30 | 1ull << 32 | 3ull << 37 | 1ull << 51 | 3ull << 55 | 1 << 23
!set $pc = &go1
!continue
!continue
pmap info | 0 | ^root       none: walks by TTBR1_EL1 are disabled$
pmap info | 0 | ^controls   SCTLR.M TCR.TBI0 TCR.TBI1 TCR.EPD1 TCR.TBID0 TCR.E0PD0 TCR.E0PD1$
pmap walk 0xffffff8040080000 | 12 | ^pmap: walks by TTBR1_EL1 are disabled: nothing is mapped there$
pmap gva2gpa 0xffffff8040080000 | 12 | ^pmap: walks by TTBR1_EL1 are disabled
pmap access 0xffffff8040080000 r | 6 | TCR.EPD disables walks in this half
pmap access 0x100000000 r --user | 6 | FSC 0x4\), FAR 0x100000000$
pmap access 0x100000000 r --user | 6 | TCR.E0PD keeps EL0 out of this half
pmap access 0x5a00000140000000 r | 0 | allowed
pmap access 0x5a00000140000000 x | 6 | outside of the addresses that are translated: fetches do not ignore the top byte \(TCR.TBID=1\)$
pmap dump | 0 | ^0000000140000000-000000017fffffff
!set $x13 = 0
!set $x14 = 0x100000000 + ((long)&ready0 - 0x40000000)
!set $x11 = 0x100000000
!set $pc = &lower1
!hbreak *((long)&vectors + 0x400)
!continue
pmap fault | 0 | : fetch by the user, instruction abort from a lower level, translation fault at level 0$
pmap fault | 0 | TCR.E0PD keeps EL0 out of this half
!set $x0 = 25 | 25 << 16 | 2ull << 30 | 1ull << 32 | 1 << 7
!set $pc = &go1
!continue
!continue
pmap info | 0 | ^root       none: walks by TTBR0_EL1 are disabled$
pmap dump | 0 | ^ffffff8000000000-ffffff807fffffff
pmap explain | 6 | FSC 0x4\), FAR 0x40080[0-9a-f]+$
pmap fault | 0 | TCR.EPD disables walks in this half
pmap roots | 0 | ^0x[0-9a-f]+ arm64-4k    TTBR1_EL1 of the selected thread; TTBR1_EL1 of CPU 0$
END
} >"$tmp/el1.in"
run el1 -M virt -cpu max -smp 2 -m 128 -kernel "$program" <"$tmp/el1.in"

# Big-endian tables, in a machine of their own: there is no way back.
{
	cat "$tmp/preset"
	cat <<'END'
!hbreak on1
!set $x0 = 25 | 25 << 16 | 2ull << 30 | 1ull << 32
!set $x3 = 1 | 1 << 25
!set $pc = &go1
!continue
!stepi
pmap info | 0 | ^paging +the tables are big-endian \(SCTLR.EE=1\), which pmap does not know$
pmap dump | 12 | ^pmap: the tables are big-endian
pmap access 0x80000010 w | 12 | ^pmap: the tables are big-endian
pmap explain | 12 | ^pmap: the tables are big-endian
pmap fault | 12 | ^pmap: the tables are big-endian
pmap roots | 12 | ^pmap: the tables are big-endian
END
} >"$tmp/ee.in"
run ee -M virt -cpu max -m 128 -kernel "$program" <"$tmp/ee.in"

# --- EL3 and the Secure state ----------------------------------------------------

{
	cat "$tmp/preset"
	cat <<'END'
!hbreak on3
!hbreak ready3
!hbreak ready1
!hbreak *((long)&vectors + 0x200)
!hbreak *((long)&vectors + 0x400)
pmap info | 0 | ^paging +the MMU is off at EL3
pmap info --el 1 | 0 | ^paging +the MMU is off at EL1
END
	secure_tables 0x431
	cat <<'END'
pmap explain | 0 | : (msr sctlr_el3, x10|\.inst 0xd51e100a)  \(A64, supervisor\)$
!continue
pmap info | 0 | ^regime     EL3; the processor is at EL3$
pmap info | 0 | ^security   EL3: secure memory is read, too$
pmap gva2gpa 0x80000010 | 0 | ^0x80000010 -> 0x40000010  \(1G page, r-x\)
pmap walk 0x80000010 | 0 | ^L1       2  at 000000000e000010
pmap dump | 0 | ^0000000080000000-00000000bfffffff     1G  r-x 
pmap access 0x80000010 w | 6 | write denied: AP\[2\]=1
pmap roots | 0 | ^0x000000000e000000 arm64-4k    TTBR0_EL3 of the selected thread; TTBR0_EL3 of CPU 0$
pmap perms 0x80000010 | 0 | ^0x80000010  r-x$
pmap x/gx 0x0e000008 | 0 | ^0xe000008:	0x0000000040000401$
pmap dump --el 1 --root 0x0e000000 --format arm64-4k | 13 | ^pmap: the root table at 0xe000000 is in secure memory
pmap dump 0x80000000 +4K | 0 | ^0000000080000000-0000000080000fff
pmap info --el 1 | 0 | ^paging +the MMU is off at EL1
pmap info --el 2 | 0 | ^paging +the MMU is off at EL2
!set $x11 = 0x80000010
!set $pc = &store3
!continue
pmap fault | 0 | ^abort at 0x80000010, ESR 0x9[67][0-9a-f]{4}4d: write by the supervisor, data abort, permission fault at level 1$
pmap fault | 0 | from ESR_EL3, FAR_EL3 and ELR_EL3$
pmap explain --fault | 6 | : str x12, \[x11\]  \(A64, supervisor\)$
pmap source gdbstub | 0 | ^gdbstub
pmap info | 0 | ^security   EL3: secure memory is not read: only the source `qemu' does$
pmap dump | 13 | ^pmap: the root table at 0xe000000 is in secure memory, which the source `qemu' alone reads
pmap source auto | 0 | ^qemu
!echo what EL3 sees of the levels below, and who has an EL2 above\n
!hbreak ready2
!set $x0 = 25 | 2 << 16 | 1 << 23
!set $x1 = &tables
!set $x5 = 0x80000001
!set $x6 = 0x80023558
!set $x7 = &stage2
!set $pc = &go2
!continue
!set $x0 = 25 | 25 << 16 | 2ull << 30 | 1ull << 32
!set $pc = &go1
!continue
pmap info --el 2 | 0 | ^regime     EL2; --el asks for EL2$
pmap info --el 2 | 0 | ^controls   SCTLR.M HCR.VM$
pmap gva2gpa 0x80000010 --el 2 | 0 | ^0x80000010 -> 0x40000010  \(1G page, r-x\)
pmap info --el 1 | 0 | ^outer      stage 2 .* root 0x40082000 \(VTTBR_EL2\)$
pmap gva2gpa 0x80000010 --el 1 | 0 | ^0x80000010 -> gpa 0x40000010 -> 0x40000010
pmap access 0x80000010 w --el 1 | 6 | write denied: AP\[2\]=1
!set $x0 = 25 | 2 << 16 | 1 << 23
!set $x1 = 0x0e000000
!set $x5 = 0x430
!set $pc = &go3
!continue
!continue
pmap info --el 1 | 0 | ^security   Secure \(SCR_EL3.NS=0\): secure memory is read, too$
pmap gva2gpa 0x80000010 --el 1 | 0 | ^0x80000010 -> 0x40000010  \(1G page, r-x/--x\)
pmap roots --el 1 | 0 | ^0x[0-9a-f]+ arm64-4k    TTBR1_EL1 of the selected thread
!set $x5 = 0x40430
!set $pc = &go3
!continue
!continue
pmap gva2gpa 0x80000010 --el 1 | 12 | ^pmap: stage 2 is on in the Secure state \(SCR_EL3.EEL2=1\), whose VSTTBR_EL2 and VSTCR_EL2 pmap does not know$
END
} >"$tmp/el3.in"
run el3 -M virt,secure=on,virtualization=on -cpu max -m 128 -kernel "$program" <"$tmp/el3.in"

{
	cat "$tmp/preset"
	cat <<'END'
!hbreak ready3
!hbreak ready1
!hbreak go1
!hbreak *((long)&vectors + 0x200)
!hbreak *((long)&vectors + 0x400)
END
	secure_tables 0x430
	cat <<'END'
!set $x13 = 0x3c5
!set $x14 = &go1
!set $pc = &lower3
!continue
pmap info | 0 | ^security   Secure \(SCR_EL3.NS=0\): secure memory is read, too$
pmap info | 0 | ^paging +the MMU is off at EL1
!set $x0 = 25 | 25 << 16 | 2ull << 30 | 1ull << 32
!set $x4 = 0x0e000000
!stepi
!continue
pmap info | 0 | ^root       0xe000000 \(TTBR0_EL1\)$
pmap info --el 3 | 0 | ^regime     EL3; --el asks for EL3$
pmap gva2gpa 0x80000010 | 0 | ^0x80000010 -> 0x40000010
pmap walk 0xffffff8080000010 | 0 | ^L1       2  at 000000000e000010
pmap dump | 0 | ^ffffff8140000000-ffffff817fffffff     1G  r-x/r-x
pmap roots | 0 | ^0x000000000e000000 arm64-4k    TTBR1_EL1 of the selected thread; TTBR1_EL1 of CPU 0$
!set $x11 = 0x80000010
!set $pc = &store1
!continue
pmap fault | 0 | ^abort at 0x80000010, ESR 0x9[67][0-9a-f]{4}4d: write by the supervisor
pmap fault | 0 | write denied: AP\[2\]=1 in the level-3 entry 0x40000481 at 0xe000010
!set $x13 = 0
!set $x14 = 0x100000000 + ((long)&load0 - 0x40000000)
!set $x11 = 0x0e000000
!set $pc = &lower1
!continue
pmap fault | 0 | ^abort at 0xe000000, ESR 0x9[23][0-9a-f]{4}0d: read by the user
pmap explain --fault | 6 | : ldr x12, \[x11\]  \(A64, user\)$
pmap explain --fault | 6 | EL0 denied: AP\[1\]=0 in the level-3 entry 0x401 at 0xe000000
END
} >"$tmp/secure.in"
run secure -M virt,secure=on -cpu max -m 128 -kernel "$program" <"$tmp/secure.in"

# --- EL2, and roots of stage 2 ----------------------------------------------------

{
	cat "$tmp/preset"
	cat <<'END'
!hbreak on2
!hbreak ready2
!hbreak ready1
pmap info | 0 | ^paging +the MMU is off at EL2
pmap explain | 0 | : (nop|\.inst 0xd503201f)  \(A64, supervisor\)$
!set $x0 = 25 | 2 << 16 | 1 << 23 | 1 << 20 | 1 << 29
!set $x5 = 0x80000000
!set $x6 = 0x80023558
!set $pc = &go2
!continue
pmap explain | 0 | : (msr sctlr_el2, x10|\.inst 0xd51c100a)  \(A64, supervisor\)$
pmap explain | 0 | ^  the MMU is off: addresses are physical$
!continue
pmap info | 0 | ^controls   SCTLR.M TCR.TBI TCR.TBID$
pmap access 0x5a00000080000010 w | 6 | write denied: AP\[2\]=1
pmap access 0x5a00000040080000 x | 6 | fetches do not ignore the top byte \(TCR.TBID=1\)$
pmap gva2gpa 0x5a00000080000010 | 0 | ^0x80000010 -> 0x40000010
pmap roots --scan 0x40080000 +0x10000 | 0 | ^0x0000000040082000 arm64-s2-4k possible, for a second dimension: a table with 3 entries, to which no other refers; nothing else confirms it; in the format of VTCR_EL2$
pmap dump --stage2 0x40082000 | 0 | ^0000000040000000-000000007fffffff .* 0000040000000$
!set $x0 = 25 | 2 << 16 | 1 << 23
!set $x5 = 0x80000001
!set $x7 = &stage2
!set $pc = &go2
!continue
!continue
!set $x13 = 0x3c5
!set $x14 = &go1
!set $x0 = 25 | 25 << 16 | 2ull << 30 | 1ull << 32
!set $pc = &lower2
!continue
pmap info | 0 | ^outer      stage 2 .* root 0x40082000 \(VTTBR_EL2\)$
pmap gva2gpa 0x80000010 | 0 | ^0x80000010 -> gpa 0x40000010 -> 0x40000010
pmap roots --scan 0x40080000 +0x10000 | 0 | ^0x0000000040082000 arm64-s2-4k VTTBR_EL2 of CPU 0; VTTBR_EL2 of the selected thread$
END
} >"$tmp/el2.in"
run el2 -M virt,virtualization=on -cpu max -m 128 -kernel "$program" <"$tmp/el2.in"
is "$(grep -c 'possible, for a second dimension' "$gdb_out")" 1 \
	"no table of stage 2, nor of EL2's own, is taken for another root of stage 2"

# --- 32 bits, and two kinds of CPU --------------------------------------------------

cat >"$tmp/a32.in" <<'END'
pmap info | 0 | ^paging +the processor is in AArch32 state \(PSTATE.M=0x13\), whose tables pmap does not know; AArch64's are named by --format and --root$
pmap gva2gpa 0x40000000 | 12 | ^pmap: the processor is in AArch32 state
pmap dump | 12 | ^pmap: the processor is in AArch32 state
pmap access 0x40000000 w | 12 | ^pmap: the processor is in AArch32 state
pmap explain | 12 | ^pmap: the processor is in AArch32 state
pmap fault | 12 | ^pmap: the processor is in AArch32 state
pmap roots | 12 | ^pmap: the processor is in AArch32 state
pmap x/i 0x40000000 --physical | 17 | ^pmap: x/i: the processor is in AArch32 state
pmap gva2gpa 0x1000 --format arm64-4k --root 0x47000000 | 1 | ^0x1000 -> nothing
END
GDB_ARCH=arm run a32 -M virt -cpu cortex-a15 -m 128 <"$tmp/a32.in"
unlike "$(cat "$gdb_out" "$gdb_err")" 'warning: right shift' "GDB has nothing to say of 32-bit longs"

# The Cortex-R5 are another inferior's: the threads of this one are four.
cat >"$tmp/two.in" <<'END'
pmap roots | 12 | ^pmap: the MMU is off at EL
pmap dump | 12 | ^pmap: the MMU is off at EL
END
# Its screen has sound, which a QEMU without drivers refuses; one before 8.2 does not.
silent=()
! "$QEMU" -audio none --version >/dev/null 2>&1 || silent=(-audio none)
run two -M xlnx-zcu102 "${silent[@]}" -smp 6 -m 256 <"$tmp/two.in"
unlike "$(cat "$gdb_out" "$gdb_err")" 'Unknown thread' "no thread is asked that is not there"
finish
