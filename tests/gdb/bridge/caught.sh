#!/usr/bin/env bash
# What GDB's other commands print is caught: where a log catches nothing, as in
# some GDBs inside the user's own command, a pipe does it, and what was caught before
# is no answer to what is asked now.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

kernel=$builddir/kernel/pmapk.elf
qemu_start -S -cpu max -m 64 -kernel "$builddir/kernel/pmapk.elf32"

# This GDB's logs do it: one that catches nothing stands for those that do not.
useless_log()
{
	cat <<-'END'
	define _pm_caught_00
	  pipe _pm_try $arg0 | cat >/dev/null
	end
	END
}

# The way is found once, so each thing that is caught comes first in a plugin of its own.
{
	cat <<-END
	hbreak pmapk_ready
	continue
	pmap gva2gpa &pmapk_ready
	$(useless_log)
	echo of symbols:\n
	pmap gva2gpa &pmapk_ready --names
	END
	for source in qemu gdbstub; do
		cat <<-END
		jit-reader-unload
		source $builddir/gdbinit/pmap.gdb
		$(useless_log)
		echo of $source:\n
		pmap source $source
		pmap gva2gpa &pmapk_ready
		END
	done
} >"$tmp/in"
gdb_run "$kernel" <"$tmp/in"
is "$gdb_status" 0 "GDB ends well"

# of WHAT: its answer
of()
{
	awk -v begin="of $1:" '/^of / { on = $0 == begin; next } on' "$gdb_out"
}

like "$(of symbols)" '<pmapk_ready in \.text>$' "symbols that a log does not catch" ||
	diag "$(tail -3 "$gdb_err")"
for source in qemu gdbstub; do
	like "$(of $source)" '^0xffffffffc[0-9a-f]+ -> 0x' "what $source needs to know"
	like "$(of $source)" "^$source: " "it is the source"
done

# A pipe's process that ends before it has opened the file leaves it as it was.
gdb_run "$kernel" <<'END'
pmap gva2gpa &pmapk_ready --names
define _pm_caught
  pipe _pm_try $arg0 | cat >/dev/null
end
echo of another:\n
pmap gva2gpa (long)&tables+0x123 --names
output $pmap_status
END
like "$(of another)" '^0x[0-9a-f]+ -> [^<]*$' "without an answer an address has no name"
finish
