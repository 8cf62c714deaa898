#!/usr/bin/env bash
# Targets that are programs: under QEMU's user mode emulation, whose stub shows
# control registers of no page tables, and under gdbserver.  Each answer says
# what the target is.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

program=$(type -P true)
GDB_NO_TARGET=1

# says WHAT UNDER "COMMAND": how GDB is connected
says()
{
	local what=$1 under=$2

	gdb_run <<END
$3
echo @info\\n
pmap info
printf "root %d\\n", \$_isvoid(\$pmap_root)
echo @walk\\n
pmap walk \$pc
echo @dump\\n
pmap dump
echo @gva2gpa\\n
pmap gva2gpa \$pc
printf "status %d\\n", \$pmap_status
echo @source\\n
pmap source
echo @end\\n
kill
END
	is "$gdb_status" 0 "$what: GDB ends well" || diag "$(tail -n 5 "$gdb_err")"
	cat "$gdb_out" "$gdb_err" >"$tmp/all"
	under="the target is a program under $under, and has no page tables of its own"
	like "$(sed -n '/^@info/,/^@walk/p' "$gdb_out")" "^paging +none: $under: " \
		"$what: info has no paging mode, and says what it is"
	like "$(sed -n '/^@info/,/^@walk/p' "$gdb_out")" '^root 1$' "$what: and no root"
	unlike "$(sed -n '/^@info/,/^@walk/p' "$gdb_out")" '^(root  |paging +x86-64)' \
		"$what: not even one of the registers that the stub shows"
	is "$(grep -Ec "^  qemu: $under" "$tmp/all")" 3 "$what: so say walk, dump and gva2gpa"
	like "$(cat "$gdb_out")" '^status [1-9]' "$what: and a status of failure"
	like "$(sed -n '/^@source/,/^@end/p' "$gdb_out")" "^    declined: $under: .*source linear" \
		"$what: and source, with what may be done"
}

if command -v qemu-x86_64 >/dev/null; then
	qemu-x86_64 -g "$tmp/user" "$program" >/dev/null 2>&1 &
	user=$!
	wait_until 30 test -S "$tmp/user"
	says "user mode emulation" "QEMU's user mode emulation \\(qemu-x86_64\\)" \
		"target remote $tmp/user"
	# It has ended with GDB's kill; where GDB came to none, here.
	kill "$user" 2>/dev/null
	wait "$user"
else
	skip "user mode emulation" "no qemu-x86_64 (Debian: qemu-user)"
fi

if command -v gdbserver >/dev/null; then
	says gdbserver gdbserver "target remote | exec gdbserver --once - $program 2>/dev/null"
else
	skip gdbserver "none here"
fi

finish
