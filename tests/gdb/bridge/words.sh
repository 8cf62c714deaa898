#!/usr/bin/env bash
# Words reach the plugin byte for byte; text comes back whole and harmless.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/trial.sh"

trial_start

# words_arrive WORD... in the way they are typed
words_arrive()
{
	printf 'pmap trial words %s\n' "$*" >"$tmp/words.gdb"
	trial_run <"$tmp/words.gdb"
	is "$(cat "$trial_out")" "$(printf '[%s]\n' words "$@")" \
		"verbatim: $(printf '%.60s' "$*")"
}

words_arrive
words_arrive a
words_arrive '"two words"' "'one quoted'" 'back\slash' '\"' '$rsp' '$argument'
words_arrive '#' '#comment' '--' '-' '-leaves' '--output' '{a,b}' '(1,2)' '*p' '&init_task'
words_arrive ';' '|' '&' '&&' '>' '<x' '`ls`' '$(ls)' '!ls' '%s%n%d' '%%' '100%'
words_arrive 'ünïcödé' '日本語' '~' '^' '[x]' '?' '=' '+' ',' ':' '@entry' '/x'
words_arrive "isn't closed"
words_arrive '"is not closed'
words_arrive $(seq 1 30)
words_arrive "$(printf 'x%.0s' $(seq 1 5000))"
words_arrive _pm_put quit end b w g

trial_run <<'END'
pmap trial words  spread	out   words
END
is "$(cat "$trial_out")" "$(printf '[%s]\n' words spread out words)" \
	"white space only separates"

# What the guest may have put into a text.
trial_run <<'END'
pmap trial bytes 1b5d303b7469746c6507610a
pmap trial bytes 61000d08620a
pmap trial bytes c29b33316d780a
pmap trial bytes ff80c0af0a
pmap trial bytes c3a9e282ac0a
pmap trial bytes 1b5b33316d7265641b5b306d0a
set style enabled on
pmap trial bytes 1b5b33316d7265641b5b306d0a
pmap trial bytes 1b5b324a0a
END
is "$(cat -v "$trial_out")" \
"?]0;title?a
a???b
??31mx
????
M-CM-)M-bM-^BM-,
?[31mred?[0m
^[[31mred^[[0m
?[2J" "controls are tamed, UTF-8 passes, colours with style only"

# Text that would do harm if GDB ever took it for a command or a format.
trial_run <<'END'
pmap trial words "\n"shell echo harm; `echo harm` $(echo harm) %s%n
pmap trial bytes 0a7368656c6c206563686f206861726d0a22240a5c0a
pmap trial result "\";"$(harm) 7
output $pmap_text
echo \n
output $pmap_number
echo \n
output $_isvoid($pmap_gone)
echo \n
output $pmap_status
END
like "$(cat "$gdb_out")" '^shell echo harm$' "text is text"
unlike "$(cat "$gdb_out")" '^harm$' "and never a command"
is "$(tail -n 4 "$trial_out")" '"\"\\\";\"$(harm)"
7
1
0' "results are escaped"

# Long texts, in both ways; without an end of line; empty.
long()
{
	seq -f 'line %09.0f of the long text' 0 $(($1 - 1))
}

for slow in 0 1; do
	trial_run <<END
set \$pmap__slow = $slow
pmap trial long 1
pmap trial long 60
pmap trial long 3000
pmap trial bytes 6e6f656f6c
echo |\n
pmap trial bytes
echo |\n
pmap trial bytes 20206c656164696e670a2074
echo |\n
END
	{ long 1; long 60; long 3000; echo 'noeol|'; echo '|'
	  printf '  leading\n t|\n'; } >"$tmp/want"
	same_file "$trial_out" "$tmp/want" \
		"texts short and long, slow $slow"
done

trial_run <<END
pmap trial long 400000
show debuginfod urls
END
is "$(grep -c '^line ' "$gdb_out") $(grep '^line' "$gdb_out" | md5sum)" \
	"400000 $(long 400000 | md5sum)" "14 MB of text in parts"
unlike "$(cat "$gdb_out")" 'have been set to.*line' "GDB's setting is back"
is "$gdb_status" 0 "and GDB is well"
finish
