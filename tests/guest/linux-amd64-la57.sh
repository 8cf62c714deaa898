#!/usr/bin/env bash
# Debian's amd64 kernel with 5 levels: user addresses above 47 bits, too.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/guest.sh"
. "$srcdir/tests/lib/layout.sh"

guest_boot linux-image-amd64 tests/guest/init64 "nokaslr -- kallsyms=1" -cpu max || finish
guest_oracles
is "$guest_mode" 5 "5 levels: CR4.LA57 is on"
guest_check_oracles 5000
guest_check_plugin
hmp stop
guest_check_layout
finish
