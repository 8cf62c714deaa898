#!/usr/bin/env bash
# RAM in pieces: images in several files, a machine's RAM as QEMU keeps it in a
# file, and a monitor's own process, which has the guest's RAM in its memory.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

session_need tests/lib/vmm

# put_entry FILE OFFSET VALUE: eight bytes
put_entry()
{
	local n

	for ((n = 0; n < 8; n++)); do
		# shellcheck disable=SC2059
		printf "\\x$(printf %02x $(($3 >> (8 * n) & 255)))"
	done | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

## Half of the RAM at 0, half at 4 GiB, and tables in both.

high=$((1 << 32))
truncate -s 1M "$tmp/low" "$tmp/high"
put_entry "$tmp/low" $((0x1000)) $((high + 0x2000 + 7))	# the root
put_entry "$tmp/high" $((0x2000)) $((0x3000 + 7))
put_entry "$tmp/low" $((0x3000)) $((0x200000 + 0x83))
put_entry "$tmp/low" $((0x3008)) $((high + 0x4000 + 7))
put_entry "$tmp/high" $((0x4000)) $((0x5000 + 7))
put_entry "$tmp/high" $((0x4008)) $((high + 0x6000 + 7))
cat "$tmp/low" "$tmp/high" >"$tmp/ram"
put_entry "$tmp/high" $((0xff000)) $((high + 0x2000 + 7))	# a root in the last page

ask='pmap gva2gpa 0x201010 --root 0x1000 --format x86-64-4
pmap dump --root 0x1000 --format x86-64-4'

# asked WHAT: the answers to that
asked()
{
	like "$(cat "$gdb_out")" '^0x201010 -> 0x100006010 ' "$1: a translation" ||
		diag "$(cat "$gdb_err")"
	is "$(grep -cE '^0000000000(000000-00000000001fffff|200000-0000000000201fff) ' "$gdb_out")" \
		2 "$1: a dump" || diag "$(cat "$gdb_out")"
}

GDB_NO_TARGET=1
ln -s "$tmp/low" "$tmp/with blank"
for words in "$tmp/low 0 $tmp/high 0x100000000" "$tmp/low $tmp/high 4G" \
	"$tmp/high 1ull << 32 $tmp/low" "$tmp/low@0 $tmp/high@0x100000000" \
	"$tmp/low@0+0x10000 $tmp/high@4G+64K" "\"$tmp/with blank\" 0 +0x8000 $tmp/high 4G +32K"; do
	gdb_run <<-END
	pmap open $words
	$ask
	END
	asked "${words//$tmp\//}"
done
like "$(cat "$gdb_out")" '^file: .* and 1 other file: 0 MiB in 2 pieces$' "and what it is"

# refused WORDS STATUS REGEX
refused()
{
	gdb_run <<-END
	pmap open $1
	printf "status %d\n", \$pmap_status
	END
	like "$(cat "$gdb_out")" "^status $2\$" "${1//$tmp\//}: status $2"
	like "$(cat "$gdb_out" "$gdb_err")" "$3" "${1//$tmp\//}: says why"
}

refused "$tmp/low 0 +2M" 13 'low has 0x100000 bytes, less than 0x200000'
refused "$tmp/low 0 0x1000" 10 '"0x1000" is no file, and there is an address already'
refused "$tmp/low 0 $tmp/hihg 4G" 10 'hihg: No such file or directory'
refused "$tmp/low $tmp/high" 13 'two of the pieces have the same addresses'
refused "$tmp/low --machine" 10 -- '--machine needs a value'
refused "$tmp/low@0xfffffffffffff000" 13 'beyond the last address'

# What lies in no piece, and the last page of one.
gdb_run <<END
pmap open $tmp/low $tmp/high 4G
pmap gva2gpa 0x201010 --root 0x1000ff000 --format x86-64-4
pmap gva2gpa 0 --root 0x100000 --format x86-64-4
END
like "$(cat "$gdb_out")" '^0x201010 -> 0x100006010 ' "a table in the last page of a piece"
like "$(cat "$gdb_out" "$gdb_err")" '^pmap: the root table at 0x100000 is not in this file' \
	"and behind it is nothing"

## A monitor's process.

gdb_run "$builddir/tests/lib/vmm" <<END
set architecture auto
break vmm_runs_guest
run $tmp/ram
pmap source linear guest_low 0 guest_half guest_high 0x100000000 guest_half
printf "chosen %d\n", \$pmap_status
$ask
pmap gva2gpa 0 --root 0x100000 --format x86-64-4
pmap source linear guest_low 0
printf "two %d\n", \$pmap_status
kill
END
like "$(cat "$gdb_out")" '^chosen 0$' "a monitor's process is a source" ||
	diag "$(cat "$gdb_err")"
asked "a monitor's process"
like "$(cat "$gdb_out" "$gdb_err")" '^pmap: the root table at 0x100000 is not in RAM' \
	"what is in no piece of it is none of the guest's RAM"
like "$(cat "$gdb_out")" '^two 10$' "pieces have three words each"

## QEMU's RAM in a file, as each machine has it.

for machine in q35 pc; do
	rm -f "$tmp/backend"
	truncate -s 6G "$tmp/backend"
	[ $machine = q35 ] && low=$((0x80000000)) || low=$((0xc0000000))
	# A root in the first page above the hole; it maps 1 GiB.
	put_entry "$tmp/backend" $low $((high + 0x1000 + 7))
	put_entry "$tmp/backend" $((low + 0x1000)) $((0x40000000 + 0x83))
	GDB_NO_TARGET='' qemu_start -S -M $machine,memory-backend=ram -m 6G \
		-object "memory-backend-file,id=ram,size=6G,mem-path=$tmp/backend,share=on"
	hmp "info mtree -f" >"$tmp/mtree"
	ask="pmap gva2gpa 0x123456 --root 0x100000000 --format x86-64-4"
	GDB_NO_TARGET='' gdb_run <<-END
	$ask
	pmap source file $tmp/backend --machine $machine
	$ask
	pmap source file $tmp/backend --map $tmp/mtree
	$ask
	pmap source file $tmp/backend
	$ask
	printf "raw %d\n", \$pmap_status
	END
	is "$(grep -c '^0x123456 -> 0x40123456 ' "$gdb_out")" 3 \
		"$machine: QEMU, --machine and --map agree" ||
		diag "$(cat "$gdb_out" "$gdb_err")"
	like "$(cat "$gdb_out")" '^raw 1$' "$machine: without them another page would be there"
	qemu_stop
done

finish
