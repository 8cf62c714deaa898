# What leads to each frame of a guest, as pmap find and pmap aliases say it, against
# the inverse of what the naive walker lists (frames.c): sourced by bash, after
# guest.sh, and before guest_check_plugin, whose GDB asks all of it at the same stop.
#
#	guest_check_inverse	behind guest_check_plugin
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash

inverse_most=16		# mappings of a frame that is asked for by itself
inverse_end=$(printf '%x' $(((guest_memory << 20) - 1)))

# inverse RECORDS: PA VA RIGHTS of all of the guest's memory
inverse()
{
	"$builddir/tests/lib/frames" 0 "$inverse_end" <"$1" | sort
}

# Frames that are mapped once, and several times; and one that is not.
inverse_sample()
{
	awk -v most=$inverse_most '
		{ n[$1]++ }
		END { for (pa in n) if (n[pa] <= most) print (n[pa] > 1 ? "many" : "one"), pa }
	' "$tmp/naive.frames" | sort >"$tmp/counted"
	grep '^many' "$tmp/counted" | awk -v n=$(($(grep -c '^many' "$tmp/counted") / 40 + 1)) \
		'NR % n == 0 { print $2 }'
	grep '^one' "$tmp/counted" | awk -v n=$(($(grep -c '^one' "$tmp/counted") / 20 + 1)) \
		'NR % n == 0 { print $2 }'
	printf '%012x\n' $((guest_memory << 20))
}

# More for the GDB of guest_check_plugin.
guest_more()
{
	session_need tests/lib/frames
	inverse "$tmp/naive.json" >"$tmp/naive.frames"
	inverse_sample >"$tmp/sample.frames"
	cat <<-END
	pmap find 0 +$((guest_memory << 20)) --leaves --json --output $tmp/find.json
	pmap find 0 +$((guest_memory << 20)) --json --output $tmp/find.runs
	pmap aliases --json --output $tmp/aliases.json
	END
	sed 's/.*/echo FIND\\n\npmap find 0x& +0x1000 --json/' "$tmp/sample.frames"
}

# PA and all rights that it is mapped with, of frames with more than one.
rights_of()
{
	awk '{ print $1, $3 }' "$1" | sort -u |
		awk '$1 "" == pa "" { rights = rights " " $2; n++; next }
			{ if (n > 1) print pa, rights; pa = $1; rights = $2; n = 1 }
			END { if (n > 1) print pa, rights }'
}

# Those lines of FRAMES whose frame is in LIST, if the naive walker has few of it.
few_of()
{
	awk -v most=$inverse_most '
		FNR == 1 { file++ }
		file == 1 { n[$1]++; next }
		file == 2 { wanted[$1]; next }
		$1 in wanted && n[$1] <= most' "$tmp/naive.frames" "$2" "$1"
}

guest_check_inverse()
{
	local n

	n=$(wc -l <"$tmp/naive.frames")
	ok "most of the memory is mapped: $n times 4K" test "$n" -ge $((guest_memory * 200))
	for way in find.json find.runs; do
		inverse "$tmp/$way" >"$tmp/frames"
		same_file "$tmp/frames" "$tmp/naive.frames" \
			"pmap find = the inverse of the naive walker's leaves, every frame ($way)"
	done
	grep '^{"va"' "$gdb_out" >"$tmp/finds.json"
	inverse "$tmp/finds.json" >"$tmp/frames"
	few_of "$tmp/naive.frames" "$tmp/sample.frames" >"$tmp/expected"
	n=$(grep -c . "$tmp/sample.frames")
	ok "frames that are asked for by themselves: $n" test "$n" -ge 20
	same_file "$tmp/frames" "$tmp/expected" "each has its addresses and no others"

	"$builddir/tests/lib/frames" <"$tmp/naive.json" | sort >"$tmp/naive.frames"
	"$builddir/tests/lib/frames" <"$tmp/aliases.json" | sort >"$tmp/aliases.frames"
	rights_of "$tmp/naive.frames" >"$tmp/expected"
	# Others may be listed for their memory type, which naive does not know.
	rights_of "$tmp/aliases.frames" >"$tmp/frames"
	n=$(wc -l <"$tmp/expected")
	ok "frames with several rights: $n" test "$n" -ge 100
	same_file "$tmp/frames" "$tmp/expected" "pmap aliases has each of them, with all rights"
	few_of "$tmp/naive.frames" "$tmp/expected" >"$tmp/all"
	few_of "$tmp/aliases.frames" "$tmp/expected" >"$tmp/listed"
	same_file "$tmp/listed" "$tmp/all" "and at all of their addresses"
}
