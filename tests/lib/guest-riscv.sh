# A Debian kernel for RISC-V that runs init.c, and what a naive walker, the
# guest's own pagemap and QEMU say of its page tables: sourced by bash.  Brings
# guest-cross.sh along, which does most.
#
#	riscv_boot CMDLINE	boots Debian 13's kernel, and stops the guest when
#			its init spins; fails, with a SKIP, where it cannot be had
#	riscv_check MIN	the walker, pagemap, gva2gpa and `info mem' agree with
#			pmap, on MIN leaves or more
#
# $guest_memory is the guest's RAM in MiB (256), $guest_init its first process
# (init-riscv64; another one is not waited for in user mode), $guest_module the
# module beside it (brd), $guest_asks what that is to tell, $guest_cpu the CPU.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
QEMU=${QEMU_RISCV:-qemu-system-riscv64}
GDB_ARCH=riscv:rv64
guest_memory=${guest_memory:-256}
cross_cc=riscv64-linux-gnu-gcc
guest_init=${guest_init:-init-riscv64}
cross_init=tests/guest/$guest_init
cross_naive=tests/lib/naive-riscv
cross_ram=0x80000000
cross_console=ttyS0
cross_full=2
guest_module=${guest_module:-brd}
guest_asks=${guest_asks:-pagemap=1 kallsyms=1 kept=1}
guest_cpu=${guest_cpu:-rv64,svnapot=on,svpbmt=on}
# Nothing names the mode; user mode alone runs below.  Other programs are not waited
# for there, nor stopped.
cross_in_user=' pc +0000'
[ "$guest_init" = init-riscv64 ] || cross_in_user=
cross_registers=satp
cross_corners="0 fff 1000 3fffffffff 7fffffffffff ffffffffffff 4000000000"
. "$(dirname "${BASH_SOURCE[0]}")/guest-cross.sh"
. "$srcdir/tests/lib/kept.sh"
. "$srcdir/tests/lib/layout.sh"

riscv_boot()
{
	cross_boot linux-image-riscv64@trixie "$1" -cpu "$guest_cpu"
}

# Lines like those of `info mem', from leaves: what touches, agrees and is in one
# table is one.
riscv_merge()
{
	local va pa page rights mt global accessed dirty attr at=-1 to=0 size=0 last=
	local start table=

	while read -r va pa page rights mt global accessed dirty; do
		[ "$mt" != nc ] || continue
		attr=${rights:0:3}${rights:3:1}
		attr=${attr/s/-}
		[ "$global" = true ] && attr+=g || attr+=-
		[ "$accessed" = true ] && attr+=a || attr+=-
		[ "$dirty" = true ] && attr+=d || attr+=-
		start=$((16#$va & -page * 512))
		if ((16#$va == at + size && 16#$pa == to + size)) &&
			[ "$attr $start" = "$last $table" ]; then
			size=$((size + page))
			continue
		fi
		[ -z "$last" ] || printf '%016x %016x %016x %s\n' $at $to $size "$last"
		at=$((16#$va)) to=$((16#$pa)) size=$page last=$attr table=$start
	done
	[ -z "$last" ] || printf '%016x %016x %016x %s\n' $at $to $size "$last"
}

# QEMU takes PBMT's low bit for an address bit (NC), and NAPOT's size as well: what
# has either is left out.
riscv_napot()
{
	local at len

	read -r at len < <(tr -d '\r' <"$tmp/serial" |
		awk '/pages of 64 KiB/ && !/refused/ { print $2, $3 }')
	printf '%016x %016x\n' "$((at))" "$((at + len))"
}

riscv_check_mem()
{
	local n first=none end=none

	read -r first end < <(riscv_napot)
	tr -d '\r' <"$tmp/mem.raw" |
		awk 'NF == 4 && $4 ~ /^[-r][-w][-x]/ && $2 ~ /^0/' |
		awk -v first="$first" -v end="$end" \
		'$1 "" < first || $1 "" >= end' >"$tmp/mem.qemu"
	awk -v first="$first" -v end="$end" '$1 "" < first || $1 "" >= end' \
		"$tmp/pmap.leaves" | riscv_merge >"$tmp/mem.pmap"
	n=$(wc -l <"$tmp/mem.qemu")
	ok "QEMU's info mem has lines: $n" test "$n" -ge 300
	same_file "$tmp/mem.pmap" "$tmp/mem.qemu" \
		"pmap = info mem: addresses, sizes, rights, G, A, D"
	n=$(awk -v first="$first" -v end="$end" '$1 "" >= first && $1 "" < end' \
		"$tmp/pmap.leaves" | wc -l)
	ok "entries of NAPOT pages: $n" test "$n" -ge 16
}

# Regions, against the guest's own /proc/kallsyms.
riscv_check_layout()
{
	local name text

	gdb_run <<-END
	pmap regions --json --output $tmp/regions.json
	pmap regions
	END
	diag "$(cat "$gdb_out")"
	for name in fixmap vmemmap vmalloc "direct map"; do
		like "$(layout_field "$tmp/regions.json" "$name" va)" '^0xff' \
			"regions: $name"
	done
	text=$(layout_field "$tmp/regions.json" "kernel text" va)
	ok "the text begins at _start, before _text: $text" \
		test $((text)) -le $((16#$(layout_symbol _text)))
	is "$(layout_field "$tmp/regions.json" "kernel rodata" va | tail -n 1)" \
		"0x$(layout_symbol __start_rodata)" "kernel rodata begins at __start_rodata"
}

riscv_check()
{
	# As long as it stands.
	hmp "info mem" >"$tmp/mem.raw"
	cross_ask
	cross_check "$1"
	grep '^paging' "$gdb_out" >"$tmp/mode"
	riscv_check_mem
	riscv_check_layout
	wait_until 120 cross_stop_in_user || bail "the guest is not in user mode"
	guest_check_entries
}
