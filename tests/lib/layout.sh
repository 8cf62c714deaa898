# What pmap regions and pmap kaslr say of a Linux guest, against its own
# /proc/kallsyms: sourced by bash, after guest.sh.  The guest's command line
# has "-- kallsyms=1"; GDB has no symbols of the kernel.
#
#	guest_check_layout	bases, and the image's parts, with their evidence
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash

# layout_symbol NAME: its address; layout_value NAME: the long that is there
layout_symbol()
{
	tr -d '\r' <"$tmp/serial" | sed -n "s/^symbol $1 //p" | head -n 1
}

layout_value()
{
	hmp "x /1gx 0x$(layout_symbol "$1")" | tr -d '\r' |
		sed -n 's/^[0-9a-f]*: 0x\([0-9a-f]*\).*/\1/p'
}

# layout_field FILE NAME FIELD: of the record with that name
layout_field()
{
	sed -n "s/^{\"name\":\"$2\",.*\"$3\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$1"
}

layout_base()
{
	is "$(layout_field "$tmp/kaslr.json" "$1" base)" "0x$2" "kaslr: $1 is at $3"
	is "$(layout_field "$tmp/regions.json" "$1" va)" "0x$2" "regions: so does it begin"
}

# A symbol file made of kallsyms is better evidence than what the tables map.
guest_check_symbols()
{
	local name

	layout_elf "$tmp/vmlinux" "$(layout_symbol _text)" \
		"page_offset_base=$(layout_symbol page_offset_base)" \
		"vmalloc_base=$(layout_symbol vmalloc_base)" \
		"vmemmap_base=$(layout_symbol vmemmap_base)" >"$tmp/elf.log" 2>&1 ||
		bail "no symbol file: $(cat "$tmp/elf.log")"
	gdb_run "$tmp/vmlinux" <<-END
	pmap kaslr --json --output $tmp/symbols.json
	pmap gva2gpa &_text --names
	END
	for name in "direct map" vmalloc vmemmap "kernel text"; do
		is "$(layout_field "$tmp/symbols.json" "$name" from) $(
			layout_field "$tmp/symbols.json" "$name" certain)" "symbol true" \
			"$name: by symbols, and certain"
		is "$(layout_field "$tmp/symbols.json" "$name" base)" \
			"$(layout_field "$tmp/kaslr.json" "$name" base)" "where the tables have it, too"
	done
	like "$(cat "$gdb_out")" '  kernel text  <_text in \.text>$' \
		"names of an address: its region, and what GDB's file says"
}

guest_check_layout()
{
	local name

	for name in page_offset_base vmalloc_base vmemmap_base _text _etext; do
		like "$(layout_symbol $name)" '^ff[0-9a-f]{14}$' "the guest tells of $name"
	done
	gdb_run <<-END
	pmap kaslr --json --output $tmp/kaslr.json
	pmap regions --json --output $tmp/regions.json
	pmap kaslr --scan --json --output $tmp/scan.json
	pmap kaslr --json --output $tmp/known.json
	pmap regions
	pmap kaslr
	printf "image %lx direct %lx\n", \$pmap_image, \$pmap_direct
	END
	diag "$(cat "$gdb_out")"
	cp "$gdb_out" "$tmp/layout.out"
	layout_base "direct map" "$(layout_value page_offset_base)" page_offset_base
	layout_base vmalloc "$(layout_value vmalloc_base)" vmalloc_base
	layout_base vmemmap "$(layout_value vmemmap_base)" vmemmap_base
	layout_base "kernel text" "$(layout_symbol _text)" _text
	is "$(layout_field "$tmp/regions.json" "kernel rodata" va)" \
		"0x$(layout_symbol __start_rodata)" "kernel rodata begins at __start_rodata"
	is "$(layout_field "$tmp/regions.json" "kernel text" odd)" "" "no text can be written"
	is "$(layout_field "$tmp/kaslr.json" "kernel text" from)" tables "by the tables, at first"
	is "$(layout_field "$tmp/kaslr.json" "kernel text" certain)" false "which is likely"
	is "$(layout_field "$tmp/scan.json" "kernel text" from)" vmcoreinfo "--scan finds VMCOREINFO"
	is "$(layout_field "$tmp/scan.json" "kernel text" certain)" true "and then it is certain"
	like "$(layout_field "$tmp/scan.json" VMCOREINFO why)" '^OSRELEASE=[0-9]' "and which kernel it is"
	same_file "$tmp/scan.json" "$tmp/known.json" "which is known from then on"
	guest_check_symbols
	like "$(cat "$tmp/layout.out")" \
		"^image $(layout_symbol _text) direct $(layout_value page_offset_base)\$" \
		"\$pmap_image, \$pmap_direct"
}

# layout_elf FILE TEXT NAME=ADDRESS...: a program whose _text is at TEXT, with more
# symbols; all in hexadecimal, without 0x.
layout_elf()
{
	local file=$1 text=$2 symbol

	shift 2
	echo '.globl _text; _text: nop' | as -o "$file.o" - &&
		ld -e _text "-Ttext=0x$text" -o "$file" "$file.o" || return 1
	for symbol; do
		objcopy --add-symbol "${symbol%%=*}=.text:0x$(
			printf '%x' $((16#${symbol#*=} - 16#$text))),global,object" "$file"
	done
}
