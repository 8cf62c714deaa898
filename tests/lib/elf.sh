# Files of bytes that are said one by one, and ELF cores of 64 bits among them.
# Sourced by bash, behind session.sh.
#
#	number VALUE BYTES		little-endian
#	note NAME TYPE FILE		a note whose text is the file's
#	core FILE NOTES RAW		a core of these notes, and of this memory from 0
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
number()
{
	local n

	for ((n = 0; n < $2; n++)); do
		# shellcheck disable=SC2059
		printf "\\x$(printf %02x $(($1 >> (8 * n) & 255)))"
	done
}

note()
{
	number $((${#1} + 1)) 4
	number "$(stat -c %s "$3")" 4
	number "$2" 4
	printf '%s' "$1"
	number 0 $(((${#1} + 4) / 4 * 4 - ${#1}))
	cat "$3"
	number 0 $((-$(stat -c %s "$3") & 3))
}

# core_segment TYPE OFFSET SIZE
core_segment()
{
	number "$1" 8
	number "$2" 8
	number 0 16
	number "$3" 8
	number "$3" 8
	number 0 8
}

core()
{
	{
		printf '\x7fELF\x02\x01\x01'
		number 0 9
		number $((4 | 62 << 16 | 1 << 32)) 8
		number 0 8
		number 64 8
		number 0 12
		number $((64 | 56 << 16 | 2 << 32)) 8
		number 0 4
		core_segment 4 $((0x200)) "$(stat -c %s "$2")"
		core_segment 1 $((0x1000)) "$(stat -c %s "$3")"
	} >"$1"
	truncate -s $((0x200)) "$1"
	cat "$2" >>"$1"
	truncate -s 4096 "$1"
	cat "$3" >>"$1"
}
