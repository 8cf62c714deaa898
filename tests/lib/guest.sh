# A Debian kernel that runs init.c, and what QEMU and the naive walker say of
# its page tables: sourced by bash.  Brings session.sh along.
#
#	guest_boot PACKAGE INIT CMDLINE QEMU-ARG...
#			boots, and stops the guest when its init spins; fails,
#			with a SKIP, where this system cannot have that kernel
#	guest_oracles	$tmp/tlb.leaves	VA PA small|large, by QEMU's `info tlb`
#			$tmp/naive.json	records of the naive walker
#			$tmp/naive.leaves  them as VA PA PAGE RIGHTS
#			$tmp/probes	addresses, one a line
#			$tmp/probes.want  QEMU's answer to each, - for none
#	guest_check_oracles MIN	they agree, on MIN leaves or more
#	guest_check_plugin	pmap agrees with them; GDB lets the guest run on.  What
#			guest_more() prints, if it is there, is asked, too
#	guest_register NAME	the value in `info registers`, hexadecimal
#
# $guest_memory is the guest's RAM in MiB (256); $guest_module a module of the kernel's
# (brd) that is in its initramfs as well.  With $guest_anywhere set it may
# be stopped in the kernel as well.  The guest stays stopped from
# guest_boot on: QEMU would let it run again when GDB detaches, so GDB's part
# comes last.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/session.sh"
. "$srcdir/tests/lib/initramfs.sh"

guest_memory=${guest_memory:-256}

guest_register()
{
	hmp "info registers" | tr ' ' '\n' | sed -n "s/^$1=//p" | head -n 1
}

# A timer's interrupt may run: then let the guest go on for a moment.
guest_stop_in_user()
{
	hmp stop
	[ -n "${guest_anywhere:-}" ] || [ "$(guest_register CPL)" = 3 ] ||
		{ hmp cont; false; }
}

# The path of the package's kernel, in $kernel.
guest_kernel()
{
	kernel=$("$srcdir/tests/lib/fetch-kernel" "$1" "$guest_module" 2>"$tmp/fetch.log")
	case $? in
	0) return 0 ;;
	77) skip "$1" "$(tail -n 1 "$tmp/fetch.log")" ;;
	*) bail "no kernel: $(tail -n 1 "$tmp/fetch.log")" ;;
	esac
	return 1
}

guest_boot()
{
	local package=$1 init=$2 cmdline=$3 kernel

	shift 3
	session_need "$init"
	session_need tests/lib/naive
	guest_kernel "$package" || return 1
	guest_initramfs "$init" || bail "cannot make an initramfs"
	qemu_start -accel tcg -m "$guest_memory" -no-reboot -kernel "$kernel" \
		-initrd "$tmp/initramfs" \
		-append "console=ttyS0 quiet panic=-1 $cmdline" "$@"
	serial_wait '^READY' 300 || bail "the guest does not boot"
	wait_until 120 guest_stop_in_user || bail "the guest is not in user mode"
	diag "$(cat "$(dirname "$kernel")/package" 2>/dev/null)"
	diag "$(tr -d '\r' <"$tmp/serial" | grep '^region')"
}

# From CR0, CR4 and EFER to a name that naive knows; paging off has none.
guest_mode()
{
	local cr0=$((16#$(guest_register CR0))) cr4=$((16#$(guest_register CR4)))
	local efer=$((16#$(guest_register EFER)))

	if ((!(cr0 >> 31 & 1))); then return 1
	elif ((efer >> 10 & 1)); then echo $((cr4 >> 12 & 1 ? 5 : 4))
	elif ((cr4 >> 5 & 1)); then echo pae
	elif ((cr4 >> 4 & 1)); then echo pse
	else echo 32
	fi
	return 0
}

# Addresses that no sample of a table's leaves would hit.
guest_corner_probes()
{
	cat <<-END
	0
	fff
	7fffffff
	fffff000
	ffffffff
	END
	case $guest_mode in
	[45]) cat <<-END ;;
	7fffffffffff
	800000000000
	ffff7fffffffffff
	ffff800000000000
	ffffffffffffffff
	ffffffffffe00000
	fffffffffff
	ffffffffffffff
	100000000000000
	feffffffffffffff
	ff00000000000000
	123456789abcdef0
	END
	esac
}

# About a hundred leaves (first byte, one inside, last byte), and as many gaps
# (first and last byte).  Of a run of leaves that share a frame one counts: the
# 65,536 of espfix would otherwise be most of the sample.
guest_sample_probes()
{
	local va last n

	awk '{ key = $2 } key != before { print $1, $3 } { before = key }' \
		"$tmp/naive.leaves" >"$tmp/sample"
	n=$(($(wc -l <"$tmp/sample") / 100 + 1))
	awk -v n=$n 'NR % n == 0' "$tmp/sample" |
	while read -r va page; do
		va=$((16#$va))
		last=$((va + page - 1))
		printf '%x\n' $va $((va + 0x123)) $last
	done
	guest_gaps >"$tmp/gaps"
	n=$(($(wc -l <"$tmp/gaps") / 100 + 1))
	awk -v n=$n 'NR % n == 0 { print $1; print $2 }' "$tmp/gaps"
}

guest_gaps()
{
	local va page next=0

	while read -r va _ page _; do
		va=$((16#$va))
		((va == next)) || printf '%x %x\n' $next $((va - 1))
		next=$((va + page))
	done <"$tmp/naive.leaves"
}

guest_probes()
{
	{
		guest_corner_probes
		guest_sample_probes
	} | awk -v bits="$guest_mode" \
		'bits ~ /[45]/ || length($0) <= 8' >"$tmp/probes"
	sed 's/^/gva2gpa 0x/' "$tmp/probes" >"$tmp/probes.hmp"
	mapfile -t probes <"$tmp/probes.hmp"
	hmp "${probes[@]}" | "$srcdir/tests/lib/gva2gpas" >"$tmp/probes.want"
}

guest_oracles()
{
	local nx=-n

	guest_mode=$(guest_mode) || bail "paging is off"
	guest_cr3=$(guest_register CR3)
	((16#$(guest_register EFER) >> 11 & 1)) && nx=
	diag "mode $guest_mode, CR3 0x$guest_cr3${nx:+, no NX}"
	hmp "info tlb" | "$srcdir/tests/lib/tlb2leaves" >"$tmp/tlb.leaves" ||
		bail "info tlb is not understood"
	hmp "pmemsave 0 $((guest_memory << 20)) \"$tmp/image\""
	# shellcheck disable=SC2086
	"$builddir/tests/lib/naive" $nx "$tmp/image" "0x$guest_cr3" \
		"$guest_mode" >"$tmp/naive.json" || bail "naive failed"
	rm -f "$tmp/image"
	"$srcdir/tests/lib/json2leaves" -v full=1 "$tmp/naive.json" \
		>"$tmp/naive.leaves"
	guest_probes
}

guest_check_oracles()
{
	local n

	n=$(wc -l <"$tmp/tlb.leaves")
	ok "at least $1 leaves: $n" test "$n" -ge "$1"
	"$srcdir/tests/lib/json2leaves" "$tmp/naive.json" >"$tmp/naive.short"
	same_file "$tmp/naive.short" "$tmp/tlb.leaves" \
		"naive walker = info tlb, leaf by leaf"
	n=$(wc -l <"$tmp/probes")
	ok "hundreds of addresses: $n" test "$n" -ge 300
	is "$(wc -l <"$tmp/probes.want")" "$n" "gva2gpa answers each"
	diag "$(grep -c -e - "$tmp/probes.want") of them not mapped"
	diag "leaves by page and rights:"
	diag "$(awk '{ n[$3 " " $4]++ } END { for (k in n) print k, n[k] }' \
		"$tmp/naive.leaves" | sort -k1n -k2)"
}

# One GDB for all: a dump to a file, and a translation for each probe.
guest_plugin_script()
{
	echo "pmap info"
	echo "pmap dump --leaves --expand --json --output $tmp/pmap.json"
	echo 'printf "DUMP %d\n", $pmap_status'
	while read -r address; do
		cat <<-END
		pmap gva2gpa 0x$address
		if \$pmap_status == 0
		  printf "PROBE %lx\n", \$pmap_gpa
		else
		  echo PROBE -\n
		end
		END
	done <"$tmp/probes"
	if declare -F guest_more >/dev/null; then
		guest_more
	fi
}

# To the form of probes.want.
guest_plugin_answers()
{
	awk '$1 == "PROBE" { print $2 }' "$gdb_out"
}

guest_check_plugin()
{
	guest_plugin_script >"$tmp/plugin.gdb"
	gdb_run <"$tmp/plugin.gdb"
	like "$(cat "$gdb_out")" '^DUMP 0$' "pmap dump succeeds" || {
		diag "GDB's status: $gdb_status"
		diag "$(head -n 20 "$gdb_out" "$gdb_err")"
		return 1
	}
	diag "$(sed '/^DUMP/,$d' "$gdb_out")"
	"$srcdir/tests/lib/json2leaves" "$tmp/pmap.json" >"$tmp/pmap.short"
	same_file "$tmp/pmap.short" "$tmp/tlb.leaves" \
		"pmap dump = info tlb, leaf by leaf"
	"$srcdir/tests/lib/json2leaves" -v full=1 "$tmp/pmap.json" \
		>"$tmp/pmap.leaves"
	same_file "$tmp/pmap.leaves" "$tmp/naive.leaves" \
		"pmap dump = naive walker: addresses, page sizes, rights"
	guest_plugin_answers | paste -d ' ' "$tmp/probes" - >"$tmp/probes.got"
	paste -d ' ' "$tmp/probes" "$tmp/probes.want" >"$tmp/probes.both"
	same_file "$tmp/probes.got" "$tmp/probes.both" \
		"pmap gva2gpa = monitor gva2gpa, mapped or not"
}
