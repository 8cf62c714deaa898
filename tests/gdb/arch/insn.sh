#!/usr/bin/env bash
# explain, judged by the processor: the example kernel makes instructions that
# fault in every way; in front of each, pmap says what will happen, and the
# processor then shows it.
#
# COUNT=N SEED=N FIRST=N: how many, which, from which on.
#
# QEMU's TCG is known to differ from the manuals in this, and in nothing else:
#	rsvd-without-p	the error code of a reserved bit lacks P
#	stack-gp	#GP, not #SS, for a stack address that is none
#	aes-unaligned	aesenc and pclmulqdq do not fault on their alignment
#	gate-16		in long mode an IDT's error code has 16 times the vector
#	maskmov-reads-all	vmaskmov and vpmaskmov load what is not chosen, too
#	wbinvd-by-all	wbinvd is user mode's, too (10.0; not 7.2)
#	pusha-upwards	pusha writes the last register, at the lowest address, first
#	rmw-reads-first	a read-modify-write reads first: a read's error code
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

COUNT=${COUNT:-2000}
SEED=${SEED:-1}
FIRST=${FIRST:-0}

# judge WHAT KERNEL-WORDS
judge()
{
	local what=$1 wrong unknown

	qemu_start -S -cpu max -m 128 -no-reboot \
		-device isa-debug-exit,iobase=0xf4,iosize=4 \
		-append "mode=insn seed=$SEED count=$COUNT first=$FIRST $2" \
		-kernel "$builddir/kernel/pmapk.elf32"
	gdb_run "$builddir/kernel/pmapk.elf" <<END
set \$pmap_maxphyaddr = 40
set \$pmap_pkru = 0x24
hbreak *&probe_go
hbreak *&legacy_go
hbreak *&legacy_go_user
set \$n = $FIRST
while \$n < $FIRST + $COUNT
  continue
  stepi
  while \$pc == (unsigned long)&probe_go || \$pc == (unsigned long)&legacy_go || \$pc == (unsigned long)&legacy_go_user
    stepi
  end
  printf "\\n=case %d\\n", \$n
  pmap explain
  if \$pmap_status == 0
    printf "=said %d 80 0 0\\n", \$n
  else
    if \$pmap_status == 6
      if \$pmap_exception == 14
        printf "=said %d e %x %lx %d\\n", \$n, \$pmap_error, \$pmap_cr2, \$cs & 3
      else
        if \$pmap_exception < 10
          set \$pmap_error = 0
        end
        printf "=said %d %x %x 0 %d\\n", \$n, \$pmap_exception, \$pmap_error, \$cs & 3
      end
    else
      printf "=said %d unknown\\n", \$n
    end
  end
  set \$n = \$n + 1
end
delete
continue
END
	[ -z "${qemu_pid:-}" ] || wait_until 10 session_serial_has '^# insn:'
	grep -a '^case ' "$tmp/serial" >"$tmp/cases"
	sed -n 's/^=said //p' "$gdb_out" >"$tmp/said"
	awk -f "$srcdir/tests/lib/hex.awk" -f "$srcdir/tests/lib/compare-insn.awk" \
		"$tmp/said" "$tmp/cases" >"$tmp/verdicts"
	is "$(wc -l <"$tmp/said")" "$COUNT" "$what: so many cases were asked about" ||
		diag "$(tail -n 5 "$gdb_err")"
	is "$(wc -l <"$tmp/cases")" "$COUNT" "$what: so many were executed"
	is "$(grep -c "^[rwu]" "$tmp/verdicts")" "$COUNT" \
		"$what: so many were compared"
	wrong=$(grep -c '^wrong' "$tmp/verdicts")
	unknown=$(grep -c '^unknown' "$tmp/verdicts")
	is "$wrong" 0 "$what: no verdict is wrong" || {
		diag "$(grep '^wrong' "$tmp/verdicts" | head -n 12)"
		# shellcheck disable=SC2046
		set -- $(grep '^wrong' "$tmp/verdicts" | head -n 1)
		diag "$(sed -n "/^=case $2\$/,/^=said/p" "$gdb_out")"
	}
	ok "$what: of $COUNT, pmap cannot tell $unknown" \
		[ "$((unknown * 50))" -lt "$COUNT" ]
	diag "$(grep '^unknown' "$tmp/verdicts" | cut -d' ' -f3- | sort | uniq -c)"
	diag "$(grep '^#' "$tmp/verdicts")"
	qemu_stop
}

judge "four levels" ""
COUNT=$((COUNT / 5))
SEED=$((SEED + 1))
judge "five levels" la57
judge PAE under=pae
judge "4 MiB pages" under=pse
judge "4 KiB pages" under=32
judge "virtual-8086 mode" under=vm86

finish
