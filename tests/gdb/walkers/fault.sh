#!/usr/bin/env bash
# fault, and explain --fault, on the example kernel's own page faults: at the
# handler's first instruction, and later, when only the stack knows of it.  CR2
# and the frame that the kernel keeps are the processor's word.
#
# COUNT=N SEED=N: how many faults, of which cases.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

COUNT=${COUNT:-100}
SEED=${SEED:-5}

qemu_start -S -cpu max -m 128 -no-reboot -append "mode=insn seed=$SEED" \
	-device isa-debug-exit,iobase=0xf4,iosize=4 \
	-kernel "$builddir/kernel/pmapk.elf32"
gdb_run "$builddir/kernel/pmapk.elf" <<END
set \$pmap_maxphyaddr = 40
set \$pmap_pkru = 0x24
hbreak *&trap_stub_14
set \$n = 0
while \$n < $COUNT
  continue
  printf "\\n=fault %d error %lx cr2 %lx\\n", \$n, *(unsigned long *)\$rsp, (unsigned long)\$cr2
  pmap explain --fault
  if \$pmap_status == 7
    printf "=untold %d\\n", \$n
  else
    printf "=explain %d error %lx cr2 %lx\\n", \$n, \$pmap_error, \$pmap_cr2
  end
  pmap fault
  if \$pmap_status == 0 && \$pmap_explained
    printf "=found %d error %lx cr2 %lx\\n", \$n, \$pmap_error, \$pmap_cr2
  end
  thbreak *&trap
  continue
  pmap fault
  if \$pmap_status == 0 && \$pmap_explained && \$pmap_rip == ((struct trap_frame *)\$rdi)->rip
    printf "=later %d error %lx cr2 %lx\\n", \$n, \$pmap_error, \$pmap_cr2
  end
  # What could be a frame, but for its selector, then but for where it points.
  set \$f = (struct trap_frame *)\$rdi
  set \$f->r15 = 0
  set \$f->r14 = \$f->rip
  set \$f->r13 = 0x10
  set \$f->r12 = 0x246
  set \$f->r10 = 0x10
  if \$n % 2
    set \$f->r14 = 0x7000000000
    set \$f->r13 = 0x8
    set \$f->r10 = 0x8
  end
  pmap fault
  if \$pmap_status == 0 && \$pmap_explained && \$pmap_rip == \$f->rip
    printf "=decoy %d error %lx cr2 %lx\\n", \$n, \$pmap_error, \$pmap_cr2
  end
  set \$n = \$n + 1
end
END
qemu_stop
awk -f "$srcdir/tests/lib/hex.awk" -f "$srcdir/tests/lib/fault-words.awk" "$gdb_out" >"$tmp/words"
for who in fault explain found later decoy; do
	sed -n "s/^=$who //p" "$tmp/words" >"$tmp/$who"
done
is "$(wc -l <"$tmp/fault")" "$COUNT" "so many faults" ||
	diag "$(tail -n 5 "$gdb_err" "$gdb_out")"
# What cannot be told of an instruction is said, and seldom.
sed -n 's/^=untold //p' "$tmp/words" >"$tmp/untold"
awk 'FILENAME == ARGV[1] { untold[$1]; next } !($1 in untold)' "$tmp/untold" "$tmp/fault" \
	>"$tmp/told"
same_file "$tmp/explain" "$tmp/told" \
	"explain --fault: the instruction, the error code, CR2"
ok "explain --fault: cannot tell $(wc -l <"$tmp/untold")" \
	[ "$(($(wc -l <"$tmp/untold") * 50))" -le "$COUNT" ]
same_file "$tmp/found" "$tmp/fault" "fault: which entry explains it"
same_file "$tmp/later" "$tmp/fault" \
	"fault, further on in the handler: the frame is found on the stack"
same_file "$tmp/decoy" "$tmp/fault" \
	"fault, with something like a frame before it: the frame is found"
diag "$(sed 's/.*error/error/; s/ cr2.*//' "$tmp/fault" | sort | uniq -c)"

finish
