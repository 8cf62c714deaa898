#!/usr/bin/env bash
# What nobody told: where registers come from, which of them are assumed, and
# that an answer says so where an assumption decides it; what tables that lead
# nowhere look like.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/elf.sh"

kernel=$builddir/kernel/pmapk.elf

part()
{
	awk -v mark="@$1" '$0 == mark { on = 1; next } /^@/ { on = 0 } on' "$gdb_out"
}

## On the running kernel: all registers are facts.

session_need tests/lib/hmp
qemu_start -S -cpu max -smp 2 -m 128 -append mode=demo -kernel "$kernel"32
cat >"$tmp/files.sh" <<END
"$builddir/tests/lib/hmp" "$tmp/monitor" "dump-guest-memory $tmp/elf" \
	'pmemsave 0 0x8000000 "$tmp/raw"' >/dev/null
END
gdb_run "$kernel" <<END
hbreak pmapk_ready
continue
shell sh $tmp/files.sh
printf "root %#lx\n", (unsigned long)\$cr3
thread 2
printf "other %#lx\n", (unsigned long)\$cr3
thread 1
echo @info\n
pmap info
echo @lost\n
pmap info --root 0x7f00000
echo @smap
echo \n
pmap access 0x400123 r --supervisor
set \$root = (unsigned long *)(0xffff800000000000 + (\$cr3 & ~0xfff))
set var \$root[3] = 0x8000000003
echo @far\n
pmap access 0x18000000000 r --supervisor
echo @explain\n
pmap explain --at 0x18000000000
set var \$root[3] = 0
echo @fault\n
pmap fault 0x400123
echo @frame\n
set \$at = (unsigned long *)0xffff800007f00000
set var \$at[0] = 1
set var \$at[1] = 0x400120
set var \$at[2] = 0x23
set var \$at[3] = 0x40246
set var \$at[4] = 0x7000
set var \$at[5] = 0x1b
set \$rsp = (long)\$at
set \$pc = &trap_stub_14
pmap fault 0x400123
printf "implicit %d %d\n", \$pmap_status, \$pmap_explained
monitor o /b 0x92 0
echo @a20\n
pmap info
thread 2
echo @other cpu\n
pmap info
END
is "$gdb_status" 0 "GDB ends well" || diag "$(tail -n 5 "$gdb_err")"
cp "$gdb_out" "$tmp/first"
root=$(sed -n 's/^root \(0x[0-9a-f]*\)$/\1/p' "$gdb_out")
unlike "$(part info)" '\?' "what GDB shows is not marked"
unlike "$(part info)" '^pc ' "nor is there a word on \$pc, which is mapped"
like "$(part info)" '^1g pages   assumed; .*pmap_no_1g' "info states 1 GiB pages"
like "$(part lost)" '^pc         0x[0-9a-f]+ is not mapped: the PML4E at 0x7f00ff8 is empty' \
	"tables that do not map \$pc"
unlike "$(part info)" '^(a20|smm) ' "and none on gates that are as usual"
like "$(part a20)" '^a20        closed: bit 20 of each physical address is cleared' \
	"a closed A20 gate"
unlike "$(part 'other cpu')" '^a20' "which is that CPU's alone"
unlike "$(part smap)" 'assuming [EC]' "nothing is assumed where all is told"
far='the PML4E 0x8000000003 at 0x[0-9a-f]*18 leads to a table at 0x8000000000, which is not in RAM$'
like "$(part far)" "^  $far" "a table beyond RAM: the entry that leads there"
like "$(part explain)" "fetch .*cannot tell: $far" "explain says it, too"
like "$(part fault)" '^pmap: no error code: .*`pmap explain' \
	"no fault was taken: what to ask instead"
like "$(part frame)" '^page fault at 0x400123, error code 0x1 \(P\): read by the supervisor on user mode.s behalf, a right missing$' \
	"a frame of user mode with an error code of the supervisor's"
like "$(part frame)" 'CR4.SMAP=1, an implicit access\): US=1 ' \
	"which SMAP stops, whatever EFLAGS.AC"
like "$(part frame)" '^implicit 0 1$' "and that explains it"
qemu_stop

GDB_NO_TARGET=1

## A dump of QEMU's: control registers from its notes, EFER from nowhere.

gdb_run "$kernel" <<END
pmap open $tmp/elf
echo @info\n
pmap info
echo @nx\n
pmap access 0x2a07000 x --supervisor
pmap access 0x400123 r --user
echo @roots\n
pmap roots
echo @cpu\n
pmap info --cpu 1
pmap gva2gpa 0x400123 --cpu 2
printf "cpu %d\n", \$pmap_status
set \$efer = 0xd00
echo @told\n
pmap info
pmap access 0x2a07000 x --supervisor
END
other=$(sed -n 's/^other \(0x[0-9a-f]*\)$/\1/p' "$tmp/first")
for cpu in 0 1; do
	like "$(part roots)" "^0x0*$([ $cpu = 0 ] && echo "${root#0x}" || echo "${other#0x}") x86-64-4 +.*CR3 of CPU $cpu, by the dump" \
		"roots: CPU $cpu of the dump"
done
like "$(part cpu)" "^root       $other \(CR3\)\$" "--cpu: the second CPU's root"
like "$(part cpu)" '^ +cr0, cr2, cr3, cr4 from the dump.s note of CPU 1$' "and whose it is"
like "$(part cpu)" '^pmap: --cpu 2: the dump has CPUs 0 to 1$' "one that it has not"
like "$(part cpu)" '^cpu 10$' "is an error"
like "$(part info)" '^registers  cr0=0x[0-9a-f]+ cr2=.* cr3=0x[0-9a-f]+ cr4=0x[0-9a-f]+ efer=0xd00\?$' \
	"a dump: EFER is marked, the others are not"
like "$(part info)" '^ +cr0, cr2, cr3, cr4 from the dump.s note of CPU 0$' "whose they are"
like "$(part info)" '^ +efer assumed .*: .set [$]efer = VALUE. gives the true one$' \
	"what is assumed, and how to tell it"
like "$(part info)" 'EFER.NXE\?' "and its bits are marked"
unlike "$(part told)" '\?' "not once it is told"

## Without any register.

gdb_run "$kernel" <<END
pmap open $tmp/raw
echo @write\n
pmap access 0xffffffffc0100000 r --supervisor --root $root --format x86-64-4
echo @smep\n
pmap access 0x400123 x --supervisor --root $root --format x86-64-4
echo @smap\n
pmap access 0x400123 r --supervisor --root $root --format x86-64-4
echo @user\n
pmap access 0x400123 r --user --root $root --format x86-64-4
echo @wp\n
pmap access 0x400123 w --supervisor --root $root --format x86-64-4
echo @who\n
pmap access 0xffffffffc0100000 r --root $root --format x86-64-4
echo @unknown\n
pmap roots
echo @guess\n
pmap roots --scan
printf "guessed %d\n", \$pmap_status
pmap source file $tmp/raw 0 $tmp/raw 0x140000000
echo @beyond\n
pmap roots --scan
echo @there\n
pmap roots --scan 0x140000000 +0x8000000
set \$cr4 = 0x100020
echo @cr4\n
pmap info
pmap access 0x400123 x --supervisor --root $root --format x86-64-4
END
is "$gdb_status" 0 "GDB ends well with an image" || diag "$(tail -n 5 "$gdb_err")"
unlike "$(part write)" 'assuming' "an access that no control decides"
unlike "$(part user)" 'assuming' "nor a user's"
like "$(part smep)" 'allowed' "a fetch from a user page is allowed"
like "$(part smep)" '^  assuming CR4=0x0 \(no SMEP' "unless there is SMEP"
like "$(part smap)" '^  assuming CR4=0x0 ' "a read, unless there is SMAP"
like "$(part wp)" '^  assuming CR0.WP=1' "a write is denied if WP is set"
like "$(part unknown)" "^pmap: .*roots --scan. finds tables by their contents" \
	"no register tells a root: the way out"
like "$(part guess)" "^0x0*${root#0x} x86-64-4 +likely: .*, to which no other refers, which maps itself at 0xffff8000" \
	"a root by its contents, and how sure that is"
like "$(part guess)" "^0x0*${other#0x} x86-64-4 +likely: .*, itself at 255" "another one"
like "$(part guess)" '^guessed 0$' "a list is an answer"
like "$(part guess)" '^0x0*101000 x86-64-5 +likely: a table with 2 entries, .*which maps itself' \
	"the tables that the kernel boots with, where there are five levels"
is "$(part guess | grep -c likely)" 3 "nothing else is likely"
like "$(part beyond)" '^memory goes on to 0x147ffffff: .pmap roots --scan 0x100000000 0x148000000' \
	"memory beyond 4 GiB: how to look on"
unlike "$(part guess)$(part there)" 'memory goes on' "which is not said where there is none"
like "$(part who)" '^  assuming the supervisor' "whose access it is"
like "$(part cr4)" '^controls   CR4.PAE CR4.SMEP$' "SMEP is SMEP"
like "$(part cr4)" 'must not execute user pages \(CR4.SMEP=1\)' "and then it denies"

## A kernel's dump: the root is its own, and no CPU's.

# vmcore BASE: the raw memory, two threads' notes and a text of VMCOREINFO
vmcore()
{
	printf 'OSRELEASE=6.1\nSYMBOL(swapper_pg_dir)=%x\nNUMBER(phys_base)=%d\n' \
		$((0xffffffff80000000 + root)) "$1" >"$tmp/text"
	number 0 336 >"$tmp/status"
	for thread in 1 2; do
		number $thread 4 | dd of="$tmp/status" bs=1 seek=32 conv=notrunc status=none
		note CORE 1 "$tmp/status"
	done >"$tmp/notes"
	note VMCOREINFO 0 "$tmp/text" >>"$tmp/notes"
	core "$tmp/vmcore" "$tmp/notes" "$tmp/raw"
}

vmcore 0
gdb_run "$kernel" <<END
pmap open $tmp/vmcore
echo @roots\n
pmap roots
thread 2
pmap roots --json
pmap gva2gpa 0x400123
printf "read %d\n", \$pmap_status
END
own="the kernel's own, by the dump's VMCOREINFO; assumed, since nothing proves it"
like "$(part roots)" "^0x0*${root#0x} x86-64-4 +$own\$" "roots: the kernel's is no thread's"
like "$(part roots)" "^\{\"root\":\"$root\",.*\"why\":\"$own\"\}\$" "on another thread, too"
is "$(part roots | grep -c own)" 2 "and it is listed once"
like "$(part roots)" '^read 0$' "it is used"

vmcore $((0x70000000))
gdb_run "$kernel" <<END
pmap open $tmp/vmcore
echo @walk\n
pmap gva2gpa 0x400123
printf "walk %d\n", \$pmap_status
pmap gva2gpa 0x400123 --root 0x70000000
echo @roots\n
pmap roots
echo @scan\n
pmap roots --scan
printf "scan %d\n", \$pmap_status
echo @info\n
pmap info
END
cat "$gdb_err" >>"$gdb_out"
like "$(cat "$gdb_out")" '^pmap: the root table at 0x7[0-9a-f]+ is not in this file: it is assumed .*--root, .pmap roots --scan' \
	"an assumed root that is wrong: the way out"
like "$(cat "$gdb_out")" '^walk 13$' "and the status"
like "$(cat "$gdb_out")" '^pmap: the root table at 0x70000000 is not in this file$' \
	"a root that was named is not assumed"
like "$(part roots)" "^0x0*7[0-9a-f]+ x86-64-4 +$own; not in this file\$" \
	"roots lists what cannot be read"
like "$(part scan)" "^0x0*${root#0x} x86-64-4 +likely: " "and finds others by their contents"
like "$(part scan)" '^scan 0$' "which is an answer"
unlike "$(part info)" 'these tables are broken' "info does not doubt tables that it cannot see"

finish
