#!/usr/bin/env bash
# A hypervisor whose guest memory is its own user memory: the guest's addresses
# through the page tables of its process, and through the EPT that mirrors
# them.  The kernel asks itself the same (gva2gpa); each of its calls is one
# question to pmap.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

qemu_start -S -cpu max -m 128 -append "mode=test count=1" \
	-kernel "$builddir/kernel/pmapk.elf32"
gdb_run "$builddir/kernel/pmapk.elf" <<'END'
hbreak *gva2gpa
hbreak env_pagetable_free
continue
set $pmap_maxphyaddr = 40
define one_call
  set $root = $rsi
  set $gva = $rdx
  set $answer = (unsigned long *)$rcx
  set $eptp = current->env_pgdir.eptp
  pmap gva2gpa $gva --root $root --gpa-space $cr3
  set variable $status = $pmap_status, $gpa = 0, $hpa = 0, $where = "-"
  if $status
    set variable $where = $pmap_where
  else
    set variable $hpa = $pmap_hpa
  end
  if !$_isvoid($pmap_gpa)
    set variable $gpa = $pmap_gpa
  end
  pmap gva2gpa $gva --root $root --ept $eptp
  set variable $ept_status = $pmap_status, $ept_hpa = 0
  if !$ept_status
    set variable $ept_hpa = $pmap_hpa
  end
  # `finish` would end an inlined function that a compiler has put first.
  thbreak **(unsigned long *)$rsp
  continue
  set $kernel = (int)$rax
  printf "CALL gva %#lx kernel %d %#lx pmap %d %s %#lx hpa %#lx ept %d %#lx\n", $gva, $kernel, $kernel == 0 ? *$answer : 0, $status, $where, $gpa, $hpa, $ept_status, $ept_hpa
  continue
end
while $pc == (unsigned long)&gva2gpa
  one_call
end
END
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_out" "$gdb_err")"
grep '^CALL' "$gdb_out" >"$tmp/calls"
ok "at least 10 calls" [ "$(wc -l <"$tmp/calls")" -ge 10 ]
backed=0
while read -r _ _ gva _ error answer _ status where gpa _ hpa _ ept_status ept_hpa; do
	if [ "$error" -eq 0 ]; then
		is "$gpa" "$answer" "$gva: the guest-physical address is the kernel's"
		# Not all of what the guest maps is memory of the process.
		like "$status $where" '^(0 -|1 memory)$' "$gva: and what is there"
		[ "$status" -ne 0 ] || backed=$((backed + 1))
	else
		ok "$gva: pmap has no answer either ($status)" [ "$status" -ne 0 ]
		like "$where" '^(guest|table)$' "$gva: which is the guest's doing"
	fi
	is "$ept_status $ept_hpa" "$status $hpa" "$gva: the EPT says the same"
done <"$tmp/calls"
ok "at least 5 of them lead to memory" [ "$backed" -ge 5 ]

finish
