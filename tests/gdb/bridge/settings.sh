#!/usr/bin/env bash
# Whatever GDB is set to, pmap's answers are the same, and its settings are what
# they were.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

kernel=$builddir/kernel/pmapk.elf

# Settings that people have, each with how it is shown before and after.
settings()
{
	cat <<'END'
input-radix 16
output-radix 16
radix 16
radix 8
max-value-size 16384
width 100
print elements 1
print repeats 1
print null-stop on
print max-depth 0
print pretty on
print symbol off
print address off
print union off
case-sensitive off
check range on
check type off
schedule-multiple on
scheduler-locking on
target-charset ISO-8859-15
target-wide-charset UTF-16
verbose on
unwindonsignal on
stack-cache off
code-cache off
language ada
language pascal
language rust
language fortran
language minimal
END
}

questions()
{
	cat <<-END
	pmap gva2gpa 0x400123
	printf "%d\\n", \$pmap_status
	pmap walk \$pc
	pmap dump 0x400000 +0x3000
	pmap gva2gpa \$nosuch
	pmap source
	pipe pmap dump --leaves --json | md5sum
	printf "%d\\n", \$pmap_ranges
	END
}

# Of several values the last is the setting's own.
shown()
{
	echo "echo == $1\\n"
	echo "with language c -- output \$_gdb_setting(\"max-value-size\")"
	echo 'echo \n'
	echo "with language c -- output \$_gdb_setting(\"input-radix\")"
	echo 'echo \n'
	[ "${1%% *}" = radix ] || echo "show ${1% *}"
}

script()
{
	local setting

	echo 'hbreak pmapk_ready'
	echo 'continue'
	echo 'pmap info'
	while read -r setting; do
		echo "set $setting"
		shown "$setting"
		echo "echo == answers\\n"
		questions
		shown "$setting"
		echo "echo == end\\n"
		case $setting in
		*radix*) echo "set radix 0xa" ;;
		max-value-size*) echo "set max-value-size 65536" ;;
		*) echo "set ${setting% *} $(default "${setting% *}")" ;;
		esac
	done
}

default()
{
	case $1 in
	width) echo 0 ;;
	"print elements") echo 200 ;;
	"print repeats") echo 10 ;;
	"print max-depth") echo 20 ;;
	"print symbol" | "print address" | "print union" | "check type" | stack-cache | code-cache) echo on ;;
	case-sensitive | "check range" | target-charset | target-wide-charset | language) echo auto ;;
	scheduler-locking) echo replay ;;
	*) echo off ;;
	esac
}

# part N: what the N-th setting's session said, without what differs
answers()
{
	awk -v n="$1" '/^== answers/ { i++; on = i == n; next } /^== / { on = 0 } on' \
		"$gdb_out"
}

# Before (K even) and after (K odd) the answers.
settings_shown()
{
	awk -v n="$1" '/^== / { i += !/answers|end/; on = i == n && !/answers|end/; next } on' \
		"$gdb_out"
}

qemu_start -S -cpu max -m 128 -append mode=demo -kernel "$kernel"32
{ echo "print pretty off"; settings; } >"$tmp/settings"
gdb_run "$kernel" < <(script <"$tmp/settings")
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"
answers 1 >"$tmp/plain"
is "$(wc -l <"$tmp/plain")" 21 "the plain answers" || diag "$(cat "$tmp/plain")"
n=0
while read -r setting; do
	n=$((n + 1))
	answers $n >"$tmp/answers"
	same_file "$tmp/answers" "$tmp/plain" "set $setting: the same answers"
	is "$(settings_shown $((2 * n)))" "$(settings_shown $((2 * n - 1)))" \
		"set $setting: and GDB's setting is what it was"
done <"$tmp/settings"

finish
