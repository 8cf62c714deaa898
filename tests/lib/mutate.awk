# Finds the changes that tests/mutate can make in a C file, and makes them all at
# once, each behind a switch: MUT(N) is 1 while mutant N is tried (mutate.h).
#
#	awk -v list=1 -v name=FILE -f mutate.awk FILE	FILE, number, line, text, what
#	awk -v picks="NUMBER:N ..." -f mutate.awk FILE	the file with these in it
#
# A change is found in `code`, the text with comments and strings blanked, by
# its place; only what is in a function's body is looked at.  Nothing is replaced,
# only inserted, so that changes may lie in one another.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later

# The text with what is no code blanked, of the same length.
function blank(text,    out, n, i, c, d, in_what)
{
	n = split(text, ch, "")
	for (i = 1; i <= n; i++) {
		c = ch[i]
		d = c ch[i + 1]
		if (in_what == "") {
			if (d == "/*" || d == "//") {
				in_what = d
			} else if (c == "\"" || c == "'") {
				in_what = c
				ch[i] = "x"
				continue
			} else {
				continue
			}
		} else if (in_what == "/*" ? d == "*/" : in_what == "//" ? c == "\n" : c == in_what) {
			if (in_what == "/*") {
				ch[i++] = " "
				ch[i] = " "
			} else if (c != "\n") {
				ch[i] = "x"
			}
			in_what = ""
			continue
		} else if (c == "\\" && in_what != "/*") {
			ch[i++] = " "
		}
		if (ch[i] != "\n")
			ch[i] = in_what == "/*" || in_what == "//" ? " " : "x"
	}
	out = ""
	for (i = 1; i <= n; i++)
		out = out ch[i]
	return out
}

# How tightly an operator binds; what ends an operand binds less.
function strength(op)
{
	return op == "||" ? 1 : op == "&&" ? 2 : op == "|" ? 3 : op == "^" ? 4 : \
	       op == "&" ? 5 : op == "==" || op == "!=" ? 6 : 9
}

# The operator that begins at i and stands between blanks, or "".
function operator_at(i,    op)
{
	if (ch[i - 1] !~ /[ \t\n]/)
		return ""
	op = ch[i] ch[i + 1]
	if (op ~ /^(\|\||&&|==|!=)$/ && ch[i + 2] ~ /[ \n]/)
		return op
	return ch[i] ~ /[|^&]/ && ch[i + 1] ~ /[ \n]/ ? ch[i] : ""
}

# Where the right operand of an operator of this strength ends.
function right_end(i, least,    depth, op)
{
	for (depth = 0; i <= length_all; i++) {
		if (ch[i] ~ /[[({]/) {
			depth++
		} else if (ch[i] ~ /[])}]/) {
			if (depth-- == 0)
				break
		} else if (depth == 0) {
			if (ch[i] ~ /[;,?:]/)
				break
			op = operator_at(i)
			if (op != "" && strength(op) <= least)
				break
		}
	}
	while (ch[i - 1] ~ /[ \t\n]/)
		i--
	return i
}

# Where the left operand begins; 0 where the operator before it is the same.
function left_start(i, least,    depth, op)
{
	for (depth = 0; i > 0; i--) {
		if (ch[i] ~ /[])}]/) {
			depth++
		} else if (ch[i] ~ /[[({]/) {
			if (depth-- == 0)
				break
		} else if (depth == 0) {
			if (ch[i] ~ /[;,?:]/ || substr(code, i - 1, 3) ~ /^[^=!<>]= $/ ||
			    substr(code, i - 6, 8) ~ /^[ \t]return[ (]$/)
				break
			op = operator_at(i)
			if (op != "" && strength(op) <= least) {
				if (strength(op) == least)
					return 0
				i += length(op) - 1
				break
			}
		}
	}
	i++
	while (ch[i] ~ /[ \t\n]/)
		i++
	return i
}

# A new change of line `row`; what it is, said once for each of a kind.
function change(what,    n)
{
	n = ++same[row, what]
	changes++
	change_line[changes] = row
	change_what[changes] = what (n > 1 ? " (" n ")" : "")
	return changes
}

# Text of the change: `kind` 0 closes what began at `other`, 1 opens what ends
# there, 2 stands for itself.
function insert(c, at, kind, other, text)
{
	inserts++
	i_change[inserts] = c
	i_at[inserts] = at
	i_kind[inserts] = kind
	i_other[inserts] = other
	i_text[inserts] = text
}

function around(what, from, to, before, after,    c)
{
	c = change(what)
	insert(c, from, 1, to, before)
	insert(c, to, 0, from, after)
}

function single(what, at, text)
{
	insert(change(what), at, 2, 0, text)
}

# What can be done to the operator at place `i` of the text.
function at_operator(i,    three, op, from)
{
	op = operator_at(i)
	if (op == "==" || op == "!=")
		single(op " is " (op == "==" ? "!=" : "=="), right_end(i + 3, 6), " != MUT(@)")
	if (op == "&")
		single("& ignored", right_end(i + 2, 5), " | -MUT(@)")
	if (op == "&&" || op == "||") {
		from = i + 3
		while (ch[from] ~ /[ \t\n]/)
			from++
		around(op " right ignored", from, right_end(from, strength(op)), \
		       op == "&&" ? "(MUT(@) || " : "(!MUT(@) && ", ")")
		from = left_start(i - 1, strength(op))
		if (from)
			around(op " left ignored", from, right_end(from, strength(op)), \
			       op == "&&" ? "(MUT(@) || " : "(!MUT(@) && ", ")")
	}
	three = substr(code, i - 1, 3)
	if (three == " < ")
		single("< is <=", i + 2, "MUT(@) + ")
	if (three == " > ")
		single("> is >=", i - 1, " + MUT(@)")
	if (three == " + " || three == " - ")
		single(ch[i] " is " (ch[i] == "+" ? "-" : "+"), i + 2, "(1 - 2 * MUT(@)) * ")
	three = substr(code, i - 1, 4)
	if (three == " <= ")
		single("<= is <", i - 1, " + MUT(@)")
	if (three == " >= ")
		single(">= is >", i + 3, "MUT(@) + ")
	if (three == " << " || three == " >> ")
		single(substr(three, 2, 2) " ignored", i + 3, "!MUT(@) * ")
	if (ch[i] == "!" && ch[i + 1] ~ /[A-Za-z_(]/ && ch[i - 1] !~ /[A-Za-z_]/)
		single("! left out", i, "-MUT(@) + ")
}

# A word that is a value, and a statement on a line of its own.
function at_line(from, text, before,    end, head, at)
{
	if (match(text, /(return|=) (true|false|0);$/))
		single((text ~ /return/ ? "return " : "= ") "the other value", \
		       from + length(text) - 1, " ^ MUT(@)")
	if (text ~ /^\t+continue;$/)
		around("break", from + index(text, "c") - 1, from + length(text), \
		       "{if (MUT(@)) break; ", "}")
	if (before !~ /([;{}):]|else|do)$/)
		return
	match(text, /^\t+/)
	at = from + RLENGTH
	if (text ~ /^\t+[A-Za-z_*][A-Za-z_0-9>.\[\]-]* [|&+-]?= .*;$/ ||
	    text ~ /^\t+[a-z_0-9]+\(.*\);$/)
		around("left out", at, from + length(text), "{if (!MUT(@)) ", "}")
	head = substr(text, RLENGTH + 1)
	if (match(head, /^[A-Za-z_*][A-Za-z_0-9>.\[\]-]* [|&]= /) && head ~ /;$/) {
		end = index(head, " ")
		around(substr(head, end + 1, 2) " is =", at, from + length(text), \
		       "{if (MUT(@)) " substr(head, 1, end) (substr(head, end + 1, 1) == "|" ? \
		       "= 0; " : "= -1; "), "}")
	}
}

function find_changes(    n, i, from, inside, table, before, text)
{
	n = split(code, lines, "\n")
	from = 1
	for (row = 1; row <= n; row++) {
		text = lines[row]
		sub(/[ \t]+$/, "", text)
		if (text == "{")
			inside = 1
		else if (text ~ /^}/)
			inside = table = 0
		if (text ~ /^\t+static const .*[{=]$/)
			table = 1
		if (inside && !table && text !~ /^[ \t]*(#|case |default:)/ && text !~ /\\$/ &&
		    text !~ /sizeof|_Static_assert|^\t+static/) {
			for (i = from; i < from + length(text); i++)
				if (ch[i] ~ /[!=<>&|+-]/)
					at_operator(i)
			at_line(from, text, before)
		}
		if (table && text ~ /^\t+};$/)
			table = 0
		from += length(lines[row]) + 1
		if (text ~ /[^ \t]/)
			before = text
	}
}

# What comes first at one place: what closes, the inner before the outer; what
# opens, the outer first; then the rest.
function earlier(a, b)
{
	if (i_at[a] != i_at[b])
		return i_at[a] < i_at[b]
	if (i_kind[a] != i_kind[b])
		return i_kind[a] == 2 && i_kind[b] == 0 ? i_text[a] ~ /^ / : \
		       i_kind[b] == 2 && i_kind[a] == 0 ? i_text[b] !~ /^ / : i_kind[a] < i_kind[b]
	return i_other[a] != i_other[b] ? i_other[a] > i_other[b] : a < b
}

function print_changed(    n, i, j, k, pair, text, at)
{
	n = split(picks, pair, " ")
	for (i = 1; i <= n; i++) {
		split(pair[i], k, ":")
		number[k[1]] = k[2]
	}
	n = 0
	for (i = 1; i <= inserts; i++) {
		if (!(i_change[i] in number))
			continue
		for (j = n++; j > 0 && earlier(i, order[j]); j--)
			order[j + 1] = order[j]
		order[j + 1] = i
	}
	at = 1
	for (i = 1; i <= n; i++) {
		j = order[i]
		text = i_text[j]
		sub(/@/, number[i_change[j]], text)
		printf "%s%s", substr(all, at, i_at[j] - at), text
		at = i_at[j]
	}
	printf "%s", substr(all, at)
}

{ all = all $0 "\n" }

END {
	code = blank(all)
	length_all = length(code)
	split(all, shown, "\n")
	find_changes()
	if (!list) {
		print_changed()
		exit
	}
	for (i = 1; i <= changes; i++) {
		text = shown[change_line[i]]
		gsub(/^[ \t]+/, "", text)
		gsub(/\t/, " ", text)
		print name "\t" i "\t" change_line[i] "\t" text "\t" change_what[i]
	}
}
