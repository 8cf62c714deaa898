#!/usr/bin/env bash
# What a translation costs at an unchanged stop: GDB's command lines outside of
# scopes, each of which is a search through all symbols that GDB has read, and
# packets.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

qemu_start -S -cpu max -m 64 -kernel "$builddir/kernel/pmapk.elf32"

# GDB shows them where errors are, those in a scope where its output is: a mark in
# both.
traced()
{
	cat <<-END
	shell echo '--of $1'; echo '--of $1' >&2
	set trace-commands on
	pmap gva2gpa \$pc
	set trace-commands off
	shell echo --end; echo --end >&2
	END
}

cat >"$tmp/script" <<'END'
hbreak pmapk_ready
continue
set $x = $pc
pmap source gdbstub
END
for stop in one two; do
	echo stepi
	traced "first at $stop"
	traced "second at $stop"
done >>"$tmp/script"
echo 'pmap source auto' >>"$tmp/script"
for command in 'pmap gva2gpa $pc' 'pmap gva2gpa $x' 'pmap gva2gpa &pmapk_ready' \
	'pmap gva2gpa 0xffffffffc0100000'; do
	cat >>"$tmp/script" <<-END
	$command
	$command
	$command
	shell echo '--of $command'; echo '--of $command' >&2
	set trace-commands on
	$command
	set trace-commands off
	set debug remote 1
	$command
	set debug remote 0
	shell echo --end; echo --end >&2
	END
done
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/script"
is "$gdb_status" 0 "GDB ends well"

# of COMMAND: what was said of it
of()
{
	awk -v begin="--of $1" '
		$0 == begin { on = 1; next }
		/^--end/ { on = 0 }
		on' "$gdb_err" "$gdb_out"
}

# In the command's own definition and what that evaluates; a scope is one line, and
# its command another.
outside()
{
	of "$1" | grep -c '^+\{2,3\}[^+]'
}

packets()
{
	of "$1" | grep -o 'Sending packet: \$[a-zA-Z]' | sed 's/.*\$//' | sort | paste -sd' '
}

for command in 'pmap gva2gpa $pc' 'pmap gva2gpa &pmapk_ready' \
	'pmap gva2gpa 0xffffffffc0100000'; do
	lines=$(outside "$command")
	ok "$command: nine lines outside of scopes" test "$lines" = 9 ||
		of "$command" | grep '^+' | cut -c 1-200 >&2
done
lines=$(outside 'pmap gva2gpa $x')
ok "a name that may be void: a line and a condition more" test "$lines" -le 10
for command in 'pmap gva2gpa $pc' 'pmap gva2gpa $x'; do
	like "$(packets "$command")" '^T T g( m)?$' "$command: packets"
done

# The first at a stop, whose stub had yet to prove that it has physical memory: no scope
# of it comes about a second time, and what GDB may identify is tried in the next one.
# (The trace has the lines of a definition, not what is evaluated.)
for stop in one two; do
	first=$(of "first at $stop") second=$(of "second at $stop")
	like "$first" '_pm_window' "stop $stop: the stub is asked"
	unlike "$first" '_pm_again' "each scope of the first command is one that it needs"
	unlike "$first" '_pm_probe' "nothing is tried in it"
	like "$second" '_pm_probe' "but in the second"
done
finish
