#!/usr/bin/env bash
# Page faults of Debian's kernels: at the first instruction of the handler, by
# its address in the IDT, pmap explains the instruction that faulted and the
# fault itself; CR2 and the error code on the stack are the processor's word.
#
# COUNT=N: how many faults of each guest.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/guest.sh"

# It faults all the time: most of it is spent in the kernel.
guest_anywhere=1

COUNT=${COUNT:-60}

# Where IDT entry 14 leads, from the monitor's word: SDM 3A, 6.11 and 6.14.1.
fault_handler()
{
	local idt words size=8

	[ "$1" = 64 ] && size=16
	idt=$(hmp "info registers" | sed -n 's/^IDT= *\([0-9a-f]*\) .*/\1/p')
	words=$(hmp "x /4xw 0x$(printf '%x' $((16#$idt + 14 * size)))" |
		sed -n 's/^[0-9a-f]*: *//p')
	set -- "$1" $words
	printf '0x%x\n' $((($2 & 0xffff) | ($3 & 0xffff0000) |
			   ($1 == 64 ? $4 << 32 : 0)))
}

# Both words for each fault: the processor's, then pmap's, two commands of it.
fault_script()
{
	local slot='unsigned int' sp='$esp'

	[ "$1" = 64 ] && slot='unsigned long' sp='$rsp'
	cat <<-END
	set \$pmap_pkru = 0x55555554
	hbreak *$2
	set \$n = 0
	while \$n < $COUNT
	  continue
	  printf "\\n=fault %d error %lx cr2 %lx\\n", \$n, (unsigned long)*($slot *)$sp, (unsigned long)\$cr2
	  pmap explain --fault
	  if \$pmap_status == 6
	    printf "=explain %d error %lx cr2 %lx\\n", \$n, \$pmap_error, \$pmap_cr2
	  else
	    printf "=explain %d status %d\\n", \$n, \$pmap_status
	  end
	  pmap fault
	  if \$pmap_status == 0 && \$pmap_explained
	    printf "=found %d error %lx cr2 %lx\\n", \$n, \$pmap_error, \$pmap_cr2
	  else
	    printf "=found %d status %d\\n", \$n, \$pmap_status
	  end
	  set \$n = \$n + 1
	end
	END
}

# judge PACKAGE INIT KERNEL-BITS QEMU-ARG...
judge()
{
	local what="$1 $2 ${*:4}" bits=$3 handler

	guest_boot "$1" "tests/guest/$2" "" "${@:4}" || return
	handler=$(fault_handler "$bits")
	diag "the page fault handler is at $handler"
	fault_script "$bits" "$handler" >"$tmp/faults.gdb"
	gdb_run <"$tmp/faults.gdb"
	awk -f "$srcdir/tests/lib/hex.awk" -f "$srcdir/tests/lib/fault-words.awk" "$gdb_out" >"$tmp/words"
	sed -n 's/^=fault //p' "$tmp/words" >"$tmp/faults"
	is "$(wc -l <"$tmp/faults")" "$COUNT" "$what: so many faults" ||
		diag "$(tail -n 5 "$gdb_err" "$gdb_out")"
	sed -n 's/^=explain //p' "$tmp/words" >"$tmp/explained"
	same_file "$tmp/explained" "$tmp/faults" \
		"$what: the instruction's fault is foretold" ||
		diag "$(grep -v '^=' "$gdb_out" | head -n 40)"
	sed -n 's/^=found //p' "$tmp/words" >"$tmp/found"
	same_file "$tmp/found" "$tmp/faults" "$what: the tables explain the fault"
	ok "$what: faults of user mode and of the kernel for it" \
		[ "$(cut -d' ' -f3 "$tmp/faults" | sort -u | wc -l)" -ge 4 ]
	diag "$(sed 's/.*error/error/; s/ cr2.*//' "$tmp/faults" | sort | uniq -c)"
	qemu_stop
}

judge linux-image-amd64 faults64 64 -cpu max
judge linux-image-amd64 faults64 64 -cpu qemu64
judge linux-image-amd64 faults32 64 -cpu max
QEMU=qemu-system-i386
GDB_ARCH=i386
judge linux-image-686-pae faults32 32 -cpu max
judge linux-image-686 faults32 32 -cpu max

finish
