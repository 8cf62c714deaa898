#!/usr/bin/env bash
# The file of --output: what it is called, what it replaces, what becomes of an
# old one, and what is left when something goes wrong.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/typed.sh"

kernel=$builddir/kernel/pmapk.elf
dump="pmap dump 0x400000 +0x1000 --output"

skip()
{
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

# is_dump FILE WHAT: what `dump' writes, and nothing else
is_dump()
{
	is "$(sed 's/ .*//' "$1" | paste -sd' ')" \
		"START-LAST 0000000000400000-0000000000400fff" "$2"
}

status()
{
	echo "printf \"$1 %d\\n\", \$pmap_status"
}

qemu_start -S -cpu max -m 128 -append mode=demo -kernel "$kernel"32
mkdir "$tmp/o"
cd "$tmp/o" || bail "no directory"
echo before >private
chmod 600 private
mkdir elsewhere
echo before >elsewhere/target
ln -s elsewhere/target link
mkfifo nobody half whole
timeout 60 cat whole >whole.got &
timeout 60 head -c 100 half >half.got &
gdb_typed "$kernel" <<END
hbreak pmapk_ready
continue
$dump private
$dump link
$dump "two  words"
$dump nobody
$(status nobody)
$dump whole
$(status whole)
pmap dump --leaves --output half
$(status half)
echo before\n
$dump /dev/stdout
echo behind\n
END
cd "$builddir" || bail "no directory"
out=$(cat "$gdb_out")
is_dump "$tmp/o/private" "an old file is replaced"
is "$(stat -c %a "$tmp/o/private")" 600 "with the rights that it had"
is_dump "$tmp/o/elsewhere/target" "what a link leads to is replaced"
ok "and the link is there" test -L "$tmp/o/link"
is_dump "$tmp/o/two  words" "a name may be quoted"
like "$out" '^nobody 15$' "a pipe that nobody reads: status 15"
like "$out" '^pmap: nobody: no reader on this pipe$' "and GDB does not wait for ever"
like "$out" '^whole 0$' "a pipe that is read"
wait_until 10 test -s "$tmp/o/whole.got"
is_dump "$tmp/o/whole.got" "has everything"
like "$out" '^half 15$' "a pipe whose reader leaves: status 15"
like "$out" '^pmap: half: Broken pipe$' "and GDB lives"
is "$(sed -n '/^before$/,/^behind$/p' "$gdb_out" | sed 's/ .*//' | paste -sd' ')" \
	"before START-LAST 0000000000400000-0000000000400fff behind" \
	"/dev/stdout is where GDB prints"
ok "and is not replaced" test ! -f /dev/stdout -o -L /dev/stdout
is "$(cd "$tmp/o" && echo *)" \
	"elsewhere half half.got link nobody private two  words whole whole.got" \
	"nothing else is left"

# The last command of a batch: there is no next one that could tidy up.
mkdir "$tmp/full"
if [ "$(id -u)" = 0 ] &&
	mount -t tmpfs -o size=64k pmap-test "$tmp/full" 2>/dev/null; then
	echo before >"$tmp/full/old"
	gdb_run "$kernel" <<-END
	pmap dump --json --leaves --output $tmp/full/old
	$(status full)
	END
	like "$(cat "$gdb_out")" '^full 15$' "a full disk: status 15"
	is "$(cat "$tmp/full/old")" before "a full disk: the old file is as it was"
	is "$(ls -A "$tmp/full")" old "a full disk: nothing else is left"
	umount "$tmp/full"
else
	skip "a full disk" "needs root, to mount one"
fi

# A pipe that is full for as long as its reader likes: Ctrl-C.
mkfifo "$tmp/slow"
# shellcheck disable=SC2217 # it holds the pipe open
sleep 60 <"$tmp/slow" &
sleeper=$!
gdb_typed "$kernel" <<END
shell (sleep 1; kill -INT \$PPID) >/dev/null 2>&1 &
pmap dump --leaves --output $tmp/slow
$(status slow)
END
like "$(cat "$gdb_out")" '^slow 14$' "Ctrl-C while a pipe is full"
like "$(cat "$gdb_out")" '^pmap: interrupted; .*/slow has a part of the answer only$' \
	"is answered"
kill "$sleeper"
qemu_stop

finish
