#!/usr/bin/env bash
# A thread that goes away in the middle of a command, as a CPU that is unplugged:
# the command ends with one line, and nothing of an older one is taken for its answer.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/trial.sh"

session_need tests/lib/cut
trial_start -smp 2 -name trial

# gone N COMMAND: thread 1 is not there when GDB asks for the N-th time.
gone()
{
	TRIAL_NO_TARGET=1 trial_run <<-END
	target remote | exec $builddir/tests/lib/cut $tmp/gdb $1 dead
	set \$i = 0
	while \$i < 3
	echo --\n
	$2
	set \$i = \$i + 1
	end
	echo status=
	output \$pmap_status
	echo \n
	detach
	END
}

deepest=0
# gone_at COMMAND N...
gone_at()
{
	local command=$1 said warnings n

	shift
	for n; do
		gone "$n" "$command"
		said=$(cat "$trial_out")
		warnings=$(grep -c 'terminated' "$gdb_err")
		[ "$warnings" -le "$deepest" ] || deepest=$warnings
		like "$said" '^pmap: the target failed while it was read' "$command, $n: it is said" ||
			diag "$(tail -n 5 "$gdb_err")"
		like "$said" '^status=13$' "$command, $n: and is the status"
		# Each of the three says one thing, an answer or that.
		is "$(awk '/^--/ { n++; said = 0; next } /^status=/ { exit }
			/^(pmap:|0x)/ && n && ++said > 1 { print n ": " $0 }' <<<"$said")" "" \
			"$command, $n: once"
	done
}

gone_at 'pmap trial user 1+1' 1 2 3
gone_at 'pmap trial quiet $cs' 1 2 3 4
gone_at 'pmap trial monitor info name' 2 3 4
gone_at 'pmap trial physical 0x1000' 1 2 3 4 5 6
ok "GDB is not asked again and again ($deepest times)" test "$deepest" -le 12
finish
