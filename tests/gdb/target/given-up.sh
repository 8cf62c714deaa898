#!/usr/bin/env bash
# Commands that GDB gives up on, or that never reach the plugin: $pmap_status
# says so, no result of an earlier command stays, and the next one works.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"
. "$srcdir/tests/lib/typed.sh"

kernel=$builddir/kernel/pmapk.elf

# What fails, with the status that stays behind.
table()
{
	cat <<'END'
pmap gva2gpa nosuchsymbol | 10 | ^No symbol "nosuchsymbol" in current context.$
pmap gva2gpa 0x400000 --root nosuchsymbol | 10 | ^No symbol
pmap gva2gpa 1 + | 10 | ^A syntax error in expression
pmap gva2gpa *(int *) 0x7000000000 | 10 | ^Cannot access memory at address 0x7000000000$
pmap gva2gpa cpu | 10 | ^Value can't be converted to integer.$
pmap walk nosuchsymbol | 10 | ^No symbol
pmap dump nosuchsymbol +1 | 10 | ^No symbol
pmap perms nosuchsymbol | 10 | ^No symbol
pmap access nosuchsymbol r | 10 | ^No symbol
pmap source linear nosuchsymbol | 10 | ^No symbol
pmap nosuch | 10 | ^pmap: there is no command "nosuch"
pmap dump --leaves --output /dev/full | 15 | ^pmap: /dev/full: No space left on device$
END
}

# Before each question every result has a value.
ask()
{
	local question

	while IFS= read -r question; do
		case $question in "pmap "*) cat <<-END ;; esac
		set var \$pmap_gpa = 1, \$pmap_page = 1, \$pmap_rights = 1, \$pmap_fault = 1
		set var \$pmap_ranges = 1, \$pmap_tables = 1, \$pmap_source = 1, \$pmap_reads = 1
		set var \$pmap_can_read = 1, \$pmap_status = 99
		END
		echo "$question"
		case $question in "pmap "*) echo left ;; esac
	done < <(questions)
}

left='define left
printf "%d%d%d%d%d%d%d left\n", $_isvoid($pmap_gpa), $_isvoid($pmap_rights), $_isvoid($pmap_ranges), $_isvoid($pmap_source), $_isvoid($pmap_fault), $_isvoid($pmap_can_read), $_isvoid($pmap_reads)
end'

# Which results the command of each question would have set: gpa rights ranges
# source fault can_read reads
gone()
{
	case $1 in
	*gva2gpa* | *walk*) echo 1100001 ;;
	*dump*) echo 0010001 ;;
	*perms*) echo 0100011 ;;
	*access*) echo 0000101 ;;
	*source*) echo 0001001 ;;
	*) echo 1111111 ;;
	esac
}

qemu_start -S -cpu max -m 128 -append mode=demo -kernel "$kernel"32
gdb_typed "$kernel" < <(
	echo "$left"
	echo 'hbreak pmapk_ready'
	echo 'continue'
	table | ask
	echo 'pmap gva2gpa 0x400000'
	echo 'disconnect'
	printf '%s\n' 'pmap gva2gpa 0x400000' | ask
)
cat "$gdb_err" >>"$gdb_out"
# Errors are on another stream: each is looked for by itself.
n=0
while IFS='|' read -r question want regex; do
	n=$((n + 1))
	is "$(answer_status $n)" "$(trim "$want")" "$(trim "$question"): status"
	is "$(answer $n | sed -n 's/ left$//p')" "$(gone "$question")" \
		"$(trim "$question"): no old result stays"
	like "$(cat "$gdb_out")" "${regex# }" "$(trim "$question")"
done < <(table)
like "$(cat "$gdb_out")" '^0x400000 -> 0x100000 ' "the next command works"
n=$((n + 1))
is "$(answer_status $n)" 11 "without a target: status"
is "$(answer $n | sed -n 's/ left$//p')" 1111111 "without a target: no old result stays"
qemu_stop

# --stop is there so that nothing passes which was not looked at.
GDB_NO_TARGET=1 gdb_run <<'END'
pmap expect 0 +4096 none --stop
echo went on\n
END
is "$gdb_status" 1 "expect --stop without a target ends GDB"
unlike "$(cat "$gdb_out")" 'went on' "at once"
GDB_NO_TARGET=1 gdb_run <<'END'
pmap expect 0 +4096 none
echo went on\n
END
is "$gdb_status" 0 "without --stop it does not"
like "$(cat "$gdb_out")" '^went on$' "and goes on"
GDB_NO_TARGET=1 gdb_run <<'END'
jit-reader-unload
pmap expect 0 +4096 none --stop
echo went on\n
END
is "$gdb_status" 1 "nor is a plugin that is not there a success"

finish
