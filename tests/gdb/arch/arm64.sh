#!/usr/bin/env bash
# The example for AArch64 (kernel/arm64/): the core's map, protect and unmap, as
# the processor has them; and what pmap says of that address space, and of real
# aborts at the first instruction of their vector.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
QEMU=${QEMU_ARM64:-qemu-system-aarch64}
GDB=${GDB_MULTIARCH:-gdb-multiarch}
GDB_ARCH=aarch64
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

program=$builddir/kernel/arm64/pmapk-arm64.elf
[ -f "$program" ] || make -s -C "$builddir" kernel/arm64/pmapk-arm64.elf >"$tmp/make.log" 2>&1
if [ ! -f "$program" ]; then
	skip "the example for AArch64" "no aarch64-linux-gnu-gcc here when pmap was configured"
	finish
fi
if ! command -v "$GDB" >/dev/null; then
	skip "the example for AArch64" "no $GDB here (Debian: gdb-multiarch)"
	finish
fi

# At pmapk_ready, after all changes.
cat >"$tmp/ready" <<'END'
pmap info | 0 | ^regime     EL1&0; the processor is at EL1$
pmap info | 0 | TTBR1_EL1: 48-bit addresses, 4 levels
pmap gva2gpa 0x600123 | 0 | ^0x600123 -> 0x42200123
pmap gva2gpa 0x604000 | 0 | ^0x604000 -> 0x42e00000
pmap gva2gpa 0xffff000000200000 | 0 | ^0xffff000000200000 -> 0x40200000
pmap snapshot before | 0 | ^before +arm64
pmap unmap 0x600000 +0x4000 --apply | 0 | ^written: 4 entries
pmap diff before --in 0x600000,+0x4000 | 8 | ^0000000000600000-0000000000603fff +16K  unmapped  was rw-/rw- 4K
pmap diff before --svg /dev/null | 8 | ^$
pmap undo | 0 | ^undone: 4 entries are as before
pmap diff before --svg /dev/null | 0 | ^$
pmap expect 0x400000 +0x40000 r--/r-x | 0 |
pmap expect 0x600000 +0x40000 rw-/rw- | 0 |
pmap expect 0x80001000 +0x1000 r--/r-- | 0 |
pmap expect 0x80002000 +0x1000 rw-/rw- | 0 |
pmap expect 0x40200000 +2M r-x/--- | 0 |
pmap expect 0 -1 --kind leaf rw-/rw- | 10 | ^pmap: expect: no option "--kind" here
pmap dump 0x2200000 +0x1000 --leaves | 0 | rw-/rw- +4K  nc 
pmap dump 0x9000000 +0x1000 --leaves | 0 | rw-/--- +4K  device-nGnRnE 
pmap dump 1ull<<39 +1G --leaves | 0 | r--/r-- +1G  wb 
pmap gva2gpa 64ull<<39 | 1 | -> nothing
pmap access 0x63fff8 +16 w | 6 | FAR 0x640000
pmap access 0x63fff8 +8 w | 0 | allowed
pmap access 0x400000 x --user | 0 | allowed
pmap access 0x400000 x --supervisor | 6 | execution denied: PXN=1
pmap dump 0x800000 +0x80000 --json | 0 | "va":"0x808000"
pmap find 0x42a00000 | 0 | 2000000
pmap perms 0x80002000 0xffff000000001000 | 1 | ^0x80200000-0x80ffffff  rw-/rw-
pmap perms 0x80002000 0xffff000000001000 | 1 | ^0x1000000000000-0xfffeffffffffffff  nothing: noncanonical$
pmap perms 0x80002000 0xffff000000001000 | 1 | ^0xffff000000000000-0xffff000000000fff  rw-/---
pmap perms 0x80002000 0xffff000000001000 --json | 1 | "last":"0xffff000000000fff","rights":"rw-/---"
pmap perms 0x600000 -1 -x | 0 | ^0xffffffffffc00000-0xffffffffffc00fff  r-x/---
pmap dump 0x80002000 0xffff000000001000 --leaves | 0 | ^0000000080002000-0000000080002fff .* rw-/rw-
pmap dump 1ull<<48 +0x1000 | 5 | is in the hole between the halves: valid are 0-0xffffffffffff and 0xffff000000000000-
pmap walk 2ull<<48 | 5 | is in the hole between the halves
pmap access 0xfffffffffff8 +16 r | 6 | 0xffff
pmap access 2ull<<48 r | 6 | FSC 0x4\), FAR 0x2000000000000$
pmap access 2ull<<48 r | 6 | is outside of the addresses that are translated
pmap expect 2ull<<48 +0x1000 none | 5 | is in the hole between the halves
pmap expect 0x300000000000 0xffff000000000000 none | 0 |
pmap expect 0x300000000000 0xffff000000001000 none | 8 | ^0xffff000000000000-0xffff000000000fff  rw-/---, expected none$
pmap expect 0x80002000 0xffff000000001000 rw-/rw- | 8 | ^0x0001000000000000-0xfffeffffffffffff  none \(noncanonical\), expected rw-/rw-$
pmap protect 0x80002000 0xffff000000001000 r--/r-- | 10 | is in both halves
pmap check 0x80002000 0xffff000000001000 | 8 | table-user .* the page table at 0x[0-9a-f]+ \(of 0000000080002000\) can be read
pmap check 0x80002000 0xffff000000001000 | 8 | table-user .* the page table at 0x[0-9a-f]+ \(of ffff000000000000\) can be read
pmap check 2ull<<48 +0x1000 | 5 | is in the hole between the halves
pmap find 0x40200000 +0x1000 | 0 | ^ffff000000200000
pmap search 0x80002000 0xffff000000001000 --u64 0x1122334455667788 | 1 | ^not found
pmap search 2ull<<48 +0x1000 --u64 1 | 5 | is in the hole between the halves
pmap x 2ull<<48 | 5 | not canonical
pmap gva2gpa 0xffff000000200000 --root $TTBR1_EL1 | 5 | is in the upper half, and --root is the lower one's: give its root with --ttbr1$
pmap gva2gpa 0xffff000000200000 --ttbr1 $TTBR1_EL1 | 0 | -> 0x40200000
pmap info --el 3 | 0 | does not provide its TCR and TTBR0
pmap info --el 2 | 0 | does not provide its TCR and TTBR0
pmap access 0x5a00000000600000 w | 6 | FAR 0x5a00000000600000$
pmap explain | 0 | : (ret|\.inst 0xd65f03c0)  \(A64, supervisor\)
pmap x/2i &try_load | 0 | ldr[ 	]x0, \[x0\]
pmap gva2gpa &try_load --names | 0 | \)  <try_load in \.text>$
pmap explain --fault | 7 | this is not the first instruction of a vector
pmap roots | 0 | ^0x[0-9a-f]+ arm64-4k +TTBR1_EL1 of the selected thread; TTBR1_EL1 of CPU 0$
pmap roots --scan 0x40000000 +128M | 0 | TTBR1_EL1 of CPU 0; found, for the upper half: 2 entries, 2 of the 2 in TTBR1_EL1$
pmap roots --scan 0x40000000 +128M | 0 | TTBR0_EL1 of CPU 0; likely, for the lower half: a table with 2 entries, to which no other refers, which maps itself$
END
# A store of two registers, of which the second is on no page.
cat >"$tmp/pair" <<'END'
pmap explain --fault | 6 | : stp x1, x1, \[x0, #16\]  \(A64, supervisor\)$
pmap explain --fault | 6 | ^  w  operand          0x000000000063fff8  16        data abort, translation fault at level 3 \(EC 0x25, FSC 0x7\), FAR 0x640000$
pmap explain --fault --json | 6 | "bytes":16,.*"verdict":"data-abort","ec":"0x25","fsc":"0x7","far":"0x640000"
pmap fault | 0 | ^abort at 0x640000, ESR 0x96000047: write by the supervisor, data abort, translation fault at level 3$
pmap explain | 0 | ^  x  fetch .* allowed$
END
# To what is read-only.
cat >"$tmp/store" <<'END'
pmap explain --fault | 6 | : str x1, \[x0\]  \(A64, supervisor\)$
pmap explain --fault | 6 | write denied: AP\[2\]=1 in the level-1 entry
pmap fault | 0 | ^abort at 0x400000, ESR 0x9600004f: write by the supervisor
pmap fault | 0 | write denied: AP\[2\]=1 in the level-1 entry
END
# All of its code.
aarch64-linux-gnu-objcopy -O binary -j .text "$program" "$tmp/text" ||
	bail "no objcopy"
{
	echo 'hbreak pmapk_ready'
	echo 'continue'
	questions <"$tmp/ready"
	words=$(($(stat -c %s "$tmp/text") / 4))
	echo "pipe x/${words}i &_start | cat >$tmp/code.gdb"
	echo "pmap x/${words}i &_start --output $tmp/code.pmap"
	echo "pmap x/500i &main --names --output $tmp/names.pmap"
	echo "pipe x/500i &main | cat >$tmp/names.gdb"
	echo "monitor dump-guest-memory $tmp/dump"
	# shellcheck disable=SC2016
	echo 'printf "ttbr0 %#lx\nttbr1 %#lx\n", $TTBR0_EL1, $TTBR1_EL1'
	# shellcheck disable=SC2016
	echo 'set $vectors = $_isvoid($VBAR) ? (long)$VBAR_EL1 : (long)$VBAR'
	# shellcheck disable=SC2016
	echo 'hbreak *($vectors + 0x200)'
	echo 'continue'
	questions <"$tmp/pair"
	echo 'continue'
	questions <"$tmp/store"
} >"$tmp/ask.gdb"

qemu_start -S -accel tcg -M virt -cpu max -m 128 -no-reboot -kernel "$program"
gdb_run "$program" <"$tmp/ask.gdb"
cat "$tmp/ready" "$tmp/pair" "$tmp/store" >"$tmp/table"
check_answers <"$tmp/table"

cp "$gdb_out" "$tmp/live.out"

## Without registers and VMCOREINFO: roots by their contents.

GDB_NO_TARGET=1 gdb_run <<END
pmap open $tmp/dump
show architecture
pmap roots --scan
printf "roots %d\n", \$pmap_roots
pmap roots --scan --format arm64-64k
printf "others %d\n", \$pmap_status
pmap gva2gpa 0x600123 --format arm64-4k --root $(sed -n 's/^ttbr0 //p' "$tmp/live.out")
END
said=$(cat "$gdb_out" "$gdb_err")
unlike "$said" 'too small' "a dump is opened in GDB's architecture without a warning"
like "$said" '^The target architecture is set to "aarch64"' "which is still the user's"
for root in ttbr0 ttbr1; do
	like "$said" "^0x0*$(sed -n "s/^$root 0x//p" "$tmp/live.out") arm64-4k +likely: a table with 2 entries, to which no other refers, which maps itself; if addresses have 48 bits\$" \
		"the root that $root has is found"
done
like "$said" '^roots 2$' "and nothing else"
like "$said" '^others 0$' "other granules are looked for on demand"
like "$said" '^0x600123 -> 0x42200123' "and leads where it did"

## x/i: by libopcodes, where there is one for this architecture, as GDB has it.

# GDB counts what is behind a symbol in decimal.
hexadecimal()
{
	perl -pe 's/(<[^>+]*\+)(\d+)>/sprintf("%s%#x>", $1, $2)/ge' "$1"
}

without_names()
{
	sed 's/ <[^>]*>//g' "$1"
}

release=$(sed -n 's/^#define LIBOPCODES_RELEASE "\(.*\)"/\1/p' "$builddir/config.h")
if [ -n "$release" ] && /sbin/ldconfig -p | grep -Eq "$release-(arm64|multiarch)"; then
	without_names "$tmp/code.gdb" >"$tmp/code.theirs"
	ok "instructions: $words" test "$(wc -l <"$tmp/code.pmap")" = "$words"
	same_file "$tmp/code.pmap" "$tmp/code.theirs" "x/i: all of the code as GDB has it"
	hexadecimal "$tmp/names.gdb" >"$tmp/names.theirs"
	same_file "$tmp/names.pmap" "$tmp/names.theirs" "x/i --names: with its symbols"
else
	skip "x/i as GDB has it" "no libopcodes for AArch64 of the release that pmap was built with (Debian: binutils-aarch64-linux-gnu)"
fi

# What the program itself found.
tr -d '\r' <"$tmp/serial" >"$tmp/said"
diag "$(cat "$tmp/said")"
is "$(grep -v '^ok ' "$tmp/said" | head -n 2 | tr '\n' ' ')" "1..21 READY " \
	"the processor has what the core made, before and after changes"
finish
