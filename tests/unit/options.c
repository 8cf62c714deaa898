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

#define WORDS	16

static enum pmap_option all[PMAP_OPTIONS + 1];
static const enum pmap_option only_root[] = { PMAP_OPT_ROOT, PMAP_OPTIONS };

static const struct pmap_syntax nothing = { .options = all };
static const struct pmap_syntax address = {
	.operands = PMAP_OPERANDS_ADDR, .required = true, .options = all,
};
static const struct pmap_syntax maybe_range = {
	.operands = PMAP_OPERANDS_RANGE, .options = all,
};
static const struct pmap_syntax range = {
	.operands = PMAP_OPERANDS_RANGE, .required = true, .options = all,
};
static const struct pmap_syntax range_rights = {
	.operands = PMAP_OPERANDS_RANGE, .required = true, .rights = true,
	.options = all,
};
static const struct pmap_syntax root_alone = { .options = only_root };

/* Split at spaces, as GDB does outside of quotes and parentheses. */
static int split(char *line, char **argv)
{
	int argc = 0;

	for (char *word = strtok(line, " "); word && argc < WORDS;
	     word = strtok(NULL, " "))
		argv[argc++] = word;
	return argc;
}

static char *parse(struct pmap_options *opt, const struct pmap_syntax *syntax,
		   const char *line)
{
	char copy[256], *argv[WORDS];
	int argc;

	memset(opt, 0, sizeof(*opt));
	snprintf(copy, sizeof(copy), "%s", line);
	argc = split(copy, argv);
	return pmap_options_parse(opt, syntax, argc, argv);
}

static bool same(const char *got, const char *expected)
{
	return got && expected ? strcmp(got, expected) == 0 : got == expected;
}

static void accept(const struct pmap_syntax *syntax, const char *line,
		   const char *start, const char *end, bool length)
{
	struct pmap_options opt;
	char *error = parse(&opt, syntax, line);

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

static void refuse(const struct pmap_syntax *syntax, const char *line,
		   const char *part)
{
	struct pmap_options opt;
	char *error = parse(&opt, syntax, line);

	if (!ok(error && strstr(error, part), "\"%s\" is refused", line))
		printf("#   expected ...%s...\n#        got %s\n", part,
		       error ? error : "no error");
	free(error);
	pmap_options_free(&opt);
}

static void addresses(void)
{
	accept(&address, "$rsp + 8", "$rsp + 8", NULL, false);
	accept(&address, "$rsp +8", "$rsp +8", NULL, false);
	accept(&address, "*(long *) 0x1000", "*(long *) 0x1000", NULL, false);
	accept(&address, "&symbol", "&symbol", NULL, false);
	accept(&address, "f(1, 2)", "f(1, 2)", NULL, false);
	refuse(&address, "", "an address is missing");
	refuse(&nothing, "0x1000", "too much");
}

static void ranges(void)
{
	accept(&maybe_range, "", NULL, NULL, false);
	accept(&range, "1 2", "1", "2", false);
	accept(&range, "1 +2", "1", "2", true);
	accept(&range, "1,2", "1", "2", false);
	accept(&range, "1,+2", "1", "2", true);
	accept(&range, "1, +2", "1", "2", true);
	accept(&range, "1 , +2", "1", "2", true);
	accept(&range, "$rsp + 8 $rsp + 16", "$rsp + 8", "$rsp + 16", false);
	accept(&range, "$rsp +0x10", "$rsp", "0x10", true);
	accept(&range, "(unsigned long) &a +4096", "(unsigned long) &a", "4096", true);
	accept(&range, "(a + b) (c + d)", "(a + b)", "(c + d)", false);
	accept(&range, "&start &end", "&start", "&end", false);
	accept(&range, "*p *q", "*p", "*q", false);
	accept(&range, "0 -1", "0", "-1", false);
	accept(&range, "f(1,2) +8", "f(1,2)", "8", true);
	accept(&range, "x[1, 2] 5", "x[1, 2]", "5", false);
	accept(&range, "1 +2 * 3", "1", "2 * 3", true);
	refuse(&range, "1 2 3", "unexpected argument");
	accept(&range, "$sp 64", "$sp", "64", false);
	accept(&range, "$sp + 64", "$sp + 64", NULL, false);
	accept(&range_rights, "$sp +64 rw-s", "$sp", "64", true);
}

static void options(void)
{
	struct pmap_options opt;
	char *error = parse(&opt, &maybe_range,
			    "--leaves --root ($cr3 + 4096) --json --output=a=b 1 2");

	ok(!error && opt.leaves && opt.json && !opt.phys, "flags");
	ok(same(opt.root.text, "($cr3 + 4096)"), "--root takes an expression with spaces");
	ok(same(opt.output, "a=b"), "--output=FILE");
	ok(same(opt.start.text, "1") && same(opt.end.text, "2"), "and the operands are there");
	free(error);
	pmap_options_free(&opt);

	error = parse(&opt, &nothing, "--format x86-64-5");
	ok(!error && opt.format &&
	   strcmp(opt.format->name, "x86-64-5") == 0, "--format");
	free(error);
	pmap_options_free(&opt);

	refuse(&root_alone, "--leaves", "there are: --root");
	refuse(&nothing, "--root", "needs a value");
	refuse(&nothing, "--root=", "needs a value");
	refuse(&nothing, "--root --json", "needs a value");
	refuse(&nothing, "--output --json", "--output=--json");
	refuse(&nothing, "--output \"\"", "needs a value");
	refuse(&nothing, "--json=1", "takes no value");
	refuse(&nothing, "--format vax", "x86-64-4");
	accept(&address, "-- --i", "--i", NULL, false);
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
		refuse(&address, bad[i].text, bad[i].part);
}

int main(void)
{
	for (int i = 0; i <= PMAP_OPTIONS; i++)
		all[i] = i;
	addresses();
	ranges();
	options();
	names();
	constants();
	return tap_done();
}
