# The guests' initramfs: sourced by guest.sh and guest-cross.sh.
#
#	guest_initramfs INIT	$tmp/initramfs: the program of the build tree as
#				/init, and $guest_module.ko, which fetch-kernel has
#				put beside $kernel, if that is set
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
guest_module=${guest_module:-}

guest_initramfs()
{
	mkdir -p "$tmp/root" && cp "$builddir/$1" "$tmp/root/init" || return
	[ -z "$guest_module" ] ||
		cp "${kernel%/*}/$guest_module.ko" "$tmp/root" || return
	(cd "$tmp/root" && printf '%s\n' * |
		cpio --quiet -o -H newc -R 0:0) >"$tmp/initramfs"
}
