#!/usr/bin/env bash
# Ctrl-C at any moment: the command ends, GDB says Quit, and memory mode,
# logging, language, signal handler and the next command are as they should be.
#
# ROUNDS=N for more of them.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/trial.sh"

ROUNDS=${ROUNDS:-24}

# A GDB that reads what the test types, as it goes.
gdb_open()
{
	rm -f "$tmp/type"
	mkfifo "$tmp/type"
	{ session_preamble | grep '^set '; trial_script </dev/null; } \
		>"$tmp/preamble.gdb"
	"$GDB" -q -nx -ex 'set prompt' -x "$tmp/preamble.gdb" \
		<"$tmp/type" >"$tmp/said" 2>&1 &
	gdb_pid=$!
	exec 9>"$tmp/type"
	said_to --begin-- || bail "GDB does not start: $(tail -n 3 "$tmp/said")"
}

gdb_close()
{
	exec 9>&-
	wait "$gdb_pid"
	gdb_status=$?
	gdb_pid=
}

says()
{
	grep -q -e "$1" "$tmp/said" || ! kill -0 "$gdb_pid" 2>/dev/null
}

said_to()
{
	wait_until 20 says "$1" && grep -q -e "$1" "$tmp/said"
}

n=0
# Type lines, wait until they are done; their output is in $answer.
ask()
{
	n=$((n + 1))
	printf '%s\n' "echo \\n--do-$n--\\n" "$1" "echo \\n--done-$n--\\n" >&9
	said_to "^--done-$n--" || return 1
	answer=$(sed -n "/^--do-$n--/,/^--done-$n--/p" "$tmp/said" |
		sed '1d;$d')
}

quits()
{
	grep -c 'Quit$' "$tmp/said"
}

quit_came()
{
	[ "$(quits)" -gt "$1" ] || ! kill -0 "$gdb_pid" 2>/dev/null
}

# Typed at the start of what is to be interrupted.  A Ctrl-C before GDB has read
# it would end nothing.
begun='if $new
set $new = 0
echo \n--begun--\n
end'

has_begun()
{
	[ "$(grep -c '^--begun--' "$tmp/said")" -gt "$1" ] ||
		! kill -0 "$gdb_pid" 2>/dev/null
}

# interrupt COMMANDS SECONDS: type, wait, Ctrl-C; succeeds when GDB says Quit
interrupt()
{
	local before began

	before=$(quits)
	began=$(grep -c '^--begun--' "$tmp/said")
	printf '%s\n' 'set $new = 1' "$1" >&9
	wait_until 20 has_begun "$began" || return 1
	sleep "$2"
	kill -INT "$gdb_pid"
	wait_until 10 quit_came "$before" && [ "$(quits)" -gt "$before" ]
}

trial_start -name trial
gdb_open
ask 'echo ready\n'

# sigint SigCgt: GDB's handler is there, whatever its address; what counts is
# that it does what it did.
ok "a walk in virtual memory ends" interrupt "$begun
pmap trial spin" 0.5
ask 'output $pmap_status'
is "$answer" 14 "with its status"
ok "one in physical memory ends" interrupt "$begun
pmap trial spin physical" 0.5
is "$(grep -c '^spun, physical [01]$' "$tmp/said")" 2 "and both tell what they have"
ask 'maintenance packet qqemu.PhyMemMode'
like "$answer" 'received: "0"' "memory is virtual"
ok "a loop of the user's ends, too" interrupt "while 1
$begun
pmap trial spin
end" 0.5
ok "GDB's own loops end by Ctrl-C as before" interrupt "while 1
$begun
end" 0.3
ask 'pmap trial words well'
like "$answer" '\[well\]' "pmap is well"

# At random moments of all kinds of commands.
bad=0
rounds()
{
	local i command moment

	for i in $(seq "$ROUNDS"); do
		case $((i % 4)) in
		0) command='pmap trial physical 0xfffffff0' ;;
		1) command='pmap trial monitor info name' ;;
		2) command='pmap trial quiet $cr3 $cs' ;;
		3) command='pmap trial user $pc' ;;
		esac
		moment=0.$(printf '%03d' $((RANDOM % 200 + 10)))
		interrupt "while 1
$begun
$command
end" "$moment" || { diag "no Quit: $command, $moment s"; bad=$((bad + 1)); }
		ask 'maintenance packet qqemu.PhyMemMode
show logging enabled
show logging file
show logging redirect
show language
show debuginfod urls
show max-value-size
pmap trial physical 0xfffffff0' || { diag "GDB is gone"; return 1; }
		[ "$(tr -d '\r' <<<"$answer" | grep -v '^$')" = \
			"$(cat "$tmp/want")" ] && continue
		bad=$((bad + 1))
		diag "$command, $moment s: $answer"
	done
}

cat >"$tmp/want" <<'END'
sending: qqemu.PhyMemMode
received: "0"
Logging is disabled.
The current logfile is "gdb.txt".
The logging output mode is "off".
The current source language is "auto; currently c".
Debuginfod URLs have not been set.
Maximum value size is 65536 bytes.
END
ask "$(sed -n '1!p' <<'END'

maintenance packet qqemu.PhyMemMode
show logging enabled
show logging file
show logging redirect
show language
show debuginfod urls
show max-value-size
pmap trial physical 0xfffffff0
END
)"
tr -d '\r' <<<"$answer" | grep -v '^$' >"$tmp/want"
like "$(cat "$tmp/want")" '^0x.*5bea$' "what is to be the same"
ok "$ROUNDS interrupted loops" rounds
is "$bad" 0 "all is as before after each"
takes_sigint()
{
	(($(sed -n 's/^SigBlk:[[:space:]]*/0x/p' "/proc/$gdb_pid/status") & 2)) && return 1
	return 0
}
ok "GDB takes Ctrl-C after each" wait_until 5 takes_sigint

# While the user is logging.
ask "set logging file $tmp/user.log
set logging enabled on"
ok "a walk while logging ends" interrupt "$begun
pmap trial spin physical" 0.5
ask 'show logging enabled
maintenance packet qqemu.PhyMemMode'
like "$answer" 'Logging is enabled|enabled: *on' "the log is still open"
like "$answer" 'received: "0"' "and memory virtual"
ask 'set logging enabled off'
like "$(cat "$tmp/user.log")" 'spun, physical 1' "and the log has it"

# GDB has shut out Ctrl-C for the window, and never comes back to it.
ask 'define _pm_window
append binary value /proc/self/fd/700 $pmap__p
_pm_view 1
shell grep SigBlk /proc/$PPID/status
end
define _pm_physical
_pm_caught _pm_window
shell grep SigBlk /proc/$PPID/status
end
set confirm off
pmap trial physical 0xfffffff0'
# SIGINT is the second bit.
like "$answer" '^SigBlk:.*[2367abef]$' "Ctrl-C is shut out"
ok "a timer lets it in again" interrupt "while 1
$begun
end" 0.1 || kill -9 "$gdb_pid"
ok "and it stays so" takes_sigint
gdb_close
is "$gdb_status" 0 "GDB ends well"
finish
