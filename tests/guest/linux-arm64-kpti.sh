#!/usr/bin/env bash
# The same kernel on a Cortex-A72: no features newer than Armv8.0, and the
# kernel's tables out of EL0's sight (KPTI).
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/guest-arm64.sh"

arm64_boot linux-image-arm64 cortex-a72 || finish
arm64_ask
arm64_check 1000
finish
