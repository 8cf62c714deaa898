#!/usr/bin/env bash
# A dump that does not come to an end by itself: it shows how far it is, where a
# person watches, and ends with Ctrl-C.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib/session.sh"

kernel=$builddir/kernel/pmapk.elf

# Every page of a shadow like KASAN's, one by one, to nowhere.
qemu_start -S -cpu max -m 128 -append "mode=kasan la57" -kernel "$kernel"32
cat >"$tmp/stamp" <<END
date +%s%N >"$tmp/\$1"
END
cat >"$tmp/kick" <<END
(sleep 2; sh "$tmp/stamp" pressed; kill -INT \$1) >/dev/null 2>&1 &
END
{
	session_preamble
	cat <<-END
	set tui border-kind ascii
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

# on_terminal FILE: FILE is typed; $tmp/tty has what a person saw
on_terminal()
{
	{
		sleep 4
		cat "$1"
		sleep 4
	} | TERM=xterm timeout -k 5 120 script -qec "sh $tmp/run" /dev/null \
		>"$tmp/tty" 2>&1
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
	sed -i 's/^pipe \(.*\) | cat/\1/; 1i tui enable' "$tmp/typed"
	quiet "in GDB's own full screen"
	ok "which is there" grep -q "$(printf '\033\\[?1049h')" "$tmp/tty"
else
	skip "a terminal" "needs script(1)"
fi
finish
