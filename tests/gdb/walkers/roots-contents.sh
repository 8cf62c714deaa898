#!/usr/bin/env bash
# pmap roots --scan where no register tells a root: real roots among tables of lower
# levels that nothing refers to any more, in memory that is made up.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
GDB_NO_TARGET=1
. "$(dirname "$0")/../../lib/session.sh"

table=0x63		# P, R/W, A, D
user=0x67		# and U/S
large=0xe3		# and PS

# put IMAGE ADDRESS VALUE...: entries one after the other
put()
{
	local image=$1 at=$(($2)) value n bytes=

	shift 2
	for value; do
		for ((n = 0; n < 64; n += 8)); do
			bytes+=\\x$(printf %02x $(((value >> n) & 255)))
		done
	done
	# shellcheck disable=SC2059
	printf "$bytes" |
		dd of="$image" bs=4096 seek="$at" oflag=seek_bytes conv=notrunc status=none
}

# put_at IMAGE TABLE INDEX VALUE...
put_at()
{
	put "$1" "$(($2 + $3 * 8))" "${@:4}"
}

# scan IMAGE [OPTION...]: the list, in $out
scan()
{
	gdb_run <<-END
	pmap open $1
	echo @list\n
	pmap roots --scan ${*:2}
	END
	is "$gdb_status" 0 "${1##*/}: GDB ends well" || diag "$(tail -n 5 "$gdb_err")"
	out=$(sed '1,/^@list/d' "$gdb_out")
}

# of ADDRESS: its line
of()
{
	grep "^0x0*${1#0x} " <<<"$out"
}

# area IMAGE TABLE: 16 MiB from physical 0 on, by a PD and a PT for the first 2 MiB
area()
{
	local image=$1 pd=$2 pt=$(($2 + 4096)) n entries=()

	for ((n = 0; n < 512; n++)); do
		entries+=($((n << 12 | table)))
	done
	put "$image" $pt "${entries[@]}"
	entries=($((pt | table)))
	for ((n = 1; n < 8; n++)); do
		entries+=($((n << 21 | large)))
	done
	put "$image" "$pd" "${entries[@]}"
}

# process IMAGE TABLE: three tables for a user's page, at TABLE, + 0x1000, + 0x2000
process()
{
	put_at "$1" "$2" 0 $(($2 + 0x1000 | user))
	put_at "$1" $(($2 + 0x1000)) 2 $(($2 + 0x2000 | user))
	put_at "$1" $(($2 + 0x2000)) 0 $((0x900000 | user)) $((0x901000 | user))
}

# A kernel with an area for all of memory, tables that have nothing in them yet, and
# one that all roots have.
image=$tmp/four
truncate -s 16M "$image"
put "$image" 0x11000 $((0x12000 | table))
area "$image" 0x12000
put "$image" 0x18000 $((0x19000 | table))
put "$image" 0x19000 $((0x1a000 | table))
put "$image" 0x1a000 $((0x910000 | table))
upper()
{
	put_at "$image" "$1" 256 $((0x11000 | table)) $((0x14000 | table)) \
		$((0x15000 | table)) $((0x16000 | table)) $((0x17000 | table))
	put_at "$image" "$1" 300 $((0x18000 | table))
}
for root in 0x10000 0x30000 0x40000; do
	upper $root
done
process "$image" 0x20000
put "$image" 0x10000 $((0x20000 | user))
process "$image" 0x31000
put "$image" 0x30000 $((0x31000 | user))
# The same process in user mode, and one in which the kernel's area is another's.
put "$image" 0x50000 $((0x20000 | user))
put_at "$image" 0x50000 300 $((0x18000 | table))
put_at "$image" 0x50000 511 $((0x51000 | table))
process "$image" 0x51000
# A recursive slot, and nothing of the others'.
put "$image" 0x60000 $((0x61000 | user))
put_at "$image" 0x60000 510 $((0x60000 | table))
process "$image" 0x61000
# Tables of the level below, of processes that are gone: they agree on what they have.
for stale in 0x70000 0x71000 0x72000; do
	put_at "$image" $stale 401 $((0x78000 | table)) $((0x79000 | table))
done
for n in 0x78000 0x79000; do
	put_at "$image" $n 0 $((0x7a000 | table))
done
put_at "$image" 0x7a000 0 $((0x920000 | table)) $((0x921000 | table))
put_at "$image" 0x920000 0 $((0x930000 | table))
put_at "$image" 0x921000 0 $((0x930000 | table))
scan "$image" --format x86-64-4
diag "$out"
for root in 0x10000 0x30000; do
	like "$(of $root)" "likely: a table with 7 entries, to which no other refers, which maps itself at 0xffff8000000${root#0x}, 6 of them as in others that are likely\$" \
		"a process: $root"
done
like "$(of 0x40000)" 'likely: a table with 6 entries, .*which maps itself at 0xffff800000040000, 6 of them' \
	"the kernel's own, though most of its tables are empty, and a table of pages has its page"
like "$(of 0x50000)" 'likely: a table with 3 entries, to which no other refers, 2 of them as in others that are likely$' \
	"user mode's: half of the upper half, and no area of its own"
like "$(of 0x60000)" 'likely: .*, itself at 510$' "a recursive slot"
is "$(grep -c ' likely: ' <<<"$out")" 5 "nothing else is likely"
for stale in 0x70000 0x71000 0x72000; do
	like "$(of $stale)" 'possible: a table with 2 entries, .*; nothing else confirms it$' \
		"tables that agree, but map nothing of the kind: $stale"
done
is "$(grep -n ' possible: ' <<<"$out" | head -n 1 | cut -d: -f1)" 7 "these come last"
for below in 0x11000 0x12000 0x13000 0x18000 0x20000 0x51000 0x61000 0x78000; do
	is "$(of $below)" "" "a table of another one's tree: $below"
done

# Without the area, nothing but agreement is left, and that is not enough.
cp "$image" "$tmp/agree"
put "$tmp/agree" 0x11000 0
put_at "$tmp/agree" 0x60000 510 0
scan "$tmp/agree" --format x86-64-4
unlike "$out" ' likely' "what many have in common is no proof"
like "$(of 0x10000)" ' possible' "but it is possible"

# A table of pages has its own page and those beside it: that is no recursive slot.
image=$tmp/run
truncate -s 16M "$image"
area "$image" 0x100000
put "$image" 0x100000 0
scan "$image" --format x86-64-4
unlike "$out" ' likely' "a table of pages with itself in it"

# Five levels, and nobody says so: a PML4 whose tree maps itself is a PML5's.
image=$tmp/five
truncate -s 16M "$image"
put_at "$image" 0x10000 272 $((0x11000 | table))
put_at "$image" 0x11000 8 $((0x12000 | table))
put "$image" 0x12000 $((0x13000 | table))
area "$image" 0x13000
put "$image" 0x10000 $((0x20000 | user))
put "$image" 0x20000 $((0x21000 | user))
process "$image" 0x21000
scan "$image"
diag "$out"
like "$(of 0x10000)" 'x86-64-5 +likely: a table with 2 entries, .*which maps itself at 0xff10040000010000$' \
	"five levels"
unlike "$out" 'x86-64-4 ' "and its tables are no roots of four"

# A table of pages that has a root's page is no root of five levels.
put_at "$image" 0x22000 5 $((0x11000 | user))
put "$image" 0x10000 0
put_at "$image" 0x10000 272 0
put "$image" 0x11000 $((0x21000 | user))
put_at "$image" 0x21000 1 $((0x22000 | user))
put_at "$image" 0x22000 0 $((0x23000 | user))
scan "$image"
diag "$out"
like "$(of 0x11000)" 'x86-64-4 +likely' "four levels"
unlike "$out" 'x86-64-5 ' "and none of five"

# PAE: four entries at any multiple of 32, of which much looks like.
image=$tmp/pae
truncate -s 16M "$image"
area "$image" 0x12000
process "$image" 0x20000
put "$image" 0x5020 $((0x21001)) 0 0 $((0x12001))
put "$image" 0x6040 0 0 0 $((0x12001))
put "$image" 0x7060 $((0x21001)) 0 0 0
scan "$image" --format x86-pae
diag "$out"
like "$(of 0x5020)" 'x86-pae +likely: a table with 2 entries, .*which maps itself at 0xc0005020, 1 of them' "PAE"
like "$(of 0x6040)" 'which maps itself at 0xc0006040' "PAE, the kernel's"
is "$(grep -c x86-pae <<<"$out")" 2 "four entries alone confirm nothing"
finish
