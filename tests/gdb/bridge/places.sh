#!/usr/bin/env bash
# Wherever GDB runs a command, pmap's run: while logging, in a pipe, at a
# breakpoint, in MI, in a narrow window, without debuginfod.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/trial.sh"

lines()
{
	seq -f 'line %09.0f of the long text' 0 $(($1 - 1))
}

everything='pmap trial long 3
pmap trial long 200
pmap trial quiet $cs
pmap trial user 1+1
pmap trial monitor info name
pmap trial physical 0xfffffff0'

trial_start -name trial
trial_run <<<"$everything"
cp "$trial_out" "$tmp/plain"
is "$(wc -l <"$tmp/plain")" 207 "all kinds of commands" ||
	diag "$(tail -n 5 "$gdb_err")"

# place WHAT [GDB-ARG...] <SCRIPT: prints what the plain session printed
place()
{
	local what=$1

	shift
	trial_run "$@"
	same_file "$trial_out" "$tmp/plain" "$what" ||
		diag "$(tail -n 5 "$gdb_err")"
}

place "in a window of 40 columns, pagination on, height unlimited" <<END
set width 40
set pagination on
$everything
END
place "confirmation and style on" <<END
set confirm on
set style enabled on
$everything
END
place "debuginfod configured by the user" <<END
set debuginfod urls https://localhost:1/
$everything
END
place "debuginfod switched off" <<END
set debuginfod enabled off
$everything
END
place "a small max-value-size" <<END
set max-value-size 64
$everything
END
place "print settings that cut" <<END
set print elements 4
set print repeats 2
set print null-stop off
$everything
END
place "the other way of printing" <<END
set \$pmap__slow = 1
$everything
END

place "a GDB that does not look into the environment" <<END
define _pm_answer
  with debuginfod urls - -- _pm_view \$arg0
  _pm_unanswered
end
$everything
END
trial_run <<END
print 5
pmap trial physical 0x1000
pmap trial long 100
print $
END
is "$(tail -n 1 "$trial_out")" '$2 = 5' "the value history is the user's"

# Logging: the log has the same text, and goes on afterwards.
place "while logging" <<END
set logging file $tmp/user.log
set logging enabled on
$everything
set logging enabled off
END
same_file "$tmp/user.log" "$tmp/plain" "the user's log has the text"
rm -f "$tmp/user.log"
trial_run <<END
set logging file $tmp/user.log
set logging redirect on
set logging enabled on
$everything
set logging enabled off
show logging
END
same_file "$tmp/user.log" "$tmp/plain" "so has one that all output goes to"
like "$(cat "$trial_out")" 'logfile is ".*user.log"' "the log is still the user's"
like "$(cat "$trial_out")" 'logging redirect: *on' "with the user's settings"

trial_run <<END
pipe pmap trial long 5000 | wc -l
pipe pmap trial monitor info name | tr a-z A-Z
set logging file $tmp/pipe.log
set logging enabled on
pipe pmap trial physical 0xfffffff0 | sed s/^/got./
pipe pmap trial monitor info name | tr a-z A-Z
set logging enabled off
| pmap trial words a b | grep a
END
is "$(tr -d '\r' <"$trial_out" | grep -v '^$')" "5000
7 BYTES: TRIAL?
got.$(tail -n 1 "$tmp/plain")
7 BYTES: TRIAL?
[a]" "in pipes, while logging too" || diag "$(cat "$gdb_err")"

# Other commands that run commands.
printf '%s\n' "$everything" >"$tmp/sourced.gdb"
place "in a sourced file" <<<"source $tmp/sourced.gdb"
place "in a command of the user's, in loops" <<END
define mine
  set \$n = 0
  while \$n < 1
    if 1
$everything
    end
    set \$n = \$n + 1
  end
end
mine
END
place "under with" <<<"$(sed 's/^/with language pascal -- /' <<<"$everything")"
place "under thread apply" <<<"$(sed 's/^/thread apply 1 -q /' <<<"$everything")"
place "under frame apply" <<<"$(sed 's/^/frame apply 1 -q /' <<<"$everything")"
place "by abbreviation" <<<"$(sed 's/pmap trial/pmap tri/' <<<"$everything")"
place "from the command line" -ex 'set prompt' <<END
$everything
END


# MI
mi_quote()
{
	sed 's/[\\"]/\\&/g; s/.*/-interpreter-exec console "&"/'
}
trial_script </dev/null | sed -n '/^define/,/^end$/p' >"$tmp/define.gdb"

# mi_run NAME [LINE...] <COMMANDS: $tmp/NAME.out is all that GDB says, NAME.text the trial's
mi_run()
{
	local name=$1

	shift
	{
		echo "source $builddir/tests/gdb/bridge/trial.gdb"
		cat "$tmp/define.gdb"
		printf '%s\n' "target remote $tmp/gdb" "$@" 'echo --begin--\n'
	} >"$tmp/mi-start.gdb"
	mi_quote | sed '$a-gdb-exit' |
		timeout -k 5 60 "$GDB" -nx -q -i mi3 -ex 'set confirm off' \
		-x "$tmp/mi-start.gdb" 2>&1 | sed '1,/^~"--begin--/d' >"$tmp/$name.out"
	sed -n 's/^~"\(.*\)"$/\1/p' "$tmp/$name.out" | tr -d '\n' |
		sed 's/\\r//g; s/\\n/\n/g; s/\\"/"/g' |
		grep '^line\|^0x[0-9a-f]*$\|bytes:' >"$tmp/$name.text"
}

notices()
{
	grep -c '^=cmd-param-changed' "$tmp/$1.out"
}

mi_run mi <<<"$everything"
same_file "$tmp/mi.text" "$tmp/plain" "in MI" ||
	diag "$(tail -n 5 "$tmp/mi.out")"
is "$(grep -c '^\^done' "$tmp/mi.out")" 6 "each is done"
is "$(notices mi)" 0 "no setting has changed, as far as MI tells"
for language in pascal ada modula-2 fortran rust c++; do
	mi_run mi "set language $language" <<<"$everything"
	same_file "$tmp/mi.text" "$tmp/plain" "in MI, in $language" ||
		diag "$(tail -n 5 "$tmp/mi.out")"
	is "$(grep -c -i 'warning\|error' "$tmp/mi.out")" 0 "without a word of GDB's"
done
is "$(notices mi)" 0 "C++ reads all that C does"
mi_run mi "set max-value-size 64" <<<"$everything"
same_file "$tmp/mi.text" "$tmp/plain" "in MI, where values are small"
mi_run mi <<<'pmap trial long 5000'
lines 5000 >"$tmp/lines"
same_file "$tmp/mi.text" "$tmp/lines" "a long text in MI"
ok "few notices, which another way of printing would not have" \
	test "$(notices mi)" -le 4

# The pager takes a part, and q the rest.  script(1) gives GDB a terminal.
screen_has()
{
	grep -q -e "$1" "$tmp/screen"
}

# What is typed while GDB sets up the terminal may be lost.
at_prompt()
{
	[[ $(tail -c 8 "$tmp/screen") == *'(gdb) ' ]]
}

# type KEYS REGEX: and wait for what they bring on the screen
type()
{
	printf '%s\n' "$1" >&8
	wait_until 60 screen_has "$2"
}

trial_script >"$tmp/pager.gdb" </dev/null
mkfifo "$tmp/keys"
terminal_run "$GDB -q -nx -ex 'set confirm off' -ex 'set height 20' \
-ex 'set width 80' -x $tmp/pager.gdb -ex 'pmap trial long 5000'" \
	<"$tmp/keys" >"$tmp/screen" 2>&1 &
gdb_pid=$!
exec 8>"$tmp/keys"
ok "the pager asks" wait_until 60 screen_has 'Type <RET> for more'
ok "its q ends the text" type q 'Quit'
ok "and then there is the prompt" wait_until 60 at_prompt
ok "GDB goes on" type 'pmap trial words after' '^\[after\]'
ok "with its settings" type 'show debuginfod urls' 'URLs have not been set'
wait_until 60 at_prompt
type quit 'Detaching'
# Only when GDB has gone: script(1) does not wait for it without input.
wait "$gdb_pid"
gdb_pid=
exec 8>&-
ok "few lines of many" test "$(grep -c 'of the long text' "$tmp/screen")" -lt 60

# A breakpoint's commands, and what is read in them.
qemu_stop
qemu_start -S -cpu max -m 128 -append mode=demo \
	-kernel "$builddir/kernel/pmapk.elf32"
trial_run "$builddir/kernel/pmapk.elf" <<'END'
hbreak pmapk_ready
commands
  silent
  pmap trial epoch
  pmap trial user 1+1
  pmap trial words stopped here
  if $pmap_status == 0
    pmap trial epoch
  end
  pmap trial physical 0x1000
  pmap trial epoch
end
continue
delete
stepi
pmap trial epoch
END
is "$(grep -v '^0x\|^--' "$trial_out" | sed -n '/other/,$p' | grep 'other\|same\|\[' | paste -sd' ')" \
	"other [words] [stopped] [here] same same other" \
	"in a breakpoint's commands; memory may be kept until the target runs"
finish
