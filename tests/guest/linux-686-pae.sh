#!/usr/bin/env bash
# Debian's i386 kernel, PAE paging.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/guest.sh"

QEMU=qemu-system-i386
GDB_ARCH=i386
guest_boot linux-image-686-pae tests/guest/init32 "" -cpu max || finish
guest_oracles
is "$guest_mode" pae "PAE paging"
guest_check_oracles 5000
guest_check_plugin
finish
