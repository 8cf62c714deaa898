# What pmap said of an instruction, against what the processor did.
#
# usage: awk -f hex.awk -f compare-insn.awk SAID CASES
#
#	SAID	N VECTOR ERROR CR2 CPL, or N unknown
#	CASES	case N VECTOR ERROR CR2 RW-VECTOR RW-ERROR RW-CR2 TEXT
#
# Prints "right|wrong|unknown N TEXT: ..." for each case, and how often each
# known difference of TCG was met.  See tests/gdb/arch/insn.sh and kernel/insn/insn.c.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later

# A reserved bit: TCG's error code of a page fault lacks P.
function with_p(vector, error)
{
	if (vector == "e" && bit(error, 3) && !bit(error, 0))
		return sprintf("%x", value(error) + 1)
	return error
}

function says_write(what,	field)
{
	split(what, field, " ")
	return field[1] == "e" && bit(field[2], 1)
}

NR == FNR {
	said[$1] = $2 == "unknown" ? $2 : $2 " " $3 " " $4
	cpl[$1] = $5
	next
}

{
	n = $2
	text = $9
	for (i = 10; i <= NF; i++)
		text = text " " $i
	did = $3 " " with_p($3, $4) " " $5
	if (!(n in said)) {
		print "wrong " n " " text ": nothing was said"
	} else if (said[n] == "unknown") {
		print "unknown " n " " text
		next
	} else if (said[n] == did) {
		print "right " n " " text
	} else if (said[n] == "c 0 0" && did == "d 0 0") {
		print "right " n " " text
		used["stack-gp"]++
	} else if (said[n] == "d 0 0" && did != said[n] &&
		   text ~ /^(aesenc|pclmulqdq) /) {
		print "right " n " " text
		used["aes-unaligned"]++
	} else if (said[n] == "d 0 0" && did == "80 0 0" && text == "wbinvd" &&
		   cpl[n] == 3) {
		print "right " n " " text
		used["wbinvd-by-all"]++
	} else if ($3 == "e" && said[n] ~ /^e / && text ~ /^(16|32): pusha/) {
		print "right " n " " text
		used["pusha-upwards"]++
	} else if (said[n] == "d 10a 0" && did == "d 212 0") {
		print "right " n " " text
		used["gate-16"]++
	} else if ($3 == "e" && text ~ /^vp?maskmov.* \(%rdi\), /) {
		print "right " n " " text
		used["maskmov-reads-all"]++
	} else if (did == $6 " " with_p($6, $7) " " $8 && says_write(said[n])) {
		print "right " n " " text
		used["rmw-reads-first"]++
	} else {
		print "wrong " n " " text ": said " said[n] ", did " did
	}
	if ($4 != with_p($3, $4))
		used["rsvd-without-p"]++
}

END {
	for (name in used)
		print "# masked as TCG's: " name ", " used[name] " times"
}
