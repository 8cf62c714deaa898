#!/usr/bin/env bash
# pmap open: a dump or an image, in a GDB that has no target at all.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

kernel=$builddir/kernel/pmapk.elf
kdump=
grep -q '^#define HAVE_LIBKDUMPFILE 1' "$builddir/config.h" && kdump=kdump

## The files, and what the stub says.

session_need tests/lib/hmp
qemu_start -S -cpu max -smp 2 -m 128 -append mode=demo -kernel "$kernel"32
hmp "dump-guest-memory $tmp/reset" >/dev/null
cat >"$tmp/files.sh" <<END
"$builddir/tests/lib/hmp" "$tmp/monitor" "dump-guest-memory $tmp/elf" \
	"dump-guest-memory -p $tmp/paged" "dump-guest-memory -z $tmp/kdump" \
	'pmemsave 0 0x8000000 "$tmp/with a blank"' >/dev/null
END
gdb_run "$kernel" <<END
hbreak pmapk_ready
continue
shell sh $tmp/files.sh
pmap dump --json --leaves --expand --output $tmp/stub.json
printf "set \$cr3 = %ld\nset \$cr0 = %ld\nset \$cr4 = %ld\nset \$efer = %ld\n", \$cr3, \$cr0, \$cr4, \$efer
thread 2
pmap dump --json --leaves --expand --output $tmp/stub2.json
thread 1
pmap open $tmp/elf
printf "beside %d thread %d\n", \$pmap_status, \$_thread
pmap gva2gpa 0x400000
END
is "$gdb_status" 0 "GDB ends well" || diag "$(tail -n 5 "$gdb_err")"
like "$(cat "$gdb_out" "$gdb_err")" \
	'^pmap: open: there is a target already: .pmap source file FILE' \
	"where there is a target, it stays"
like "$(cat "$gdb_out")" '^beside 10 thread 1$' "and the status says so"
grep '^set \$' "$gdb_out" >"$tmp/registers"
qemu_stop

GDB_NO_TARGET=1

# Files do not know what is RAM.
same_tables()
{
	sed 's/"cause":"not in this file"/"cause":"not RAM"/' "$1" >"$1.ram"
	same_file "$1.ram" "$2" "$3"
}

## Dumps that know their CPUs.

# The machine's name in the first piece of a flattened file.  QEMU 11 says this.
if [ -n "$kdump" ]; then
	cp "$tmp/kdump" "$tmp/kdump-unknown"
	chmod u+w "$tmp/kdump-unknown"
	printf 'Unknown\0' | dd of="$tmp/kdump-unknown" bs=1 conv=notrunc \
		seek=$((4096 + 16 + 12 + 4 * 65)) 2>/dev/null
fi
for file in elf paged ${kdump:+kdump kdump-unknown}; do
	gdb_run "$kernel" <<-END
	printf "before %d\n", \$_thread
	print &pmapk_ready
	pmap open $tmp/$file
	printf "opened %d source %s cpus %d\n", \$pmap_status, \$pmap_source, \$pmap_cpus
	print &pmapk_ready
	info threads
	pmap roots
	printf "roots %d\n", \$pmap_roots
	pmap dump --json --leaves --expand --output $tmp/1.json
	thread 2
	pmap dump --json --leaves --expand --output $tmp/2.json
	set language ada
	pmap open $tmp/$file
	show language
	set language auto
	printf "again %d thread %d\n", \$pmap_status, \$_thread
	END
	source=elfcore
	[ "${file#kdump}" = "$file" ] || source=kdump
	like "$(cat "$gdb_out")" '^before 0$' "$file: there is no target"
	like "$(cat "$gdb_out")" "^opened 0 source $source cpus 2\$" "$file: is opened" ||
		diag "$(cat "$gdb_err")"
	like "$(cat "$gdb_out")" '^\* 1 .*pmapk_ready \(\)' \
		"$file: the first CPU is where it stopped"
	like "$(cat "$gdb_out")" '^  2 .* (cpu_halt|pmapk_ap_idle) \(\)' "$file: and the second"
	like "$(cat "$gdb_out")" "CR3 of the selected thread; CR3 of CPU 0, by the dump\$" \
		"$file: roots has the first CPU's"
	like "$(cat "$gdb_out")" " CR3 of CPU 1, by the dump\$" \
		"$file: and the second's"
	like "$(cat "$gdb_out")" '^roots 2$' "$file: which are all"
	is "$(grep -c '^\$.*0x.*<pmapk_ready>' "$gdb_out")" 2 "$file: symbols are there"
	is "$(grep '^\$.*<pmapk_ready>' "$gdb_out" | sed 's/.*0x/0x/' | sort -u | wc -l)" \
		1 "$file: and stay where they were"
	same_tables "$tmp/1.json" "$tmp/stub.json" "$file: the first CPU's tables"
	same_tables "$tmp/2.json" "$tmp/stub2.json" "$file: the second CPU's tables"
	like "$(cat "$gdb_out")" '^again 0 thread 1$' \
		"$file: opened again, in another language"
	like "$(cat "$gdb_out")" 'language is "ada"' "$file: which is as it was"
	unlike "$(cat "$gdb_err")" . "$file: no warnings"
done

## Raw memory: registers once, by hand.

gdb_run "$kernel" <<END
pmap open "$tmp/with a blank"
printf "opened %d source %s cpus %d\n", \$pmap_status, \$pmap_source, \$pmap_cpus
pmap gva2gpa 0x400000
printf "without %d\n", \$pmap_status
source $tmp/registers
pmap dump --json --leaves --expand --output $tmp/raw.json
END
like "$(cat "$gdb_out")" '^opened 0 source file cpus 0$' "an image, with a blank in its name"
like "$(cat "$gdb_out")" '^give --root and --format, or once .set \$cr3' "says what it lacks"
like "$(cat "$gdb_out")" '^without 12$' "and lacks it"
same_tables "$tmp/raw.json" "$tmp/stub.json" "with the registers, the stub's tables"

## A machine of 32 bits, before it pages.

gdb_run <<END
set architecture auto
pmap open $tmp/reset
info threads
pmap gva2gpa 0x1000
printf "reset %d\n", \$pmap_status
print sizeof(\$sp)
END
like "$(cat "$gdb_out" "$gdb_err")" '^pmap: paging is off' "a CPU that does not page says so"
like "$(cat "$gdb_out")" '^reset 12$' "its status"
like "$(cat "$gdb_out")" '= 4$' "and GDB takes it for one of 32 bits"

## What cannot be opened leaves no target.

printf 'QFI\373%4096s' >"$tmp/disk" ''
gdb_run "$kernel" <<END
pmap open $tmp/nowhere
printf "nowhere %d thread %d\n", \$pmap_status, \$_thread
pmap open $tmp/disk
printf "disk %d thread %d\n", \$pmap_status, \$_thread
pmap open
printf "none %d thread %d\n", \$pmap_status, \$_thread
pmap gva2gpa 0
END
like "$(cat "$gdb_out")" '^nowhere 10 thread 0$' "a file that is not there"
like "$(cat "$gdb_out")" '^disk 13 thread 0$' "a file that is no memory"
like "$(cat "$gdb_out" "$gdb_err")" 'is a qcow2 disk image' "is named"
like "$(cat "$gdb_out")" '^none 10 thread 0$' "no file"
like "$(cat "$gdb_out")" '^pmap: no target: .*pmap open FILE' "without a target that is the way"

## A dump of an architecture that this GDB does not know.

cp "$tmp/elf" "$tmp/other"
chmod u+w "$tmp/other"
printf '\267' | dd of="$tmp/other" bs=1 conv=notrunc seek=18 2>/dev/null	# EM_AARCH64
gdb_run <<END
complete set architecture aarch64
pmap open $tmp/other
printf "machine %s, status %d, thread %d\n", \$pmap_machine, \$pmap_status, \$_thread
pmap gva2gpa 0x400000 --root 0 --format arm64-4k
END
like "$(cat "$gdb_out")" '^machine aarch64, status 0, thread 1$' "a dump of AArch64 is opened"
if grep -q '^set architecture aarch64' "$gdb_out"; then
	ok "by a GDB that knows it" test -z "$(grep 'does not know' "$gdb_out")"
else
	like "$(cat "$gdb_out")" '^this GDB does not know aarch64, .*: gdb-multiarch does' \
		"GDB knows no such CPUs: which one does"
	is "$(grep -c warning "$gdb_out" "$gdb_err" | cut -d : -f 2 | paste -sd +)" 0+0 \
		"and does not warn"
fi

# Without QEMU's notes no CPU's registers are known: those of AArch64 have other names.
LC_ALL=C sed 's/QEMU\x00/VOID\x00/g' "$tmp/other" >"$tmp/foreign"
gdb_run <<<"pmap open $tmp/foreign"
like "$(cat "$gdb_out")" '^give --root and --format$' "one that tells no root: what to give"

finish
