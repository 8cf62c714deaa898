#!/usr/bin/env bash
# Words that mean something else than they seem to: a root that is a virtual
# address, the root of user mode, a chain of results, errors as records.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

table()
{
	cat <<'END_OF_TABLE'
pmap gva2gpa 0x400123 --root $kernel | 0 | ^\(root: the virtual address 0xffff8000[0-9a-f]+ maps to 0x[0-9a-f]+\)$
pmap gva2gpa 0x400123 --root-va $kernel | 0 | ^0x400123 -> 0x100123
pmap gva2gpa 0x400123 --root-va 0x3000 | 10 | the root 0x3000 is a virtual address that the CPU's tables do not map
pmap gva2gpa 0x400123 --root 0xffffff0000000000 | 10 | is a virtual address that the CPU's tables do not map
pmap gva2gpa 0x400123 --root 1 --root-va 1 | 10 | exclude each other
pmap gva2gpa 0x400123 --root $kernel --npt 0x1000 | 10 | is a virtual address: give the guest-physical one$
pmap dump 0x400000 +4K --json --root $kernel | 0 | ^\{"va":"0x400000"
pmap gva2gpa 0x400123 --user-root | 10 | is not the root of a pair with CR3's
pmap gva2gpa 0x400123 --user-root --root 1 | 10 | --user-root goes by CR3
pmap gva2gpa 0x400123 --user-root --npt 1 | 10 | a guest's root is given as --root
pmap fault 0x400123 --error -1 | 7 | ^pmap: the error code is -1: the kernel has overwritten it
pmap fault 0x400123 --error 0xffffffff | 7 | the error code is -1
pmap dump 0x400000 +4K --json --root "a\b" | 10 | ^\{"kind":"error","status":10,"message":"dump: \\"a\\\\b\\" is a string, not an address; see `help pmap dump'"\}$
pmap walk --json | 10 | ^\{"kind":"error","status":10,"message":"walk: an address is missing
pmap dump --root 0xfd000000 --json | 13 | ^\{"kind":"error","status":13,"message":"the root table at 0xfd000000 is not in RAM: check --root"\}$
pmap help nosuch | 10 | ^pmap: there is no command "nosuch"; there are: dump 
END_OF_TABLE
}

# As Linux has it with page table isolation: the page beside CR3's leads to the
# same user half, and to little of the kernel's.
isolate()
{
	cat <<-'END'
	set $i = 0
	while $i < 256
	  set *(unsigned long *)(($kernel ^ 0x1000) + 8 * $i) = *(unsigned long *)($kernel + 8 * $i)
	  set $i = $i + 1
	end
	set *(unsigned long *)(($kernel ^ 0x1000) + 8 * 511) = 0
	pmap gva2gpa 0x400123 --user-root
	pmap gva2gpa &pmapk_ready --user-root
	pmap info --user-root
	END
}

qemu_start -S -cpu max -smp 2 -m 128 -append "mode=demo" \
	-kernel "$builddir/kernel/pmapk.elf32"
{
	cat <<-'END'
	hbreak pmapk_ready
	continue
	set $kernel = 0xffff800000000000 + ($cr3 & ~0xfff)
	END
	table | questions
	isolate
	printf 'echo ==== ask\\n\n'
} >"$tmp/words.gdb"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/words.gdb"
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"
check_answers < <(table)
out=$(cat "$gdb_out")
like "$out" '^0x400123 -> 0x100123  \(4K page, r-xu\)$' "--user-root: user mode"
like "$out" '^0xffffffffc0[0-9a-f]+ -> nothing: the PML4E' "and not the kernel"
like "$out" '^root +0x[0-9a-f]+000 ' "info names that root"

# Without registers, what a nested fault does not need is not asked for.
image()
{
	local entry

	head -c 20480 /dev/zero >"$1"
	for entry in 1000:2007 2000:3007 3000:4007; do
		printf "\\x${entry:7:2}\\x${entry:5:2}" |
			dd of="$1" bs=1 seek=$((0x${entry%:*})) conv=notrunc status=none
	done
}

image "$tmp/image"
GDB_NO_TARGET=1 gdb_run /bin/true <<END
starti
pmap source file $tmp/image
pmap fault 0x5000 --error 0x81 --ept 0x101e
printf "status %d\n", \$pmap_status
END
like "$(cat "$gdb_out")" '^gpa 0x5000: .*EPT violation' "fault --ept without registers" ||
	diag "$(cat "$gdb_out" "$gdb_err")"
like "$(cat "$gdb_out")" '^status 0$' "and its status"

finish
