# The bridge on trial: sourced by bash.  Brings session.sh along.
#
#	trial_run [ARG...] <SCRIPT	gdb_run with the trial plugin and `pmap trial`;
#					$trial_out is what the script itself printed
#	trial_type [ARG...] <SCRIPT	the same, typed: errors do not end it
#	trial_start			a QEMU that never ran: real mode, no kernel
#
# In the script, the target is connected; see tests/gdb/bridge/trial.c for the commands.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/session.sh"

for trial_part in tests/gdb/bridge/trial.la tests/gdb/bridge/other-reader.la \
	tests/gdb/bridge/trial.gdb; do
	[ -f "$builddir/$trial_part" ] ||
		make -s -C "$builddir" "$trial_part" >"$tmp/make.log" 2>&1 ||
		bail "cannot build $trial_part: $(tail -n 1 "$tmp/make.log")"
done

trial_script()
{
	echo "set print inferior-events off"
	[ -n "${TRIAL_NO_PLUGIN:-}" ] || cat <<-END
	source $builddir/tests/gdb/bridge/trial.gdb
	define pmap trial
	$(sed -n '/^define pmap dump$/,/^end$/p' "$builddir/gdbinit/commands.gdb" |
		sed '1d;$d;s/wdump/wtrial/')
	end
	END
	[ -n "${TRIAL_NO_TARGET:-}" ] || echo "target remote $tmp/gdb"
	echo "echo --begin--\\n"
	cat
}

trial_run()
{
	trial_script >"$tmp/trial.gdb"
	GDB_NO_PLUGIN=1 GDB_NO_TARGET=1 gdb_run "$@" <"$tmp/trial.gdb"
	trial_out=$tmp/trial.out
	sed '1,/^--begin--$/d' "$gdb_out" >"$trial_out"
}

trial_start()
{
	qemu_start -S -m 16 "$@"
}

# As a person types: an error does not end the session.  GDB's complaints are
# among the output, where they belong.
trial_type()
{
	cat >"$tmp/typed.gdb"
	{ session_preamble | grep "^set "; trial_script </dev/null; } \
		>"$tmp/preamble.gdb"
	timeout -k 5 "$SESSION_LIMIT" "$GDB" -q -nx -ex 'set prompt' "$@" \
		-x "$tmp/preamble.gdb" \
		<"$tmp/typed.gdb" >"$tmp/gdb.out" 2>&1 &
	gdb_pid=$!
	wait "$gdb_pid"
	gdb_status=$?
	gdb_pid=
	gdb_out=$tmp/gdb.out
	trial_out=$tmp/trial.out
	sed '1,/^--begin--$/d' "$gdb_out" >"$trial_out"
}
