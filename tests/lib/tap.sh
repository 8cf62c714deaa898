# TAP for shell tests: sourced by bash.
#
#	ok WHAT COMMAND [ARG...]	passes where COMMAND succeeds
#	is GOT EXPECTED WHAT		strings that must be equal
#	like GOT REGEX WHAT		an extended regular expression that must match;
#					an empty one, which matches all, never does
#	unlike GOT REGEX WHAT		one that must not
#	same_file GOT EXPECTED WHAT	files that must be equal; else their diff
#	pass WHAT, fail WHAT		the result is known already
#	skip WHAT WHY			it cannot be tried here
#	diag TEXT...			a comment, with the results
#	bail TEXT...			nothing more can be tested: ends all tests
#	finish				the plan and the exit status; the last call
#
# None of them works in a subshell or behind a pipe: the count would be lost.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash

tap_count=0
tap_failed=0

diag()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

pass()
{
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s\n' "$tap_count" "$*"
}

skip()
{
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

# The command that runs this test alone, said once.
tap_reproduce()
{
	[ "$tap_failed" -eq 1 ] || return 0
	diag "reproduce: cd ${builddir:-$PWD} && srcdir=${srcdir:-.} $BASH $0"
}

fail()
{
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_count" "$*"
	# tests/mutate wants to know whether, not what.
	[ -z "${TAP_STOP:-}" ] || exit 1
	tap_reproduce
	return 1
}

ok()
{
	local what=$1

	shift
	if "$@"; then
		pass "$what"
	else
		fail "$what"
		diag "command failed: $*"
		return 1
	fi
}

tap_mismatch()
{
	diag "$1:"
	diag "$2"
	diag "got:"
	diag "$3"
}

is()
{
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3"
		tap_mismatch "expected" "$2" "$1"
		return 1
	fi
}

like()
{
	if [ -n "$2" ] && printf '%s\n' "$1" | grep -Eq -e "$2"; then
		pass "$3"
	else
		fail "$3"
		tap_mismatch "expected a match of" "$2" "$1"
		return 1
	fi
}

unlike()
{
	if ! printf '%s\n' "$1" | grep -Eq -e "$2"; then
		pass "$3"
	else
		fail "$3"
		tap_mismatch "expected no match of" "$2" "$1"
		return 1
	fi
}

same_file()
{
	if cmp -s "$1" "$2"; then
		pass "$3"
	else
		fail "$3"
		diag "-expected +got, the first lines that differ:"
		diag "$(diff -U0 "$2" "$1" 2>&1 | head -n 20)"
		return 1
	fi
}

bail()
{
	printf 'Bail out! %s\n' "$*"
	exit 99
}

finish()
{
	printf '1..%d\n' "$tap_count"
	[ "$tap_failed" -eq 0 ]
	exit
}
