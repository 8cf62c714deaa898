#!/usr/bin/env bash
# Long answers of QEMU's monitor: thousands of lines, each of which GDB
# acknowledges while QEMU does not read.  Whoever is connected how, neither may
# wait for the other, and the connection is GDB's own again afterwards.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/trial.sh"

# Two that wait for each other would do so until somebody ends them.
SESSION_LIMIT=${MONITOR_LIMIT:-120}

# shellcheck disable=SC2054 # commas are QEMU's
machine=(-accel tcg,thread=single -smp 64)

# Its lines, without what changes while the guest runs between the sessions and
# without carriage returns, which pmap shows as question marks.
lines()
{
	sed 's/[\r?]$//; s/=.*//'
}

long_answer()
{
	sed '/^--end--$/,$d; 1s/^[0-9]* bytes: //' "$trial_out" | lines \
		>"$tmp/answer"
	same_file "$tmp/answer" "$tmp/expected" "$1" ||
		diag "$gdb_status: $(tail -n 3 "$gdb_err")"
}

question='pmap trial monitor info registers -a
echo --end--\n'

trial_start "${machine[@]}"
hmp "info registers -a" | lines >"$tmp/expected"
ok "an answer of a thousand lines and more" \
	test "$(wc -l <"$tmp/expected")" -gt 1000

# GDB's sockets, by number and kernel's name.
cat >"$tmp/sockets" <<'END'
for fd in /proc/$1/fd/*; do
	echo "$fd $(readlink "$fd")"
done | grep socket: >"$2"
END
trial_run <<END
shell sh $tmp/sockets \$PPID $tmp/before
$question
shell sh $tmp/sockets \$PPID $tmp/after
END
long_answer "by a Unix socket"
ok "GDB's connection is a socket" test -s "$tmp/before"
same_file "$tmp/after" "$tmp/before" "GDB has its own socket again, and no other"

trial_run <<END
set logging file $tmp/user.log
set logging enabled on
$question
set logging enabled off
END
long_answer "while the user is logging"

trial_run <<END
set \$pmap__slow = 1
$question
END
long_answer "without debuginfod"

# A pair of sockets that GDB has made, and a connection that ends in the middle.
cat >"$tmp/qemu" <<END
exec $QEMU -nodefaults -no-user-config -display none -S -m 16 \
	${machine[*]} -gdb stdio -monitor none
END
trial_type <<END
pmap trial monitor quit
shell sh $tmp/sockets \$PPID $tmp/after
set remotetimeout 60
target remote | exec sh $tmp/qemu
pmap trial words alive
echo --begin--\n
$question
kill
END
is "$(cat "$tmp/after")" "" "QEMU ends while it answers: so does the connection"
like "$(cat "$trial_out")" '^\[alive\]$' "GDB goes on with another QEMU" ||
	diag "$(cat "$trial_out")"
qemu_stop
sed -i '1,/^--begin--$/d' "$trial_out"
long_answer "by a pair of sockets"
finish
