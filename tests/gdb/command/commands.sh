#!/usr/bin/env bash
# What is documented is what there is: options, results and examples of each
# command, as src/command/commands.in and the plugin have them.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

entries=$srcdir/src/command/commands.in
mapfile -t commands < <(sed -n 's/^@command \([^ ]*\).*/\1/p' "$entries")

# --- What GDB's help says -----------------------------------------------------

for c in "" "${commands[@]}"; do
	echo "echo ==== help $c\\n"
	echo "help pmap $c"
done >"$tmp/help.gdb"
GDB_NO_TARGET=1 gdb_run <"$tmp/help.gdb"

# help_of COMMAND; options_of COMMAND, sorted
help_of()
{
	awk -v want="==== help $1" '
		/^==== help/ { on = $0 == want; next } on' "$gdb_out"
}

options_of()
{
	help_of "$1" | sed -n '/^Options:/,/^Results:/s/^  \(--[a-z0-9-]*\).*/\1/p' | sort
}

cp "$gdb_out" "$tmp/help"
for c in "${commands[@]}"; do
	ok "help pmap lists $c" grep -q "^  pmap $c " "$tmp/help"
done
is "$(awk 'length > 80' "$tmp/help")" "" "no line of the help is longer than 80"
for c in "${commands[@]}"; do
	options_of "$c" >"$tmp/options.$c"
done
mapfile -t options < <(sort -u "$tmp"/options.*)
ok "there are options" [ "${#options[@]}" -ge 30 ]

# --- What the plugin accepts --------------------------------------------------

# A guest that has not begun: one that GDB leaves goes on.
guest()
{
	qemu_start -S -cpu max -smp 2 -m 128 -append "mode=demo" \
		-kernel "$builddir/kernel/pmapk.elf32"
}
guest

# Every pair of command and option, in a line that is always refused: for that
# option, or for the one that nobody has.  Who takes WORDs has no options.
pairs()
{
	for c in "${commands[@]}"; do
	grep -q "^@command $c .*WORD" "$entries" && continue
		for o in "${options[@]}"; do
			echo "$c $o"
		done
	done
}

pairs | sed 's/.*/echo &: \npmap &=1 --nosuch/' >"$tmp/pairs.gdb"
gdb_run <"$tmp/pairs.gdb"
is "$(grep -c '^[a-z0-9]* --[a-z0-9-]*: *pmap: ' "$gdb_out")" "$(pairs | wc -l)" \
	"an error for each pair"
for c in "${commands[@]}"; do
	sed -n "s/^$c \(--[a-z0-9-]*\): *pmap: .*/\1 &/p" "$gdb_out" |
		grep -v 'no option "--[a-z0-9-]*=1" here' | cut -d ' ' -f 1 |
		sort >"$tmp/accepted"
	is "$(cat "$tmp/accepted")" "$(cat "$tmp/options.$c")" \
		"$c takes the options that its help has"
done

# --- Examples -----------------------------------------------------------------

examples()
{
	sed -n 's/^@example //p' "$entries"
}

{
	echo 'hbreak pmapk_ready'
	echo 'continue'
	echo 'set $pmap_maxphyaddr = 40'
	# As questions() does, but for commands that have a bar.
	examples | sed 's/^![0-9]* //; s/.*/echo ==== ask\\n\n&\nprintf "==== status %d\\n", $pmap_status/'
} >"$tmp/examples.gdb"
qemu_stop
guest
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/examples.gdb"
is "$gdb_status" 0 "the session of examples ends well" || diag "$(cat "$gdb_err")"
is "$(cat "$gdb_err")" "" "and nothing on standard error"
n=0
while read -r line; do
	n=$((n + 1))
	want=0
	case $line in
	!*)
		want=${line%% *} want=${want#!}
		line=${line#* }
		;;
	esac
	is "$(answer_status $n)" "$want" "$line" || diag "$(answer $n)"
done < <(examples)
ok "there are examples" [ "$n" -ge 20 ]

# --- Results ------------------------------------------------------------------

# A name that walkers set must be some command's.
grep -rhoE 'pmap_result_(u64|str)\([^;]*' "$srcdir/src" | tr -d '\n' |
	grep -oE 'pmap_result_(u64|str)\([a-z>.-]*, *"[a-z_]+"' |
	sed 's/.*"\(.*\)"/\1/' | sort -u >"$tmp/set"
sed -n 's/^@result \([a-z_]*\).*/\1/p' "$entries" | sort -u >"$tmp/documented"
is "$(comm -23 "$tmp/set" "$tmp/documented")" "" "every result is documented"

# --- How it is made -----------------------------------------------------------

made()
{
	$1 -f "$srcdir/src/command/commands.awk" \
		-f "$srcdir/src/command/make-$2.awk" "$entries" 2>&1
}

for awk in mawk gawk "gawk --posix" "busybox awk" original-awk; do
	command -v "${awk%% *}" >/dev/null || continue
	for make in help man manual options table walkers; do
		made "$awk" $make >"$tmp/by.this"
		made awk $make >"$tmp/by.awk"
		same_file "$tmp/by.this" "$tmp/by.awk" "$awk makes the same $make"
	done
done
printf '@command x\n@takes --nosuch\n' >"$tmp/wrong.in"
entries=$tmp/wrong.in
like "$(made awk table)" "wrong.in:2: no option --nosuch" "a mistake is told with its line"

finish
