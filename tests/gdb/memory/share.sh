#!/usr/bin/env bash
# Tables that are reached again and again: walked once, and what repeats is said
# so that nothing is lost.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

kernel=$builddir/kernel/pmapk.elf

# The value of a field that is a string of hexadecimal digits, or a number.
field()
{
	[[ $1 =~ \"$2\":\"?(0x[0-9a-f]+|[0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# Repeats written out: from what the records before them say.
expand()
{
	local line va last of every from to at n

	while read -r line; do
		if [[ $line != *'"kind":"repeat"'* ]]; then
			echo "$line"
			continue
		fi
		va=$(field "$line" va)
		last=$(field "$line" last)
		of=$(field "$line" of)
		every=$(field "$line" every)
		for ((at = va; at - 1 != last; at += every)); do
			for n in "${!starts[@]}"; do
				from=${starts[n]} to=${ends[n]}
				((from - of >= 0 && from - of < every)) || continue
				printf -v from '0x%x' $((from - of + at))
				printf -v to '0x%x' $((to - of + at))
				printf "%s\n" "${lines[n]}" |
					sed "s/\"va\":\"[^\"]*\",\"last\":\"[^\"]*\"/\"va\":\"$from\",\"last\":\"$to\"/"
			done
		done
	done
}

## The demo's kernel is mapped twice, by the same table of large pages.

qemu_start -S -cpu max -m 128 -append mode=demo -kernel "$kernel"32
gdb_run "$kernel" <<END
hbreak pmapk_ready
continue
pmap dump --json --leaves --output $tmp/leaves
printf "reads %d tables %d\n", \$pmap_reads, \$pmap_tables
pmap dump --json --leaves --expand --output $tmp/all
pmap dump --tree --output $tmp/tree
pmap dump --json --output $tmp/runs
END
like "$(cat "$gdb_out")" '^reads ([0-9]+) tables \1$' "each table is read once"
ok "something repeats" grep -q '"kind":"repeat"' "$tmp/leaves"
mapfile -t lines < <(grep -v '"kind":"repeat"' "$tmp/leaves" |
	grep '"va":"0xffff8000')
starts=() ends=()
for n in "${!lines[@]}"; do
	starts[n]=$(field "${lines[n]}" va)
	ends[n]=$(field "${lines[n]}" last)
done
expand <"$tmp/leaves" >"$tmp/expanded"
same_file "$tmp/expanded" "$tmp/all" "what repeats, written out, is --expand"
like "$(cat "$tmp/tree")" 'as at ffff800000000000$' "the tree says so, too"
unlike "$(cat "$tmp/runs")" '"kind":"repeat"' "what is one run is merged as one"
qemu_stop

## A shadow like KASAN's.

# translations FILE: addresses of repeats, and those that they repeat
translations()
{
	local lines line

	mapfile -t lines < <(grep '"kind":"repeat"' "$1")
	[ ${#lines[@]} -gt 0 ] || return
	for _ in {1..15}; do
		line=${lines[RANDOM % ${#lines[@]}]}
		va=$(($(field "$line" va)))
		of=$(($(field "$line" of)))
		every=$(($(field "$line" every)))
		size=$(($(field "$line" last) - va))
		n=$(((RANDOM << 45 | RANDOM << 30 | RANDOM << 15 | RANDOM) % size))
		echo "pmap gva2gpa $((va + n))"
		echo "pmap gva2gpa $((of + n % every))"
	done
}

# What a dump in one dimension and one in two have in common.
common_fields()
{
	sed 's/,"mt":"[^"]*"//; s/,"raw":"[^"]*"//; s/,"level":[0-9]//
		s/,"gpa":"[^"]*"//; s/,"where":"[^"]*"//' "$1"
}

# Under nested tables that map 4 GiB to themselves, the product is the same.
two_dimensions()
{
	local form

	gdb_run "$kernel" <<-END
	set \$d = 0xffff800000000000
	set var *(unsigned long *)(\$d + 0x6000000) = 0x6001007
	set var *(unsigned long *)(\$d + 0x6001000) = 0xe7
	set var *(unsigned long *)(\$d + 0x6001008) = 0x400000e7
	set var *(unsigned long *)(\$d + 0x6001010) = 0x800000e7
	set var *(unsigned long *)(\$d + 0x6001018) = 0xc00000e7
	pmap dump --root \$cr3 --npt 0x6000000 --outer-format npt-4 --combined --leaves --json --output $tmp/leaves-2d
	printf "reads %d tables %d status %d\n", \$pmap_reads, \$pmap_tables, \$pmap_status
	pmap dump --root \$cr3 --npt 0x6000000 --outer-format npt-4 --combined --json --output $tmp/runs-2d
	pmap dump --root \$cr3 --npt 0x6000000 --outer-format npt-4 --combined --phys --json --output $tmp/phys-2d
	printf "again %d status %d\n", \$pmap_reads, \$pmap_status
	END
	is "$(sed -n 's/^reads //p' "$gdb_out")" \
		"$((tables + 2)) tables $tables status 0" \
		"KASAN$levels: combined: each table is read once, in both dimensions"
	like "$(cat "$gdb_out")" '^again 0 status 0$' "KASAN$levels: combined: as runs"
	for form in leaves runs phys; do
		common_fields "$tmp/$form" >"$tmp/one"
		common_fields "$tmp/$form-2d" >"$tmp/two"
		same_file "$tmp/two" "$tmp/one" "KASAN$levels: combined: $form"
	done
}

# Against itself as another format, whose tables are none of its own; as if only
# user mode's pages were to be mirrored, which its are not; and against nothing.
mirrors()
{
	local how="amd64-${levels:+5}"

	[ "$how" != amd64- ] || how=amd64-4
	gdb_run "$kernel" <<-END
	pmap source gdbstub
	pmap check --mirror \$cr3 --mirror-format $how
	printf "alike: ok %d reads %d\n", \$pmap_ok, \$pmap_reads
	pmap check --mirror \$cr3 --mirror-format $how --paired 0
	printf "paired: ok %d\n", \$pmap_ok
	pmap check --mirror \$cr3 --user
	printf "user: ok %d\n", \$pmap_ok
	set var *(unsigned long *)0xffff800006008000 = 0
	pmap check --mirror 0x6008000
	printf "nothing: ok %d\n", \$pmap_ok
	END
	like "$(cat "$gdb_out")" "^alike: ok 1 reads $tables\$" \
		"KASAN$levels: agrees with itself, each table read once"
	like "$(cat "$gdb_out")" '^paired: ok 1$' "KASAN$levels: each table is its own pair"
	like "$(cat "$gdb_out")" '^user: ok 0$' "KASAN$levels: and differs in everything"
	like "$(cat "$gdb_out")" '^nothing: ok 0$' "KASAN$levels: so it does from nothing"
	ok "KASAN$levels: differences that are the same again are not told again" \
		test "$(grep -c 'as at ff' "$gdb_out")" -gt 100
}

RANDOM=1
for levels in "" " la57"; do
	qemu_start -S -cpu max -m 128 -append "mode=kasan$levels" \
		-kernel "$kernel"32
	gdb_run "$kernel" <<-END
	hbreak pmapk_ready
	continue
	pmap dump --json --leaves --output $tmp/leaves
	printf "reads %d tables %d\n", \$pmap_reads, \$pmap_tables
	pmap dump --json --output $tmp/runs
	printf "again %d status %d\n", \$pmap_reads, \$pmap_status
	pmap dump --json --phys --output $tmp/phys
	pmap dump --tree --output $tmp/tree
	END
	like "$(cat "$gdb_out")" '^reads ([0-9]+) tables \1$' \
		"KASAN$levels: each table is read once"
	tables=$(sed -n 's/^reads \([0-9]*\) .*/\1/p' "$gdb_out")
	like "$(cat "$gdb_out")" '^again 0 status 0$' "KASAN$levels: as runs"
	ok "KASAN$levels: leaves, runs and the tree come to an end" \
		test -s "$tmp/leaves" -a -s "$tmp/runs" -a -s "$tmp/tree" -a -s "$tmp/phys"
	# 192 tables with 64 times two different runs each.
	ok "KASAN$levels: tables that say the same are told once" \
		test "$(wc -l <"$tmp/runs")" -lt 1000
	for form in leaves runs phys; do
		translations "$tmp/$form"
	done >"$tmp/questions"
	two_dimensions
	mirrors
	# It went on when GDB left; it is where it was, for it only halts.
	gdb_run "$kernel" <"$tmp/questions"
	n=$(grep -c ' -> ' "$gdb_out")
	ok "KASAN$levels: dozens of addresses asked: $n" test "$n" -ge 30
	is "$(sed -n 's/^0x[0-9a-f]* -> //p' "$gdb_out" |
		sed 's/the [A-Z0-9]* at/at/; s/(.* page/(page/' |
		awk 'NR % 2 { before = $0; next } $0 != before { print before " / " $0 }')" "" \
		"KASAN$levels: each is as the one that it repeats"
	qemu_stop
done

## Tables with the same bytes in them that do not mean the same: the second one
## is on its own path.  By hand, in a machine that never ran.

# entry TABLE INDEX VALUE
entry()
{
	echo "set {unsigned long}($1 + 8 * $2) = $3"
}

# What a dump has said: address, what is there or where it was seen, level.
leaves()
{
	sed -nE 's/^\{"va":"0x([^"]*)",.*("pa"|"kind"|"of"):"([^"]*)".*"level":(.).*/\1 \3 \4/p' \
		"$gdb_out"
}

qemu_start -S -m 16
gdb_run <<END
$(entry 0x1000 0 0x2003; entry 0x1000 1 0x3003; entry 0x1000 2 0x4003)
$(for table in 0x2000 0x3000 0x4000; do
	entry $table 0 0x3003; entry $table 1 0x5003; done)
$(entry 0x5000 0 0x83; entry 0x5000 2 0x200083)
pmap dump --root 0x1000 --format x86-64-4 --json --leaves
END
is "$(leaves)" "0 recursive 2
200000 0x0 1
202000 0x200000 1
40000000 0x0 2
40400000 0x200000 2
8000000000 recursive 3
8040000000 0x40000000 3
10000000000 0x0 4" "the same bytes, not the same meaning"

# A table that was met below another one, and on another way leads to it: on the
# first way it was entered from there, on the second it is recursive.
gdb_run <<END
$(entry 0x1000 0 0x2003; entry 0x1000 1 0x4003; entry 0x1000 2 0)
$(entry 0x2000 0 0x3003; entry 0x2000 1 0)
$(entry 0x3000 0 0x4003; entry 0x3000 1 0x5003)
$(entry 0x4000 0 0x3003; entry 0x4000 1 0x5003)
$(entry 0x5000 0 0x83; entry 0x5000 2 0)
pmap dump --root 0x1000 --format x86-64-5 --json --leaves
END
is "$(leaves)" "0 recursive 2
200000 0x0 1
40000000 0x0 2
1000000000000 recursive 3
1000040000000 0x40000000 3
1008000000000 0x0 3" "what is recursive on one way only"

# And the tree, where the other way leads past what makes it recursive.
gdb_run <<END
$(entry 0x1000 2 0x7003; entry 0x7000 0 0x6003; entry 0x6000 0 0x4003)
pmap dump --root 0x1000 --format x86-64-5 --tree
END
like "$(cat "$gdb_out")" ' PTE 0.*  0*2000000000000  = 0000000000004003  page 4000 ' \
	"the tree: the table is walked where it is not recursive"

finish
