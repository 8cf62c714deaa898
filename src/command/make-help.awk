# gdbinit/commands.gdb: GDB's definition of each command, and its help.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later

# GDB's help has no backquotes: a phrase gets quotes, a word none.
function plain(t,    out, at, code)
{
	out = ""
	while ((at = index(t, "`")) > 0) {
		out = out substr(t, 1, at - 1)
		t = substr(t, at + 1)
		at = index(t, "`")
		code = substr(t, 1, at - 1)
		out = out (code ~ / / ? "'" code "'" : code)
		t = substr(t, at + 1)
	}
	return out t
}

# A name, and behind it, from COLUMN on, a text of some lines.
function put_item(name, t, column,    line, n, i)
{
	n = split(plain(t), line, "\n")
	printf("  %-" column - 3 "s %s\n", name, line[1])
	for (i = 2; i <= n; i++)
		printf("%" column "s%s\n", "", line[i])
}

# Words are the last on their line: a quote may be open in them.  `thread apply'
# collects what is printed, with no width, so that is asked for before it.
function put_define(c)
{
	print "define pmap " c
	print "  if $_thread"
	if (!is_plain[c])
		print "    eval \"maintenance set test-settings string c%d;\", $_gdb_setting($pmap__columns)"
	print "    eval \"thread apply %d -q _pm_enter w" c "%s\", $_thread, $pmap__args$argc"
	print "    eval \"%s\", $pmap__next"
	print "    if $pmap__more"
	print "      _pm_go_on"
	print "    end"
	print "  else"
	print "    eval \"_pm_no_target w" c "%s\", $pmap__args$argc"
	print "  end"
	print "end\n"
}

# $pmap__argsN: the words of a command that has N, as its definition would say
# them.  \\44 is a $, which GDB would take for the definition's at hand.
function put_args(n,    i, text)
{
	print "define _pm_args"
	text = ""
	for (i = 0; i <= n; i++) {
		print "  set $pmap__args" i " = \"" text "\""
		text = text "\\1\\44arg" i
	}
	print "end\n"
}

function put_options(c,    o, n, i)
{
	n = split(takes[c], o, " ")
	if (n)
		print "\nOptions:"
	for (i = 1; i <= n; i++)
		put_item(titled(o[i]), help_in(c, o[i]), 24)
}

function put_results(c,    r, n, i)
{
	print "\nResults:"
	n = split("status " gives[c] " reads", r, " ")
	for (i = 1; i <= n; i++)
		put_item("$pmap_" r[i], meaning_in(c, r[i]), 21)
}

function put_examples(c,    i)
{
	if (examples[c])
		print "\nExamples:"
	for (i = 1; i <= examples[c]; i++) {
		print "  " example[c, i]
		if (trim(shown[c, i]) != "")
			print "    " plain(trim(shown[c, i]))
	}
}

function put_document(c,    i)
{
	print "document pmap " c
	print title[c] "."
	for (i = 1; i == 1 || i <= usages[c]; i++)
		print (i == 1 ? "Usage: " : "       ") "pmap " usage_of(c, i)
	if (trim(prose[c]) != "")
		print "\n" plain(trim(prose[c]))
	put_options(c)
	put_results(c)
	put_examples(c)
	print "end\n"
}

# The commands of a group, for the help of all of them.
function put_group(g, name, n,    c, i, line)
{
	print "\n" question[g]
	for (i = 1; i <= n; i++) {
		c = name[i]
		if (group[c] != g)
			continue
		line = "pmap " c (syntax[c] == "" ? "" : " " syntax[c])
		put_item(line, tolower(substr(title[c], 1, 1)) substr(title[c], 2), 33)
	}
}

END {
	if (failed)
		exit 1
	n = split(commands, name, " ")
	for (i = 1; i <= n; i++) {
		put_define(name[i])
		put_document(name[i])
	}
	print "document pmap"
	print "Page tables: what maps where, with which rights, and why."
	print "Usage: pmap COMMAND [WORD]...; `pmap help COMMAND' says more"
	m = split(groups, id, " ")
	for (i = 1; i <= m; i++)
		put_group(id[i], name, n)
	print "\n" plain(trim(overview))
	print "end\n"
	put_args(32)
	print "define _pm_names\n  echo \\" commands "\\n\nend"
}
