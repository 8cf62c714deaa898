# Reads commands.in, whose first lines tell its form; what is made of it is in
# the END of one of make-*.awk: awk -f commands.awk -f make-help.awk commands.in
#
# For any POSIX awk.  What is read:
#
#	groups, question[ID]		ids in order; their titles
#	options, value[--NAME], type[--NAME], help[--NAME]
#	results, meaning[NAME]
#	statuses, state[N]		values of $pmap_status
#	commands			names in order; of command C:
#	syntax[C], usage[C, N], title[C], group[C], needs[C]
#	is_plain[C]			prints the same in any width
#	takes[C], gives[C]		options and results, without sets, in order
#	help[C, --NAME], meaning[C, NAME]  in place of the general ones
#	prose[C], more[C]
#	overview			what all commands have in common
#	examples[C], example[C, N], shown[C, N], status[C, N]
#
# Lists are words with blanks between; texts are lines, each with its end.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later

function die(message)
{
	print FILENAME ":" FNR ": " message >"/dev/stderr"
	failed = 1
	exit 1
}

# The words of `list', with the members of sets in place of their names.
function members(list,    word, n, i, all)
{
	n = split(list, word, " ")
	for (i = 1; i <= n; i++)
		all = all " " (word[i] in set ? set[word[i]] : word[i])
	return substr(all, 2)
}

# The line from its N-th word on.
function rest(n,    line)
{
	line = $0
	for (; n > 1; n--)
		sub(/^[ \t]*[^ \t]+[ \t]*/, "", line)
	sub(/[ \t]+$/, "", line)
	return line
}

function need_command()
{
	if (command == "")
		die($1 " outside of a command")
}

# Where the text goes that follows.
function text_of(what, of)
{
	text = what
	subject = of
}

function read_option()
{
	if (command != "") {
		if (!($2 in type))
			die("no option " $2)
		text_of("help", command SUBSEP $2)
		return
	}
	if ($2 in type)
		die($2 " is there already")
	options = options " " $2
	value[$2] = NF > 3 ? $3 : ""
	type[$2] = $NF
	if ($NF !~ /^(flag|expr|range|list|string|format)$/ || ($NF == "flag") != (NF == 3))
		die($2 " of type " $NF)
	text_of("help", $2)
}

function read_result()
{
	if (command == "") {
		results = results " " $2
		is_address[$2] = $3 == "address"
		if (NF > 2 && !is_address[$2])
			die("a result that is " $3)
	} else if (!($2 in meaning))
		die("no result " $2)
	text_of("meaning", command == "" ? $2 : command SUBSEP $2)
	meaning[subject] = ""
}

function read_command()
{
	command = $2
	commands = commands " " $2
	syntax[$2] = rest(3)
	usages[$2] = examples[$2] = 0
	text_of("", "")
}

function read_takes(    word, n, i)
{
	need_command()
	n = split(members(rest(2)), word, " ")
	for (i = 1; i <= n; i++) {
		if (!(word[i] in type))
			die("no option " word[i])
		takes[command] = takes[command] " " word[i]
	}
}

function read_results(    word, n, i)
{
	need_command()
	n = split(members(rest(2)), word, " ")
	for (i = 1; i <= n; i++) {
		if (!(word[i] in meaning))
			die("no result " word[i])
		gives[command] = gives[command] " " word[i]
	}
}

function read_example(    n)
{
	need_command()
	n = ++examples[command]
	status[command, n] = $2 ~ /^!/ ? substr($2, 2) : 0
	example[command, n] = rest($2 ~ /^!/ ? 3 : 2)
	text_of("shown", command SUBSEP n)
}

function read_group()
{
	if (command != "") {
		if (!($2 in question))
			die("no group " $2)
		group[command] = $2
		return
	}
	groups = groups " " $2
	question[$2] = rest(3)
}

/^##/ { next }
/^@group/ { read_group(); next }
/^@set/ { set[$2] = members(rest(3)); next }
/^@option/ { read_option(); next }
/^@status/ { statuses = statuses " " $2; state[$2] = rest(3); next }
/^@result / { read_result(); next }
/^@command/ { read_command(); next }
/^@usage/ { need_command(); usage[command, ++usages[command]] = rest(2); next }
/^@title/ { need_command(); title[command] = rest(2); next }
/^@needs/ { need_command(); needs[command] = rest(2); next }
/^@plain/ { need_command(); is_plain[command] = 1; next }
/^@takes/ { read_takes(); next }
/^@results/ { read_results(); next }
/^@text/ { need_command(); text_of("prose", command); next }
/^@more/ { need_command(); text_of("more", command); next }
/^@example/ { read_example(); next }
/^@overview/ { text_of("overview", ""); next }
/^@/ { die("what is " $1 "?") }
gsub(/`/, "`") % 2 { die("a backquote is left open in this line") }
text == "help" { help[subject] = help[subject] $0 "\n" }
text == "meaning" { meaning[subject] = meaning[subject] $0 "\n" }
text == "prose" { prose[subject] = prose[subject] $0 "\n" }
text == "more" { more[subject] = more[subject] $0 "\n" }
text == "shown" { shown[subject] = shown[subject] $0 "\n" }
text == "overview" { overview = overview $0 "\n" }

# --- For those who make something of it --------------------------------------

# A text without empty lines at its ends.
function trim(t)
{
	sub(/^\n+/, "", t)
	sub(/\n+$/, "", t)
	return t
}

# The text of an option, or of a result, in a command.
function help_in(c, o)
{
	return trim((c, o) in help ? help[c, o] : help[o])
}

function meaning_in(c, r)
{
	return trim((c, r) in meaning ? meaning[c, r] : meaning[r])
}

function titled(o)
{
	return value[o] == "" ? o : o " " value[o]
}

# "dump [RANGE] [OPTION]...": the N-th way to write a command, 1 at least.
function usage_of(c, n,    line)
{
	line = usages[c] ? usage[c, n] : syntax[c]
	if (takes[c] != "" && n >= usages[c])
		line = line " [OPTION]..."
	sub(/^ /, "", line)
	return line == "" ? c : c " " line
}

# The name of an option or a command as one of C's.
function c_name(name)
{
	sub(/^--?/, "", name)
	gsub(/-/, "_", name)
	return name
}

# How many commands take an option; which ones give a result.
function takers(o,    name, n, i, count)
{
	n = split(commands, name, " ")
	count = 0
	for (i = 1; i <= n; i++)
		count += index(takes[name[i]] " ", " " o " ") > 0
	return count
}

function givers(r,    name, n, i, all)
{
	n = split(commands, name, " ")
	all = ""
	for (i = 1; i <= n; i++)
		if (index(gives[name[i]] " ", " " r " "))
			all = all ", " name[i]
	return all == "" ? "all" : substr(all, 3)
}

# What a reference tells once, and not with each command.
function is_common(o)
{
	return takers(o) > 3
}

function one_line(t)
{
	gsub(/\n/, " ", t)
	return t
}
