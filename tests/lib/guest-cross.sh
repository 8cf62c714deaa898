# A Debian kernel of another architecture than the host's that runs init.c, and
# what a naive walker, the guest's own pagemap and QEMU say of its page tables:
# sourced by guest-arm64.sh and guest-riscv.sh, which say
#
#	cross_cc	the compiler that builds tests/guest/init-$GUEST
#	cross_init	that program; built here if need be
#	cross_naive	the naive walker, tests/lib/naive-...
#	cross_ram	where RAM begins
#	cross_console	the kernel's name of the serial port
#	cross_in_user	a match of `info registers' where user mode runs; empty:
#			it is not waited for
#	cross_registers	GDB's names of what the walker needs, in its order; NEW=OLD: or what an older QEMU calls it
#	cross_corners	addresses that are worth a question, hexadecimal
#
#	cross_boot PACKAGE CMDLINE QEMU-ARG...
#			boots, and stops the guest when its init spins; fails,
#			with a SKIP, where it cannot be had
#	cross_ask	one GDB for all: registers, an image of memory, pmap's
#			dump and translations
#	cross_check MIN	pmap agrees with all of them, on MIN leaves or more
#
# $guest_memory is the guest's RAM in MiB (512); $cross_shift log2 of the page
# that the kernel counts frames in (12); $cross_full json2leaves' (1);
# $guest_asks: what init.c is asked for (pagemap=1); $guest_module: a module of the
# kernel's (brd) that is in its initramfs as well.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
GDB=${GDB_MULTIARCH:-gdb-multiarch}
. "$(dirname "${BASH_SOURCE[0]}")/session.sh"
. "$srcdir/tests/lib/initramfs.sh"

guest_memory=${guest_memory:-512}
cross_shift=12
cross_full=${cross_full:-1}
guest_asks=${guest_asks:-pagemap=1}

# QEMU's own gva2gpa obeys the rights of the mode that it stopped in: only user
# mode finds the user's pages.
cross_stop_in_user()
{
	hmp stop
	hmp "info registers" | grep -Eq "$cross_in_user" || { hmp cont; false; }
}

cross_boot()
{
	local package=$1 cmdline=$2 kernel

	shift 2
	[ -f "$builddir/$cross_init" ] ||
		make -s -C "$builddir" "$cross_init" >"$tmp/make.log" 2>&1
	if [ ! -f "$builddir/$cross_init" ]; then
		skip "$package" "no $cross_cc here when pmap was configured"
		return 1
	fi
	# Debian 12's gdb-minimal excludes it.
	if ! command -v "$GDB" >/dev/null; then
		skip "$package" "no $GDB here (Debian: gdb-multiarch)"
		return 1
	fi
	session_need "$cross_naive"
	kernel=$("$srcdir/tests/lib/fetch-kernel" "$package" "$guest_module" 2>"$tmp/fetch.log") ||
		bail "no kernel: $(tail -n 1 "$tmp/fetch.log")"
	guest_initramfs "$cross_init" || bail "cannot make an initramfs"
	qemu_start -accel tcg -M virt -m "$guest_memory" -no-reboot \
		-kernel "$kernel" -initrd "$tmp/initramfs" "$@" \
		-append "console=$cross_console quiet panic=-1 $cmdline -- $guest_asks"
	serial_wait '^READY' 400 || bail "the guest does not boot"
	[ -z "$cross_in_user" ] || wait_until 120 cross_stop_in_user ||
		bail "the guest is not in user mode"
	diag "$(cat "$(dirname "$kernel")/package" 2>/dev/null) $cmdline"
}

# Addresses of the guest's own regions: of each the first, some inside, the last.
cross_probes()
{
	local va len

	tr -d '\r' <"$tmp/serial" | awk '$1 == "region" { print $2, $3 }' |
	while read -r va len; do
		for i in 0 1 2 3 4 5 6 7 8 9; do
			printf '%x\n' $((va + len / 10 * i + 0x123))
		done
		printf '%x\n' $((va + len - 1)) $((va + len))
	done
	# shellcheck disable=SC2086
	printf '%s\n' $cross_corners
}

cross_script()
{
	local name

	for name in $cross_registers; do
		# shellcheck disable=SC2016
		printf 'printf "REG %s %%lx\\n", $_isvoid($%s) ? (unsigned long)$%s : (unsigned long)$%s\n' \
			"${name%=*}" "${name%=*}" "${name#*=}" "${name%=*}"
	done
	cat <<-END
	monitor pmemsave $cross_ram $((guest_memory << 20)) "$tmp/image"
	pmap info
	pmap dump --leaves --expand --json --output $tmp/pmap.json
	printf "DUMP %d\n", \$pmap_status
	END
	while read -r address; do
		cat <<-END
		pmap gva2gpa 0x$address
		if \$pmap_status == 0
		  printf "PROBE $address %lx\n", \$pmap_gpa
		else
		  echo PROBE $address -\n
		end
		END
	done <"$tmp/probes"
}

cross_register()
{
	awk -v name="$1" '$1 == "REG" && $2 == name { print "0x" $3 }' "$gdb_out"
}

cross_ask()
{
	local probes name values=()

	cross_probes >"$tmp/probes"
	sed 's/^/gva2gpa 0x/' "$tmp/probes" >"$tmp/probes.hmp"
	mapfile -t probes <"$tmp/probes.hmp"
	hmp "${probes[@]}" | "$srcdir/tests/lib/gva2gpas" >"$tmp/probes.gpas"
	paste -d ' ' "$tmp/probes" "$tmp/probes.gpas" >"$tmp/probes.want"
	cross_script >"$tmp/ask.gdb"
	gdb_run <"$tmp/ask.gdb"
	diag "$(sed -n '/^cpu /,/^cache /p' "$gdb_out")"
	[ -s "$tmp/image" ] || {
		diag "$(head -n 20 "$gdb_out" "$gdb_err")"
		bail "GDB says nothing"
	}
	for name in $cross_registers; do
		values+=("$(cross_register "${name%=*}")")
	done
	"$builddir/$cross_naive" "$tmp/image" "$cross_ram" "${values[@]}" \
		>"$tmp/naive.json" || bail "$cross_naive failed"
	rm -f "$tmp/image"
	"$srcdir/tests/lib/json2leaves" -v full="$cross_full" "$tmp/naive.json" >"$tmp/naive.leaves"
	"$srcdir/tests/lib/json2leaves" -v full="$cross_full" "$tmp/pmap.json" >"$tmp/pmap.leaves"
}

# Pages of 4 KiB of the lower half, VA and frame: by pmap, and by the guest.
cross_frames()
{
	grep '^0000' "$tmp/pmap.leaves" | while read -r va pa page _; do
		echo $((16#$va)) $((16#$pa)) "$page"
	done | awk '{ for (i = 0; i < $3; i += 4096) printf "%d %d\n", $1 + i, $2 + i }' |
		sort >"$tmp/frames.pmap"
	tr -d '\r' <"$tmp/serial" | grep '^frames' | while read -r _ va frame n; do
		echo $((16#$va)) $((16#$frame << cross_shift)) \
			$((16#$n << cross_shift))
	done | awk '{ for (i = 0; i < $3; i += 4096) printf "%d %d\n", $1 + i, $2 + i }' |
		sort >"$tmp/frames.guest"
}

cross_check()
{
	local n

	like "$(cat "$gdb_out")" '^DUMP 0$' "pmap dump succeeds" ||
		diag "$(tail -n 20 "$gdb_out" "$gdb_err")"
	n=$(wc -l <"$tmp/naive.leaves")
	ok "at least $1 leaves: $n" test "$n" -ge "$1"
	same_file "$tmp/pmap.leaves" "$tmp/naive.leaves" \
		"pmap dump = naive walker: addresses, page sizes, rights"
	diag "leaves by page and rights:"
	diag "$(awk '{ n[$3 " " $4]++ } END { for (k in n) print k, n[k] }' \
		"$tmp/naive.leaves" | sort -k1n -k2)"
	cross_frames
	n=$(wc -l <"$tmp/frames.pmap")
	ok "hundreds of pages of the user's: $n" test "$n" -ge 900
	comm -23 "$tmp/frames.pmap" "$tmp/frames.guest" >"$tmp/frames.other"
	same_file "$tmp/frames.other" /dev/null \
		"every frame of the lower half is the one in /proc/self/pagemap"
	# PROT_NONE pages have a frame, but no valid entry.
	diag "$(comm -13 "$tmp/frames.pmap" "$tmp/frames.guest" | wc -l) pages are in pagemap alone (PROT_NONE)"
	awk '$1 == "PROBE" { print $2, $3 }' "$gdb_out" >"$tmp/probes.got"
	same_file "$tmp/probes.got" "$tmp/probes.want" \
		"pmap gva2gpa = monitor gva2gpa, mapped or not"
	n=$(grep -vc -e '-$' "$tmp/probes.want")
	ok "some are mapped: $n" test "$n" -ge 20
}
