#!/usr/bin/env bash
# cppcheck over the plugin.  Left out: what it takes for uninitialised although a
# function is called for just that (ctuuninitvar), and loops that count to a bool;
# by file, what it does not see: a structure's first member is the structure, a
# cleanup attribute, a buffer that is not read where nothing was written.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
builddir=${builddir:-$srcdir/build}
. "$srcdir/tests/lib/tap.sh"

if ! command -v cppcheck >/dev/null; then
	skip "the plugin's C" "needs cppcheck"
	finish
fi

is "$(cppcheck -q --max-configs=1 --std=c11 --language=c \
	--enable=warning,portability --template=gcc \
	--suppress=ctuuninitvar --suppress=compareBoolExpressionWithInt \
	--suppress=toomanyconfigs --suppress='memleak:*/gdbstub.c' \
	--suppress='resourceLeak:*/peer.c' --suppress='uninitvar:*/text.c' \
	-I"$srcdir/include" -I"$srcdir/src" -I"$builddir/src" -I"$builddir" \
	--include="$builddir/config.h" "$srcdir/src" 2>&1)" "" \
	"cppcheck has nothing to say"

finish
