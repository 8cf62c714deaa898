/*
 * The words of a command, told apart: which belong to which operand.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include <pml/formats.h>

#include "target/options.h"
#include "tap.h"

#define ALL	(~0u)
#define WORDS	16

/* Split at spaces, as GDB does outside of quotes and parentheses. */
static int split(char *line, char **argv)
{
	int argc = 0;

	for (char *word = strtok(line, " "); word && argc < WORDS;
	     word = strtok(NULL, " "))
		argv[argc++] = word;
	return argc;
}

static char *parse(struct pmap_options *opt, enum pmap_operands operands,
		   unsigned allowed, const char *line)
{
	char copy[256], *argv[WORDS];
	int argc;

	memset(opt, 0, sizeof(*opt));
	snprintf(copy, sizeof(copy), "%s", line);
	argc = split(copy, argv);
	return pmap_options_parse(opt, operands, allowed, argc, argv);
}

static bool same(const char *got, const char *expected)
{
	return got && expected ? strcmp(got, expected) == 0 : got == expected;
}

static void accept(enum pmap_operands operands, const char *line,
		   const char *start, const char *end, bool length)
{
	struct pmap_options opt;
	char *error = parse(&opt, operands, ALL, line);

	if (!ok(!error && same(opt.start.text, start) &&
		same(opt.end.text, end) && opt.end_is_length == length,
		"\"%s\"", line))
		printf("#   expected \"%s\" \"%s\" %d\n#        got \"%s\" \"%s\" %d\n#      error %s\n",
		       start ? start : "", end ? end : "", length,
		       opt.start.text ? opt.start.text : "",
		       opt.end.text ? opt.end.text : "", opt.end_is_length,
		       error ? error : "none");
	free(error);
	pmap_options_free(&opt);
}

static void refuse(enum pmap_operands operands, unsigned allowed,
		   const char *line, const char *part)
{
	struct pmap_options opt;
	char *error = parse(&opt, operands, allowed, line);

	if (!ok(error && strstr(error, part), "\"%s\" is refused", line))
		printf("#   expected ...%s...\n#        got %s\n", part,
		       error ? error : "no error");
	free(error);
	pmap_options_free(&opt);
}

static void addresses(void)
{
	accept(PMAP_OPERANDS_ADDR, "$rsp + 8", "$rsp + 8", NULL, false);
	accept(PMAP_OPERANDS_ADDR, "$rsp +8", "$rsp +8", NULL, false);
	accept(PMAP_OPERANDS_ADDR, "*(long *) 0x1000", "*(long *) 0x1000", NULL, false);
	accept(PMAP_OPERANDS_ADDR, "&symbol", "&symbol", NULL, false);
	accept(PMAP_OPERANDS_ADDR, "f(1, 2)", "f(1, 2)", NULL, false);
	refuse(PMAP_OPERANDS_ADDR, ALL, "", "an address is missing");
	refuse(PMAP_OPERANDS_NONE, ALL, "0x1000", "too much");
}

static void ranges(void)
{
	const enum pmap_operands range = PMAP_OPERANDS_RANGE;

	accept(PMAP_OPERANDS_ANY_RANGE, "", NULL, NULL, false);
	accept(range, "1 2", "1", "2", false);
	accept(range, "1 +2", "1", "2", true);
	accept(range, "1,2", "1", "2", false);
	accept(range, "1,+2", "1", "2", true);
	accept(range, "1, +2", "1", "2", true);
	accept(range, "1 , +2", "1", "2", true);
	accept(range, "$rsp + 8 $rsp + 16", "$rsp + 8", "$rsp + 16", false);
	accept(range, "$rsp +0x10", "$rsp", "0x10", true);
	accept(range, "(unsigned long) &a +4096", "(unsigned long) &a", "4096", true);
	accept(range, "(a + b) (c + d)", "(a + b)", "(c + d)", false);
	accept(range, "&start &end", "&start", "&end", false);
	accept(range, "*p *q", "*p", "*q", false);
	accept(range, "0 -1", "0", "-1", false);
	accept(range, "f(1,2) +8", "f(1,2)", "8", true);
	accept(range, "x[1, 2] 5", "x[1, 2]", "5", false);
	accept(range, "1 +2 * 3", "1", "2 * 3", true);
	refuse(range, ALL, "1 2 3", "too much");
	accept(PMAP_OPERANDS_ADDR_LEN, "$sp 64", "$sp", "64", true);
	accept(PMAP_OPERANDS_ADDR_LEN, "$sp +64", "$sp", "64", true);
	accept(PMAP_OPERANDS_ADDR_LEN, "$sp + 64", "$sp + 64", NULL, true);
}

static void options(void)
{
	struct pmap_options opt;
	char *error = parse(&opt, PMAP_OPERANDS_ANY_RANGE, ALL,
			    "--leaves --root ($cr3 + 4096) --json --output=a=b 1 2");

	ok(!error && opt.leaves && opt.json && !opt.phys, "flags");
	ok(same(opt.root.text, "($cr3 + 4096)"), "--root takes an expression with spaces");
	ok(same(opt.output, "a=b"), "--output=FILE");
	ok(same(opt.start.text, "1") && same(opt.end.text, "2"), "and the operands are there");
	free(error);
	pmap_options_free(&opt);

	error = parse(&opt, PMAP_OPERANDS_NONE, ALL, "--format x86-64-5");
	ok(!error && opt.format &&
	   strcmp(opt.format->name, "x86-64-5") == 0, "--format");
	free(error);
	pmap_options_free(&opt);

	refuse(PMAP_OPERANDS_NONE, PMAP_OPT_ROOT, "--leaves", "there are: --root");
	refuse(PMAP_OPERANDS_NONE, ALL, "--root", "needs a value");
	refuse(PMAP_OPERANDS_NONE, ALL, "--root=", "needs a value");
	refuse(PMAP_OPERANDS_NONE, ALL, "--root --json", "needs a value");
	refuse(PMAP_OPERANDS_NONE, ALL, "--output --json", "--output=--json");
	refuse(PMAP_OPERANDS_NONE, ALL, "--output \"\"", "needs a value");
	refuse(PMAP_OPERANDS_NONE, ALL, "--json=1", "takes no value");
	refuse(PMAP_OPERANDS_NONE, ALL, "--format vax", "x86-64-4");
	accept(PMAP_OPERANDS_ADDR, "-- --i", "--i", NULL, false);
}

/* Names of files may be quoted, as in GDB's own commands. */
static void names(void)
{
	static const struct {
		const char *word, *name;
	} rows[] = {
		{ "plain", "plain" },
		{ "\"two  words\"", "two  words" },
		{ "'two words'", "two words" },
		{ "two\\ words", "two words" },
		{ "a\"b'c\"d", "ab'cd" },
		{ "'it\\'s'", "it's" },
		{ "\"\"", "" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *name = pmap_options_unquote(rows[i].word);

		ok(same(name, rows[i].name), "%s is %s", rows[i].word,
		   rows[i].name);
		free(name);
	}
}

/* What GDB would cut, round or allocate to make an address of it. */
static void constants(void)
{
	static const char *const fine[] = {
		"0xffffffffffffffff", "18446744073709551615", "1ull << 47",
		"0x0000000000000000001", "'a'", "a.b1.5x", "p->x1.y", "$a1.b2",
		"f(\"1.5\")", "16#ffff_ffff_ffff_ffff_ffff#", "1'000'000", "0x1e30",
		"0EH", "x1e5", "1e30",
	};
	static const struct {
		const char *text, *part;
	} bad[] = {
		{ "1.5", "1.5 is no integer" },
		{ "$sp + 2.5e3", "2.5e3 is no integer" },
		{ "\"abc\"", "\"abc\" is a string" },
		{ "0x10000000000000000", "0x10000000000000000 has more than 64 bits" },
		{ "a+18446744073709551616", "18446744073709551616 has more than 64 bits" },
	};

	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		char *error = pmap_options_check(fine[i]);

		if (!ok(!error, "%s may be an address", fine[i]))
			printf("#   %s\n", error);
		free(error);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse(PMAP_OPERANDS_ADDR, ALL, bad[i].text, bad[i].part);
}

int main(void)
{
	addresses();
	ranges();
	options();
	names();
	constants();
	return tap_done();
}
