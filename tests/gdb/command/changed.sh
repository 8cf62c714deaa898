#!/usr/bin/env bash
# What changes behind GDB's back while the target stands still: memory is kept
# until a register shows it.  And what the plugin has open goes with it.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

kernel=$builddir/kernel/pmapk.elf
demo_entries 0x400000
qemu_start -S -cpu max -m 128 -append mode=demo -kernel "$builddir/kernel/pmapk.elf32"

# Packets of the user's own, which GDB does not look into: an entry, and CR3 (the stub's
# register 29), of which bit 4 says but how tables are cached.
gdb_run "$kernel" <<END
hbreak pmapk_ready
continue
pmap source gdbstub
pmap gva2gpa 0x400000
maintenance packet Qqemu.PhyMemMode:1
maintenance packet M$pte,8:2510100000000000
maintenance packet Qqemu.PhyMemMode:0
pmap gva2gpa 0x400000
eval "maintenance packet P1d=%02x%02x%02x0000000000", (unsigned long)\$cr3 & 0xff | 0x10, (unsigned long)\$cr3 >> 8 & 0xff, (unsigned long)\$cr3 >> 16 & 0xff
pmap gva2gpa 0x400000
END
is "$(grep -c '^received: "OK"' "$gdb_out" "$gdb_err" | awk -F: '{ n += $2 } END { print n }')" 4 \
	"the stub takes all four packets" || diag "$(cat "$gdb_out" "$gdb_err")"
is "$(grep '^0x400000 -> ' "$gdb_out")" \
	"0x400000 -> 0x100000  (4K page, r-xu)
0x400000 -> 0x100000  (4K page, r-xu)
0x400000 -> 0x101000  (4K page, r-xu)" \
	"one register that differs: memory is read anew"

# Files are closed with the plugin.
head -c 2M /dev/zero >"$tmp/raw"
gdb_run "$kernel" <<END
pmap source file $tmp/raw
shell ls -l /proc/\$PPID/fd | grep -c '$tmp/raw\$'
jit-reader-unload
shell ls -l /proc/\$PPID/fd | grep -c '$tmp/raw\$'
END
is "$(grep '^[0-9]*$' "$gdb_out" | paste -sd' ')" "1 0" "the source's file is closed when the plugin is unloaded" ||
	diag "$(cat "$gdb_out" "$gdb_err")"
finish
