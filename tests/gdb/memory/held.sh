#!/usr/bin/env bash
# What a command holds when GDB's errors come through a read of its, or when it is
# refused: nothing of it is left, neither memory nor descriptors.
#
# Each command runs several times, on a connection that ends at pmap's N-th read.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/typed.sh"

kernel=$builddir/kernel/pmapk.elf
session_need tests/lib/cut
gcc -O1 -shared -fPIC -o "$tmp/held.so" "$srcdir/tests/lib/held.c" -ldl 2>"$tmp/gcc.log" ||
	bail "no held.so: $(tail -n 3 "$tmp/gcc.log")"

reading=(
	"dump --leaves" "dump --tree" "dump --svg /dev/null" "dump --root pid:1"
	"roots --scan" "roots --tasks" "check" "check --mirror \$cr3" "find 0x100000"
	"find 0x100000 --all-roots" "aliases" "stats" "regions" "kaslr --scan"
	"search --u64 0x1234567" "x/4000xb 0x400000" "explain" "snapshot s" "diff before"
	"map 0x40000000 0x1000 r--s" "watch 0x400000" "perms 0x400000 +1M"
	"walk 0x400000 --names" "use --root-va 0xffff800000000000 + (\$cr3 & ~0xfffull)"
)
refused=(
	"--nosuch" "\$nosuch" "--root 0xfd000000" "--root \$nosuch" "--output $tmp/none/f"
	"--rights q" "--npt 0x10000000" "--snapshot none" "--root pid:x" "--format none"
)

# Reads that each command gets, another number each time.
cut_off()
{
	local round command n=0

	echo "pmap snapshot before"
	for ((round = 0; round < $1; round++)); do
		for command in "${reading[@]}"; do
			n=$(((n * 7 + 3) % 23 + 1))
			cat <<-END
			disconnect
			target remote | exec $builddir/tests/lib/cut $tmp/gdb $n die m
			pmap $command
			END
		done
	done
}

refuse()
{
	local round command word

	for ((round = 0; round < $1; round++)); do
		for command in dump "search --u8 1" "x 0x400000" "source file"; do
			for word in "${refused[@]}"; do
				echo "pmap $command $word"
			done
		done
	done
}

# session FILE WHAT ROUNDS: FILE has what is held at its end
session()
{
	{
		echo "pmap source gdbstub"
		"$2" "$3"
		cat <<-END
		delete
		disconnect
		target remote $tmp/gdb
		pmap use --none
		pmap snapshot --remove before
		pmap unwatch
		pmap info
		echo \n@fds\n
		shell ls /proc/\$PPID/fd | wc -l
		END
	} >"$tmp/script"
	PMAP_HELD=$1 LD_PRELOAD=$tmp/held.so gdb_typed "$kernel" <"$tmp/script"
	sed -n '/^@fds/{n;p;}' "$gdb_out" >"$1.fds"
}

# Places that hold more blocks after many rounds than after one: a block a round.
grown()
{
	awk -v more="$3" 'NR == FNR { before[$3] = $1; next }
		$1 - before[$3] >= more { print $1 - before[$3], $2, $3 }' "$1" "$2"
}

qemu_start -S -cpu max -m 128 -append mode=demo -kernel "$kernel"32
gdb_run "$kernel" <<END
hbreak pmapk_ready
continue
END
hmp stop
for what in cut_off refuse; do
	session "$tmp/$what.1" $what 1
	session "$tmp/$what.3" $what 3
	ok "$what: GDB's end has been seen" test -s "$tmp/$what.1"
	is "$(grown "$tmp/$what.1" "$tmp/$what.3" 2)" "" "$what: no place holds a block more for each round" ||
		diag "addr2line -f -e $builddir/.libs/pmap.so PLACE"
	is "$(cat "$tmp/$what.3.fds")" "$(cat "$tmp/$what.1.fds")" "$what: nor a descriptor"
	if [ $what = cut_off ]; then
		n=$(grep -c '^pmap: the target failed while it was read' "$gdb_err" "$gdb_out" |
			awk -F: '{ n += $2 } END { print n }')
		ok "errors came through reads: $n of $((3 * ${#reading[@]}))" test "$n" -ge 40
	fi
done
finish
