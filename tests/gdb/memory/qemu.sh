#!/usr/bin/env bash
# The RAM of a QEMU on this host, read directly: however it is backed, however
# GDB is connected; and what is said where it cannot be.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# Ports of its own, where that is allowed: TCP connections are part of it.
if [ -z "${PMAP_OWN_NET:-}" ] && [ "$(id -u)" = 0 ] && unshare -n true 2>/dev/null; then
	PMAP_OWN_NET=1 exec unshare -n "$BASH" "$0"
fi
. "$(dirname "$0")/../../lib/session.sh"

kernel=$builddir/kernel/pmapk.elf
guest=(-cpu max -m 128 -append mode=demo -kernel "$kernel"32)

# The commands of most sessions: what is chosen, and its dump.
choose()
{
	cat <<-END
	hbreak pmapk_ready
	continue
	pmap info
	printf "source %s\n", \$pmap_source
	pmap dump --json --leaves --output $tmp/$1.json
	pmap source gdbstub
	pmap dump --json --leaves --output $tmp/stub.json
	pmap source auto
	END
}

# direct WHAT HOW: the session that just ran used QEMU's memory, read so
direct()
{
	like "$(cat "$gdb_out")" '^source qemu$' "$1: read directly" ||
		diag "$(grep -A 3 '^memory' "$gdb_out")$(cat "$gdb_err")"
	like "$(cat "$gdb_out")" "^memory +qemu: QEMU pid [0-9]+ \\($2\\)" \
		"$1: by $2"
	same_file "$tmp/direct.json" "$tmp/stub.json" "$1: the stub's bytes"
}

# declined WHAT REGEX: it fell back to the stub, and says why
declined()
{
	like "$(cat "$gdb_out")" '^source gdbstub$' "$1: the stub is used" ||
		diag "$(cat "$gdb_err")"
	like "$(cat "$gdb_out")" "^ +not qemu: $2" "$1: says what to change"
	same_file "$tmp/direct.json" "$tmp/stub.json" "$1: and works"
}

session()
{
	rm -f "$tmp"/*.json
	gdb_run "$kernel" < <(choose direct)
}

## How the RAM is backed.

qemu_start -S "${guest[@]}"
session
direct "anonymous RAM" process_vm_readv
qemu_stop

qemu_start -S "${guest[@]}" -machine memory-backend=ram \
	-object memory-backend-memfd,id=ram,size=128M,share=on
session
direct "a memfd" "its RAM's file"
qemu_stop

truncate -s 128M "$tmp/ram"
qemu_start -S "${guest[@]}" -machine memory-backend=ram \
	-object "memory-backend-file,id=ram,size=128M,mem-path=$tmp/ram,share=on"
session
direct "a shared file" "its RAM's file"
qemu_stop

qemu_start -S "${guest[@]}" -machine memory-backend=ram \
	-object "memory-backend-file,id=ram,size=128M,mem-path=$tmp/ram,share=off"
session
direct "a private file" process_vm_readv
qemu_stop

qemu_start -S "${guest[@]}" -smp 2 \
	-object memory-backend-ram,id=a,size=96M -numa node,memdev=a,cpus=0 \
	-object memory-backend-memfd,id=b,size=32M,share=on -numa node,memdev=b,cpus=1
session
direct "two nodes, one of them a memfd" ".*"
qemu_stop

## When the machine changes.

qemu_start -S "${guest[@]}" -m 128,slots=2,maxmem=1G
gdb_run "$kernel" <<END
hbreak pmapk_ready
continue
pmap gva2gpa 0x400000
shell "$builddir/tests/lib/hmp" "$tmp/monitor" "object_add memory-backend-ram,id=m,size=128M" "device_add pc-dimm,id=d,memdev=m"
pmap dump 0 +4096 --root 0x100000000 --format x86-64-4
stepi
pmap dump 0 +4096 --root 0x100000000 --format x86-64-4
printf "plugged %d\n", \$pmap_status
pmap info
END
like "$(cat "$gdb_err" "$gdb_out")" 'the root table at 0x100000000 is not in RAM' \
	"RAM that is not there yet"
like "$(cat "$gdb_out")" '^plugged 0$' "RAM that was plugged in while it ran"
like "$(cat "$gdb_out")" '^memory +qemu: .*, 3 RAM blocks' "and info knows of it"
qemu_stop

# RAM behind the window of a graphics card: SMRAM, which SeaBIOS has closed.
qemu_start -S "${guest[@]}" -device VGA
gdb_run "$kernel" <<END
hbreak pmapk_ready
continue
pmap source qemu
pmap walk 0 --root 0xa0000
pmap source gdbstub
pmap walk 0 --root 0xbf000
pmap walk 0 --root 0xc0000000
END
is "$(cat "$gdb_out" "$gdb_err" |
	grep -c '^pmap: the root table at 0x[ab].* is in SMRAM')" 2 \
	"a root in SMRAM, by either source"
like "$(cat "$gdb_out" "$gdb_err")" 'the root table at 0xc0000000 is not in RAM' \
	"and one that is nowhere"
qemu_stop

# One GDB, two machines, one after the other.
qemu_start -S "${guest[@]}"
first_pid=$qemu_pid
mv "$tmp/gdb" "$tmp/gdb1"
qemu_start -S "${guest[@]}"
GDB_NO_TARGET=1 gdb_run "$kernel" <<END
target remote $tmp/gdb1
hbreak pmapk_ready
continue
pmap info
disconnect
delete
target remote $tmp/gdb
hbreak pmapk_ready
continue
pmap info
END
is "$(sed -n 's/^memory *qemu: QEMU pid \([0-9]*\).*/\1/p' \
	"$gdb_out" | sort -u | wc -l)" 2 "each of two machines has its own process" ||
	diag "$(cat "$gdb_out" "$gdb_err")"
session_end_process "$first_pid"
qemu_stop

## How GDB is connected.

# The guest is a child of GDB's, and has to end: on detaching, GDB 16.3 would
# wait for it for ever.
printf -v command '%s ' "$QEMU" -nodefaults -display none -S "${guest[@]}"
rm -f "$tmp"/*.json
GDB_NO_TARGET=1
gdb_run "$kernel" < <(
	echo "target remote | exec $command -gdb stdio"
	choose direct
	echo kill
)
GDB_NO_TARGET=
direct "a child of GDB's, by a pipe" process_vm_readv

# by_tcp WHAT CHARDEV-HOST TARGET
by_tcp()
{
	qemu_start -S "${guest[@]}"
	hmp "chardev-add socket,id=tcp,port=1234,server=on,wait=off,$2" \
		"gdbserver chardev:tcp" >/dev/null
	rm -f "$tmp"/*.json
	GDB_NO_TARGET=1
	gdb_run "$kernel" < <(
		echo "target remote $3"
		choose direct
	)
	GDB_NO_TARGET=
	direct "$1" process_vm_readv
	qemu_stop
}

if [ -n "${PMAP_OWN_NET:-}" ] && ip link set lo up; then
	by_tcp "TCP, IPv4" host=127.0.0.1 127.0.0.1:1234
	by_tcp "TCP, IPv4 to a socket of both" host=:: 127.0.0.1:1234
	by_tcp "TCP, IPv6" host=::1 '[::1]:1234'
else
	skip "TCP" "needs root, unshare and ip: ports of its own"
fi

## Where it cannot be.

# as WORD...: GDB runs by way of this command
as()
{
	printf '#!/bin/sh\nexec %s "$@"\n' "$* ${GDB_PLAIN}" >"$tmp/gdb-as"
	chmod 755 "$tmp/gdb-as"
	GDB=$tmp/gdb-as
}

GDB_PLAIN=$GDB
nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
if [ "$(id -u)" = 0 ] && $nobody test -r "$builddir/.libs/pmap.so" 2>/dev/null; then
	as "$nobody"
	qemu_start -S "${guest[@]}"
	chmod 777 "$tmp" "$tmp/gdb"
	session
	declined "another user" \
		'process [0-9]+ belongs to another user \(0\): run GDB as that user, or as root'
	qemu_stop
else
	skip "another user" "needs root, setpriv, and a build tree that others may read"
fi
if unshare -pf --mount-proc true 2>/dev/null; then
	as unshare -pf --mount-proc
	qemu_start -S "${guest[@]}"
	session
	declined "another PID namespace" \
		'the process that GDB is connected to is in another PID namespace'
	qemu_stop
else
	skip "another PID namespace" "needs root and unshare"
fi
GDB=$GDB_PLAIN

finish
