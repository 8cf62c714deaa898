#!/usr/bin/env bash
# The tests' own house: QEMU starts, answers on both sockets, serves GDB, ends.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

qemu_start -S -m 16
like "$(hmp "info status")" 'paused \(prelaunch\)' "QEMU waits where told to"
is "$(hmp "info name" "info status" | wc -l)" 1 "several commands, one answer each"

GDB_NO_PLUGIN=1
gdb_run <<'END'
output/x $cs
echo \n
END
is "$gdb_status" 0 "GDB ends with success" || diag "$(cat "$gdb_err")"
like "$(cat "$gdb_out")" '^0xf000$' "GDB reads a register"

gdb_run <<'END'
print $no_such_function()
END
is "$gdb_status" 1 "a failing last command is GDB's exit status"

ok "GDB left QEMU alive" qemu_alive
pid=$qemu_pid
qemu_stop
ok "QEMU ends" eval '! kill -0 "$pid" 2>/dev/null'

qemu_start -S -m 16
like "$(hmp "info status")" 'prelaunch' "a second QEMU in the same session"
finish
