# C code, a statement a line: FILE:LINE:TABS and its words.
#
# Comments, directives (but for includes), and how a statement or the data of an
# initializer is broken into lines are left out: a person does these better than a
# formatter.  What is left says how statements are indented, where braces and
# spaces are, and the order of includes.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Without strings and characters.
function bare(s)
{
	gsub(/"([^"\\]|\\.)*"|'([^'\\]|\\.)*'/, "", s)
	return s
}

# As many of the one as of the other?  Both are regular expressions.
function even(s, left, right,   count)
{
	count = gsub(left, "", s)
	return count == gsub(right, "", s)
}

# Are its parentheses closed, and the braces of data and of a type inside of it?
function balanced(s)
{
	if (!even(s, "\\(", "\\)"))
		return 0
	if (s ~ /(=|\)|struct|union|enum( [a-z_0-9]+)?) ?{ ?[^ ]/)
		return even(s, "{", "}")
	return s !~ /(=|\)|[^ ](struct|union)|enum( [a-z_0-9]+)?){$/ &&
	       s !~ /(=|struct|union|enum( [a-z_0-9]+)?) {$/
}

# Is what comes next a statement of its own?
function ends(s)
{
	return s ~ /[;{}]$/ || (s ~ /^[ \t]*[a-z_]+:$/ && s !~ /default:$/) ||
	       s ~ /^[ \t]*(} )?(else|do)$/ ||
	       s ~ /^[ \t]*(} )?(else )?(if|for|while|switch) \(.*\)$/
}

# Spaces where lines may have been joined say nothing.
function end_statement(   indent)
{
	if (pending == "")
		return
	indent = pending
	sub(/[^\t ].*/, "", indent)
	gsub(/[ \t]+/, " ", pending)
	sub(/^ /, "", pending)
	pending = gensub(/([(\[*)]) /, "\\1", "g", pending)
	pending = gensub(/ ([)\[\]])/, "\\1", "g", pending)
	gsub(/\] \./, "].", pending)
	print FILENAME ":" line ":" indent pending
	pending = ""
}

function take(code)
{
	sub(/[ \t]+$/, "", code)
	if (code == "")
		return
	if (code == "{")
		end_statement()
	if (pending == "") {
		line = FNR
		pending = code
	} else {
		sub(/^[ \t]+/, "", code)
		pending = pending " " code
	}
	if (balanced(bare(pending)) && ends(bare(pending)))
		end_statement()
}

FNR == 1 {
	pending = ""
	in_comment = in_directive = 0
}

/^#[ \t]*include/ {
	print FILENAME ":" FNR ":" $0
	next
}

/^[ \t]*#/ || in_directive {
	in_directive = /\\$/
	next
}

{
	rest = $0
	code = ""
	while (rest != "") {
		if (in_comment) {
			if (!match(rest, /\*\//))
				break
			rest = substr(rest, RSTART + 2)
			in_comment = 0
		} else if (match(rest, /"([^"\\]|\\.)*"|'([^'\\]|\\.)*'|\/\*|\/\/.*/)) {
			token = substr(rest, RSTART, RLENGTH)
			code = code substr(rest, 1, RSTART - 1)
			rest = substr(rest, RSTART + RLENGTH)
			in_comment = token == "/*"
			if (token !~ /^\//)
				code = code token
		} else {
			code = code rest
			break
		}
	}
	take(code)
}
