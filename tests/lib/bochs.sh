# The example kernel in Bochs: sourced by bash.  Brings tap.sh along.
#
#	bochs_run WORDS [SECONDS]	boots with that command line, to its end;
#					what it printed is in $tmp/serial
#
# Set bochs_model for another processor than Bochs' Ice Lake.
#
# Bochs emulates an Intel processor, headless and on its own: a second opinion
# next to QEMU's.  Packages: bochs bochs-term bochsbios vgabios grub-common
# grub-pc-bin xorriso.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash

srcdir=${srcdir:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
builddir=${builddir:-$PWD}
. "$srcdir/tests/lib/tap.sh"

tmp=$(mktemp -d "${TMPDIR:-/tmp}/pmap-bochs.XXXXXX") || bail "mktemp failed"
bochs_pid=
trap '[ -z "$bochs_pid" ] || kill "$bochs_pid" 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

for tool in bochs grub-mkimage xorriso; do
	command -v "$tool" >/dev/null || bail "$tool is missing"
done

# A bootable CD with GRUB, the kernel and its command line, nothing else.
bochs_iso()
{
	local grub=/usr/lib/grub/i386-pc

	mkdir -p "$tmp/iso/boot"
	cp "$builddir/kernel/pmapk.elf32" "$tmp/iso/boot/pmapk"
	printf 'set root=(cd)\nmultiboot /boot/pmapk %s\nboot\n' "$1" \
		>"$tmp/grub.cfg"
	grub-mkimage -O i386-pc -o "$tmp/core.img" -c "$tmp/grub.cfg" \
		-p /boot/grub biosdisk iso9660 multiboot boot &&
	cat "$grub/cdboot.img" "$tmp/core.img" >"$tmp/iso/boot/eltorito.img" &&
	xorriso -as mkisofs -quiet -R -b boot/eltorito.img -no-emul-boot \
		-boot-load-size 4 -boot-info-table -o "$tmp/boot.iso" \
		"$tmp/iso" 2>"$tmp/xorriso.log"
}

# The terminal as its display needs no port and no screen.  No sound: its thread
# sometimes overflows a buffer where there is no card (2.7).
bochs_config()
{
	cat <<END
megs: 128
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
cpu: model=${bochs_model:-corei7_icelake_u}, count=1, ips=1000000, ignore_bad_msrs=0, reset_on_triple_fault=0
clock: sync=none
display_library: term
sound: driver=dummy
config_interface: textconfig
ata0-master: type=cdrom, path=$tmp/boot.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=$tmp/serial
log: $tmp/bochs.log
panic: action=fatal
error: action=report
END
}

# Bochs 3 has a debugger only for who asks, and older ones do not know the word.
bochs_debugger()
{
	bochs --help 2>&1 | grep -o -m 1 -e '-debugger'
}

bochs_run()
{
	bochs_iso "$1" || bail "no bootable image: $(cat "$tmp/xorriso.log")"
	bochs_config >"$tmp/bochsrc"
	printf 'c\nq\n' >"$tmp/debugger"
	: >"$tmp/serial"
	# shellcheck disable=SC2046
	TERM=vt100 timeout -k 5 "${2:-300}" bochs -q -unlock \
		-f "$tmp/bochsrc" $(bochs_debugger) -rc "$tmp/debugger" \
		</dev/null >"$tmp/bochs.out" 2>&1 &
	bochs_pid=$!
	wait "$bochs_pid"
	bochs_status=$?
	bochs_pid=
	[ "$bochs_status" -eq 0 ] ||
		diag "Bochs ended with status $bochs_status: $(grep PANIC "$tmp/bochs.log")"
}
