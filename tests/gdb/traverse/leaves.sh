#!/usr/bin/env bash
# Every leaf of the example kernel, against what the kernel says of itself and
# what QEMU says of it.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

# The kernel's own lines: "leaf VA-LAST PA SIZE RIGHTS RAW" -> VA PA PAGE RIGHTS
kernel_leaves()
{
	awk '/^leaf/ {
		page = $4 + 0
		if ($4 ~ /K/) page *= 1024
		if ($4 ~ /M/) page *= 1048576
		if ($4 ~ /G/) page *= 1073741824
		print substr($2, 1, 16), "000" $3, page, $5
	}' "$tmp/serial"
}

# boot CPU COMMAND-LINE
boot()
{
	qemu_start -S -cpu "$1" -smp 2 -m 128 -append "$2" \
		-kernel "$builddir/kernel/pmapk.elf32"
	gdb_run "$builddir/kernel/pmapk.elf" <<END
hbreak pmapk_ready
continue
END
	is "$gdb_status" 0 "$1 $2: boots" || diag "$(cat "$gdb_err")"
	hmp stop >"$tmp/stop"
}

# Everything that is mapped, against what the kernel's own walk says.
# QEMU's processors have 40 physical address bits.
check_dump()
{
	local what=$1

	gdb_run "$builddir/kernel/pmapk.elf" <<END
set \$pmap_maxphyaddr = 40
pmap dump --leaves --expand --json --output $tmp/leaves.json
output \$pmap_status
echo \n
END
	is "$(grep -c '^0$' "$gdb_out")" 1 "$what: dump's status is 0"
	"$srcdir/tests/lib/json2leaves" -v full=1 "$tmp/leaves.json" >"$tmp/leaves"
	kernel_leaves >"$tmp/kernel.leaves"
	ok "$what: at least 5,000 leaves" \
		[ "$(wc -l <"$tmp/kernel.leaves")" -ge 5000 ]
	same_file "$tmp/leaves" "$tmp/kernel.leaves" \
		"$what: the leaves that the kernel counts, with their rights"
}

# QEMU accepts entries with reserved bits, so these guests have none of them.
check_tlb()
{
	local what=$1

	gdb_run "$builddir/kernel/pmapk.elf" <<END
pmap dump --leaves --expand --json --recursive --output $tmp/all.json
END
	"$srcdir/tests/lib/json2leaves" "$tmp/all.json" >"$tmp/all"
	hmp "info tlb" | "$srcdir/tests/lib/tlb2leaves" >"$tmp/tlb"
	ok "$what: at least 5,000 leaves" [ "$(wc -l <"$tmp/tlb")" -ge 5000 ]
	same_file "$tmp/all" "$tmp/tlb" \
		"$what: the leaves of info tlb, recursive windows included"
}

boot max "mode=demo"
check_dump "4 levels"
qemu_stop
boot max "mode=demo la57"
check_dump "5 levels"
qemu_stop
boot qemu64 "mode=demo"
check_dump "without 1 GiB pages"
qemu_stop
boot max "mode=demo rejected=no"
check_tlb "4 levels"
qemu_stop
boot max "mode=demo rejected=no la57"
check_tlb "5 levels"
qemu_stop

finish
