# doc/gdb-pmap.7: the manual page.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later

# A line of text as roff, without what is in backquotes in another font.
function roff(t)
{
	gsub(/\\/, "&e", t)
	gsub(/-/, "\\\\&", t)
	if (t ~ /^[.']/)
		t = "\\&" t
	return t
}

# One line: a phrase in backquotes is bold.
function fonts(t,    out, at)
{
	out = ""
	while ((at = index(t, "`")) > 0) {
		out = out roff(substr(t, 1, at - 1))
		t = substr(t, at + 1)
		at = index(t, "`")
		# It may go on in the next line.
		if (!at)
			at = length(t) + 1
		out = out "\\fB" roff(substr(t, 1, at - 1)) "\\fR"
		t = substr(t, at + 1)
	}
	out = out roff(t)
	return out ~ /^[.']/ ? "\\&" out : out
}

# Paragraphs; lines that begin with a blank stay as they are.
function put_text(t,    line, n, i, verbatim)
{
	n = split(trim(t), line, "\n")
	verbatim = 0
	for (i = 1; i <= n; i++) {
		if ((line[i] ~ /^ /) != verbatim) {
			verbatim = !verbatim
			print verbatim ? ".nf" : ".fi"
		}
		print line[i] == "" ? ".PP" : verbatim ? roff(line[i]) : fonts(line[i])
	}
	if (verbatim)
		print ".fi"
}

function put_item(name, t)
{
	print ".TP\n.B " roff(name)
	put_text(t)
}

function put_command(c,    o, n, i, names)
{
	print ".SS " roff("pmap " c) "\n" roff(title[c]) ".\n.PP\n.nf"
	for (i = 1; i == 1 || i <= usages[c]; i++)
		print "\\fBpmap " roff(usage_of(c, i)) "\\fR"
	print ".fi\n.PP"
	put_text(prose[c])
	if (trim(more[c]) != "") {
		print ".PP"
		put_text(more[c])
	}
	n = split(takes[c], o, " ")
	names = ""
	for (i = 1; i <= n; i++) {
		names = names ", \\fB" roff(o[i]) "\\fR"
		if ((c, o[i]) in help)
			names = names " (" fonts(one_line(help_in(c, o[i]))) ")"
	}
	if (n)
		print ".PP\nOptions: " substr(names, 3) "."
	n = split("status " gives[c], o, " ")
	names = ""
	for (i = 1; i <= n; i++) {
		names = names ", \\fB$pmap_" roff(o[i]) "\\fR"
		if ((c, o[i]) in meaning)
			names = names " (" fonts(one_line(meaning_in(c, o[i]))) ")"
	}
	print ".PP\nResults: " substr(names, 3) "."
	if (examples[c])
		print ".PP\n.nf"
	for (i = 1; i <= examples[c]; i++)
		print "    " roff(example[c, i])
	if (examples[c])
		print ".fi"
}

END {
	if (failed)
		exit 1
	print ".TH GDB\\-PMAP 7 \"\" \"pmap\" \"GDB commands\""
	print ".SH NAME\ngdb\\-pmap \\- page tables, inside GDB"
	print ".SH SYNOPSIS\n.nf"
	print "\\fB(gdb) source\\fR \\fIPREFIX\\fR\\fB/share/pmap/pmap.gdb\\fR"
	print "\\fB(gdb) pmap\\fR \\fICOMMAND\\fR [\\fIWORD\\fR]...\n.fi"
	print ".SH DESCRIPTION"
	put_text(overview)
	n = split(commands, name, " ")
	m = split(groups, id, " ")
	print ".SH COMMANDS"
	for (g = 1; g <= m; g++)
		for (i = 1; i <= n; i++)
			if (group[name[i]] == id[g])
				put_command(name[i])
	print ".SH OPTIONS"
	n = split(options, name, " ")
	for (i = 1; i <= n; i++)
		put_item(titled(name[i]), help[name[i]])
	print ".SH RESULTS"
	n = split(results, name, " ")
	for (i = 1; i <= n; i++)
		put_item("$pmap_" name[i], meaning[name[i]])
	print ".SH STATUS\nValues of \\fB$pmap_status\\fR:"
	n = split(statuses, name, " ")
	for (i = 1; i <= n; i++)
		put_item(name[i], state[name[i]])
	print ".SH SEE ALSO\n.BR gdb (1)\n.PP"
	print "manual.md, among the documentation of this package."
}
