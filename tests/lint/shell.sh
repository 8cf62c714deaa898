#!/usr/bin/env bash
# Shell scripts, by shellcheck.  Not disputed here: variables that a sourced
# file sets or reads (SC2154, SC2034).
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
srcdir=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
. "$srcdir/tests/lib/tap.sh"

if ! command -v shellcheck >/dev/null; then
	skip "shell scripts" "needs shellcheck"
	finish
fi

cd "$srcdir" || bail "no $srcdir"
mapfile -t scripts < <(grep -rlE '^#! ?/(usr/bin/env bash|bin/(ba)?sh)' \
	bootstrap quickstart tests | grep -v '\.log$' | sort)
ok "there are scripts" [ "${#scripts[@]}" -ge 40 ]
is "$(shellcheck -S warning -e SC2154,SC2034 -f gcc "${scripts[@]}" 2>&1)" "" \
	"shellcheck has nothing to say"

finish
