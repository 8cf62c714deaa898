#!/usr/bin/env bash
# A64's loads and stores as libopcodes knows them: random words, each with pmap's
# text and objdump's.
#
# Environment: SEED, for other words; OBJDUMP_ARM64.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
srcdir=${srcdir:-$(cd "$(dirname "$0")/../../.." && pwd)}
builddir=${builddir:-$PWD}
# shellcheck source=tests/lib/tap.sh
. "$srcdir/tests/lib/tap.sh"
# shellcheck source=tests/lib/decoder.sh
. "$srcdir/tests/lib/decoder.sh"

objdump=${OBJDUMP_ARM64:-aarch64-linux-gnu-objdump}

decoder_begin insn-arm64 "$objdump" binutils-aarch64-linux-gnu
"$objdump" -D -b binary -m aarch64 -z "$dir/words" |
	decoder_listing '[0-9a-f]' '(//|;)'

# Text for text; what pmap says is no instruction must be none for objdump. Where
# pmap knows that it does not know, anything goes; what the manual leaves open,
# objdump may take for none.
decoder_compare '
	$4 != "" && $5 ~ /^\.inst/ { next }
	$3 == "" && $2 != $5 { print $1 ": " $2 " | " $5 }
	$3 ~ /^no instruction/ && $5 !~ /^\.inst|^udf/ { print $1 ": none | " $5 }
'
finish
