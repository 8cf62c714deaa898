#!/usr/bin/env bash
# Debian 13's arm64 kernel of 16 KiB pages with 52-bit addresses (LPA2): tables
# of 16 KiB, a root of 32 entries.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/guest-arm64.sh"

guest_memory=2048
arm64_boot linux-image-arm64-16k@trixie max,pauth-impdef=on || finish
arm64_ask
like "$(cat "$gdb_out")" '16 KiB granule' "a granule of 16 KiB"
arm64_check 5000
finish
