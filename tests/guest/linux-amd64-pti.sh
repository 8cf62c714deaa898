#!/usr/bin/env bash
# Debian's amd64 kernel with page table isolation, stopped in user mode: what its two
# roots have of the kernel.  Without KASLR the kernel's areas are where its
# documentation says (Documentation/arch/x86/x86_64/mm.rst).
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/guest.sh"
. "$srcdir/tests/lib/layout.sh"

guest_boot linux-image-amd64 tests/guest/init64 "pti=on nokaslr -- kallsyms=1" -cpu qemu64 || finish
is $((16#$(guest_register CR3) >> 12 & 1)) 1 "stopped in user mode, on the user's root"
layout_elf "$tmp/vmlinux" "$(layout_symbol _text)" \
	"page_offset_base=$(layout_symbol page_offset_base)" >"$tmp/elf.log" 2>&1 ||
	bail "no symbol file: $(cat "$tmp/elf.log")"
page=$(sed -n 's/^region \(0x[0-9a-f]*\) .* runs, fixed\r*$/\1/p' "$tmp/serial")
gdb_run <<-END
	pmap regions --json --output $tmp/user.json
	pmap kaslr --json --output $tmp/user-kaslr.json
	pmap regions --user-root --json --output $tmp/kernel.json
	pmap kaslr --user-root --json --output $tmp/kernel-kaslr.json
	pmap regions
	pmap regions --user-root
	pmap gva2gpa 0xffff888000001000
	printf "user %d\n", \$pmap_status
	pmap gva2gpa 0xffff888000001000 --user-root
	printf "kernel %lx\n", \$pmap_gpa
	pmap expect \$pc +1 r-xu
	printf "user executes %d\n", \$pmap_ok
	pmap expect \$pc +1 r--u --user-root
	printf "kernel does not %d\n", \$pmap_ok
	pmap find \$pmap_gpa --csv
	pmap roots --tasks --csv --output $tmp/tasks.csv
	printf "tasks %d %d\n", \$pmap_status, \$pmap_roots
	pmap watch $page
	pmap unwatch
	symbol-file $tmp/vmlinux
	pmap kaslr --user-root --json --output $tmp/symbols.json
END
out=$(cat "$gdb_out")
diag "$out"
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"

for name in "direct map" vmalloc vmemmap "kernel data"; do
	is "$(layout_field "$tmp/user.json" "$name" va)" "" "the user's root has no $name"
done
is "$(layout_field "$tmp/user.json" "cpu entry" va)" 0xfffffe0000000000 "but the CPU entry areas"
# What the processor needs to get into the kernel is code within its text.
entry=$(sed -n 's/^{"name":"kernel \(text\|image\)","va":"0x\([0-9a-f]*\)".*/\2/p' "$tmp/user.json" | head -n 1)
ok "and code of entries in the kernel's text: ${entry:-none}" \
	test "$((16#${entry:-0} >= 16#$(layout_symbol _text) &&
		16#${entry:-0} < 16#$(layout_symbol _etext)))" = 1
is "$(layout_field "$tmp/user-kaslr.json" "direct map" base)" "" "kaslr: no direct map there"

while read -r name base; do
	is "$(layout_field "$tmp/kernel.json" "${name//_/ }" va)" "0x$base" \
		"the kernel's root: ${name//_/ }"
done <<-END
	direct_map ffff888000000000
	vmalloc ffffc90000000000
	vmemmap ffffea0000000000
	cpu_entry fffffe0000000000
	kernel_text $(layout_symbol _text)
	kernel_rodata $(layout_symbol __start_rodata)
END
is "$(layout_field "$tmp/kernel-kaslr.json" "direct map" from)" tables "by the tables"
like "$(sed -n 's/^{"name":"user".*"rights":"\([^"]*\)".*/\1/p' "$tmp/user.json")" 'r-xu' \
	"the user's root: user pages can be executed"
unlike "$(sed -n 's/^{"name":"user".*"rights":"\([^"]*\)".*/\1/p' "$tmp/kernel.json")" 'x' \
	"the kernel's root: none can"
like "$out" '^user 1$' "the direct map is not there for the user"
like "$out" '^kernel 1000$' "and is for the kernel"
like "$out" '^user executes 1$' "\$pc can be executed by the user's root"
like "$out" '^kernel does not 1$' "and not by the kernel's"

# The user's root maps neither the list of tasks nor the tables: the kernel's does.
like "$out" '^tasks 0 1$' "the one process with tables is found by the kernel's root"
like "$(cat "$tmp/tasks.csv")" "^1,$(printf '0x%x' $((16#$(guest_register CR3) & ~0x1fff))),init,0xffff888" \
	"its root is the one beside the user's"
like "$out" "^watch 1: $(printf '%#x' "$page"), .* watchpoints( [0-9]+){4}\$" "and there the kernel writes a mapping's entries"
unlike "$out" '^watch 1: .* without one' "all four of them"

# GDB cannot read the kernel's variables by the user's root: then the tables tell.
is "$(layout_field "$tmp/symbols.json" "kernel text" from)" symbol "_text needs no memory"
is "$(layout_field "$tmp/symbols.json" "kernel text" certain)" true "and is certain"
is "$(layout_field "$tmp/symbols.json" "direct map" from)" tables "page_offset_base cannot be read"
finish
