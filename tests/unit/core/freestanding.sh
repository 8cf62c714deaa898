#!/usr/bin/env bash
# The core as a kernel compiles it: no warning, and nothing left undefined, with
# every compiler there is, at every level of optimisation, for hosts of 64 and
# of 32 bits; and for a host, or a language, that is none of its, one line.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
srcdir=${srcdir:-$(cd "$(dirname "$0")/../../.." && pwd)}
# shellcheck source=tests/lib/tap.sh
. "$srcdir/tests/lib/tap.sh"

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

flags=(-std=c11 -Wall -Wextra -Werror -ffreestanding -fno-pic
	-fno-stack-protector)
x86_64=(-m64 -mgeneral-regs-only -mcmodel=kernel -mno-red-zone)

# compiles WHAT COMPILER OPTION...
compiles()
{
	local what=$1

	shift
	rm -f "$dir/core.o"
	"$@" "${flags[@]}" -I"$srcdir/include" -o "$dir/core.o" \
		-c "$srcdir/tests/unit/core/freestanding.c" 2>"$dir/log"
	ok "$what compiles without a warning" test -s "$dir/core.o" ||
		diag "$(head -n 20 "$dir/log")"
	is "$(nm -u "$dir/core.o" 2>&1 | grep -vw "${allowed:-none}")" '' \
		"$what: nothing is undefined"
}

# A kernel may not use these registers, and what has no 64-bit load uses them.
no_float()
{
	is "$(objdump -d "$dir/core.o" | grep -cE '%(st|xmm|mm[0-7])|fild|fist')" \
		0 "$1: no floating-point or vector register"
}

# What a host of 32 bits makes of 64-bit entries: run where one can be had.
runs32()
{
	local status

	$1 -m32 -O2 "${flags[@]}" -I"$srcdir/include" -nostdlib -static \
		-Wl,--build-id=none -o "$dir/host32" \
		"$srcdir/tests/unit/core/host32.c" 2>"$dir/log"
	ok "$1 -m32: a program of its own" test -x "$dir/host32" ||
		diag "$(head -n 20 "$dir/log")"
	"$dir/host32" 2>>"$dir/log"
	status=$?
	if [ $status = 126 ]; then
		diag "$1 -m32: this kernel runs no 32-bit programs"
	else
		is "$status" 0 "$1 -m32: maps, walks and unmaps by halves"
	fi
}

# refuses WHAT MESSAGE COMPILER OPTION...
refuses()
{
	local what=$1 message=$2

	shift 2
	echo '#include <pml/pml.h>' >"$dir/host.c"
	"$@" -ffreestanding -I"$srcdir/include" -o "$dir/host.o" \
		-c "$dir/host.c" 2>"$dir/log"
	like "$(grep -m 1 'error' "$dir/log")" "$message" "$what: says why not"
}

compilers=0
for cc in gcc clang; do
	if ! command -v $cc >/dev/null; then
		diag "there is no $cc here"
		continue
	fi
	compilers=$((compilers + 1))
	for level in 0 1 2 3 s; do
		compiles "$cc -O$level" $cc -O$level "${x86_64[@]}"
	done
	# Clang without optimisation copies structs by memcpy() there.
	allowed=memcpy compiles "$cc -m32 -O0" $cc -O0 -m32 -mgeneral-regs-only
	compiles "$cc -m32 -O2" $cc -O2 -m32 -mgeneral-regs-only
	compiles "$cc -m32, any register" $cc -O2 -m32 -march=i686
	no_float "$cc -m32"
	runs32 $cc
	# GCC's C++ is a package of its own.
	if [ $cc = gcc ] && [ ! -x "$(gcc -print-prog-name=cc1plus)" ]; then
		skip "gcc, C++: says why not" "this gcc has no C++ (package g++)"
	else
		refuses "$cc, C++" 'pml is C: ' $cc -x c++ -std=c++17
	fi
done
ok 'there is a compiler' test $compilers -gt 0

# Clang has every architecture at hand.  For some it copies structs by memcpy(),
# which it may in any freestanding program.
if command -v clang >/dev/null; then
	allowed=memcpy
	for target in aarch64-none-elf riscv64-none-elf armv7a-none-eabi; do
		compiles "clang for $target" clang -O2 --target=$target
	done
	for target in powerpc64-none-elf mips-none-elf; do
		refuses "clang for $target" 'little-endian' clang --target=$target
	done
	refuses "clang for msp430" 'pointers of 32 or 64 bits' \
		clang --target=msp430
fi
finish
