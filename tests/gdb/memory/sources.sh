#!/usr/bin/env bash
# Every source of memory gives the same bytes of the same guest; each says why
# it was chosen, or what it lacks.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/elf.sh"

kernel=$builddir/kernel/pmapk.elf

lime_range()
{
	number $((0x4c694d45)) 4
	number 1 4
	number "$1" 8
	number "$2" 8
	number 0 8
	dd if="$tmp/raw" bs=4096 skip=$(($1 / 4096)) \
		count=$((($2 - $1 + 1) / 4096)) status=none
}

cat >"$tmp/files.sh" <<END
"$builddir/tests/lib/hmp" "$tmp/monitor" "dump-guest-memory $tmp/elf" \
	"dump-guest-memory -p $tmp/paged" "dump-guest-memory -z $tmp/kdump" \
	'pmemsave 0 0x8000000 "$tmp/raw"' >/dev/null
END

# GDB commands that dump through a source: dump_by NAME WORDS-OF-PMAP-SOURCE.  Without
# a guess at the system, which reads more than tables.
dump_by()
{
	cat <<-END
	echo == $1\n
	pmap source $2
	printf "status %d source %s\n", \$pmap_status, \$pmap_source
	pmap dump --json --leaves --expand --os none --output $tmp/$1.json
	printf "reads %d tables %d\n", \$pmap_reads, \$pmap_tables
	pmap dump --json --leaves --expand --os none --output $tmp/$1.again
	printf "again %d\n", \$pmap_reads
	END
}

# What GDB said of one of them.
said()
{
	sed -n "/^== $1\$/,/^again/p" "$gdb_out"
}

# A file cannot say of what it lacks whether it is RAM: the stub could.
as_stub()
{
	case $2 in
	elfcore | kdump | file)
		unlike "$(cat "$1")" '"cause":"not RAM"' \
			"${1##*/}: what it lacks is not in it, and no more is said"
		sed -i 's/"cause":"not in this file"/"cause":"not RAM"/' "$1"
		;;
	esac
}

# check NAME SOURCE
check()
{
	local counts

	like "$(said "$1")" "^status 0 source $2\$" "$1: $2 opens" ||
		diag "$(cat "$gdb_err")"
	counts=$(said "$1" | grep '^reads')
	like "$counts" '^reads ([0-9]{3,}) tables \1$' \
		"$1: each table is read, and none twice"
	like "$(said "$1")" '^again 0$' "$1: a second dump at one stop reads nothing"
	as_stub "$tmp/$1.json" "$2"
	as_stub "$tmp/$1.again" "$2"
	same_file "$tmp/$1.json" "$tmp/stub.json" "$1: the bytes that the stub gives"
	same_file "$tmp/$1.again" "$tmp/stub.json" "$1: the same again"
}

# live_session CPU COMMAND-LINE QEMU-ARG...: leaves the files behind
live_session()
{
	local cpu=$1 line=$2 name

	shift 2
	# QEMU's dumps are read-only: it could not write over older ones.
	rm -f "$tmp"/*.json "$tmp"/*.again "$tmp"/{elf,paged,kdump}
	qemu_start -S -cpu "$cpu" -smp 2 -m 128 -append "$line" \
		-kernel "$kernel"32 "$@"
	gdb_run "$kernel" <<-END
	hbreak pmapk_ready
	continue
	shell sh $tmp/files.sh
	shell bash $tmp/lime.sh
	$(dump_by stub gdbstub)
	$(dump_by auto auto)
	$(dump_by direct qemu)
	$(dump_by linear "linear 0xffff800000000000")
	$(dump_by raw "file $tmp/raw")
	$(dump_by lime "file $tmp/lime")
	$(dump_by elf "elfcore $tmp/elf")
	$(dump_by paged "elfcore $tmp/paged")
	$(dump_by kdump "kdump $tmp/kdump")
	END
	is "$gdb_status" 0 "$cpu $line: GDB ends well" || diag "$(cat "$gdb_err")"
	qemu_stop
}

{
	declare -f number lime_range
	echo "tmp=$tmp"
	echo '{ lime_range 0 $((0x9ffff)); lime_range $((0x100000)) $((0x7ffffff)); } >"$tmp/lime"'
} >"$tmp/lime.sh"

session_need tests/lib/hmp
for machine in "max mode=demo" "max mode=demo la57" "qemu64 mode=demo"; do
	live_session "${machine%% *}" "${machine#* }"
	check stub gdbstub
	check auto qemu
	check direct qemu
	check linear linear
	check raw file
	check lime file
	check elf elfcore
	check paged elfcore
	if grep -q '^#define HAVE_LIBKDUMPFILE 1' "$builddir/config.h"; then
		check kdump kdump
	else
		like "$(said kdump)" 'without libkdumpfile' "kdump: says what it lacks"
	fi
done

# What a dump lacks is not in it: whether it is RAM, the file cannot say.
GDB_NO_TARGET=1 gdb_run "$kernel" <<END
core-file $tmp/paged
pmap dump --root 0x7000000000
printf "status %d\n", \$pmap_status
pmap gva2gpa 0x400000 --root 0x7000000000
END
like "$(cat "$gdb_out" "$gdb_err")" \
	'^pmap: the root table at 0x7000000000 is not in this file$' \
	"a root that the dump lacks"
like "$(cat "$gdb_out")" '^status 13$' "a root that the dump lacks: its status"

# As `gdb vmlinux vmcore' does it: nothing is running.  Of each CPU its own CR3.
for file in elf paged; do
	GDB_NO_TARGET=1 gdb_run "$kernel" <<-END
	core-file $tmp/$file
	$(dump_by core auto)
	pmap info
	thread 2
	pmap gva2gpa 0x400000
	pmap dump 0x400000 +4096
	pmap source kdump $tmp/kdump
	echo by kdump\n
	pmap gva2gpa 0x400000
	pmap info
	END
	check core elfcore
	like "$(cat "$gdb_out")" '^0x400000 -> 0x1000000 ' \
		"$file: the second CPU has tables of its own"
	if grep -q '^#define HAVE_LIBKDUMPFILE 1' "$builddir/config.h"; then
		like "$(sed -n '/^by kdump/,$p' "$gdb_out")" \
			'^0x400000 -> 0x1000000 ' \
			"kdump: the second CPU has tables of its own"
		like "$(sed -n '/^by kdump/,$p' "$gdb_out")" \
			"^memory +kdump.*CR3 from QEMU's notes of 2 CPUs" \
			"kdump: info says where CR3 is from"
	fi
	like "$(cat "$gdb_out")" "^memory +elfcore: GDB's core file.*CR3 from QEMU's notes of 2 CPUs" \
		"$file: info says where CR3 is from"
done

finish
