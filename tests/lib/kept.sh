# Entries that are not present, of a guest that was booted with pagemap=1 and kept=1
# (init.c), the second one with $guest_module brd: sourced by bash, behind guest.sh or
# guest-cross.sh.
#
#	guest_check_kept	frames of PROT_NONE pages, against /proc/self/pagemap
#	guest_check_entries [ambiguous]
#				swapped and poisoned pages, and the pages of zeros;
#				$entries_shift: log2 of a page; $entries_then: what
#				to do behind GDB
#	guest_check_moves INIT	with moves=1, stopped in user mode: while the kernel moves
#				a page to another frame; INIT is the program
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash

# VA FRAME of each page that is not present, by the dump; and of the same pages, by
# the guest.
kept_pages()
{
	sed -n 's/^{"va":"0x\([0-9a-f]*\)".*"kind":"nonpresent".*"linux":"PROT_NONE","linux_pa":"0x\([0-9a-f]*\)".*/\1 \2/p' \
		"$tmp/kept.json"
}

kept_frames()
{
	tr -d '\r' <"$tmp/serial" | gawk --non-decimal-data -v pages="$tmp/kept.got" '
	$1 == "frames" {
		first = strtonum("0x" $2)
		frame = strtonum("0x" $3)
		count = strtonum("0x" $4)
		for (i = 0; i < count; i++)
			at[first + i * 4096] = (frame + i) * 4096
	}
	END {
		while ((getline line <pages) > 0) {
			split(line, part, " ")
			printf "%s %x\n", part[1], at[strtonum("0x" part[1])]
		}
	}'
}

guest_check_kept()
{
	local va out

	gdb_run <<-END
	pmap dump 0x10000000 +1200*0x1000 --kind nonpresent --leaves --json --output $tmp/kept.json
	pmap dump 0x10000000 +1200*0x1000 --kind nonpresent --output $tmp/kept.runs
	pmap dump 0x10000000 +1200*0x1000 --kind nonpresent --os none --output $tmp/kept.none
	END
	hmp stop
	kept_pages >"$tmp/kept.got"
	kept_frames >"$tmp/kept.want"
	ok "hundreds of pages are PROT_NONE: $(wc -l <"$tmp/kept.got")" \
		test "$(wc -l <"$tmp/kept.got")" -ge 100
	is "$(wc -l <"$tmp/kept.got")" "$(wc -l <"$tmp/kept.json")" "all that is not present there"
	same_file "$tmp/kept.got" "$tmp/kept.want" "their frames are those of /proc/self/pagemap"
	like "$(cat "$tmp/kept.runs")" '  nonpresent; if this is Linux: PROT_NONE or NUMA hints$' \
		"a line of several says what they are"
	unlike "$(cat "$tmp/kept.none")" 'Linux|PROT_NONE' "not with --os none"
	read -r va _ <"$tmp/kept.got"
	gdb_run <<-END
	pmap walk 0x$va
	pmap walk 0x$va --os linux
	pmap access 0x$va r --user
	pmap perms 0x$va
	pmap walk 0x$va --os plan9
	END
	hmp stop
	out=$(cat "$gdb_out")
	va=$(sed -n '1s/.* //p' "$tmp/kept.got")
	like "$out" "is not present: 0x[0-9a-f]*; if this is Linux: PROT_NONE, or a NUMA hint, for the page 0x$va\$" \
		"walk says it, as a guess"
	like "$out" "is not present: 0x[0-9a-f]*; PROT_NONE, or a NUMA hint, for the page 0x$va\$" \
		"with --os linux as a fact"
	is "$(echo "$out" | grep -c "if this is Linux: PROT_NONE, or a NUMA hint, for the page 0x$va")" 3 \
		"so do access and perms"
	like "$out" '^pmap: walk: --os: linux or none' "another system is not known"
}

# --- Swapped, PROT_NONE, zeros, poison: a guest that was booted with kept=1 ---

# What pagemap says of each page: VA and its frame, or the swap type and offset.
# Bits 0-4 and 5-54, or 0-54, of the word; 62: swapped, 63: present.
entries_want()
{
	local va word

	tr -d '\r' <"$tmp/serial" | awk '$1 == "kept" { print $2, $3 }' |
	while read -r va word; do
		word=$((16#$word))
		if ((word >> 62 & 1)); then
			printf '%s swap %d %x\n' "$va" $((word & 31)) $((word >> 5 & (1 << 50) - 1))
		elif ((word < 0)); then
			printf '%s page %x\n' "$va" $(((word & (1 << 55) - 1) << entries_shift))
		fi
	done
}

# The same by pmap's dump, one leaf a line.
entries_got()
{
	sed -n 's/^{"va":"0x\([0-9a-f]*\)".*"kind":"nonpresent".*"linux_type":\([0-9]*\),"linux_offset":"0x\([0-9a-f]*\)".*/\1 swap \2 \3/p
		s/^{"va":"0x\([0-9a-f]*\)".*"kind":"nonpresent".*"linux_pa":"0x\([0-9a-f]*\)".*/\1 page \2/p
		s/^{"va":"0x\([0-9a-f]*\)".*"pa":"0x\([0-9a-f]*\)","page".*/\1 page \2/p' \
		"$1" | while read -r va rest; do
		printf '%016x %s\n' $((16#$va)) "$rest"
	done
}

# entries_first AREA: the first page in that swap area whose entry AArch64's Linux
# could have written in both of its forms.  The form since 6.10 has bit 11 clear, the
# earlier one's bit 3 of the offset, and the type, which no area has from 21 on, where
# the earlier one has bits 0 to 2.
entries_first()
{
	local va what area page

	while read -r va what area page; do
		[ "$what $area" = "swap $1" ] || continue
		((16#$page >= 16 && !(16#$page & 12))) && echo "$va" && return
	done <"$tmp/entries.want"
}

# guest_check_entries [ambiguous]: with it, a swapped page's entry does not say
# which form it has before VMCOREINFO is known.
guest_check_entries()
{
	local n swapped other poison poisoned where

	entries_shift=${entries_shift:-12}
	entries_want >"$tmp/entries.want"
	unlike "$(cat "$tmp/serial")" '^refused: (swapon|brd)' "the guest has swap areas"
	is "$(grep -c ' swap [01] ' "$tmp/entries.want")" 440 "the guest has swapped 440 pages"
	swapped=$(entries_first 0)
	other=$(entries_first 1)
	poison=$(awk '$2 == "swap" && $3 > 1 { print $1, $3, $4 }' "$tmp/entries.want")
	# Without one any page does: GDB would end at a number that is none.
	poisoned=${poison%% *}
	where="0x28000000 +$((480 << entries_shift))"
	gdb_run <<-END
	echo @first\n
	pmap walk 0x$swapped
	pmap info
	pmap info --os none
	pmap kaslr --scan --output /dev/null
	echo @known\n
	pmap dump $where --leaves --json --output $tmp/entries.json
	pmap dump $where --output $tmp/entries.text
	pmap walk 0x$swapped
	pmap walk 0x$other --os linux
	pmap access 0x$other r --user
	pmap walk 0x${poisoned:-0}
	pmap walk $((0x28000000 + (440 << entries_shift)))
	pmap walk $((0x28000000 + (460 << entries_shift)))
	pmap walk $((0x28000000 + (460 << entries_shift))) --os none
	pmap walk $((0x28000000 + (445 << entries_shift)))
	pmap gva2gpa $((0x28000000 + (460 << entries_shift)))
	pmap walk 0x40000000
	pmap walk 0x40000000 --os none
	pmap walk 0x40000000 + (1 << $((2 * entries_shift - 3)))
	pmap gva2gpa 0x$(tr -d '\r' <"$tmp/serial" | sed -n 's/^symbol empty_zero_page //p')
	END
	[ -z "${entries_then:-}" ] || $entries_then
	entries_got "$tmp/entries.json" >"$tmp/entries.got"
	same_file "$tmp/entries.got" "$tmp/entries.want" \
		"every page: frame, or swap type and offset, as /proc/self/pagemap has it"
	n=$(sed -n '/^@known/,$p' "$gdb_out")
	entries_words "$n" "$swapped" "$other" "$poison" "$@"
}

plain()
{
	printf %x $((16#$1))
}

# entries_frame VA: physical address of a page, by /proc/self/pagemap; or nothing
entries_frame()
{
	local frame

	frame=$(tr -d '\r' <"$tmp/serial" | sed -n "s/^frames 0*$1 0*\([0-9a-f]*\) .*/\1/p")
	[ -z "$frame" ] || printf %x $((16#$frame << entries_shift))
}

entries_words()
{
	local said=$1 swapped=$2 other=$3 poison=$4 page
	local guess="; if this is Linux: "

	page=$(awk -v va="$swapped" '$1 == va { print $4 }' "$tmp/entries.want")
	like "$said" "^0x40000000 is 0x$(entries_frame 40000000) in a [0-9]*M page, .*${guess}its huge page of zeros, or one that nobody has written \\(read-only, clean, and all zero\\)\$" \
		"a huge page that was only read"
	is "$(grep -c 'its huge page of zeros' <<<"$said")" 1 \
		"not with --os none, nor one that is read-only and has something in it"
	like "$said" "^0x0*$(plain "$swapped") is not mapped: .*${guess}swapped out to page 0x$page of swap area 0\$" \
		"walk: the first area"
	page=$(awk -v va="$other" '$1 == va { print $4 }' "$tmp/entries.want")
	like "$said" "^0x0*$(plain "$other") is not mapped: .*; swapped out to page 0x$page of swap area 1\$" \
		"walk --os linux: the second one, as a fact"
	like "$said" "${guess}swapped out to page 0x$page of swap area 1\$" "access says it, too"
	if [ -n "$poison" ]; then
		read -r _ other page <<<"$poison"
		like "$said" "${guess}swap type $other: .*poison.*, frame 0x$(printf %x $((16#$page << entries_shift)))\$" "a poisoned page"
	else
		ok "no page is poisoned: the kernel refuses" \
			grep -q '^no MADV_HWPOISON here' "$tmp/serial"
		skip "a poisoned page" "this kernel has no CONFIG_MEMORY_FAILURE"
	fi
	page=$(awk -v va="$(printf %016x $((0x28000000 + (445 << entries_shift))))" \
		'$1 == va { print $3 }' "$tmp/entries.want")
	like "$said" "${guess}PROT_NONE, or a NUMA hint, for the page 0x$page\$" "PROT_NONE, and its frame"
	is "$(grep -c "${guess}its page of zeros (read-only, .* all zero)" <<<"$said")" 1 \
		"a page that was only read, and not with --os none"
	is "$(sed -n 's/^0x[0-9a-f]* -> \(0x[0-9a-f]*\) .*/\1/p' <<<"$said" | sort -u | wc -l)" 1 \
		"which is the kernel's empty_zero_page"
	said=$(sed -n '/^@first/,/^@known/p' "$gdb_out")
	if [ "${5:-}" = ambiguous ]; then
		like "$said" 'swapped out to page 0x[0-9a-f]+ of swap area [0-9]+ since Linux 6\.10, before it swapped out to page 0x[0-9a-f]+ of swap area [0-9]+ \(`pmap kaslr --scan' \
			"without VMCOREINFO both forms are said"
	fi
	like "$said" '^os +likely Linux: .* \(--os none: it is not\)$' "info has the guess, and why"
	like "$said" '^os +none, by --os$' "info with --os"
	is "$(sed -n 's/.*nonpresent; if this is Linux: //p' "$tmp/entries.text" | head -n 2)" \
		"swapped out
PROT_NONE or NUMA hints" "lines of several, one for each kind"
	is "$(grep -c '"linux_guessed":true' "$tmp/entries.json")" \
		"$(grep -c '"kind":"nonpresent"' "$tmp/entries.json")" "records have the guess"
}

# --- Moved, while the kernel does it ---

# A stop for each of the three pages; others of the kernel's may be among them.
moves_script()
{
	local stop

	cat <<-END
	file $1
	pmap kaslr --scan --output /dev/null
	set var *(int *)&init_go = 1
	hbreak *0x$(tr -d '\r' <"$tmp/serial" | sed -n 's/^symbol folio_migrate_mapping //p')
	END
	for stop in 1 2 3 4; do
		cat <<-END
		continue
		pmap dump 0x38000000 +3*$((1 << entries_shift)) --leaves --kind nonpresent --json --output $tmp/moves.$stop
		pmap dump 0x38000000 +3*$((1 << entries_shift)) --leaves --kind nonpresent
		END
	done
}

guest_check_moves()
{
	local page va

	moves_script "$builddir/$1" >"$tmp/moves.gdb"
	gdb_run <"$tmp/moves.gdb"
	hmp stop
	for page in 0:write "1:read, of one process" 2:read; do
		va=$(printf %x $((0x38000000 + (${page%%:*} << entries_shift))))
		is "$(cat "$tmp"/moves.[1-4] | sed -n "s/^{\"va\":\"0x$va\".*\"linux_pa\":\"0x\([0-9a-f]*\)\".*/\1/p")" \
			"$(entries_frame "$va")" "0x$va: its frame is that of /proc/self/pagemap" ||
			diag "$(cat "$gdb_out" "$gdb_err")"
		like "$(cat "$gdb_out")" "^0*$va-.* if this is Linux: swap type [0-9]+: .*migration \(${page#*:}\).*, frame 0x" \
			"migration (${page#*:})"
	done
}
