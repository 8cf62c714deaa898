# A QEMU and a GDB of a test's own: sourced by bash.  Brings tap.sh along.
#
#	qemu_start ARG...		QEMU with a gdbstub and a monitor; waits until both answer
#	qemu_stop			ends it (the end of the test does so, too)
#	serial_wait REGEX [SECONDS]	waits for a line on the serial port
#	hmp COMMAND			one monitor command; its output
#	gdb_run [ARG...] <SCRIPT	runs a script in GDB; $gdb_out, $gdb_err, $gdb_status
#	terminal_run "COMMAND" <KEYS	the same on a terminal, typed to
#	gdb_knows COMMAND		this GDB has it (gdb-minimal has no tui)
#	wait_until SECONDS COMMAND...	polls until COMMAND succeeds
#
# Files are in $tmp, which goes away at the end unless KEEP is set; sockets,
# too, so that nothing is shared with another session of this machine.  QEMU
# runs at once: give -S to have it wait for GDB.
#
# Environment: srcdir and builddir (the top of each tree; `make check` sets
# them, by hand they are guessed), QEMU, GDB, SESSION_LIMIT (seconds after which
# GDB is ended whatever happens; QEMU, which many of them may share, after
# TEST_LIMIT), KEEP.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash

# A make that a test runs is none of the `make check` that runs the test.
unset MAKEFLAGS MFLAGS MAKELEVEL

session_guess_trees()
{
	local top

	top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 99
	srcdir=${srcdir:-$top}
	if [ -z "${builddir:-}" ]; then
		builddir=$PWD
		[ -f "$builddir/config.status" ] || builddir=$top/build
		[ -f "$builddir/config.status" ] || builddir=$top
	fi
}

session_guess_trees
. "$srcdir/tests/lib/tap.sh"

QEMU=${QEMU:-qemu-system-x86_64}
GDB=${GDB:-gdb}
SESSION_LIMIT=${SESSION_LIMIT:-300}
TEST_LIMIT=${TEST_LIMIT:-900}
qemu_pid=
gdb_pid=

[ -f "$builddir/config.status" ] ||
	bail "no built tree: run this from one, or set builddir"
tmp=$(mktemp -d "${TMPDIR:-/tmp}/pmap-test.XXXXXX") || bail "mktemp failed"

# Both run under timeout(1), which passes the signal on to its child.
session_end_process()
{
	[ -n "$1" ] || return 0
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

session_end()
{
	local status=$?

	trap - EXIT
	session_end_process "$gdb_pid"
	session_end_process "$qemu_pid"
	if [ -n "${KEEP:-}" ]; then
		diag "kept: $tmp"
	else
		rm -rf "$tmp"
	fi
	exit "$status"
}

trap session_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

wait_until()
{
	local tries=$(($1 * 10))

	shift
	while ! "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

# A helper program of the build tree; `make check` has built it already.
session_need()
{
	[ -x "$builddir/$1" ] ||
		make -s -C "$builddir" "$1" >"$tmp/make.log" 2>&1 ||
		bail "cannot build $1: $(tail -n 1 "$tmp/make.log")"
}

hmp()
{
	"$builddir/tests/lib/hmp" "$tmp/monitor" "$@"
}

qemu_alive()
{
	[ -n "$qemu_pid" ] && kill -0 "$qemu_pid" 2>/dev/null
}

qemu_answers()
{
	# A QEMU that has ended need not be waited for.
	qemu_alive || return 0
	[ -S "$tmp/gdb" ] && [ -S "$tmp/monitor" ] &&
		hmp "info status" >/dev/null 2>&1
}

qemu_start()
{
	session_need tests/lib/hmp
	rm -f "$tmp/gdb" "$tmp/monitor"
	: >"$tmp/serial"
	timeout -k 5 "$TEST_LIMIT" "$QEMU" -nodefaults -no-user-config \
		-display none \
		-chardev "socket,path=$tmp/gdb,server=on,wait=off,id=stub" \
		-gdb chardev:stub \
		-chardev "socket,path=$tmp/monitor,server=on,wait=off,id=mon" \
		-mon chardev=mon,mode=readline -serial "file:$tmp/serial" \
		"$@" </dev/null >"$tmp/qemu.log" 2>&1 &
	qemu_pid=$!
	wait_until 60 qemu_answers || bail "QEMU does not answer"
	qemu_alive || bail "QEMU ended: $(tail -n 3 "$tmp/qemu.log")"
}

qemu_stop()
{
	session_end_process "$qemu_pid"
	qemu_pid=
}

session_serial_has()
{
	grep -Eq -e "$1" "$tmp/serial" || ! qemu_alive
}

# Fails with what the guest said last, where it does not come.
serial_wait()
{
	wait_until "${2:-60}" session_serial_has "$1"
	grep -Eq -e "$1" "$tmp/serial" && return 0
	diag "no match of '$1' on the serial port within ${2:-60} s:"
	diag "$(tail -n 15 "$tmp/serial")"
	diag "$(tail -n 5 "$tmp/qemu.log")"
	return 1
}

# What every script of a test begins with.  GDB reads no file of the user's.
session_preamble()
{
	cat <<-END
	set confirm off
	set pagination off
	set width 0
	set style enabled off
	set remotetimeout 20
	set architecture ${GDB_ARCH:-i386:x86-64}
	END
	[ -n "${GDB_NO_PLUGIN:-}" ] ||
		echo "source $builddir/gdbinit/pmap.gdb"
	[ -n "${GDB_NO_TARGET:-}" ] ||
		echo "target remote $tmp/gdb"
}

# Runs a command line on a terminal of its own, on which the standard input is
# typed; what a person would see goes to the standard output.  The limit is
# outside: timeout(1) takes what it runs out of the terminal's foreground
# wherever a shell waits for it, and there GDB would be stopped for ever.
terminal_run()
{
	SHELL=/bin/sh timeout -k 5 "$SESSION_LIMIT" \
		script -qec "exec $1" /dev/null
}

gdb_knows()
{
	! "$GDB" -nx -batch -ex "help $1" 2>&1 </dev/null |
		grep -q '^Undefined .*command'
}

# GDB runs in the background, so that a signal to the test ends it at once.
# Set GDB_NO_PLUGIN or GDB_NO_TARGET for a script that does without; GDB_ARCH
# to i386 for a 32-bit QEMU.
gdb_run()
{
	gdb_out=$tmp/gdb.out
	gdb_err=$tmp/gdb.err
	session_preamble >"$tmp/preamble.gdb"
	cat >"$tmp/script.gdb"
	timeout -k 5 "$SESSION_LIMIT" "$GDB" -nx -batch "$@" \
		-x "$tmp/preamble.gdb" -x "$tmp/script.gdb" \
		</dev/null >"$gdb_out" 2>"$gdb_err" &
	gdb_pid=$!
	wait "$gdb_pid"
	gdb_status=$?
	gdb_pid=
	return "$gdb_status"
}

# demo_entries VA: $pte and $pde, where the example kernel's demo has them for VA, in
# a guest of its own: sixteen digits.  They move when the kernel grows.
demo_entries()
{
	qemu_start -S -cpu max -m 128 -append mode=demo \
		-kernel "$builddir/kernel/pmapk.elf32"
	gdb_run "$builddir/kernel/pmapk.elf" <<-END
	hbreak pmapk_ready
	continue
	pmap walk $1
	END
	pte=$(awk '$1 == "PTE" { print $4 }' "$gdb_out")
	pde=$(awk '$1 == "PDE" { print $4 }' "$gdb_out")
	[ -n "$pte" ] && [ -n "$pde" ] || bail "no entries for $1: $(cat "$gdb_err")"
	qemu_stop
}
