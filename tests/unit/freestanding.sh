#!/usr/bin/env bash
# The core as a kernel compiles it: no warning, and nothing left undefined, with
# every compiler there is and at every level of optimisation.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=tests/lib/tap.sh
. "$srcdir/tests/lib/tap.sh"

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

flags=(-std=c11 -Wall -Wextra -Werror -ffreestanding -mgeneral-regs-only
	-mcmodel=kernel -mno-red-zone -fno-pic -fno-stack-protector)
compilers=0
for cc in gcc clang; do
	if ! command -v $cc >/dev/null; then
		diag "there is no $cc here"
		continue
	fi
	compilers=$((compilers + 1))
	for level in 0 1 2 3 s; do
		rm -f "$dir/core.o"
		$cc "${flags[@]}" -O$level -I"$srcdir/include" -o "$dir/core.o" \
			-c "$srcdir/tests/unit/freestanding.c" 2>"$dir/log"
		ok "$cc -O$level compiles without a warning" \
			test -s "$dir/core.o" || diag "$(cat "$dir/log")"
		is "$(nm -u "$dir/core.o" 2>&1)" '' \
			"$cc -O$level: nothing is undefined"
	done
done
ok 'there is a compiler' test $compilers -gt 0
finish
