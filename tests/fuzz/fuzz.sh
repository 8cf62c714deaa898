#!/usr/bin/env bash
# The fuzz targets: first their corpus, replayed; then, where clang has
# libFuzzer, new inputs for PML_FUZZ_SECONDS (default: 10) each.  An input that
# fails is kept in the build tree.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
builddir=${builddir:-$PWD}
# shellcheck source=tests/lib/tap.sh
. "$srcdir/tests/lib/tap.sh"

seconds=${PML_FUZZ_SECONDS:-10}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

replay()
{
	"$builddir/tests/fuzz/replay-$1${2:-}" "$srcdir/tests/fuzz/corpus/$1"/* \
		>"$dir/log" 2>&1
}

# The plugin's files that a target is linked with, as Makefile.am names them.
files_of()
{
	[ "$1" != kdump ] || files_of dump
	awk -v name="fuzz_$1" -v src="$srcdir/" '
		$1 == name && $2 == "=" { on = 1 }
		on {
			for (i = 1; i <= NF; i++)
				if ($i ~ /\.c$/)
					print src $i
			on = /\\$/
		}' "$srcdir/Makefile.am"
}

libs_of()
{
	case $1 in
	dump | kdump) sed -n 's/^#define HAVE_SNAPPY 1/-lsnappy/p
		s/^#define HAVE_LIBKDUMPFILE 1/-lkdumpfile/p' "$builddir/config.h" ;;
	esac
}

build()
{
	# shellcheck disable=SC2046
	clang -std=gnu11 -g -O1 -D_GNU_SOURCE -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -I"$builddir" -I"$srcdir/include" \
		-I"$srcdir/src" -I"$builddir/src" -I"$srcdir/tests/lib" \
		"$srcdir/tests/fuzz/$1.c" \
		$(files_of "$1") -o "$dir/fuzz-$1" $(libs_of "$1") >"$dir/log" 2>&1
}

# The corpus in the tree is only read; what is found is for this run.
fuzz()
{
	mkdir "$dir/found-$1"
	timeout -k 5 $((seconds + 60)) "$dir/fuzz-$1" -max_total_time="$seconds" \
		-runs="${FUZZ_RUNS:-15000}" -seed=1 -max_len=600 -len_control=0 -print_final_stats=1 \
		-artifact_prefix="$builddir/tests/fuzz/$1-" "$dir/found-$1" \
		"$srcdir/tests/fuzz/corpus/$1" >"$dir/log" 2>&1
}

for target in walk edit dump kdump monitor mtree request vmcoreinfo words; do
	ok "$target: the corpus" replay $target || diag "$(tail -n 20 "$dir/log")"
	case $target in
	walk | edit)
		ok "$target: the same with tables in pieces" \
			replay $target -pieces || diag "$(tail -n 20 "$dir/log")" ;;
	esac
	if ! command -v clang >/dev/null; then
		diag "$target: no new inputs, there is no clang here"
	elif ! build $target; then
		diag "$target: no new inputs, clang cannot build the target:"
		diag "$(tail -n 5 "$dir/log")"
	else
		ok "$target: $seconds s of new inputs" fuzz $target ||
			diag "$(grep -v '^#' "$dir/log" | tail -n 60)"
		diag "$(grep number_of_executed_units "$dir/log")"
	fi
done
finish
