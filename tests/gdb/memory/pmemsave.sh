#!/usr/bin/env bash
# QEMU's RAM by way of its monitor's pmemsave: the bytes that its stub gives,
# nothing left behind; and where it is suggested.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

kernel=$builddir/kernel/pmapk.elf
guest=(-S -cpu max -m 128 -append mode=demo -kernel "$kernel"32)
mkdir -m 755 "$tmp/place" "$tmp/own"
export TMPDIR=$tmp/place

# What was left in the places that it may take.
left()
{
	find "$tmp/place" "$tmp/own" -mindepth 1
	find /dev/shm /tmp /var/tmp -maxdepth 1 -name 'pmap-??????' \
		-newer "$tmp/place/../begin" 2>/dev/null
}

touch "$tmp/begin"
qemu_start "${guest[@]}"
gdb_run "$kernel" <<END
hbreak pmapk_ready
continue
pmap source gdbstub
pmap dump --json --leaves --output $tmp/stub.json
pmap source pmemsave
printf "chosen %d %s\n", \$pmap_status, \$pmap_source
pmap dump --json --leaves --output $tmp/save.json
pmap dump --json --leaves --output $tmp/save.again
printf "again %d\n", \$pmap_reads
shell ls $tmp/place | wc -l
stepi
pmap dump --json --leaves --output $tmp/step.json
set *(char *)(0xffff800000000000 + 0x7ffffff) = 0x5a
pmap source pmemsave $tmp/own
printf "own %d\n", \$pmap_status
pmap dump --json --leaves --output $tmp/own.json
pmap source pmemsave $tmp/nowhere
printf "nowhere %d\n", \$pmap_status
pmap source pmemsave "$tmp/a blank"
pmap dump --root 0xfee00000
END
is "$gdb_status" 0 "GDB ends well" || diag "$(tail -n 5 "$gdb_err")"
like "$(cat "$gdb_out")" '^pmemsave: 128 MiB of RAM' "it is chosen by name" ||
	diag "$(cat "$gdb_err")"
like "$(cat "$gdb_out")" '^chosen 0 pmemsave$' "and is the source then"
for answer in save.json save.again step.json own.json; do
	same_file "$tmp/$answer" "$tmp/stub.json" "$answer: the stub's bytes"
done
like "$(cat "$gdb_out")" '^again 0$' "a second dump at one stop reads nothing"
like "$(cat "$gdb_out")" '^0$' "the files have no names while they are read"
like "$(cat "$gdb_out")" '^own 0$' "a directory of the user's"
like "$(cat "$gdb_out")" '^nowhere 10$' "one that is not there"
like "$(cat "$gdb_out" "$gdb_err")" 'the root table at 0xfee00000 is not in RAM' \
	"a device is no RAM"
is "$(left)" "" "nothing is left"
qemu_stop

## A QEMU of another user: it can write what this user has made.

nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
if [ "$(id -u)" = 0 ] && $nobody test -r "$builddir/.libs/pmap.so" 2>/dev/null; then
	printf '#!/bin/sh\nexec %s %s "$@"\n' "$nobody" "$QEMU" >"$tmp/qemu-as"
	printf '#!/bin/sh\nexec %s %s "$@"\n' "$nobody" "$GDB" >"$tmp/gdb-as"
	chmod 755 "$tmp/qemu-as" "$tmp/gdb-as"
	chmod 777 "$tmp" "$tmp/place"
	umask 0
	rm -f "$tmp/serial"
	own_qemu=$QEMU
	QEMU=$tmp/qemu-as qemu_start "${guest[@]}"
	gdb_run "$kernel" <<-END
	hbreak pmapk_ready
	continue
	pmap source pmemsave
	printf "chosen %d\n", \$pmap_status
	pmap dump --json --leaves --output $tmp/other.json
	END
	like "$(cat "$gdb_out")" '^chosen 0$' "a QEMU of another user writes" ||
		diag "$(cat "$gdb_err")"
	same_file "$tmp/other.json" "$tmp/stub.json" "and writes the same"
	qemu_stop
	QEMU=$own_qemu

	# GDB of another user: QEMU is root's, and its memory may not be read.
	rm -f "$tmp"/*.json.new
	qemu_start "${guest[@]}"
	chmod 777 "$tmp/gdb"
	GDB=$tmp/gdb-as gdb_run "$kernel" <<-END
	hbreak pmapk_ready
	continue
	pmap info
	printf "by itself %s\n", \$pmap_source
	pmap source auto --pmemsave
	printf "allowed %s\n", \$pmap_source
	pmap dump --json --leaves --output $tmp/allowed.json
	END
	like "$(cat "$gdb_out")" '^by itself gdbstub$' "it is not chosen by itself"
	like "$(cat "$gdb_out")" 'not qemu: .*`pmap source pmemsave' \
		"but info suggests it"
	like "$(cat "$gdb_out")" '^allowed pmemsave$' "it is where the user said so" ||
		diag "$(cat "$gdb_out" "$gdb_err")"
	same_file "$tmp/allowed.json" "$tmp/stub.json" "and right"
	is "$(left)" "" "nothing is left of that"
	qemu_stop
else
	skip "other users" "needs root, setpriv, and a build tree that others may read"
fi

## No room.

if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=1m pmap-test "$tmp/own" 2>/dev/null; then
	qemu_start "${guest[@]}"
	gdb_run "$kernel" <<-END
	pmap source pmemsave $tmp/own
	printf "room %d\n", \$pmap_status
	END
	like "$(cat "$gdb_out")" '^room 13$' "no room: it is not chosen"
	like "$(cat "$gdb_out" "$gdb_err")" 'has no room for all of the RAM' "and that is said"
	is "$(left)" "" "nothing is left"
	qemu_stop
	umount "$tmp/own"
else
	skip "no room" "needs root, to mount a small file system"
fi

finish
