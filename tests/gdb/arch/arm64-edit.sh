#!/usr/bin/env bash
# Changes of AArch64's tables by hand: contiguous entries, break-before-make, and random
# edits, each undone, after which memory is byte for byte as before.  Watchpoints in a
# frame of assembly.
#
# Environment: PAIRS, how many random edits are made and undone (30); SEED.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
QEMU=${QEMU_ARM64:-qemu-system-aarch64}
GDB=${GDB_MULTIARCH:-gdb-multiarch}
GDB_ARCH=aarch64
PAIRS=${PAIRS:-30}
SEED=${SEED:-14}
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

program=$builddir/kernel/arm64/pmapk-arm64.elf
[ -f "$program" ] || make -s -C "$builddir" kernel/arm64/pmapk-arm64.elf >"$tmp/make.log" 2>&1
if [ ! -f "$program" ] || ! command -v "$GDB" >/dev/null; then
	skip "edits on AArch64" "no aarch64-linux-gnu-gcc when pmap was configured, or no $GDB here"
	finish
fi

cat >"$tmp/table" <<'END'
pmap protect 0x612000 +4K r--/r-- --apply | 10 | ^pmap: 0x610000-0x61ffff are contiguous entries, of which a part cannot be changed
pmap unmap 0x61f000 +8K | 10 | ^pmap: 0x610000-0x61ffff are contiguous entries
pmap protect 0x610000 +64K r--/r-- | 0 | ^L3 at 0x[0-9a-f]+ and 15 more
pmap unmap 0x610000 +64K | 0 | ^dry run
pmap map 0x600000 +4K 0x43000000 rw-/rw- --replace | 0 | ^1 entry is empty for a moment: break-before-make$
pmap protect 0x80200000 +4K r--/r-- --frames 0x41800000,+1M | 0 | ^1 entry is empty for a moment: break-before-make$
pmap map 0x600000 +8K 0x43000000 rw-/rw- --replace --apply | 0 | ^2 entries are empty for a moment: break-before-make$
pmap gva2gpa 0x601123 | 0 | ^0x601123 -> 0x43001123
pmap undo | 0 | ^undone: 2 entries are as before
pmap protect 0x602000 +4K r--/r-- --apply | 0 | ^written: 1 entry,
pmap undo | 0 | ^undone: 1 entry is as before$
pmap protect 0x602000 +4K r--/r-- --apply --flush | 0 | ^TLBs not flushed: AArch64 has no register by which a debugger could do that$
printf "%d\n", $pmap_flushed | 0 | ^0$
pmap undo | 0 | ^undone: 1 entry is as before$
END

# A right, of four.
right()
{
	local rights=(r--/r-- rw-/rw- r--/--- rw-/---)

	echo "${rights[RANDOM % 4]}"
}

RANDOM=$SEED
edits()
{
	local i page length

	for ((i = 0; i < PAIRS; i++)); do
		page=$((0x620000 + RANDOM % 24 * 4096)) length=$((4096 * (1 + RANDOM % 8)))
		case $((RANDOM % 6)) in
		0) printf 'pmap protect %#x +%d %s --apply\n' $page $length "$(right)" ;;
		1) printf 'pmap unmap %#x +%d --apply\n' $page $length ;;
		2) printf 'pmap map %#x +%d %#x %s --replace --apply\n' $page $length \
			$((0x43000000 + RANDOM % 256 * 4096)) "$(right)" ;;
		3) printf 'pmap protect %#x +4K %s --frames 0x41800000,+1M --apply\n' \
			$((0x80200000 + RANDOM % 3584 * 4096)) "$(right)" ;;
		4) printf 'pmap protect 0x610000 +64K %s --apply\n' "$(right)" ;;
		5) printf 'pmap edit %#x --set Contig --apply\n' $page ;;
		esac
		# What is so already leaves nothing to undo.
		cat <<-'END'
		set $made += $pmap_status == 0
		if $pmap_entries
		  pmap undo
		  set $undone += $pmap_status == 0
		else
		  set $undone += 1
		end
		END
	done
}

qemu_start -S -accel tcg -M virt -cpu max -m 128 -no-reboot -kernel "$program"
{
	cat <<-'END'
	hbreak pmapk_ready
	continue
	set $i = 0
	while $i < 16
	  pmap edit 0x610000 + $i * 4096 --set Contig --apply
	  set $i = $i + 1
	end
	set $made = 0
	set $undone = 0
	END
	questions <"$tmp/table"
	echo "monitor pmemsave 0x41000000 0x2000000 \"$tmp/before\""
	edits
	echo "monitor pmemsave 0x41000000 0x2000000 \"$tmp/after\""
	# shellcheck disable=SC2016
	echo 'printf "made %d undone %d\n", $made, $undone'
	# A frame of a file of assembly.
	cat <<-'END'
	echo watch\n
	pmap watch 0x600000
	pmap unwatch
	END
} >"$tmp/ask.gdb"
gdb_run "$program" <"$tmp/ask.gdb"
check_answers <"$tmp/table"
like "$(cat "$gdb_out")" "^made $PAIRS undone $PAIRS\$" "SEED=$SEED: $PAIRS edits are made and undone" ||
	diag "$(grep -n '^pmap: ' "$gdb_out" | tail -5)"
ok "SEED=$SEED: then memory is byte for byte as before" cmp "$tmp/before" "$tmp/after"
watched=$(sed -n '/^watch$/,$p' "$gdb_out")
is "$(echo "$watched" | grep -c '^watch [0-9]*: 0x600000, rw-/rw- 4K')" 1 "watch"
is "$(echo "$watched" | grep -c '^Hardware watchpoint')" 4 "of four levels"
unlike "$watched" 'does not match' "GDB has nothing to say of languages"
finish
