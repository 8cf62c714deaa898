#!/usr/bin/env bash
# What one CPU of a machine sees otherwise than the others: system management mode with
# tables in SMRAM, and tables that differ by the bit that a closed A20 gate clears.  The
# processor says which memory it was: it has loaded it.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

cc=${CC_X86:-gcc}
for tool in "$cc" objcopy; do
	if ! command -v "$tool" >/dev/null; then
		skip "a firmware of its own" "no $tool here"
		finish
	fi
done
"$cc" -m64 -nostdlib -static -Wl,-Ttext=0xf0000 -Wl,--build-id=none \
	-o "$tmp/smm.elf" "$srcdir/tests/gdb/arch/smm.S" 2>"$tmp/cc.log" &&
	objcopy -O binary -j .text "$tmp/smm.elf" "$tmp/smm.bin" ||
	bail "cannot assemble smm.S: $(tail -n 3 "$tmp/cc.log")"

smram="in SMRAM, which the source .qemu. alone reads, for a CPU in system management mode"
note='^\(the A20 gate is closed: memory was read with bit 20 of each address cleared'

# In the handler: TSEG has the tables, and 0xa0000 is behind the window of the VGA.
cat >"$tmp/handler" <<END
pmap gva2gpa 0x40001000 | 0 | ^0x40001000 -> 0x3f05000 
pmap info | 0 | ^smm        on: this CPU sees SMRAM, too; memory is read as it sees it$
pmap info | 0 | ^root       0x3f00000 \(CR3\)$
pmap gva2gpa 0x40001000 | 0 | ^0x40001000 -> 0x3f05000 
pmap walk 0x40000000 | 0 | ^0x40000000 is 0xa0000 in a 4K page, rwxs
pmap dump | 0 | ^0000000040000000-0000000040001fff +8K  rwxs +4K 
pmap access 0x40001000 w | 0 | allowed
pmap access 0x40002000 r | 6 | #PF
pmap x /1xw 0x40000000 | 0 | ^0x40000000:	0x11111111$
pmap x /1xw 0x40001000 | 0 | ^0x40001000:	0x22222222$
pmap explain | 0 | : nop  \(64-bit code, supervisor\)
pmap find 0x3f05000 | 0 | ^0*40001000
END
# The other CPU, at the same stop, is not in it.
cat >"$tmp/other" <<END
pmap gva2gpa 0x40001000 --root 0x3f00000 --format x86-64-4 | 13 | ^pmap: the root table at 0x3f00000 is $smram
pmap walk 0 --root 0xa0000 --format x86-64-4 | 13 | ^pmap: the root table at 0xa0000 is $smram
END
# The stub, and files that the monitor writes, have what devices see.
cat >"$tmp/stub" <<END
pmap info | 0 | ^smm        on: this CPU sees SMRAM, too; the source .qemu. alone reads that$
pmap info | 0 | ^pc         0x380[0-9a-f]+ is not mapped: the PML4E at 0x3f00000 cannot be read: SMRAM
pmap gva2gpa 0x40001000 | 13 | ^pmap: the root table at 0x3f00000 is $smram
pmap dump --json | 13 | "message":"the root table at 0x3f00000 is $smram
pmap walk 0 --root 0xa0000 | 13 | ^pmap: the root table at 0xa0000 is $smram
pmap walk 0 --root 0x7000 | 1 | ^0x0 is not mapped: the PML4E at 0x7000 is empty: 
END
cat >"$tmp/again" <<END
pmap gva2gpa 0x40001000 | 0 | ^0x40001000 -> 0x3f05000 
END
# Back from it, in real mode.
cat >"$tmp/back" <<END
pmap gva2gpa 0x40001000 --root 0x3f00000 --format x86-64-4 | 13 | ^pmap: the root table at 0x3f00000 is $smram
END
cat >"$tmp/opened" <<END
pmap gva2gpa 0x5000 | 0 | ^0x5000 -> 0x205000 
pmap x /1xw 0x5000 | 0 | ^0x5000:	0x00020005$
END
# What comes first at a stop asks for it, whichever command that is.
# The table is at 0x113000 by its entry, and is read at 0x13000; the page likewise.
cat >"$tmp/closed" <<END
pmap gva2gpa 0x5000 | 0 | ^0x5000 -> 0x106000 
pmap gva2gpa 0x5000 | 0 | $note
pmap gva2gpa 0x5000 --json | 0 | ^\{"kind":"cleared","bits":"0x100000"\}$
pmap walk 0x5000 | 0 | ^PTE      5  at 0000000000113028  = 0000000000106023 
pmap walk 0x5000 | 0 | $note
pmap dump | 0 | ^0000000000005000-0000000000005fff .* 0000000106000$
pmap dump | 0 | $note
pmap access 0x5000 w | 0 | $note
pmap explain | 0 | $note
pmap x /1xw 0x5000 | 0 | ^0x5000:	0x00000006$
pmap x /1xw 0x5000 | 0 | $note
pmap info | 0 | ^a20        closed: bit 20 of each physical address is cleared where memory is read, also of tables
END
sed '$d' "$tmp/closed" >"$tmp/closed-stub"
cat >"$tmp/closed-other" <<END
pmap gva2gpa 0x5000 --root 0x10000 --format x86-64-4 | 0 | ^0x5000 -> 0x205000 
END
cat >"$tmp/reopened" <<END
pmap gva2gpa 0x5000 | 0 | ^0x5000 -> 0x205000 
END

run_to()
{
	printf '%s\n' delete "hbreak *($1)" continue
}

ask()
{
	questions <"$tmp/$1"
	cat "$tmp/$1" >>"$tmp/table"
}

script()
{
	run_to '0x38000 + (long)&smm_stop - (long)&smm_code'
	printf '%s\n' 'printf "handler %#x %#x\n", (int)$rax, (int)$rbx'
	ask handler
	echo 'thread 2'
	ask other
	printf '%s\n' 'thread 1' 'pmap source gdbstub'
	ask stub
	printf '%s\n' "pmap source pmemsave $tmp"
	sed -n '3,$p' "$tmp/stub" >"$tmp/pmemsave"
	ask pmemsave
	echo 'pmap source auto'
	ask again
	run_to '&back'
	ask back
	run_to '&opened'
	ask opened
	run_to '&closed'
	printf '%s\n' 'printf "loaded %#x %#x\n", (int)$rbx, (int)$rcx'
	ask closed
	echo 'pmap source gdbstub'
	ask closed-stub
	echo 'thread 2'
	ask closed-other
	printf '%s\n' 'thread 1' 'pmap source auto' 'monitor o /b 0x92 2'
	ask reopened
}

qemu_start -S -machine q35 -m 64 -smp 2 -bios "$tmp/smm.bin" -device VGA,romfile=
script >"$tmp/questions.gdb"
gdb_run "$tmp/smm.elf" <"$tmp/questions.gdb"
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"
like "$(cat "$gdb_out")" '^handler 0x11111111 0x22222222$' \
	"the handler has loaded what SMRAM has"
like "$(cat "$gdb_out")" '^loaded 0x20005 0x6$' "and the gate changes what is loaded"
check_answers <"$tmp/table"
unlike "$(sed -n '1,/^loaded/p' "$gdb_out")" 'A20' "nor of any answer before it is closed"
unlike "$(sed -n '/^loaded/,$p' "$gdb_out")" '^smm ' "nor SMM once it was left"
qemu_stop

finish
