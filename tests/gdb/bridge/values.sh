#!/usr/bin/env bash
# Expressions: the user's in the user's terms, pmap's own quietly; the monitor;
# physical memory, and virtual again after it.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/trial.sh"

# With the example kernel, stopped in a function that has a caller.
qemu_start -S -cpu max -smp 2 -m 128 -append mode=demo \
	-kernel "$builddir/kernel/pmapk.elf32"
# shellcheck disable=SC2120
kernel_run()
{
	hmp stop system_reset >/dev/null
	{
		echo "hbreak pmapk_ready"
		echo "continue"
		echo "echo --begin--\\n"
		cat
	} >"$tmp/kernel.gdb"
	trial_run "$builddir/kernel/pmapk.elf" "$@" <"$tmp/kernel.gdb"
	sed -i '1,/^--begin--$/d' "$trial_out"
}

# The last line that GDB complained in, without where.
complaint()
{
	sed /^$/d "$gdb_err" | tail -n 1
}

kernel_run <<'END'
pmap trial user $rsp $rsp+8 -1 1.5 pmapk_ready &pmapk_ready sizeof(long) 'A' 1==1 (char)-2 1,2
output/x (unsigned long)$rsp
echo \n
output/x (unsigned long)&pmapk_ready
echo \n
END
rsp=$(sed -n 12p "$trial_out")
fn=$(sed -n 13p "$trial_out")
is "$(head -n 11 "$trial_out")" "$rsp
$(printf '%#x' $((rsp + 8)))
0xffffffffffffffff
0x1
$fn
$fn
0x8
0x41
0x1
0xfffffffffffffffe
0x2" "any expression is a value"

# A bad expression: GDB's own words; the next command works.
for bad in 'nosuch' '1+' '*(long*)8000000000000000' '"a' ')(' '$rsp.x'; do
	kernel_run <<END
pmap trial user $bad
END
	got=$(complaint)
	is "$gdb_status" 1 "an error is GDB's status: $bad"
	kernel_run <<END
printf "%llu", $bad
END
	is "$got" "$(complaint)" "GDB's own error: $bad"
done
kernel_run <<'END'
pmap trial user $nosuch
pmap trial user $sp $nosuch
END
is "$(sed 's/^0x.*/N/' "$trial_out" | paste -sd' ')" "absent N absent" \
	"a name without a value is no error of GDB's"
trial_type <<'END'
pmap trial user nosuch
pmap trial user 7
pmap trial user $rsp +
pmap trial long 1
show language
show logging
show max-value-size
show debuginfod urls
END
like "$(cat "$trial_out")" '^No symbol table is loaded.  Use the "file" command.$' \
	"GDB's words and nothing before them"
like "$(cat "$trial_out")" '^0x7$' "the next command works"
like "$(cat "$trial_out")" '^line 000000000 of the long text$' "and the next but one"
printf 'show language\nshow logging\nshow max-value-size\nshow debuginfod urls\n' >"$tmp/plain.gdb"
"$GDB" -nx -batch -x "$tmp/plain.gdb" >"$tmp/want" 2>&1
sed -n '/^The current source/,/^Debuginfod/p' "$trial_out" >"$tmp/got"
same_file "$tmp/got" "$tmp/want" "all settings are what they were"

kernel_run <<'END'
pmap trial quiet $cr3 $nosuch $xmm0 $cs $eflags $ymm0 $k0 ((long*)8)[0] $efer $nosuch.x
pmap trial quiet $cr3
output/x (unsigned long)$cr3
END
is "$(sed -n '2p;5,8p;10p' "$trial_out" | paste -sd' ' | sed 's/0x[0-9a-f]*/N/g')" \
	"absent N absent absent absent absent" "what is not there is absent"
is "$(sed -n 9p "$trial_out")" 0xd00 "flags are values"
is "$(sed -n 3p "$trial_out")" absent "a vector is no value"
is "$(sed -n 11p "$trial_out")" "$(sed -n 12p "$trial_out")" "alone as among others"

# The selected frame is the user's, before, in and after.
kernel_run <<'END'
up
pmap trial user $rsp $pc
output/x (unsigned long)$rsp
echo \n
output/x (unsigned long)$pc
echo \n
pmap trial quiet $rsp
pmap trial physical 0x1000
frame
END
is "$(sed -n 3,4p "$trial_out")" "$(sed -n 5,6p "$trial_out")" \
	"the user's registers are the selected frame's"
is "$(sed -n 7p "$trial_out")" "$rsp" "pmap's are frame 0's"
like "$(tail -n 2 "$trial_out")" '^#1 ' "the selected frame stays selected"
unlike "$(cat "$gdb_err")" "Couldn't restore" "without a complaint"

kernel_run <<'END'
thread 2
pmap trial quiet $cr3
output/x (unsigned long)$cr3
echo \n
thread 1
pmap trial quiet $cr3
output/x (unsigned long)$cr3
END
like "$(grep -v '^\[\|^#\|^$' "$trial_out" | paste -sd' ')" \
	'(0x[0-9a-f]+) \1 .*(0x[0-9a-f]+) \2$' "registers are the selected thread's"

# Languages.  What is to be done after each is that the language stays.
for language in ada c d fortran go modula-2 objective-c opencl pascal rust asm minimal; do
	case $language in
	ada) expr='16#10#' ;;
	modula-2) expr='10H' ;;
	pascal) expr='$10' ;;
	fortran) expr='16_8' ;;
	*) expr=0x10 ;;
	esac
	[ $language = pascal ] && expr=16
	[ $language = fortran ] && expr=16
	kernel_run <<END
set language $language
pmap trial user $expr
pmap trial user $expr \$sp-\$sp+1 \$sp-\$sp+8
pmap trial quiet \$cs
pmap trial physical 0x1000
pmap trial long 2
show language
END
	is "$(grep -x '0x10\|0x8\|0x1' "$trial_out" | paste -sd' ') $(grep -c '^line ' "$trial_out")" \
		"0x10 0x10 0x1 0x8 0x8 2" "language $language" || diag "$(cat "$gdb_err" "$trial_out")"
	like "$(cat "$trial_out")" "language is \"$language" "$language stays"
done

# Monitor.
kernel_run <<'END'
pmap trial monitor info name
pmap trial monitor info
pmap trial monitor nosuchcommand
END
like "$(cat "$trial_out")" "unknown command: 'nosuchcommand'" "the monitor's words arrive"

# Physical memory, for one round only.  A GDB without symbols reads memory to
# find out about frames: never while that mode is on, or it would read what is
# there by chance, device registers included.
qemu_stop
trial_start -trace "enable=gdbstub_io_command,file=$tmp/trace"
trial_type <<END
up
pmap trial physical 0xfffffff0
set logging file $tmp/user.log
set logging enabled on
pmap trial physical 0xfffffff0
set logging enabled off
pmap trial physical 0x9fc00
frame
maintenance packet qqemu.PhyMemMode
END
is "$(grep -c '^0x[0-9a-f]*5bea$' "$trial_out")" 2 "the reset vector is in physical memory"
like "$(cat "$trial_out")" 'received: "0"' "the mode is virtual afterwards"
like "$(tail -n 5 "$trial_out")" '^#1 ' "the selected frame stays selected"
is "$(awk '/PhyMemMode:1/ { on = 1 } /PhyMemMode:0/ { on = 0 }
	on && /Received: m/ { print $NF }' "$tmp/trace" | paste -sd' ')" \
	"mfffffff0,8 mfffffff0,8 m9fc00,8" "GDB reads nothing but that in physical mode"
ok "and it does read for frames" grep -q 'Received: mfff0,1' "$tmp/trace"
finish
