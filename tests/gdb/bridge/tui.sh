#!/usr/bin/env bash
# In GDB's text user interface, whose windows read registers and code: not while
# the stub's memory is physical.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/trial.sh"

if ! script --version >/dev/null 2>&1; then
	skip "the text user interface" "needs script(1)"
	finish
fi
if ! gdb_knows "tui enable"; then
	skip "the text user interface" "this GDB was built without it"
	finish
fi

trial_start -trace "enable=gdbstub_io_command,file=$tmp/trace" -name trial
{
	session_preamble | grep '^set '
	trial_script <<-'END'
	tui enable
	layout regs
	pmap trial physical 0xfffffff0
	layout asm
	pmap trial physical 0x9fc00
	pmap trial monitor info name
	pmap trial quiet $cs
	pmap trial user 1+1
	pmap trial long 200
	stepi
	pmap trial physical 0xfffffff0
	focus cmd
	tui disable
	maintenance packet qqemu.PhyMemMode
	pmap trial words after
	quit
	END
} >"$tmp/tui.gdb"
cat >"$tmp/run" <<END
stty rows 40 cols 100
exec $GDB -q -nx -x $tmp/tui.gdb
END
TERM=xterm terminal_run "sh $tmp/run" </dev/null >"$tmp/screen" 2>&1

# The screen, without where things are on it.
sed 's/\x1b\[[0-9;?]*[A-Za-z]/\n/g; s/\x1b[()][A-Z0-9]//g; s/\r//g' \
	"$tmp/screen" >"$tmp/said"
like "$(grep 'PC:' "$tmp/said")" 'Thread 1\.1.* PC: 0x' "there are windows"
like "$(cat "$tmp/said")" '^0x[0-9a-f]*5bea' "physical memory"
like "$(cat "$tmp/said")" '7 bytes: trial' "the monitor"
like "$(cat "$tmp/said")" 'line 000000199 of the long text' "a long text"
like "$(cat "$tmp/said")" '^\[after\]' "and afterwards"
like "$(cat "$tmp/said")" 'received: "0"' "memory is virtual"
is "$(awk '/PhyMemMode:1/ { on = 1 } /PhyMemMode:0/ { on = 0 }
	on && /Received: m/ { print $NF }' "$tmp/trace" | paste -sd' ')" \
	"mfffffff0,8 m9fc00,8 mfffffff0,8" \
	"nothing but that is read in physical mode"
ok "the windows do read" grep -q 'Received: mff[f0-9]' "$tmp/trace"
finish
