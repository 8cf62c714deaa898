# doc/commands.md: the manual's reference of commands.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later

function cell(t)
{
	t = one_line(t)
	gsub(/\|/, "\\\\&", t)
	return t
}

# What was written with a blank first is code.
function markdown(t,    line, n, i, out)
{
	n = split(trim(t), line, "\n")
	out = ""
	for (i = 1; i <= n; i++) {
		if (line[i] ~ /^ /) {
			gsub(/`/, "'", line[i])
			line[i] = "  " line[i]
		}
		out = out line[i] "\n"
	}
	return out
}

function put_options(c,    o, n, i, head, others)
{
	n = split(takes[c], o, " ")
	others = ""
	for (i = 1; i <= n; i++) {
		if (is_common(o[i]) && !((c, o[i]) in help)) {
			others = others ", `" o[i] "`"
			continue
		}
		if (!head++)
			print "| option | meaning |\n|---|---|"
		print "| `" cell(titled(o[i])) "` | " cell(help_in(c, o[i])) " |"
	}
	if (head)
		print ""
	if (others != "")
		print (head ? "Also" : "Options:") " " substr(others, 3) "; see below.\n"
}

function put_results(c,    r, n, i, names, special)
{
	n = split("status " gives[c], r, " ")
	names = special = ""
	for (i = 1; i <= n; i++) {
		names = names ", `$pmap_" r[i] "`"
		if ((c, r[i]) in meaning)
			special = special " (" one_line(meaning_in(c, r[i])) ")"
		if ((c, r[i]) in meaning) {
			names = names special
			special = ""
		}
	}
	print "Results: " substr(names, 3) ".\n"
}

function put_examples(c,    i)
{
	for (i = 1; i <= examples[c]; i++)
		print "    " example[c, i]
	if (examples[c])
		print ""
}

function put_command(c,    i)
{
	print "### pmap " c "\n\n" title[c] ".\n"
	for (i = 1; i == 1 || i <= usages[c]; i++)
		print "    pmap " usage_of(c, i)
	print "\n" markdown(prose[c])
	if (trim(more[c]) != "")
		print markdown(more[c])
	put_options(c)
	put_results(c)
	put_examples(c)
}

function put_common(    o, n, i)
{
	print "## Options that many commands take\n\n| option | meaning |\n|---|---|"
	n = split(options, o, " ")
	for (i = 1; i <= n; i++)
		if (is_common(o[i]))
			print "| `" cell(titled(o[i])) "` | " cell(trim(help[o[i]])) " |"
}

function put_all_results(    r, n, i)
{
	print "\n## Status\n\n| `$pmap_status` | meaning |\n|---|---|"
	n = split(statuses, r, " ")
	for (i = 1; i <= n; i++)
		print "| " r[i] " | " cell(state[r[i]]) " |"
	print "\n## Results\n\n| variable | set by | value |\n|---|---|---|"
	n = split(results, r, " ")
	for (i = 1; i <= n; i++)
		print "| `$pmap_" r[i] "` | " givers(r[i]) " | " \
		      cell(trim(meaning[r[i]])) " |"
}

END {
	if (failed)
		exit 1
	print "# Commands\n\n" markdown(overview)
	n = split(commands, name, " ")
	m = split(groups, id, " ")
	for (g = 1; g <= m; g++) {
		print "## " question[id[g]] "\n"
		for (i = 1; i <= n; i++)
			if (group[name[i]] == id[g])
				put_command(name[i])
	}
	put_common()
	put_all_results()
}
