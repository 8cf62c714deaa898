#!/usr/bin/env bash
# Debian 13's arm64 kernel, 4 KiB pages with 52-bit addresses (LPA2): five levels,
# a root of 16 entries.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/guest-arm64.sh"

arm64_boot linux-image-arm64@trixie max,pauth-impdef=on || finish
arm64_ask
like "$(cat "$gdb_out")" 'TTBR0_EL1: 52-bit addresses, 5 levels' "five levels"
arm64_check 20000
finish
