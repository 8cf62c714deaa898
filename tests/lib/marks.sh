# Memory of a guest that was booted with marks=1 (init.c), which says what it wrote
# where: sourced by bash, behind guest.sh.  The guest is stopped.
#
#	guest_check_marks	pmap x and pmap search have it, and so has QEMU
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash

# Each mark: its bytes by x, where search finds them, in user mode's memory and in
# all physical memory, and where the tables lead to.
marks_script()
{
	local va bytes len

	while read -r va bytes; do
		len=$((${#bytes} / 2))
		cat <<-END
		echo @ $va $bytes\\n
		pmap x/${len}xb 0x$va
		echo @user\\n
		pmap search -u --bytes $bytes
		printf "FOUND %d %lx\\n", \$pmap_count, \$pmap_found
		echo @physical\\n
		pmap search --physical --bytes $bytes
		pmap gva2gpa 0x$va
		printf "PA %lx\\n", \$pmap_gpa
		pmap x/${len}xb \$pmap_gpa --physical
		END
	done <"$tmp/marks"
	cat <<-END
	echo @ end\\n
	pmap search 0x2a000000 +16*4096 --u64 $(marks_word) --align 8
	printf "WORD %d %lx\\n", \$pmap_count, \$pmap_found
	pmap search --bytes $(awk 'NR == 1 { print $2 }' "$tmp/marks")
	pmap search -u --bytes $(awk 'NR == 3 { print $2 }' "$tmp/marks") --max 1 --json
	pmap x/xb 0x2a010000
	pmap x/16xb 0x2a00fff8
	monitor pmemsave 0 $((guest_memory << 20)) "$tmp/marks.image"
	END
}

# The first mark, 8 bytes, as a number.
marks_word()
{
	awk 'NR == 1 { for (i = 15; i > 0; i -= 2) n = n substr($2, i, 2); print "0x" n }' \
		"$tmp/marks"
}

# The bytes that x shows in part $1 of the answer, without spaces.
marks_bytes()
{
	awk -F '\t' '/^0x[0-9a-f]*:/ { for (i = 2; i <= NF; i++) { sub(/0x/, "", $i); printf "%s", $i } }'
}

marks_part()
{
	awk -v va="$1" '$1 == "@" { on = $2 == va } on' "$gdb_out"
}

# One that is in one page: QEMU's own view of it.
marks_in_page()
{
	local va=$1 bytes=$2 part=$3 pa

	pa=$(sed -n 's/^PA //p' <<<"$part")
	is "$(sed -n '/^PA /,$p' <<<"$part" | marks_bytes)" "$bytes" "$va: x --physical"
	is "$(sed -n '/^@physical/,/ -> /s/^ *0*\([0-9a-f]*\)$/\1/p' <<<"$part")" "$pa" \
		"$va: search --physical finds it there alone"
	is "$(hmp "xp /${#bytes}xb 0x$pa" | tr -d '\r' | head -n $((${#bytes} / 16 + 1)) |
		sed 's/^[0-9a-f]*://; s/ 0x//g' | tr -d '\n' | cut -c "1-${#bytes}")" "$bytes" "$va: the monitor's xp"
	is "$(dd if="$tmp/marks.image" bs=1 skip=$((16#$pa)) count=$((${#bytes} / 2)) 2>"$tmp/dd.log" |
		od -An -v -tx1 | tr -d ' \n')" "$bytes" "$va: the monitor's pmemsave"
}

guest_check_marks()
{
	local va bytes part first

	tr -d '\r' <"$tmp/serial" | sed -n 's/^mark //p' >"$tmp/marks"
	is "$(wc -l <"$tmp/marks")" 6 "the guest tells of six places"
	marks_script >"$tmp/marks.gdb"
	gdb_run <"$tmp/marks.gdb"
	hmp stop
	while read -r va bytes; do
		part=$(marks_part "$va")
		first=$(sed '/^@user/,$d' <<<"$part" | marks_bytes)
		is "$first" "$bytes" "$va: x has what the guest wrote"
		is "$(sed -n 's/^FOUND //p' <<<"$part")" "1 $(printf %x $((16#$va)))" "$va: search -u finds it there alone"
		if (((16#$va & 4095) + ${#bytes} / 2 <= 4096)); then
			marks_in_page "$va" "$bytes" "$part"
		else
			like "$part" '^not found$' "$va: its two frames do not touch"
		fi
	done <"$tmp/marks"
	part=$(marks_part end)
	like "$part" '^WORD 1 2a000100$' "a number, in a range"
	is "$(grep -cE '^[0-9a-f]{16} +[0-9a-f]{13}' <<<"$part")" 3 \
		"without -u the kernel's linear map has it as well"
	like "$part" '^\{"va":"0x2a003ff9","pa":"0x[0-9a-f]+"\}$' "across two pages, as a record"
	is "$(grep -c '^0x2a010000: cannot be read: the PTE at' <<<"$part")" 2 \
		"behind the last page there is nothing, and which entry says so"
}
