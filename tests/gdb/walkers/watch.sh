#!/usr/bin/env bash
# pmap watch: stops at the instruction that changes an entry of the walk, at any
# level, says what it was and is, and follows the walk; by the direct map and by a
# recursive slot.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

# Code that GDB puts at $code: mov %rcx,(%rax); nop; jmp to itself.  And what it
# does then: one store of VALUE to ADDRESS.
code()
{
	cat <<'END'
hbreak pmapk_ready
continue
delete
set $code = (unsigned char *)0xffffffffc0000000 + 0x3100000
set var $code[0] = 0x48
set var $code[1] = 0x89
set var $code[2] = 0x08
set var $code[3] = 0x90
set var $code[4] = 0xeb
set var $code[5] = 0xfe
END
}

stores()
{
	printf 'set var $rax = %s\nset var $rcx = %s\nset var $rip = $code\n' "$1" "$2"
}

demo_entries 0x400000
direct=0xffff8${pte#?????}
qemu_start -S -cpu max -smp 2 -m 128 -append "mode=demo" -kernel "$builddir/kernel/pmapk.elf32"
gdb_run "$builddir/kernel/pmapk.elf" <<END
$(code)
set \$others = (unsigned long *)0xffff800000200000
watch *\$others
pmap watch 0x400000
printf "number %d\n", \$pmap_watch
$(stores $direct 0x200027)
continue
printf "pc +%d\n", \$rip - (unsigned long)\$code
printf "changed %d\n", \$pmap_changed
$(stores 0xffff8${pde#?????} 0x3000007)
continue
printf "pc +%d\n", \$rip - (unsigned long)\$code
thread 2
pmap watch 0x400000
pmap walk 0x400000
set \$slot = 0xffff800000000000 + (unsigned long)\$pmap_slot
thread 1
$(stores '$slot' 0x300025)
continue
printf "thread %d\n", \$_thread
echo list\n
thread 1
pmap watch
info breakpoints
pmap unwatch 7
pmap unwatch 1
printf "watch 1 ends %d\\n", \$pmap_status
pmap unwatch
echo unwatched\n
info breakpoints
pmap watch
END
out=$(cat "$gdb_out")
is "$gdb_status" 0 "the session ends well" || diag "$(tail -n 5 "$gdb_err")"
like "$out" '^watch 1: 0x400000, r-xu 4K 0x100000; watchpoints 3 4 5 6$' "four entries, by the direct map"
like "$out" '^number 1$' "\$pmap_watch"
is "$(grep -c '^pc +3$' "$gdb_out")" 2 "it stops behind the very instruction"
like "$out" '^changed 1$' "\$pmap_changed"
like "$out" '^  old  = 0000000000100025  page 100000  P US A$' "what the entry was"
like "$out" '^  new  = 0000000000200027  page 200000  P RW US A$' "and is"
like "$out" '^0x400000 is now rwxu 4K 0x200000$' "and where the address leads"
like "$out" "^PDE at 0x$(printf %x "0x$pde") for 0x400000\$" "a table that is replaced"
like "$out" '^its walk goes another way now: other entries are watched$' "is followed"
like "$out" '^watch 2: 0x400000 has changed$' "another CPU's tables"
like "$out" '^0x400000 is now r-xu 4K 0x300000$' "changed by this one"
like "$out" '^thread 1$' "where it stops"
like "$(sed -n '/^list/,/^unwatched/p' "$gdb_out")" '^watch 1: 0x400000, hole; watchpoints 7 8 9 10$' "the list"
like "$out" '^pmap: nothing like that is watched' "unwatch of none"
like "$out" '^watch 1 ends 0$' "unwatch of one"
like "$(sed -n '/^unwatched/,$p' "$gdb_out")" '^2 +hw watchpoint .*\$?others' "unwatch leaves the user's own" || diag "$(sed -n '/^unwatched/,$p' "$gdb_out")"
unlike "$(sed -n '/^unwatched/,$p' "$gdb_out")" 'pmap watch --check' "and takes pmap's"
like "$(sed -n '/^unwatched/,$p' "$gdb_out")" '^nothing is watched$' "nothing is watched then"

## What the user's language is.

languages=(pascal ada modula-2 fortran rust d)
gdb_run "$builddir/kernel/pmapk.elf" <<END
$(for language in "${languages[@]}"; do
	printf '%s\n' "set language $language" 'pmap watch 4194304' 'pmap unwatch'
done)
END
is "$(grep -c '^watch [0-9]*: 0x400000, hole; watchpoints' "$gdb_out")" ${#languages[@]} "in each language" ||
	diag "$(cat "$gdb_out" "$gdb_err")"
is "$(grep -c 'pmap watch --check\|^nothing is watched$' "$gdb_out")" 0 "and taken again"

## Too few watchpoints: the others are looked at where the target stops.  Then GDB
## goes to a program, whose target has no physical memory.

user=
if command -v qemu-x86_64 >/dev/null; then
	qemu-x86_64 -g "$tmp/user" "$(type -P true)" >/dev/null 2>&1 &
	user=$!
	wait_until 30 test -S "$tmp/user"
fi

program()
{
	[ -z "$user" ] || printf '%s\n' disconnect "target remote $tmp/user" \
		'pmap watch --check' 'printf "a program %d\n", $pmap_status' kill
}

qemu_stop
qemu_start -S -cpu max -m 128 -append "mode=demo" -kernel "$builddir/kernel/pmapk.elf32"
gdb_run "$builddir/kernel/pmapk.elf" <<END
$(code)
pmap watch 0x400000 +64K --limit 1
$(stores 0xffff8${pde#?????} 0x3000007)
stepi
pmap unwatch
stepi
define hook-stop
echo mine\n
end
pmap watch 0x600000 --limit 0
stepi
pmap watch 0x1000000000000
pmap watch 0x0 +1G
pmap watch 0x40000000 +0
pmap watch 0x600000 --npt \$cr3
$(program)
END
out=$(cat "$gdb_out")
like "$out" "^Hardware watchpoint 2: -location \\*\\(unsigned long long \\(\\*\\)\\[0x10\\]\\)$direct\$" "16 entries are one watchpoint"
like "$out" '; watchpoints 2; 3 of 4 places without one: checked at each stop$' "--limit"
like "$out" '^watch 1: 0x400000-0x40ffff has changed$' "what has no watchpoint is checked at the next stop"
like "$out" "^pmap: there is a hook-stop already: put .pmap watch --check. into it\$" "a hook of the user's own stays"
like "$out" '^mine$' "and works"
like "$out" '^pmap: 0x1000000000000 is not canonical' "no address"
like "$out" '^pmap: 0x0-0x3fffffff has entries in more than 16 places: watch less$' "too large a range"
like "$out" '^pmap: a guest.s tables are written by the guest' "a second dimension"
if [ -n "$user" ]; then
	like "$out" '^a program 0$' "a target without such memory: nothing to check" ||
		diag "$(tail -n 5 "$gdb_err")"
	# It has ended with GDB's kill; where GDB came to none, here.
	kill "$user" 2>/dev/null
	wait "$user"
else
	skip "a target without such memory" "no qemu-x86_64 (Debian: qemu-user)"
fi

## No direct map: a root of four tables beyond what the kernel's image maps, with
## a recursive slot.  (The code: mov %rax,%cr3; then as above.)

qemu_stop
qemu_start -S -cpu max -m 1200 -append "mode=demo" -kernel "$builddir/kernel/pmapk.elf32"
gdb_run "$builddir/kernel/pmapk.elf" <<END
$(code)
set \$old = (unsigned long *)(0xffff800000000000 + ((unsigned long)\$cr3 & ~0xfffull))
set \$top = (unsigned long *)0x8041000000
set var \$top[511] = \$old[511]
set var \$top[300] = 0x41000003
set var \$top[0] = 0x41001007
set var \$top[512] = 0x41002007
set var \$top[1024] = 0x41003007
set var \$top[1537] = 0x200027
set var \$code[16] = 0x0f
set var \$code[17] = 0x22
set var \$code[18] = 0xd8
set var \$code[19] = 0x90
set var \$rax = 0x41000000
set var \$rip = \$code + 16
stepi
pmap watch 0x1000
$(stores 0xffff960000000008 0x300027)
continue
printf "pc +%d\n", \$rip - (unsigned long)\$code
END
out=$(cat "$gdb_out")
like "$out" '\)0xffff960000000008$' "the PTE by the recursive slot"
like "$out" '\)0xffff964b25800000$' "and the PDPTE" || diag "$(tail -n 20 "$gdb_out" "$gdb_err")"
like "$out" '^0x1000 is now rwxu 4K 0x300000$' "a store through it is seen"
like "$out" '^pc \+3$' "at the instruction"

finish
