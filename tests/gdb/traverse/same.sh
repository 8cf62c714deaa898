#!/usr/bin/env bash
# The plugin and the kernel agree: at a breakpoint in the example kernel, the
# dump is byte for byte what the kernel printed of itself through the same core.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

# same CPU COMMAND-LINE
same()
{
	qemu_start -S -cpu "$1" -m 128 -append "mode=demo print=json $2" \
		-kernel "$builddir/kernel/pmapk.elf32"
	gdb_run "$builddir/kernel/pmapk.elf" <<END
hbreak pmapk_ready
continue
set \$pmap_maxphyaddr = 40
set \$pmap_pat = 0x0007040607010406
pmap dump --leaves --expand --json --output $tmp/pmap.json
END
	is "$gdb_status" 0 "$1 $2: a dump" || diag "$(cat "$gdb_err")"
	tr -d '\r' <"$tmp/serial" | grep '^{' >"$tmp/kernel.json"
	ok "$1 $2: of at least 5,000 lines" \
		[ "$(wc -l <"$tmp/kernel.json")" -ge 5000 ]
	same_file "$tmp/pmap.json" "$tmp/kernel.json" "$1 $2: the same bytes"
	qemu_stop
}

same max ""
same max la57
same qemu64 ""

finish
