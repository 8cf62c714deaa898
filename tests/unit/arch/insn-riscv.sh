#!/usr/bin/env bash
# RISC-V's loads and stores as libopcodes knows them: 60,000 random words, each
# with pmap's text and objdump's.
#
# Environment: SEED, for other words; BINUTILS_RISCV, what its names begin with.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
srcdir=${srcdir:-$(cd "$(dirname "$0")/../../.." && pwd)}
builddir=${builddir:-$PWD}
# shellcheck source=tests/lib/tap.sh
. "$srcdir/tests/lib/tap.sh"

prefix=${BINUTILS_RISCV:-riscv64-linux-gnu-}
objdump=${prefix}objdump
march=rv64gcvh_q_zfh_zicbom_zicbop_zicboz
seed=${SEED:-20261129}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

if ! command -v "$objdump" >/dev/null; then
	skip "objdump's text" "no $objdump here (Debian: binutils-riscv64-linux-gnu)"
	finish
fi
program=$builddir/tests/unit/arch/insn-riscv
[ -x "$program" ] || make -s -C "$builddir" tests/unit/arch/insn-riscv >&2 ||
	bail "cannot build $program"
"$program" "$seed" 60000 "$dir/words" >"$dir/ours" || bail "$program fails"
# A disassembler goes by the attribute that says what the code may use.
echo nop | "${prefix}as" -march=$march -o "$dir/object" - &&
	"${prefix}objcopy" --update-section ".text=$dir/words" "$dir/object" ||
	bail "no object file of $march can be made"
# Of 16 bits the second line is C.NOP: each begins at a multiple of 4.
"$objdump" -d -z "$dir/object" |
	awk -F '\t' '/^ +[0-9a-f]*[048c]:/ {
		text = $3 (NF > 3 ? " " $4 : "")
		sub(/[ \t]*#.*/, "", text)
		sub(/[ \t]+$/, "", text)
		print text
	}' >"$dir/theirs"
is "$(wc -l <"$dir/theirs")" 60000 "objdump has as many"

# Text for text; what pmap says is no instruction must be none for objdump.  What
# is newer than objdump may be none for it; what touches no memory has no name.
# A macro of the assembler, vmsge, matches everything that nothing else does.
paste "$dir/ours" "$dir/theirs" | awk -F '\t' '
	$5 ~ /^vmsge/ { $5 = ".4byte" }
	$4 != "" && $5 ~ /^\.[24]byte|^\.insn/ { next }
	$3 == "" && $2 ~ /^\.[24]byte/ && $5 !~ /\(/ { next }
	$3 == "" && $2 != $5 { print $1 ": " $2 " | " $5 }
	$3 ~ /^no instruction/ && $2 ~ /^\./ && $5 !~ /^\.[24]byte|^\.insn|^unimp/ { print $1 ": none | " $5 }
' >"$dir/differ"
is "$(head -n 20 "$dir/differ")" "" "each has objdump's text (seed $seed)"
n=$(awk -F '\t' '$3 == ""' "$dir/ours" | wc -l)
ok "of which are known: $n" test "$n" -ge 30000
finish
