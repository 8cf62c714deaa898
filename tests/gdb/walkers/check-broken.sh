#!/usr/bin/env bash
# pmap check after a triple fault: the example kernel with one defect in its
# tables.  The first line names the entry and its bit.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

# DEFECT | a match of the first line
table()
{
	cat <<'END'
nx | ^error +nx-off .* the PDE at 0x[0-9a-f]+ has reserved bits set \(0x8000000000000000 of 0x[0-9a-f]+\): NX set, but EFER.NXE=0
misaligned | ^error +misaligned .* the PDE at 0x[0-9a-f]+ has reserved bits set \(0x2000 of 0x[0-9a-f]+\): a 2M page that is not 2M-aligned
beyond | ^error +table-not-ram +ffffff8000000000-ffffffffffffffff  the PML4E at 0x[0-9a-f]+ = 0x4000000023 leads to a table at 0x4000000000: not RAM
user | ^warning +blocked +0000010000400000-0000010000400fff  the PML4E at 0x[0-9a-f]+ = 0x[0-9a-f]+: bit 2 \(US\) is clear, so 1 entry below it loses the user's access
END
}

# QEMU stops, as the processor would reset.
has_faulted()
{
	hmp "info status" | grep -q 'paused (shutdown)'
}

while IFS='|' read -r defect match; do
	defect=${defect% }
	qemu_start -S -no-reboot -no-shutdown -cpu max -m 128 \
		-append "mode=broken defect=$defect" \
		-kernel "$builddir/kernel/pmapk.elf32"
	hmp cont >/dev/null
	ok "$defect: a triple fault" wait_until 60 has_faulted
	gdb_run "$builddir/kernel/pmapk.elf" <<-'END'
	echo @answer\n
	pmap check
	printf "@status %d ok %d\n", $pmap_status, $pmap_ok
	END
	out=$(sed '1,/^@answer/d' "$gdb_out")
	like "$(head -n 1 <<<"$out")" "${match# }" "$defect: the first line names the bit"
	like "$out" '^@status 8 ok 0$' "$defect: \$pmap_status"
	qemu_stop
done < <(table)
finish
