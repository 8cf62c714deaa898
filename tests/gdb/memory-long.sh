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

# A terminal.  The guest went on when GDB left, and only halts.
sed -i "/^hbreak/d; /^continue/d" "$tmp/first.gdb"
if command -v script >/dev/null; then
	rm -f "$tmp/pressed" "$tmp/ended"
	printf '#!/bin/sh\nexec %s -nx -q -x %s %s\n' "$GDB" "$tmp/first.gdb" \
		"$kernel" >"$tmp/run"
	{
		sleep 4
		cat "$tmp/typed"
		sleep 4
	} | TERM=dumb timeout -k 5 120 script -qec "sh $tmp/run" /dev/null \
		>"$tmp/tty" 2>&1
	like "$(tr '\r' '\n' <"$tmp/tty")" \
		'^pmap: [0-9]+ tables, [0-9]+/s, at [0-9a-f]{16} \(Ctrl-C ends\)' \
		"a terminal shows how far it is"
	like "$(tr '\r' '\n' <"$tmp/tty")" 'status 0$' \
		"Ctrl-C ends it there, too" || diag "$(tail -n 20 "$tmp/tty")"
else
	skip "a terminal" "needs script(1)"
fi
finish
