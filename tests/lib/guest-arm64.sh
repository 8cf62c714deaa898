# A Debian kernel for AArch64 that runs init.c, and what a naive walker, the
# guest's own pagemap and QEMU say of its page tables: sourced by bash.  Brings
# guest-cross.sh along, which does most.
#
#	arm64_boot PACKAGE CPU [QEMU-ARG...]
#			boots, and stops the guest when its init spins; fails,
#			with a SKIP, where it cannot be had
#	arm64_ask	one GDB for all: registers, an image of memory, pmap's
#			dump and translations
#	arm64_check MIN	pmap agrees with all of them, on MIN leaves or more
#
# $guest_memory is the guest's RAM in MiB (512), $guest_init its first process
# (init-arm64; another one is not waited for in user mode), $guest_asks what that
# is to tell (pagemap=1), $guest_cmdline what the kernel is told besides.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
QEMU=${QEMU_ARM64:-qemu-system-aarch64}
GDB_ARCH=aarch64
cross_cc=aarch64-linux-gnu-gcc
guest_init=${guest_init:-init-arm64}
cross_init=tests/guest/$guest_init
cross_naive=tests/lib/naive-arm64
cross_ram=0x40000000
cross_console=ttyAMA0
cross_in_user=EL0t
# Other programs are not waited for in user mode, nor stopped.
[ "$guest_init" = init-arm64 ] || cross_in_user=
cross_registers="TTBR0_EL1 TTBR1_EL1 TCR_EL1 SCTLR_EL1=SCTLR ID_AA64MMFR0_EL1"
cross_corners="0 fff 1000 7fffffffffff ffffffffffff"
. "$(dirname "${BASH_SOURCE[0]}")/guest-cross.sh"

arm64_boot()
{
	local package=$1 cpu=$2

	shift 2
	cross_boot "$package" "${guest_cmdline:-}" -cpu "$cpu" "$@"
}

arm64_stop_in_user()
{
	cross_stop_in_user
}

# From TG0 to the size of a page: what the kernel counts frames in.
arm64_page_shift()
{
	case $(($(cross_register TCR_EL1) >> 14 & 3)) in
	0) cross_shift=12 ;;
	1) cross_shift=16 ;;
	2) cross_shift=14 ;;
	esac
}

arm64_ask()
{
	cross_ask
}

arm64_check()
{
	arm64_page_shift
	cross_check "$1"
}
