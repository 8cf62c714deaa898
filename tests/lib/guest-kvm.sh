# A guest of KVM's inside an emulated machine (tests/guest/vmm.c): two dimensions, by
# registers alone, against GDB's own reads and QEMU's gva2gpa, both of which follow
# both stages.  Sourced by bash, behind guest-arm64.sh or guest-riscv.sh, for one that
# is booted with the guest_init of its architecture.
#
#	kvm_stop PATTERN...	stops the machine inside the guest: where each of the
#				patterns matches `info registers'
#	kvm_check UPPER <TABLE	asks all in one session and checks it, with a table of
#				questions (questions.sh); UPPER is the first address
#				of the upper place
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
. "$srcdir/tests/lib/questions.sh"

kvm_is_inside()
{
	local pattern

	hmp stop
	hmp "info registers" | tr -d '\r' >"$tmp/registers"
	for pattern; do
		grep -Eqi "$pattern" "$tmp/registers" || { hmp cont; return 1; }
	done
}

kvm_stop()
{
	wait_until 120 kvm_is_inside "$@" || bail "the guest's guest does not run"
}

# Addresses of every kind: mapped in both, in the first stage alone, in none.
kvm_addresses()
{
	local upper=$1 i

	for ((i = 0x80000000; i < 0x80023000; i += 0x1000)); do
		printf '0x%x\n' $((i + 0x18))
	done
	for ((i = 0x80200000; i < 0x80400000; i += 0x10000)); do
		printf '0x%x\n' $i
	done
	printf '%s\n' 0x80201008 0x80400000 0x1000 0x3fffffffff 0x4000000000 \
		0x7fffffffff 0xffffffffffffffff
	printf '0x%x\n' $((upper)) $((upper + 0x1008)) $((upper + 0x2000))
}

kvm_ask()
{
	while read -r va; do
		cat <<-END
		pmap gva2gpa $va
		if \$pmap_status == 0
		  printf "PROBE $va %lx\n", \$pmap_hpa
		  printf "DATA $va %lx\n", *(unsigned long *)$va
		else
		  echo PROBE $va -\n
		end
		END
	done <"$tmp/addresses"
	echo "pmap dump --combined --leaves --kind leaf --json --output $tmp/combined.json"
	questions <"$tmp/table"
}

# All of both dimensions at once: the same pages, of those that were asked for.
kvm_check_combined()
{
	"$srcdir/tests/lib/json2leaves" -v full=1 "$tmp/combined.json" |
		while read -r va pa page _; do
			for ((i = 0; i < page; i += 4096)); do
				printf '%x %x\n' $((16#$va + i)) $((16#$pa + i))
			done
		done | sort >"$tmp/combined"
	sed 's/^0x//; s/...$/000/; s/^000$/0/' "$tmp/addresses" >"$tmp/pages"
	paste -d ' ' "$tmp/pages" <(sed 's/...$/000/' "$tmp/theirs") |
		grep -v -e - | sort -u >"$tmp/mapped"
	awk 'NR == FNR { asked[$1]; next } $1 in asked' "$tmp/pages" "$tmp/combined" >"$tmp/found"
	same_file "$tmp/found" "$tmp/mapped" "dump --combined has the same pages"
}

kvm_check()
{
	local probes reads n

	cat >"$tmp/table"
	kvm_addresses "$1" >"$tmp/addresses"
	mapfile -t probes < <(sed 's/^/gva2gpa /' "$tmp/addresses")
	hmp "${probes[@]}" | "$srcdir/tests/lib/gva2gpas" >"$tmp/theirs"
	kvm_ask >"$tmp/ask.gdb"
	gdb_run <"$tmp/ask.gdb"
	awk '$1 == "PROBE" { print $3 }' "$gdb_out" >"$tmp/ours"
	same_file "$tmp/ours" "$tmp/theirs" \
		"gva2gpa through both stages = monitor gva2gpa, mapped or not"
	n=$(grep -vc -e - "$tmp/ours")
	ok "some are mapped: $n" test "$n" -ge 14
	ok "and some are not" grep -q -e - "$tmp/ours"

	# The bytes: GDB reads by the virtual address, the monitor at what pmap found.
	awk '$1 == "DATA" { print $3 }' "$gdb_out" >"$tmp/data.gdb"
	mapfile -t reads < <(grep -v -e - "$tmp/ours" | sed 's/^/xp \/1gx 0x/')
	hmp "${reads[@]}" | tr -d '\r' | sed -n 's/^[0-9a-f]*: 0x0*\([0-9a-f]\)/\1/p' >"$tmp/data.hmp"
	same_file "$tmp/data.gdb" "$tmp/data.hmp" "what is there is what GDB reads itself"
	ok "a page is the one that was filled" grep -q 'c0de000200' "$tmp/data.gdb"
	kvm_check_combined
	check_answers <"$tmp/table"
}
