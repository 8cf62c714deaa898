#!/usr/bin/env bash
# What goes wrong while memory is read: after each, GDB lives, memory mode is
# virtual, logging is as it was, and the next command works.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/typed.sh"

kernel=$builddir/kernel/pmapk.elf
guest=(-S -cpu max -m 128 -kernel "$kernel"32)

# What every session ends with, where the target still answers: data that is
# there by its virtual address only, GDB's logging, and a command.
healthy()
{
	cat <<-END
	printf "magic %d\n", cpu.phys_bits
	printf "logging %d\n", \$_gdb_setting("logging enabled")
	pmap gva2gpa 0x400000
	printf "after %d\n", \$pmap_status
	END
}

is_healthy()
{
	like "$(cat "$gdb_out")" '^magic 40$' "$1: memory mode is virtual" ||
		diag "$(tail -n 8 "$gdb_out" "$gdb_err")"
	like "$(cat "$gdb_out")" '^logging 0$' \
		"$1: nothing is logged"
	like "$(cat "$gdb_out")" '^after 0$' "$1: the next command works"
}

# The target is gone: GDB is there, and says so.
is_alive()
{
	like "$(cat "$gdb_out")" '^alive$' "$1: GDB lives" ||
		diag "$(tail -n 8 "$gdb_out" "$gdb_err")"
	like "$(cat "$gdb_out")" '^logging 0$' \
		"$1: nothing is logged"
	like "$(cat "$gdb_out")" '^pmap: no target|^pmap: the target failed|^elsewhere 0$' \
		"$1: the next command says what is wrong"
}

afterwards()
{
	cat <<-END
	echo alive\n
	printf "logging %d\n", \$_gdb_setting("logging enabled")
	pmap info
	END
}

stop_at_ready='hbreak pmapk_ready
continue'

## QEMU ends in the middle of a dump; the connection is cut.

for source in gdbstub qemu linear; do
	words=$source
	[ "$source" != linear ] || words="linear 0xffff800000000000"
	for delay in 0.00 0.02 0.05; do
		qemu_start "${guest[@]}" -append mode=demo
		gdb_typed "$kernel" <<-END
		$stop_at_ready
		pmap source $words
		pmap gva2gpa 0x400000
		shell (sleep $delay; kill -9 \$(pgrep -P $qemu_pid)) >/dev/null 2>&1 &
		pmap bench
		pmap dump --json --leaves
		$(afterwards)
		END
		is_alive "$source, QEMU killed after $delay s"
		qemu_stop
	done
done
qemu_start "${guest[@]}" -append mode=demo
gdb_typed "$kernel" <<END
$stop_at_ready
pmap source gdbstub
shell ("$builddir/tests/lib/hmp" "$tmp/monitor" "gdbserver none") >/dev/null 2>&1 &
pmap bench
pmap dump --json --leaves
$(afterwards)
END
is_alive "the connection is cut"
qemu_stop

## Files that get shorter, that may not be read any more.

qemu_start "${guest[@]}" -append mode=demo
gdb_typed "$kernel" <<END
$stop_at_ready
shell "$builddir/tests/lib/hmp" "$tmp/monitor" 'pmemsave 0 0x8000000 "$tmp/raw"' >/dev/null
pmap source file $tmp/raw
pmap gva2gpa 0x400000
shell truncate -s 1900k $tmp/raw
pmap dump --json --output $tmp/short
printf "short %d\n", \$pmap_status
shell rm $tmp/raw
stepi
pmap dump
printf "gone %d\n", \$pmap_status
pmap source auto
$(healthy)
END
like "$(cat "$gdb_out")" '^short (0|13)$' "a file that got shorter: the command ends"
ok "what cannot be read is a record with its cause, or the root is missing" \
	grep -qE '"kind":"unreadable","cause":"(reading it failed|the file is cut off before it)"|cannot be read' \
	"$tmp/short" "$gdb_out" || diag "$(tail -n 5 "$tmp/short" "$gdb_out")"
like "$(cat "$gdb_out")" '^gone 13$' "a file that is gone: no memory"
like "$(cat "$gdb_out")" 'file: .*/raw: No such file or directory' \
	"a file that is gone: says which"
is_healthy "files"
qemu_stop

## Entries that lead to what is no RAM, and to nothing.

qemu_start "${guest[@]}" -append mode=demo

gdb_typed "$kernel" <<END
$stop_at_ready
set \$root = 0xffff800000000000 + (\$cr3 & ~0xfff)
set *(unsigned long *)(\$root + 8 * 100) = 0xfee00007
set *(unsigned long *)(\$root + 8 * 101) = 0x7000000007
pmap dump 0x320000000000 +(1ull<<40)
pmap gva2gpa 0x320000000000
printf "device %d\n", \$pmap_status
pmap dump 0x320000000000 +(1ull<<40) --json
pmap dump --root 0xfee00000
printf "root %d\n", \$pmap_status
$(healthy)
END
like "$(cat "$gdb_out")" \
	'^0000320000000000-000032ffffffffff +1T +unreadable \(not RAM\)' \
	"tables in devices and in nothing are never read"
like "$(cat "$gdb_out")" '"kind":"unreadable","cause":"not RAM"' "and JSON says so"
like "$(cat "$gdb_out")" '^device 4$' "nor for one address"
like "$(cat "$gdb_out")" 'the PDPTE at 0xfee00000 cannot be read: not RAM' "and that is said"
like "$(cat "$gdb_out")" 'the root table at 0xfee00000 is not in RAM' "nor as a root"
is_healthy "no RAM"
qemu_stop

## The output: disk full, a directory that may not be written, an old file.

qemu_start "${guest[@]}" -append mode=demo
echo before >"$tmp/old"
mkdir "$tmp/full"
full=
if [ "$(id -u)" = 0 ] &&
	mount -t tmpfs -o size=64k pmap-test "$tmp/full" 2>/dev/null; then
	full=yes
	echo before >"$tmp/full/old"
fi
gdb_typed "$kernel" <<END
$stop_at_ready
pmap dump --json --leaves --output /dev/full
printf "devfull %d\n", \$pmap_status
pmap dump --json --leaves --output $tmp/full/old
printf "full %d\n", \$pmap_status
pmap dump --json --leaves --output $tmp/nowhere/file
printf "nowhere %d\n", \$pmap_status
pmap dump --output $tmp/old
printf "old %d\n", \$pmap_status
$(healthy)
END
like "$(cat "$gdb_out")" '^devfull 15$' "/dev/full: status 15"
like "$(cat "$gdb_out")" '"message":"/dev/full: No space left on device"' "/dev/full: says so"
if [ -n "$full" ]; then
	like "$(cat "$gdb_out")" '^full 15$' "a full disk: status 15"
	is "$(cat "$tmp/full/old")" before "a full disk: the old file is as it was"
	is "$(cd "$tmp/full" && ls)" old "a full disk: nothing else is left"
	umount "$tmp/full"
else
	skip "a full disk" "needs root, to mount one"
fi
like "$(cat "$gdb_out")" '^nowhere 15$' "no such directory: status 15"
like "$(head -n 1 "$tmp/old")" '^START-LAST' "an old file is replaced"
is_healthy "output"
qemu_stop

## Ctrl-C at a hundred random moments.

# kick SECONDS: SIGINT to GDB after a while.  The dump runs 100 ms and more.
cat >"$tmp/kick" <<END
(
	sleep \$1
	kill -INT \$2
	rm -f "$tmp/kicking"
) >/dev/null 2>&1 &
END
sessions()
{
	local n

	for n in $(seq "$1" "$2"); do
		cat <<-END
		shell touch $tmp/kicking; sh $tmp/kick $(awk -v n="$n" \
			'BEGIN { srand(n); printf "%.3f", rand() * 0.35 }') \$PPID
		pmap bench
		shell while [ -e $tmp/kicking ]; do sleep 0.01; done
		echo kicked $n\n
		echo\n
		END
		healthy
	done
}

for source in gdbstub qemu; do
	qemu_start "${guest[@]}" -append mode=demo
	gdb_typed "$kernel" <<-END
	$stop_at_ready
	pmap source $source
	$(sessions 1 50)
	pmap dump --json --leaves --output $tmp/after.json
	END
	n=$(grep -c '^pmap: interrupted' "$gdb_out" "$gdb_err" |
		awk -F: '{ n += $2 } END { print n }')
	diag "$source: $n of 50 ended in the middle"
	is "$(grep -c '^magic ' "$gdb_out")" "$(grep -c '^magic 40$' "$gdb_out")" \
		"$source: memory mode was virtual after each"
	like "$(cat "$gdb_out")" '^magic' "$source: it was looked at"
	unlike "$(cat "$gdb_out")" '^logging [1-9]' "$source: nothing is logged"
	unlike "$(cat "$gdb_out")" '^after [1-9]' "$source: the next command works after each"
	ok "$source: GDB is there at the end" test -s "$tmp/after.json"
	[ "$source" = gdbstub ] && cp "$tmp/after.json" "$tmp/first.json"
	qemu_stop
done
same_file "$tmp/after.json" "$tmp/first.json" "both sources dump the same after it all"


finish
