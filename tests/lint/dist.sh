#!/usr/bin/env bash
# `make distcheck`: what a release has is enough to configure, build, test, install
# and uninstall, in a directory of its own and with sources that are read-only.
# All tests run elsewhere; a few are enough to see that they are in the release.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
builddir=${builddir:-$srcdir/build}
. "$srcdir/tests/lib/tap.sh"

# Not those of the make that runs this.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES TESTS
log=$(make -C "$builddir" distcheck check_PROGRAMS=tests/unit/core/formats-x86 \
	TESTS="tests/unit/core/formats-x86 tests/lint/rooms.sh" V=0 2>&1)
ok "make distcheck" [ $? -eq 0 ] || diag "$(tail -n 40 <<<"$log")"
like "$log" 'archives ready for distribution' "the release is there"
finish
