#!/usr/bin/env bash
# RISC-V's loads and stores as libopcodes knows them: random words, each with
# pmap's text and objdump's.
#
# Environment: SEED, for other words; BINUTILS_RISCV, what its names begin with.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
srcdir=${srcdir:-$(cd "$(dirname "$0")/../../.." && pwd)}
builddir=${builddir:-$PWD}
# shellcheck source=tests/lib/tap.sh
. "$srcdir/tests/lib/tap.sh"
# shellcheck source=tests/lib/decoder.sh
. "$srcdir/tests/lib/decoder.sh"

prefix=${BINUTILS_RISCV:-riscv64-linux-gnu-}
march=rv64gcvh_q_zfh_zicbom_zicbop_zicboz

decoder_begin insn-riscv "${prefix}objdump" binutils-riscv64-linux-gnu
# A disassembler goes by the attribute that says what the code may use.
echo nop | "${prefix}as" -march=$march -o "$dir/object" - &&
	"${prefix}objcopy" --update-section ".text=$dir/words" "$dir/object" ||
	bail "no object file of $march can be made"
# Of 16 bits the second line is C.NOP: each begins at a multiple of 4.
"${prefix}objdump" -d -z "$dir/object" | decoder_listing '[048c]' '#'

# Text for text; what pmap says is no instruction must be none for objdump.  What
# is newer than objdump may be none for it; what touches no memory has no name.
# A macro of the assembler, vmsge, matches everything that nothing else does.
decoder_compare '
	$5 ~ /^vmsge/ { $5 = ".4byte" }
	$4 != "" && $5 ~ /^\.[24]byte|^\.insn/ { next }
	$3 == "" && $2 ~ /^\.[24]byte/ && $5 !~ /\(/ { next }
	$3 == "" && $2 != $5 { print $1 ": " $2 " | " $5 }
	$3 ~ /^no instruction/ && $2 ~ /^\./ && $5 !~ /^\.[24]byte|^\.insn|^unimp/ { print $1 ": none | " $5 }
'
finish
