# Entries that are not present, of a guest that was booted with pagemap=1
# (init.c): sourced by bash, behind guest.sh.
#
#	guest_check_kept	frames of PROT_NONE pages, against /proc/self/pagemap
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
	like "$(cat "$tmp/kept.runs")" '  nonpresent; if this is Linux: PROT_NONE$' \
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
