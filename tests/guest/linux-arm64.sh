#!/usr/bin/env bash
# Debian 12's arm64 kernel on a processor with all features: 4 KiB pages, 48
# bits, hardware that sets AF and the dirty state.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/guest-arm64.sh"

arm64_boot linux-image-arm64 max,pauth-impdef=on || finish
arm64_ask
arm64_check 20000
finish
