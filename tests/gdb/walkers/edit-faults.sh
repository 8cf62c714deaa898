#!/usr/bin/env bash
# --apply between any two writes: the connection is lost, Ctrl-C, a stub that
# writes something else; and many edits, each undone.  Memory is as before or as after, or what
# is left is said and can be undone.
#
# EDITS: how many random edits are made and undone (50); SEED.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

session_need tests/lib/cut
frames='--frames 0x3000000,+1M'
EDITS=${EDITS:-50}
SEED=${SEED:-$$}

memory()
{
	rm -f "$1"
	hmp "pmemsave 0 0x4000000 \"$1\"" >/dev/null
	wait_until 20 test -s "$1"
}

# Two entries, in one table: 2 writes.
edit='pmap unmap 0x400000 +8K --apply'

# N ACTION: the edit by way of a program that acts at the N-th write.
cut_run()
{
	GDB_NO_TARGET=1 gdb_run "$builddir/kernel/pmapk.elf" <<-END
	target remote | exec $builddir/tests/lib/cut $tmp/gdb $1 $2
	$edit
	printf "status %d\n", \$pmap_status
	$3
	END
}

demo_entries 0x400000
direct=0xffff8${pte#?????} slot=$(printf %x "0x$pte")
qemu_start -S -cpu max -m 128 -append "mode=demo" -kernel "$builddir/kernel/pmapk.elf32"
gdb_run "$builddir/kernel/pmapk.elf" <<'END'
hbreak pmapk_ready
continue
delete
END
hmp stop >/dev/null
memory "$tmp/before"
gdb_run "$builddir/kernel/pmapk.elf" <<END
$edit
END
memory "$tmp/edited"
ok "the edit changes memory" test "$(cmp "$tmp/before" "$tmp/edited" >/dev/null; echo $?)" = 1
gdb_run "$builddir/kernel/pmapk.elf" <<END
set var *(unsigned long *)$direct = 0x100025
set var *(unsigned long *)($direct + 8) = 0x101025
END
memory "$tmp/now"
ok "and is put back by hand" cmp "$tmp/before" "$tmp/now"

# Ctrl-C: as before, and said; at the last write, as after.  In a script of its own,
# since GDB's "Quit" behind the answer ends that one.
for n in 1 2; do
	{
		session_preamble | grep -v '^target'
		echo "target remote | exec $builddir/tests/lib/cut $tmp/gdb $n int"
		echo "$edit"
	} >"$tmp/first.gdb"
	GDB_NO_PLUGIN=1 GDB_NO_TARGET=1 gdb_run "$builddir/kernel/pmapk.elf" -x "$tmp/first.gdb" <<-'END'
	pmap gva2gpa 0x500000
	pmap undo
	END
	out=$(cat "$gdb_out" "$gdb_err")
	memory "$tmp/now"
	like "$out" "$([ "$n" = 1 ] && echo '^pmap: interrupted; what was written is put back$' || echo '^written: ')" \
		"Ctrl-C at write $n: what became of it is said" || diag "$out"
	like "$out" '^pmap: nothing to undo|^undone: ' "Ctrl-C at write $n: then undo"
	ok "Ctrl-C at write $n: memory is as before" cmp "$tmp/before" "$tmp/now"
done
for n in 1 2; do
	cut_run $n garble
	memory "$tmp/now"
	like "$(cat "$gdb_out")" "^pmap: 0x${slot%0}[08] does not keep what is written there; what was written is put back\$" \
		"garbled at write $n: said" || diag "$(tail -n 3 "$gdb_out" "$gdb_err")"
	like "$(cat "$gdb_out")" '^status 13$' "garbled at write $n: the status"
	ok "garbled at write $n: memory is as before" cmp "$tmp/before" "$tmp/now"
done

# The connection is gone, QEMU is not: what is left is said, and undone later.
for n in 1 2; do
	for action in die late; do
		made=$((n - 1))
		cut_run $n $action "
target remote $tmp/gdb
pmap undo
printf \"undo %d\\n\", \$pmap_status"
		out=$(cat "$gdb_out")
		like "$out" "^pmap: the target is gone: of these writes, in this order, $made were made, the next one perhaps\$" \
			"$action at write $n: how far it came" || diag "$(tail -n 9 "$gdb_out" "$gdb_err")"
		like "$out" "^  0x${slot%0}8: 0x101025 -> 0x0\$" "$action at write $n: which entries"
		like "$out" '^undo 0$' "$action at write $n: undone in the next connection"
		memory "$tmp/now"
		ok "$action at write $n: then memory is as before" cmp "$tmp/before" "$tmp/now"
	done
done

# GDB leaves the window by an error, each time: the mode is off then, and nothing is read
# back.  What is left is a note in texts alone, and undone when GDB can again.
gdb_run "$builddir/kernel/pmapk.elf" <<END
define _pm_write_far
  _pm_answer 2
  if \$pmap__writing
    eval "maintenance packet %s", \$pmap__packet
    _pm_no_such_command
  end
end
$edit
echo --csv\n
pmap gva2gpa 0x500000 --csv
echo --text\n
pmap gva2gpa 0x500000
echo --undo\n
source $builddir/gdbinit/pmap.gdb
pmap undo
END
like "$(cat "$gdb_out")" '^pmap: the target failed while it was written; 1 of 2 writes are not put back, ' \
	"a window that GDB leaves: said" || diag "$(tail -n 9 "$gdb_out" "$gdb_err")"
like "$(sed -n '/^--text/,/^--undo/p' "$gdb_out")" '^\(an edit was left unfinished' "and in each answer until it is undone"
unlike "$(sed -n '/^--csv/,/^--text/p' "$gdb_out")" 'unfinished' "but not in CSV"
like "$(sed '1,/^--undo/d' "$gdb_out")" '^undone: ' "undone"
memory "$tmp/now"
ok "then memory is as before" cmp "$tmp/before" "$tmp/now"

# What GDB is told for each write is of that write alone.
gdb_run "$builddir/kernel/pmapk.elf" <<END
define _pm_write_far
  _pm_answer 2
  set variable \$first = sizeof(\$pmap__t)
  while \$pmap__writing
    set variable \$last = sizeof(\$pmap__t)
    eval "maintenance packet %s", \$pmap__packet
    append binary value /proc/self/fd/700 \$pmap__x
    eval "_pm_answer %#x", \$pmap__writing
  end
end
$edit
printf "grown by %d\n", \$last - \$first
pmap undo
END
like "$(cat "$gdb_out")" '^grown by [0-4]$' "an answer in the window has nothing of those before it" ||
	diag "$(tail -n 9 "$gdb_out" "$gdb_err")"
memory "$tmp/now"
ok "and memory is as before it" cmp "$tmp/before" "$tmp/now"

# New tables that touch: each is written once, whichever is next to it.
edit="pmap map 0x7f0000000000 +4K 0x200000 rw-s $frames --apply" cut_run 1 die "
target remote $tmp/gdb
pmap undo"
is "$(sed -n 's/^  \(0x3[0-9a-f]*\): .* new table$/\1/p' "$gdb_out" | paste -sd' ')" \
	"0x3000000 0x3001000" "the list has each new table once"

# Where the target is gone no visit ends what keeps Ctrl-C off: time does.
cut_run 1 die "
shell sleep 4
shell grep -q '^SigBlk:.*[014589cd].\$' /proc/\$PPID/status && echo free
target remote $tmp/gdb
maintenance packet Qqemu.PhyMemMode:0
set var *(unsigned long *)$direct = 0x200027
pmap undo
set var *(unsigned long *)$direct = 0x100025
pmap undo"
like "$(cat "$gdb_out")" '^pmap: the entries at 0x[0-9a-f]* are no longer what the edit has left' \
	"undo: an entry that is neither as before nor as after"
like "$(cat "$gdb_out")" '^free$' "then Ctrl-C is GDB's again" || diag "$(cat "$gdb_out" "$gdb_err")"
memory "$tmp/now"
ok "and memory as before" cmp "$tmp/before" "$tmp/now"

# Many, each undone: a third splits large pages, which takes a table.
RANDOM=$SEED
edits()
{
	local i page

	for ((i = 0; i < EDITS; i++)); do
		page=$((0x400000 + RANDOM % 512 * 4096))
		case $((RANDOM % 5)) in
		0) printf 'pmap edit %#x --set RW,NX,%#x --clear US --apply\n' $page $((1 << (9 + RANDOM % 3))) ;;
		1) printf 'pmap unmap %#x +%#x --apply\n' $page $((4096 * (1 + RANDOM % 9))) ;;
		2) printf 'pmap protect %#x +%#x rw-u --apply\n' $page $((4096 * (1 + RANDOM % 9))) ;;
		3) printf 'pmap map %#x +4K %#x r-xu --replace --apply\n' $page $((RANDOM % 4096 * 4096)) ;;
		4) printf 'pmap protect %#x +4K r--u %s --apply\n' \
			$((0x40000000 + RANDOM % 384 * 0x200000 + RANDOM % 512 * 4096)) "$frames" ;;
		esac
		printf 'set $failed += $pmap_status != 0 && $_isvoid($pmap_entries)\npmap undo\n'
		printf 'set $failed += $pmap_status != 0\n'
	done
}
start=$(date +%s%N)
gdb_run "$builddir/kernel/pmapk.elf" <<END
set \$failed = 0
$(edits)
printf "failed %d\n", \$failed
END
diag "$EDITS edits and undos: $((($(date +%s%N) - start) / 1000000)) ms, SEED=$SEED"
like "$(cat "$gdb_out")" '^failed 0$' "SEED=$SEED: $EDITS edits are made and undone" ||
	diag "$(grep -n '^pmap: ' "$gdb_out" | head -5)"
is "$(grep -c '^undone: ' "$gdb_out")" "$EDITS" "SEED=$SEED: all of them"
memory "$tmp/now"
ok "SEED=$SEED: then memory is byte for byte as before" cmp "$tmp/before" "$tmp/now"

finish
