#!/usr/bin/env bash
# What does not come to an end by itself shows how far it is, where a person
# watches, and ends with Ctrl-C.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

kernel=$builddir/kernel/pmapk.elf

# Every page of a shadow like KASAN's, one by one, to nowhere.
qemu_start -S -cpu max -m 128 -append "mode=kasan la57" -kernel "$kernel"32
cat >"$tmp/stamp" <<END
date +%s%N >"$tmp/\$1"
END
cat >"$tmp/kick" <<END
(sleep \${2:-2}; sh "$tmp/stamp" pressed; kill -INT \$1) >/dev/null 2>&1 &
END
{
	session_preamble
	cat <<-END
	$(! gdb_knows "show tui" || echo "set tui border-kind ascii")
	hbreak pmapk_ready
	continue
	pmap gva2gpa \$pc
	END
} >"$tmp/first.gdb"
cat >"$tmp/typed" <<END
shell sh $tmp/kick \$PPID
pmap dump --leaves --expand --json --output /dev/null
shell sh $tmp/stamp ended
pmap gva2gpa \$pc
printf "status %d\n", \$pmap_status
quit
END

# What was found is printed, and that it is a part.
cat >"$tmp/part" <<END
shell sh $tmp/kick \$PPID
pmap dump --leaves --expand
shell sh $tmp/kick \$PPID
pmap dump --leaves --expand --json
printf "part %d\n", \$pmap_status
END

# Between the key and GDB's next command: milliseconds.
took()
{
	echo $((($(cat "$tmp/ended") - $(cat "$tmp/pressed")) / 1000000))
}

# A pipe: nobody watches.
timeout -k 5 120 "$GDB" -nx -q -x "$tmp/first.gdb" "$kernel" \
	<"$tmp/typed" >"$tmp/piped" 2>&1
like "$(cat "$tmp/piped")" 'status 0$' "Ctrl-C ends it, and the next command works"
unlike "$(cat "$tmp/piped")" 'pmap: [0-9]+ tables' "no progress into a pipe"
diag "it took $(took) ms"
# Tables by hand at 96 MiB: nested ones that map 4 GiB to themselves; at 64 KiB
# more, four that lead to each other only, the last with nothing in it, and a
# mirror of 1 GiB pages.
words()
{
	local i n

	for n in "$@"; do
		for ((i = 0; i < 8; i++)); do
			printf "\\\\x%02x" $((n >> 8 * i & 255))
		done
	done
}

same_word()
{
	local word n

	word=$(words "$1")
	for ((n = 0; n < 512; n++)); do
		printf '%s' "$word"
	done
}

tables()
{
	local n

	for n in 0x6011007 0x6012007 0x6013007 2 0x6015007; do
		printf '%b' "$(same_word $n)"
	done
	for ((n = 0; n < 512; n++)); do
		printf '%b' "$(words $((n << 30 | 0xe7)))"
	done
}

tables >"$tmp/tables"
direct=0xffff800000000000
cat >"$tmp/prepare" <<END
set var *(unsigned long *)($direct + 0x6000000) = 0x6001007
set var *(unsigned long *)($direct + 0x6001000) = 0xe7
set var *(unsigned long *)($direct + 0x6001008) = 0x400000e7
set var *(unsigned long *)($direct + 0x6001010) = 0x800000e7
set var *(unsigned long *)($direct + 0x6001018) = 0xc00000e7
restore $tmp/tables binary $direct+0x6010000
END

# NAME|COMMAND: none of them ends within minutes.
endless()
{
	cat <<-'END'
	dump|pmap dump --leaves --expand --json --output /dev/null
	combined|pmap dump --combined --npt 0x6000000 --outer-format npt-4 --root $cr3 --leaves --expand --json --output /dev/null
	check|pmap check 0 0x7f8000000000 --root 0x6010000 --format x86-64-4 --mirror 0x6014000
	roots|pmap roots --scan 0 0x8000000
	END
}

{
	cat "$tmp/prepare"
	# The slowest source: there is 128 MiB to be searched.
	echo 'pmap source gdbstub'
	while IFS='|' read -r name command; do
		# Late enough for its first rounds, on a busy machine, too.
		printf 'printf "@%s\\n"\nshell sh %s $PPID 6\n%s\n' "$name" \
			"$tmp/kick" "$command"
		printf 'printf "%s: status %%d\\n", $pmap_status\n' "$name"
	done < <(endless)
	echo 'printf "@end\n"'
	sed -n '/gva2gpa/,$p' "$tmp/typed"
} >"$tmp/typed-2"

# The guest went on when GDB left, and only halts.
sed -i "/^hbreak/d; /^continue/d" "$tmp/first.gdb"
timeout -k 5 120 "$GDB" -nx -q -x "$tmp/first.gdb" "$kernel" \
	<"$tmp/part" >"$tmp/parts" 2>&1
like "$(grep -v '^[0-9a-f{]' "$tmp/parts")" \
	'^pmap: interrupted: this is a part of the answer only$' \
	"what was printed is a part, and says so"
is "$(grep -c '^{"kind":"interrupted"}$' "$tmp/parts")" 1 "in JSON, too"
ok "something was printed" test "$(grep -c '^{"va"' "$tmp/parts")" -gt 1000
like "$(grep -v '^[0-9a-f{]' "$tmp/parts")" '^(\(gdb\) )*part 14$' "with its status"

# A terminal.
printf '#!/bin/sh\nexec %s -nx -q -x %s %s\n' "$GDB" "$tmp/first.gdb" \
	"$kernel" >"$tmp/run"

# on_terminal FILE [SECONDS [TERM]]: FILE is typed, and so long waited for its end;
# $tmp/tty has what a person saw
on_terminal()
{
	{
		sleep 4
		cat "$1"
		sleep "${2:-4}"
	} | TERM=${3:-xterm} terminal_run "sh $tmp/run" >"$tmp/tty" 2>&1
	tr '\r' '\n' <"$tmp/tty" >"$tmp/seen"
}

progress='^pmap: [0-9]+ tables, [0-9]+/s, at [0-9a-f]{16} \(Ctrl-C ends\)'

# Where progress would disturb another's work on the terminal.
quiet()
{
	on_terminal "$tmp/typed"
	unlike "$(cat "$tmp/seen")" 'pmap: [0-9]+ tables' "no progress $1"
	like "$(cat "$tmp/seen")" 'status 0' "and Ctrl-C ends it" ||
		diag "$(tail -n 20 "$tmp/seen")"
}

if command -v script >/dev/null; then
	on_terminal "$tmp/typed"
	like "$(cat "$tmp/seen")" "$progress" "a terminal shows how far it is"
	like "$(cat "$tmp/seen")" 'status 0$' \
		"Ctrl-C ends it there, too" || diag "$(tail -n 20 "$tmp/seen")"
	like "$(sed -n '/tables,/,$p' "$tmp/seen" | grep -v 'tables,' | head -n 1)" \
		'^ *$' "and the line is cleared"
	sed -i 's/^pmap dump.*/pipe & | cat/' "$tmp/typed"
	quiet "while another program has the output"
	if gdb_knows "tui enable"; then
		sed -i 's/^pipe \(.*\) | cat/\1/; 1i tui enable' "$tmp/typed"
		quiet "in GDB's own full screen"
		ok "which is there" \
			grep -q "$(printf '\033\\[?1049h')" "$tmp/tty"
	else
		skip "in GDB's own full screen" "this GDB was built without it"
	fi
	on_terminal "$tmp/typed-2" 20 dumb
	while IFS='|' read -r name _; do
		like "$(awk -v mark="@$name" '$0 == mark { on = 1; next } /^@/ { on = 0 } on' "$tmp/seen")" \
			"$progress" "$name: a terminal shows how far it is"
		like "$(cat "$tmp/seen")" "^$name: status 14\$" \
			"$name: Ctrl-C ends it"
	done < <(endless)
	like "$(cat "$tmp/seen")" '^status 0$' "and the next command works" ||
		diag "$(tail -n 20 "$tmp/seen")"
else
	skip "a terminal" "needs script(1)"
fi
finish
