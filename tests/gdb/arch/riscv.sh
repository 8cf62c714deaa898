#!/usr/bin/env bash
# The example for RISC-V (kernel/riscv/), in Sv39 and in Sv32: the core's map,
# protect and unmap, as the hart has them; what pmap says of that address space;
# faults foretold at the first instruction of the trap handler; edits and their
# undoing; a guest, from outside and from within.
#
# Environment: PAIRS, how many random edits are made and undone (50);
# QEMU_RISCV64, QEMU_RISCV32.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
GDB=${GDB_MULTIARCH:-gdb-multiarch}
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

pairs=${PAIRS:-50}

# example XLEN: builds it; fails, with a SKIP, where it cannot be had
example()
{
	local qemu=QEMU_RISCV$1

	QEMU=${!qemu:-qemu-system-riscv$1}
	GDB_ARCH=riscv:rv$1
	program=$builddir/kernel/riscv/pmapk-riscv$1.elf
	[ -f "$program" ] || make -s -C "$builddir" "kernel/riscv/pmapk-riscv$1.elf" >"$tmp/make.log" 2>&1
	if [ ! -f "$program" ]; then
		skip "the example, $1 bits" "no riscv64-linux-gnu-gcc here when pmap was configured"
	elif ! command -v "$QEMU" >/dev/null; then
		skip "the example, $1 bits" "no $QEMU here"
	elif ! command -v "$GDB" >/dev/null; then
		skip "the example, $1 bits" "no $GDB here (Debian: gdb-multiarch)"
	else
		return 0
	fi
	return 1
}

# At pmapk_ready, before all faults; FORMAT is sv39 or sv32.  The second hart stands
# still in M mode, with none of PMP's entries in use.
ready()
{
	cat <<-END
	pmap info | 0 | RISC-V S[v]$1 \\(sv$1\\)
	pmap info | 0 | ^mode       S
	pmap gva2gpa 0x600123 | 0 | ^0x600123 -> 0x82200123
	pmap gva2gpa 0x640000 | 1 | -> nothing
	pmap expect 0x400000 +0x40000 r--s | 0 |
	pmap expect 0x600000 +0x40000 rw-s | 0 |
	pmap expect 0x700000 +0x1000 --xs | 0 |
	pmap expect 0x800000 +0x10000 rw-u | 0 |
	pmap dump 0x40000000 +0x400000 --leaves | 0 | ^0000000040000000-.* rw-s +$2
	pmap dump 0x600000 +0x2000 --json --leaves | 0 | "va":"0x601000","last":"0x601fff","pa":"0x82201000"
	pmap walk 0x600000 | 0 | ^L0 
	pmap walk 0x600000 --root \$satp | 0 | ^L0 
	pmap walk 0x600000 --root 0x81000000 | 0 | ^L0 
	pmap walk 0x600000 --root 0x81000000 --format sv$1 | 0 | ^L0 
	pmap access 0x63fffc +8 w | 6 | store/AMO page fault \\(cause 15\\), stval 0x640000
	pmap access 0x800000 r --user | 0 | allowed
	pmap access 0x800000 r | 6 | SUM=0\\): U=1
	pmap find 0x82400000 | 0 | 800000
	pmap check | 8 | ^warning  wx +0000000080000000-00000000803fffff
	pmap check --list | 0 | ^note +- +sum
	pmap x/2i &try_load | 0 | lw t3,0\\(a0\\)
	pmap x/2i &try_short | 0 | lw a1,4\\(a0\\)
	pmap x/2i &try_amo | 0 | amoadd.w t3,zero,\\(a0\\)
	pmap explain --at &try_store | $4 | : sw t3,8\\(a0\\)  \\(RV$3, supervisor\\)$
	pmap explain --fault | 7 | not the first instruction of the trap handler
	set \$mstatus = \$mstatus - (\$mstatus & 0x40000) + 0x40000 | 7 |
	pmap check 0x800000 +0x10000 | 8 | ^note +sum +0000000000800000
	pmap access 0x800000 r | 0 | allowed
	set \$mstatus = \$mstatus - 0x40000 | 0 |
	pmap access 0x800000 r | 6 | SUM=0\\): U=1
	set \$priv = 3 | 6 |
	pmap info | 0 | ^mode       M: its addresses are physical
	pmap access 0x640000 r | 0 | : read of 1 byte by M mode: allowed
	pmap access 0x640000 r | 0 | ^  in M mode addresses are physical; --supervisor asks for S mode
	pmap access 0x640000 r --json | 0 | "by":"M mode"
	pmap access 0x640000 r --supervisor | 6 | : read of 1 byte by the supervisor: load page fault
	pmap perms 0x800000 | 0 | ^  user  +yes +yes +fetch page
	pmap perms 0x600000 | 0 | ^  user  +load page +store page +fetch page
	pmap explain --at &try_store | 0 | : sw t3,8\\(a0\\)  \\(RV$3, M mode\\)
	set \$status = \$mstatus | 0 |
	set \$mstatus = (\$status & ~0x1800) + 0x20800 - (\$status & 0x20000) | 0 |
	pmap info | 0 | ^mode       M: its fetches \\(mstatus.MPRV=1\\) are physical
	pmap access 0x640000 r | 6 | : read of 1 byte by M mode as S \\(MPRV\\): load page fault
	pmap access 0x640000 r | 6 | ^  in M mode with mstatus.MPRV=1 loads and stores are made in the mode that MPP has
	pmap access 0x640000 x | 0 | : fetch of 1 byte by M mode: allowed
	set \$mstatus = \$status - (\$status & 0x1800) + 0x20000 - (\$status & 0x20000) | 0 |
	pmap access 0x600000 r | 6 | : read of 1 byte by M mode as U \\(MPRV\\): load page fault
	pmap access 0x600000 r | 6 | not the user's: U=0
	set \$mstatus = \$status | 6 |
	set \$priv = 1 | 6 |
	pmap access 0x640000 r | 6 | by the supervisor: load page fault
	set \$cfg = \$pmpcfg0 | 6 |
	set \$pmpcfg0 = 0 | 6 |
	pmap access 0x600000 w | 6 | store/AMO access fault \\(cause 7\\), stval 0x600000
	pmap access 0x600000 w | 6 | no PMP entry has 0x8
	set \$pmpcfg0 = \$cfg | 6 |
	pmap access 0x600000 w | 0 | allowed
	pmap info | 0 | ^pmp        1 of
	thread 2 | 0 | Switching to thread 2
	pmap info | 0 | ^mode       M
	pmap access 0x600000 w --supervisor | 6 | no PMP entry has 0x600000
	pmap access 0x600000 w | 0 | by M mode: allowed
	pmap walk 0x600000 | 12 | satp.MODE is Bare
	thread 1 | 12 | Switching to thread 1
	pmap access 0x600000 w | 0 | by the supervisor: allowed
	thread apply 2 pmap access 0x600000 w --supervisor | 6 | no PMP entry has 0x600000
	pmap access 0x600000 w | 0 | by the supervisor: allowed
	END
}

# Registers, one a packet: PMP's for a verdict alone, once a stop, and of its 16 or 64
# addresses those that are in use.  64 (QEMU 11) have four times as many pmpcfg.
packets()
{
	local command

	echo 'printf "pmpaddr63 %d\n", !$_isvoid($pmpaddr63)'
	for command in 'pmap dump 0x600000 +0x1000' 'pmap access 0x600000 w' \
		'pmap access 0x600000 w'; do
		printf 'set debug remote 1\n%s\nset debug remote 0\necho --packets\\n\n' "$command"
	done
}

check_packets()
{
	local dump first again most=10

	! grep -q '^pmpaddr63 1$' "$gdb_out" || most=22
	read -r -d '' dump first again < <(cat "$gdb_out" | awk '
		/^--packets/ { print n + 0; n = 0 }
		/Sending packet: \$p/ { n++ }')
	ok "$1: PMP's registers are at most $most packets, not all: $((first - dump))" test \
		"$((first - dump))" -ge 1 -a "$((first - dump))" -le $most
	ok "$1: the next access at this stop asks for none of them: $again of $dump" \
		test "$again" -le "$dump"
}

# Ten page faults: what pmap says at the first instruction of the handler, beside
# what the hart has written down.
faults()
{
	cat <<-'END'
	hbreak *&trap
	set $n = 0
	while $n < 10
	  continue
	  printf "=fault %d\n", $n
	  pmap explain --fault
	  printf "=took cause %d), stval 0x%lx\n", $scause, $stval
	  set $n = $n + 1
	end
	delete
	END
}

check_faults()
{
	is "$(grep -c '^=took' "$gdb_out")" 10 "$1: ten faults"
	is "$(awk '/^=fault/ { said = "nothing" }
		/page fault \(cause/ { sub(/.*page fault \(/, ""); said = $0 }
		/^=took/ { sub(/^=took /, ""); print said == $0 ? "right" : said " | " $0 }' \
		"$gdb_out" | sort | uniq -c | sed 's/^ *//')" "10 right" \
		"$1: each is what explain --fault foretold" ||
		diag "$(sed -n '/^=fault/,/^=took/p' "$gdb_out")"
}

# Random edits of one page in 4 MiB, each undone: only the last undo's state counts.
edits()
{
	local i va kind rights

	RANDOM=15
	for ((i = 0; i < pairs; i++)); do
		va=$((0x400000 + (RANDOM % 64) * 0x1000 + (RANDOM % 2) * 0x200000))
		kind=$((RANDOM % 4))
		rights=$((RANDOM % 5))
		rights=$(echo r--s rw-s r-xs rwxs rw-u | cut -d' ' -f$((rights + 1)))
		case $kind in
		0) echo "pmap protect $va +4K $rights --apply" ;;
		1) echo "pmap unmap $va +4K --apply" ;;
		2) echo "pmap map $va +4K $((0x82000000 + (RANDOM % 256) * 0x1000)) $rights --replace --apply" ;;
		3) echo "pmap edit $va --set G --clear D --apply" ;;
		esac
		# What is so already leaves nothing to undo.
		# shellcheck disable=SC2016
		echo 'set $made = $pmap_status == 0 && $pmap_entries'
		# shellcheck disable=SC2016
		printf 'if $made\n  pmap undo\n  printf "=undone %%d\\n", $pmap_status\nend\n'
	done
}

memory()
{
	rm -f "$1"
	hmp "pmemsave 0x81000000 0x100000 \"$1\"" >/dev/null
	wait_until 20 test -s "$1"
}

# XLEN LEAF-SIZE FORMAT STATUS: of a store to 8 + satp.
all_of()
{
	local xlen=$1 size=$2 format=$3 status=$4

	ready "$format" "$size" "$xlen" "$status" >"$tmp/ready"
	qemu_start -S -M virt -smp 2 -m 128 -bios none -no-reboot -kernel "$program"
	{
		echo 'hbreak pmapk_ready'
		echo 'continue'
		echo 'delete'
		packets
		questions <"$tmp/ready"
		echo "shell $builddir/tests/lib/hmp $tmp/monitor 'pmemsave 0x81000000 0x100000 \"$tmp/before\"' >/dev/null"
		echo 'pmap snapshot before'
		edits
		echo 'pmap diff before'
		# shellcheck disable=SC2016
		echo 'printf "=same %d\n", $pmap_status'
		echo "shell $builddir/tests/lib/hmp $tmp/monitor 'pmemsave 0x81000000 0x100000 \"$tmp/after\"' >/dev/null"
		echo 'pmap protect 0x600000 +4K r--s --apply'
		echo 'echo ==== diff\n'
		echo 'pmap diff before'
		echo 'pmap undo'
		echo 'pmap watch 0x600000'
		echo 'hbreak *&trap'
		faults
	} >"$tmp/ask.gdb"
	gdb_run "$program" <"$tmp/ask.gdb"
	is "$gdb_status" 0 "$format: the session ends well" || diag "$(tail -n 5 "$gdb_err")"
	check_answers <"$tmp/ready"
	check_packets "$format"
	check_faults "$format"
	ok "$format: edits made and undone: $(grep -c '^=undone 0' "$gdb_out")" \
		test "$(grep -c '^=undone 0' "$gdb_out")" -ge $((pairs / 2))
	is "$(grep -c '^=undone [^0]' "$gdb_out")" 0 "$format: no undo fails"
	like "$(cat "$gdb_out")" '^=same 0$' "$format: the snapshot is what it was"
	ok "$format: tables are byte for byte what they were" cmp "$tmp/before" "$tmp/after"
	like "$(sed -n '/^==== diff/,$p' "$gdb_out")" '^0000000000600000-0000000000600fff .* rw-s .* -> r--s ' \
		"$format: diff says what an edit has changed"
	like "$(cat "$gdb_out")" '^watch 1: 0x600000, rw-s 4K 0x82200000' \
		"$format: watch"
}

# --- A guest ---------------------------------------------------------------------

# In HS mode, before it runs: both dimensions are named.
guest_outside()
{
	cat <<-'END'
	pmap gva2gpa 0x40000123 --hgatp $g --root $v | 0 | ^0x40000123 -> gpa 0x1000123 -> 0x83000123
	pmap gva2gpa 0x40008123 --hgatp $g --root $v | 0 | ^0x40008123 -> gpa 0x1008123 -> 0x83100123
	pmap gva2gpa 0x40010123 --hgatp $g --root $v | 1 | gpa 0x2000123
	pmap access 0x40008000 w --hgatp $g --root $v --supervisor | 6 | store/AMO guest-page fault \(cause 23\), stval 0x40008000, htval 0x402000 \(gpa 0x1008000\)
	pmap walk 0x40000000 --hgatp $g --root $v | 0 | in the G stage|hgatp|^L2
	pmap info --hgatp $g --root $v | 0 | Sv39x4
	pmap gva2gpa 0x600123 | 0 | -> 0x82200123
	END
}

# In VS mode: hgatp is on, and satp is the guest's.
guest_within()
{
	cat <<-'END'
	pmap info | 0 | Sv39x4
	pmap info | 0 | VS
	pmap gva2gpa 0x40000123 | 0 | ^0x40000123 -> gpa 0x1000123 -> 0x83000123
	pmap gva2gpa 0x40010123 | 1 | gpa 0x2000123
	pmap gva2gpa 0x600123 | 1 | -> nothing
	pmap walk 0x40000000 | 0 | 0x83000000
	pmap access 0x40008000 w | 6 | store/AMO guest-page fault \(cause 23\)
	pmap access 0x40000000 w | 0 | allowed
	pmap access 0x40000000 x | 6 | instruction page fault \(cause 12\)
	pmap dump 0x40000000 +0x10000 --combined --kind leaf | 0 | gpa 0x1000000
	pmap dump 0x40000000 +0x10000 --leaves | 0 | rw-s
	pmap dump --hgatp $hgatp --leaves | 0 | ^0000000001008000-.* r--u +4K .* 0000083100000$
	pmap check --hgatp $hgatp | 8 | ^note +wx +0000000001000000-
	pmap edit 0x1000000 --hgatp $hgatp --clear U --set 0x20 --apply | 0 | ^written: 1 entry,
	pmap check --hgatp $hgatp | 8 | ^error +g-user +0000000001000000-0000000001000fff
	pmap check --hgatp $hgatp | 8 | ^note +g-global
	pmap access 0x40000000 r | 6 | load guest-page fault \(cause 21\), stval 0x40000000, htval 0x400000
	pmap undo | 0 | ^undone
	pmap gva2gpa 0x40000123 | 0 | -> 0x83000123
	pmap explain --at &guest_fault | 6 | : ld t2,16\(t1\)  \(RV64, supervisor\)$
	pmap explain --at &guest_fault | 6 | load guest-page fault \(cause 21\), stval 0x40010010, htval 0x800004 \(gpa 0x2000010\)
	pmap explain --at &try_load --user | 6 | instruction page fault
	pmap roots | 0 | satp
	pmap roots | 0 | hgatp
	END
}

# The fault that the hypervisor has taken for the guest.
guest_fault()
{
	cat <<-'END'
	pmap fault | 10 | the fault was a guest's \(GVA=1\)
	pmap fault --hgatp $hgatp | 0 | ^load guest-page fault \(cause 21\) at 0x40010010: read by the supervisor, gpa 0x20000
	pmap explain --fault | 7 | the trap is a guest's
	pmap explain --fault --hgatp $hgatp | 6 | load guest-page fault \(cause 21\), stval 0x40010010
	END
}

guest()
{
	guest_outside >"$tmp/table"
	guest_within >>"$tmp/table"
	guest_fault >>"$tmp/table"
	qemu_start -S -M virt -m 128 -bios none -no-reboot -kernel "$program"
	{
		echo 'hbreak pmapk_guest'
		echo 'continue'
		echo 'delete'
		# shellcheck disable=SC2016
		printf 'set $%s = ((unsigned long *)&guest_roots)[%s]\n' g 0 v 1
		guest_outside | questions
		echo 'hbreak *&guest_spin'
		echo 'continue'
		echo 'delete'
		guest_within | questions
		# shellcheck disable=SC2016
		echo 'printf "=guest reads %#lx\n", *(unsigned long *)0x40000000'
		echo 'hbreak *&trap'
		echo 'continue'
		guest_fault | questions
	} >"$tmp/ask.gdb"
	gdb_run "$program" <"$tmp/ask.gdb"
	is "$gdb_status" 0 "a guest: the session ends well" || diag "$(tail -n 5 "$gdb_err")"
	check_answers <"$tmp/table"
	like "$(cat "$gdb_out")" '^=guest reads 0x40000000$' "what the guest has stored"
	is "$(hmp "xp /1gx 0x83000000" | tr -d '\r' | sed -n 's/^[0-9a-f]*: //p')" \
		0x0000000040000000 "is where both dimensions lead"
}

if example 64; then
	all_of 64 2M 39 6
	qemu_stop
	guest
	qemu_stop
fi
if example 32; then
	all_of 32 4M 32 0
	qemu_stop
fi
finish
