# src/command/table.c: the commands as the plugin sees them.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later

function put_options(c,    o, n, i)
{
	printf("static const enum pmap_option %s_takes[] = {\n", c)
	n = split(takes[c], o, " ")
	for (i = 1; i <= n; i++)
		printf("\tPMAP_OPT_%s,\n", toupper(c_name(o[i])))
	print "\tPMAP_OPTIONS\n};"
}

function put_results(c,    r, n, i)
{
	printf("static const struct pmap_result_kind %s_gives[] = {\n", c)
	n = split(gives[c], r, " ")
	for (i = 1; i <= n; i++)
		printf("\t{ \"%s\", %s },\n", r[i],
		       is_address[r[i]] ? "true" : "false")
	print "\t{ NULL, false }\n};\n"
}

function put_needs(c,    need, n, i)
{
	n = split(needs[c], need, " ")
	printf("\t.needs = 0")
	for (i = 1; i <= n; i++)
		printf(" | PMAP_NEEDS_%s", toupper(need[i]))
	print ","
}

# What stands in the line, from how its usage is written.
function put_operands(s,    first, letters)
{
	letters = sub(/^\/FMT /, "", s)
	first = s
	sub(/[] ].*/, "", first)
	sub(/^\[/, "", first)
	printf("\t.syntax = {\n\t\t.operands = PMAP_OPERANDS_%s,\n",
	       first == "ADDR..." ? "LIST" : first ~ /^(ADDR|RANGE(\.\.\.)?)$/ ? \
	       substr(first "RANGE", 1, first == "ADDR" ? 4 : 5) : "NONE")
	if (first == "RANGE...")
		print "\t\t.several = true,"
	if (first ~ /^(ADDR|RANGE)(\.\.\.)?$/ && s !~ /^\[/)
		print "\t\t.required = true,"
	if (s ~ /RIGHTS/)
		print "\t\t.rights = true,"
	if (s ~ /RANGE PA /)
		print "\t\t.to = true,"
	if (s ~ /TEXT/)
		print "\t\t.text = true,"
	if (letters)
		print "\t\t.letters = true,"
	if (s ~ /NAME/)
		print "\t\t.names = true,"
}

END {
	if (failed)
		exit 1
	print "/* Made of commands.in. */"
	print "#include \"command/table.h\"\n#include \"walkers/walkers.h\"\n"
	n = split(commands, command_, " ")
	for (i = 1; i <= n; i++) {
		put_options(command_[i])
		put_results(command_[i])
	}
	print "const struct pmap_command pmap_commands[] = {"
	for (i = 1; i <= n; i++) {
		c = command_[i]
		printf("{\n\t.name = \"%s\",\n\t.run = pmap_%s,\n", c, c)
		if (syntax[c] ~ /WORD/)
			printf("\t.words = pmap_%s_words,\n", c)
		put_operands(syntax[c])
		printf("\t\t.options = %s_takes,\n\t},\n", c)
		put_needs(c)
		printf("\t.results = %s_gives,\n},\n", c)
	}
	print "{ .name = NULL }\n};"
}
