#!/usr/bin/env bash
# What was read is used again at the same stop, but never after the target's
# memory was changed: by GDB's commands, by QEMU's monitor, by another machine in
# its place.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

kernel=$builddir/kernel/pmapk.elf
guest=(-S -cpu max -m 128 -append mode=demo -kernel "$kernel"32)

skip()
{
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

# Ask where an address leads: "WHAT STATUS READS" is printed.
ask()
{
	cat <<-END
	pmap gva2gpa 0x400000
	printf "$1 %d %d\n", \$pmap_status, \$pmap_reads
	END
}

# said WHAT: "STATUS READS" of that question
said()
{
	sed -n "s/^$1 //p" "$gdb_out"
}

# The first entry of the root is emptied and put back in this way and that.
changes()
{
	cat <<-END
	hbreak pmapk_ready
	continue
	pmap source $1
	set \$root = (unsigned long *)(0xffff800000000000 + (\$cr3 & ~0xfff))
	set \$entry = \$root[0]
	dump binary memory $tmp/entry \$root \$root+1
	shell head -c 8 /dev/zero >$tmp/zero
	$(ask first)
	$(ask again)
	maintenance flush register-cache
	frame
	$(ask flushed)
	set var \$root[0] = 0
	$(ask set)
	set {unsigned long}\$root = \$entry
	$(ask set-back)
	print \$root[0] = 0
	$(ask print)
	print \$root[0] = \$entry
	$(ask print-back)
	restore $tmp/zero binary \$root
	$(ask restore)
	restore $tmp/entry binary \$root
	$(ask restore-back)
	pmap gva2gpa 0x400000 + (\$root[0] = 0)
	$(ask own)
	pmap gva2gpa 0x400000 + 0 * (\$root[0] = \$entry)
	$(ask own-back)
	END
}

for source in qemu gdbstub; do
	qemu_start "${guest[@]}"
	gdb_run "$kernel" < <(changes $source)
	is "$gdb_status" 0 "$source: the session ends well" ||
		diag "$(cat "$gdb_err")"
	like "$(said first)" '^0 [1-9]' "$source: read once"
	is "$(said again)" "0 0" "$source: known the second time"
	like "$(said flushed)" '^0 [1-9]' "$source: read anew where GDB looks at its stack anew"
	for how in set print restore own; do
		like "$(said $how)" '^1 ' "$source: emptied by $how"
		like "$(said $how-back)" '^0 ' "$source: and put back"
	done
	qemu_stop
done

# The monitor, GDB's own and another: a stopped machine is not a frozen one.
qemu_start "${guest[@]}" -m 128,slots=2,maxmem=1G
gdb_run "$kernel" <<-END
	hbreak pmapk_ready
	continue
	$(ask first)
	pmap dump 0 +4096 --root 0x100000000 --format x86-64-4
	monitor object_add memory-backend-ram,id=m,size=128M
	monitor device_add pc-dimm,id=d,memdev=m
	pmap dump 0 +4096 --root 0x100000000 --format x86-64-4
	printf "plugged %d\n", \$pmap_status
	$(ask plugged-other)
	shell "$builddir/tests/lib/hmp" "$tmp/monitor" system_reset >/dev/null
	shell "$builddir/tests/lib/hmp" "$tmp/monitor" "info status" >/dev/null
	pmap info
	$(ask reset)
	END
like "$(said first)" '^0 [1-9]' "before"
like "$(cat "$gdb_err" "$gdb_out")" 'the root table at 0x100000000 is not in RAM' \
	"RAM that is not there yet"
is "$(said plugged)" 0 "RAM that the monitor plugged in"
like "$(said plugged-other)" '^0 ' "the rest is as before"
like "$(said reset)" '^12 ' "a reset by another monitor"
like "$(cat "$gdb_out")" '^cache +0 pages of' "leaves nothing in the cache"
qemu_stop

# Back in time, to the same instruction with the same registers.
if qemu-img create -q -f qcow2 "$tmp/disk" 64M 2>/dev/null; then
	qemu_start "${guest[@]}" -drive "if=none,file=$tmp/disk,format=qcow2,id=d" \
		-device ide-hd,drive=d
	gdb_run "$kernel" <<-END
	hbreak pmapk_ready
	continue
	$(ask saved)
	monitor savevm one
	set {unsigned long}(0xffff800000000000 + (\$cr3 & ~0xfff)) = 0
	$(ask emptied)
	monitor loadvm one
	$(ask loaded)
	END
	like "$(said saved)" '^0 ' "before a snapshot"
	like "$(said emptied)" '^1 ' "after it"
	like "$(said loaded)" '^0 ' "back at it" ||
		diag "$(cat "$gdb_out" "$gdb_err")"
	qemu_stop
else
	skip "snapshots" "needs qemu-img"
fi

# A hook of the user's own is left alone; what the monitor does to registers
# is seen all the same.
qemu_start "${guest[@]}"
GDB_NO_PLUGIN=1 GDB_NO_TARGET=1 gdb_run "$kernel" <<-END
	define hook-monitor
	  echo mine\n
	end
	source $builddir/gdbinit/pmap.gdb
	source $builddir/gdbinit/pmap.gdb
	target remote $tmp/gdb
	hbreak pmapk_ready
	continue
	$(ask first)
	echo == monitor\n
	monitor system_reset
	monitor info status
	echo == end\n
	$(ask reset)
	END
is "$(sed -n '/^== monitor/,/^== end/p' "$gdb_out" | grep -c '^mine$')" 2 \
	"a hook of the user's own is left alone"
like "$(said reset)" '^12 ' "and a reset is noticed" ||
	diag "$(cat "$gdb_out" "$gdb_err")"
qemu_stop

# Two machines at once that no address tells apart.
two_machines()
{
	cat <<-END
	target remote $tmp/gdb1
	hbreak pmapk_ready
	continue
	add-inferior -exec $kernel -no-connection
	inferior 2
	target remote $tmp/gdb
	continue
	pmap info
	$(ask two)
	set {unsigned long}(0xffff800000000000 + (\$cr3 & ~0xfff)) = 0
	$(ask two-emptied)
	inferior 1
	$(ask one)
	pmap info
	inferior 2
	$(ask two-again)
	stepi
	$(ask two-stepped)
	END
}

if setarch -R true 2>/dev/null; then
	printf '#!/bin/sh\nexec setarch -R %s "$@"\n' "$QEMU" >"$tmp/qemu-plain"
	chmod +x "$tmp/qemu-plain"
	QEMU=$tmp/qemu-plain
	qemu_start "${guest[@]}"
	first_pid=$qemu_pid
	mv "$tmp/gdb" "$tmp/gdb1"
	qemu_start "${guest[@]}"
	GDB_NO_TARGET=1 gdb_run "$kernel" < <(two_machines)
	is "$gdb_status" 0 "two machines: the session ends well" ||
		diag "$(cat "$gdb_err")"
	like "$(said two)" '^0 ' "two machines, alike"
	like "$(said two-emptied)" '^1 ' "the second is changed"
	like "$(said one)" '^0 ' "the first is as it was"
	like "$(said two-again)" '^1 ' "and the second as it was made"
	like "$(said two-stepped)" '^1 ' "after a step, too"
	is "$(grep -c '^memory *qemu' "$gdb_out")" 2 "both are read directly"
	session_end_process "$first_pid"
	qemu_stop
else
	skip "two machines alike" "needs setarch -R"
fi

finish
