#!/usr/bin/env bash
# Wherever the target has stopped, each command answers, and GDB is as it was:
# where code cannot be read, or the stack, where symbols are wrong or there are none,
# in the middle of `finish', with an unwinder of the user's, before there is paging.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

# Each command, and the $pmap_status of an answer.  1 is one, too: nothing is there.
commands='info:0
dump 0x1000 +0x1000:0
walk $pc:0|1
perms $pc:0|1
gva2gpa $pc:0|1
source:0
access $pc x:0|6
explain:0|6|7
fault 0x1000 --error 0:0|1
check 0x1000 +0x1000 --mirror $cr3:0
roots:0
expect 0x1000 +1 none:0|8'

# As a person types, so that an error ends nothing; the machine stays stopped.
ask()
{
	{ session_preamble; cat; echo disconnect; } >"$tmp/typed.gdb"
	timeout -k 5 "$SESSION_LIMIT" "$GDB" -q -nx -ex 'set prompt' "$@" \
		<"$tmp/typed.gdb" >"$tmp/out" 2>&1
}

# every STOP [SELECT]: a script that runs all commands at a stop of that name, in the
# frame that the command SELECT selects
every()
{
	local line

	printf 'backtrace 2\n%s\n' "${2:-}"
	while read -r line; do
		printf 'set $pmap_status = 99\npmap %s\n' "${line%:*}"
		printf 'printf "STOP %s: %s: %%d\\n", $pmap_status\n' "$1" "${line%:*}"
	done <<<"$commands"
	printf 'echo == %s\\n\nbacktrace 2\ninfo frame\necho == end\\n\n' "$1"
	printf 'maintenance flush register-cache\n%s\n' "${2:-}"
	printf 'echo == plain %s\\n\nbacktrace 2\ninfo frame\necho == end\\n\n' "$1"
}

# check STOP: each has answered there
check()
{
	local line status bad=

	ok "$1: GDB came there" grep -q "^== plain $1\$" "$tmp/out"
	while read -r line; do
		status=$(sed -n "s/^STOP $1: //p" "$tmp/out" | grep -F "${line%:*}: " | sed 's/.*: //')
		[[ $status =~ ^(${line##*:})$ ]] || bad+=" ${line%:*} ($status)"
	done <<<"$commands"
	is "$bad" "" "$1: each command answers" ||
		diag "$(grep -v '^[ #]' "$tmp/out" | head -n 20)"
	is "$(sed -n "/^== $1\$/,/^== end/p" "$tmp/out" | sed 1d)" \
		"$(sed -n "/^== plain $1\$/,/^== end/p" "$tmp/out" | sed 1d)" \
		"$1: GDB's frames are what they are without pmap"
}

# Inside a guest: code that GDB cannot read, with symbols.
qemu_start -S -cpu max -m 128 -append "mode=svm-stop" -no-reboot \
	-kernel "$builddir/kernel/pmapk.elf32" \
	-device isa-debug-exit,iobase=0xf4,iosize=4
ask "$builddir/kernel/pmapk.elf" < <(
	printf 'thbreak pmapk_l2_stop\ncontinue\n'
	for i in 0 1; do
		every "unmapped-$i"
		echo stepi
	done
	every unmapped-2
)
for i in 0 1 2; do
	check "unmapped-$i"
done
unlike "$(cat "$tmp/out")" 'has no monitor' "and there is a monitor"
qemu_stop

# --- Other bad stops ----------------------------------------------------------

own_unwinder()
{
	cat <<-END
	python
	import gdb, gdb.unwinder
	class Own(gdb.unwinder.Unwinder):
	    def __call__(self, pending):
	        pc = pending.read_register("rip")
	        sp = pending.read_register("rsp")
	        if int(pc) != int(gdb.parse_and_eval("\$own_pc")):
	            return None
	        gdb.selected_inferior().read_memory(int(sp), 8)
	        class Id: pass
	        Id.sp, Id.pc = sp, pc
	        info = pending.create_unwind_info(Id)
	        info.add_saved_register("rip", gdb.Value(0x12345678).cast(pc.type))
	        info.add_saved_register("rsp", sp)
	        return info
	gdb.unwinder.register_unwinder(None, Own("own"), True)
	end
	maintenance flush register-cache
	END
}

few='info:0
gva2gpa $pc:0|1
dump 0x1000 +0x1000:0'
unpaged='info:0
gva2gpa $pc:12
dump 0x1000 +0x1000:12'
has_python=no
[ "$("$GDB" -nx -batch -ex 'python print(1)' 2>&1)" != 1 ] || has_python=yes
kernel=$builddir/kernel/pmapk.elf
qemu_start -S -cpu max -m 128 -append mode=demo \
	-kernel "$builddir/kernel/pmapk.elf32"
ask "$kernel" < <(
	commands=$unpaged
	every reset-vector
	commands=$few
	printf 'thbreak demo_main\ncontinue\nhbreak pmapk_ready\nfinish\n'
	every inside-finish
	every outer-frame "frame 1"
	printf 'frame 0\nset $stop_sp = $sp\n'
	if [ $has_python = yes ]; then
		echo 'set $own_pc = $pc'
		own_unwinder
		every own-unwinder
		printf 'set $own_pc = 0\nmaintenance flush register-cache\n'
	fi
	echo 'set $sp = 0'
	every no-stack
	echo 'set $sp = 0x123456789000'
	every unreadable-stack
	printf 'set $sp = $stop_sp\n'
	# main() of another program, where nothing is mapped.
	printf 'symbol-file %s -o 0x500000000000\n' "$builddir/tests/lib/hmp"
	printf 'set $pc = (unsigned long)&main + 8\n'
	every wrong-symbols
)
commands=$unpaged
check reset-vector
commands=$few
for stop in inside-finish outer-frame no-stack unreadable-stack wrong-symbols; do
	check $stop
done
like "$(cat "$tmp/out")" 'in main ' "the wrong symbols are believed"
if [ $has_python = yes ]; then
	check own-unwinder
	like "$(sed -n '/^== own-unwinder$/,/^== end/p' "$tmp/out")" '^#1 +0x0*12345678' \
		"the user's own unwinder is still asked"
else
	skip "an unwinder of the user's" "this GDB has no Python"
fi
finish
