#!/usr/bin/env bash
# The example kernel: it boots, maps its demo and stops where GDB waits for it.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

GDB_NO_PLUGIN=1

# boot CPU LEVELS COMMAND-LINE
boot()
{
	qemu_start -S -cpu "$1" -smp 2 -m 128 -append "$3" \
		-kernel "$builddir/kernel/pmapk.elf32"
	gdb_run "$builddir/kernel/pmapk.elf" <<'END'
hbreak pmapk_ready
continue
output $pc == pmapk_ready
echo \n
backtrace 3
thread 1
output/x $cr3
echo \n
thread 2
output/x $cr3
echo \n
backtrace
END
	is "$gdb_status" 0 "$1 $3: GDB gets to the demo" ||
		diag "$(cat "$gdb_err")"
	like "$(cat "$gdb_out")" '^1$' "$1 $3: stops at pmapk_ready"
	like "$(cat "$gdb_out")" 'kernel_main' "$1 $3: a backtrace, back to kernel_main"
	like "$(cat "$gdb_out")" 'pmapk_ap_idle' "$1 $3: the second CPU waits"
	is "$(grep -E '^0x[0-9a-f]+$' "$gdb_out" | sort -u | wc -l)" 2 \
		"$1 $3: each CPU has a root of its own"
	like "$(cat "$tmp/serial")" "^demo: root .* $2 levels, [5-9][0-9]{3} leaves" \
		"$1 $3: at least 5,000 leaves"
	qemu_stop
}

boot max 4 "mode=demo"
boot max 5 "mode=demo la57"
boot qemu64 4 "mode=demo"

finish
