# A GDB that reads commands as a person types them: sourced by bash, after
# session.sh.
#
#	gdb_typed [FILE] <SCRIPT	an error ends no session; else as gdb_run
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash

gdb_typed()
{
	gdb_out=$tmp/gdb.out
	gdb_err=$tmp/gdb.err
	session_preamble >"$tmp/preamble.gdb"
	cat >"$tmp/typed"
	timeout -k 5 "$SESSION_LIMIT" "$GDB" -nx -q -x "$tmp/preamble.gdb" \
		"$@" <"$tmp/typed" >"$gdb_out" 2>"$gdb_err" &
	gdb_pid=$!
	wait "$gdb_pid"
	gdb_status=$?
	gdb_pid=
	# Without a terminal the prompts stay.
	sed -i 's/^\((gdb) \)*//' "$gdb_out"
}
