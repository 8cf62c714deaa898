#!/usr/bin/env bash
# A program at EL2, live, with VHE and without: the regime, the tables, and faults
# that EL2 took of its own.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/bare-arm64.sh"

# Both: what does not depend on VHE.
cat >"$tmp/both" <<'END'
pmap gva2gpa &tables | 0 | ^0x4[0-9a-f]+ -> 0x4[0-9a-f]+  \(1G page, 
pmap gva2gpa 0x80000010 | 0 | ^0x80000010 -> 0x40000010
pmap access 0x80000010 w | 6 | data abort, permission fault at level 1 \(EC 0x25, FSC 0xd\), FAR 0x80000010$
pmap access 0xc0000000 r | 6 | data abort, translation fault at level 1 \(EC 0x25, FSC 0x5\), FAR 0xc0000000$
END
# QEMU 11 reads EL1's registers as an instruction at EL2 with VHE would.
off='pmap info --el 1 | 0 | the MMU is off at EL1 \(SCTLR.M=0\)'
vhe_off=$off
case $("$QEMU" --version) in
*"version "[789].* | *"version 10."*) ;;
*)	vhe_off='pmap info --el 1 | 0 | HCR_EL2.E2H=1 the registers of EL1 are not to be had here'
	vhe_off+=$'\n''pmap dump --el 1 | 12 | ^pmap: at EL2 with HCR_EL2.E2H=1'
	vhe_off+=$'\n''pmap gva2gpa 0x80000010 --el 1 --format arm64-4k --root &tables | 1 | ^0x80000010 -> nothing: the L0 at 0x4' ;;
esac
cat >"$tmp/first" <<'END'
pmap fault | 0 | ^abort at 0xc0000000, ESR 0x9[67][0-9a-f]{4}45: write by the supervisor, data abort, translation fault at level 1
pmap fault | 0 | ^  by the instruction at 0x400800[0-9a-f]+; from ESR_EL2, FAR_EL2 and ELR_EL2$
pmap explain --fault | 6 | : str x1, \[x0\]  \(A64, supervisor\)$
pmap explain --fault | 6 | translation fault at level 1 \(EC 0x25, FSC 0x5\), FAR 0xc0000000$
END
cat >"$tmp/second" <<'END'
pmap fault | 0 | ^abort at 0x80000010, ESR 0x9[67][0-9a-f]{4}4d: write by the supervisor, data abort, permission fault at level 1
pmap fault | 0 | write denied: AP\[2\]=1 in the level-3 entry
pmap explain --fault | 6 | write denied: AP\[2\]=1
pmap explain --fault --json | 6 | "verdict":"data-abort","ec":"0x25","fsc":"0xd","far":"0x80000010"
END
cat >"$tmp/plain" <<END
$off
END
cat >>"$tmp/plain" <<'END'
pmap info | 0 | ^regime     EL2; the processor is at EL2$
pmap info | 0 | TTBR0_EL2: 39-bit addresses, 3 levels, 0x0-0x7fffffffff$
pmap dump | 0 | ^0000000040000000-000000007fffffff +1G  rwx? +1G  wb 
pmap gva2gpa 0xffffff8040000000 | 5 | is beyond the address space
END
cat >"$tmp/vhe" <<END
$vhe_off
END
cat >>"$tmp/vhe" <<'END'
pmap info | 0 | ^regime     EL2&0; the processor is at EL2$
pmap info | 0 | TTBR0_EL2: 39-bit addresses, 3 levels, 0x0-0x7fffffffff$
pmap info | 0 | TTBR1_EL2: 39-bit addresses, 3 levels, 0xffffff8000000000-0xffffffffffffffff$
pmap gva2gpa 0xffffff8040000000 | 0 | ^0xffffff8040000000 -> 0x40000000
pmap roots | 0 | TTBR1_EL2 of CPU 0$
END

# run NAME FLAG
run()
{
	"$cc" -nostdlib -static -Wl,-Ttext=0x40080000,--build-id=none $2 -o "$tmp/$1.elf" \
		"$srcdir/tests/gdb/arch/arm64-el2.S" || bail "cannot build $1.elf"
	qemu_start -S -accel tcg -M virt,virtualization=on -cpu max -m 128 -no-reboot \
		-kernel "$tmp/$1.elf"
	cat "$tmp/both" "$tmp/$1" >"$tmp/ready"
	{
		printf 'hbreak ready\ncontinue\n'
		questions <"$tmp/ready"
		printf 'hbreak *((long)&vectors + 0x200)\ncontinue\n'
		questions <"$tmp/first"
		echo continue
		questions <"$tmp/second"
	} >"$tmp/ask.gdb"
	gdb_run "$tmp/$1.elf" <"$tmp/ask.gdb"
	diag "$1"
	cat "$tmp/ready" "$tmp/first" "$tmp/second" >"$tmp/table"
	check_answers <"$tmp/table"
	qemu_stop
}

run plain -UVHE
run vhe -DVHE
finish
