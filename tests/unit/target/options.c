/*
 * The words of a command, told apart: which belong to which operand.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pml/formats.h>

#include "tap.h"
#include "target/expression.h"
#include "target/options.h"

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
static const struct pmap_syntax list = {
	.operands = PMAP_OPERANDS_LIST, .required = true, .options = all,
};
static const struct pmap_syntax letters = {
	.operands = PMAP_OPERANDS_RANGE, .letters = true, .options = all,
};
static const struct pmap_syntax names_alone = { .names = true, .options = all };
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
	refuse(&nothing, "0x1000", "unexpected argument \"0x1000\"");
	refuse(&address, "1, 2", "unexpected comma");
	/* Where nothing else can follow, GDB judges what it is. */
	accept(&address, "$rsp &mask", "$rsp &mask", NULL, false);
	accept(&address, "f (x)", "f (x)", NULL, false);
	accept(&address, "a mod b", "a mod b", NULL, false);
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
	accept(&range, "*p,*q", "*p", "*q", false);
	accept(&range, "1 ,2", "1", "2", false);
	accept(&range, "$rsp - 8 $rsp", "$rsp - 8", "$rsp", false);
	accept(&range, "$rsp &0xfff", "$rsp &0xfff", NULL, false);
	accept(&range, "p ->next", "p ->next", NULL, false);
	accept(&range, "p -> next q", "p -> next", "q", false);
	accept(&range, "a &&b", "a &&b", NULL, false);
	accept(&range, "a && b c", "a && b", "c", false);
	accept(&range, "a [3] b", "a [3]", "b", false);
	accept(&range, "0 $rsp -8", "0", "$rsp -8", false);
	accept(&range, "8 + (long) x 5", "8 + (long) x", "5", false);
	accept(&range, "(x) +8", "(x)", "8", true);
	accept(&range, "2 (x)", "2", "(x)", false);
	accept(&range, "(a, b) +8", "(a, b)", "8", true);
	accept(&range, "1,2 --leaves", "1", "2", false);
	accept(&range, "1 --leaves +2", "1", "2", true);
	refuse(&range, "*p *q", "write (*p *q), or *p,*q");
	refuse(&range, "$rsp -8", "write ($rsp -8), or $rsp,-8");
	refuse(&range, "$rsp &end", "one expression or two");
	refuse(&range, "f (x)", "one expression or two");
	refuse(&range, "(x) y", "one expression or two");
	refuse(&range, "1,", "end of the range is missing");
	refuse(&range, ",1", "missing before the comma");
	refuse(&range, "1,2,3", "unexpected comma");
	refuse(&range, "-q", "no option \"-q\" here; there are: --root");
	refuse(&range, "1 -q", "no option \"-q\"");
	refuse(&range, "1 --leaves / 2", "an option has ended");
	refuse(&range, "1 --leaves - 2", "an option has ended");
	refuse(&address, "1 --leaves + 2", "an option has ended");
	accept(&range, "0 -1", "0", "-1", false);
	accept(&range, "f(1,2) +8", "f(1,2)", "8", true);
	accept(&range, "x[1, 2] 5", "x[1, 2]", "5", false);
	accept(&range, "1 --leaves 2", "1", "2", false);
	accept(&range, "1 +2 * 3", "1", "2 * 3", true);
	refuse(&range, "1 2 3", "unexpected argument");
	accept(&range, "$sp 64", "$sp", "64", false);
	accept(&range, "$sp + 64", "$sp + 64", NULL, false);
}

/* The word of rights, wherever it stands behind the address. */
static void rights(void)
{
	static const struct {
		const char *line, *start, *end, *rights;
	} rows[] = {
		{ "$sp +64 rw-s", "$sp", "64", "rw-s" },
		{ "$sp - 8 w", "$sp - 8", NULL, "w" },
		{ "p + r r", "p + r", NULL, "r" },
		{ "1 2 none", "1", "2", "none" },
		{ "1 ---", "1", NULL, "---" },
		{ "1 --xs", "1", NULL, "--xs" },
		{ "1 --root x rw-", "1", NULL, "rw-" },
		{ "1 --root x + r x", "1", NULL, "x" },
		{ "1 r-? --leaves +4", "1", "4", "r-?" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pmap_options opt;
		char *error = parse(&opt, &range_rights, rows[i].line);

		if (!ok(!error && same(opt.start.text, rows[i].start) &&
			same(opt.end.text, rows[i].end) &&
			same(opt.rights_word, rows[i].rights), "\"%s\"", rows[i].line))
			printf("#   %s\n", error ? error : opt.rights_word);
		free(error);
		pmap_options_free(&opt);
	}
	refuse(&range_rights, "1 2 rwx-", "unexpected argument \"rwx-\"");
	refuse(&range_rights, "1 2 rw-s rw-s", "unexpected argument");
}

/* An option's value is as long as an operand would be, in any place. */
static void values(void)
{
	static const struct {
		const struct pmap_syntax *syntax;
		const char *line, *start, *root;
	} rows[] = {
		{ &address, "0x401000 --root $x + 0x1000", "0x401000", "$x + 0x1000" },
		{ &address, "--root $x + 0x1000 0x401000", "0x401000", "$x + 0x1000" },
		{ &address, "--root=$x + 0x1000 0x401000", "0x401000", "$x + 0x1000" },
		{ &address, "--root 1ull << 47 5", "5", "1ull << 47" },
		{ &address, "5 --root $cr3 ^ 0x1000", "5", "$cr3 ^ 0x1000" },
		{ &address, "5 --root $cr3 -8", "5", "$cr3 -8" },
		{ &address, "--root $cr3 +8 5", "5", "$cr3 +8" },
		{ &address, "--root (long) p -- -5", "-5", "(long) p" },
		{ &address, "5 --root (a | b) --leaves", "5", "(a | b)" },
		{ &address, "--root -1 5", "5", "-1" },
		{ &maybe_range, "--root $x + 0x1000", NULL, "$x + 0x1000" },
		{ &maybe_range, "--root $x +0x1000", NULL, "$x +0x1000" },
		{ &nothing, "--root $x -8", NULL, "$x -8" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pmap_options opt;
		char *error = parse(&opt, rows[i].syntax, rows[i].line);

		if (!ok(!error && same(opt.root.text, rows[i].root) &&
			same(opt.start.text, rows[i].start), "\"%s\"",
			rows[i].line))
			printf("#   %s\n", error ? error : opt.root.text);
		free(error);
		pmap_options_free(&opt);
	}
	refuse(&address, "--root $x -8", "write --root ($x -8), or the address before --root");
	refuse(&address, "--root $x &y", "one value, or a value and an address");
	refuse(&range, "1 --root $x +8", "one value, or a value and an address");
	refuse(&range, "1 --root $x -1", "one value, or a value and an address");
	/* What ends its value ends it for a comma, too. */
	accept(&range, "--root 5 -- 1,2", "1", "2", false);
	accept(&range, "--roots 5,6 -- 1,2", "1", "2", false);
	accept(&range, "--pa 5,6 -- 1,2", "1", "2", false);
	refuse(&address, "5 --root $x 6", "unexpected argument \"6\"");
	refuse(&address, "5 --root 1, 6", "unexpected comma");
	refuse(&address, "5 --root 1 --root 2", "given twice");
	refuse(&address, "5 --root -w", "needs a value");
}

/* Lengths may have a unit; then GDB is not asked. */
static void sizes(void)
{
	static const struct {
		const char *line;
		uint64_t bytes;
	} rows[] = {
		{ "0 +4K", 4 << 10 }, { "0 +2M", 2 << 20 }, { "0,+1G", 1 << 30 },
		{ "0 +64K", 64 << 10 }, { "0 +0x10K", 16 << 10 },
		{ "0 +3T", 3ULL << 40 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pmap_options opt;
		char *error = parse(&opt, &range, rows[i].line);

		ok(!error && opt.end_is_length && opt.end.known &&
		   opt.end.value == rows[i].bytes, "%s", rows[i].line);
		free(error);
		pmap_options_free(&opt);
	}
	accept(&range, "0 +2MB", "0", "2MB", true);
	accept(&range, "0 2M", "0", "2M", false);
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

static void note(struct pmap_expr *expr, void *arg)
{
	strcat(arg, expr->text);
	strcat(arg, " ");
}

/* GDB is asked for each expression, wherever it stands, that is not known. */
static void expressions(void)
{
	struct pmap_options opt;
	char *error = parse(&opt, &list, "1 2 3 --root 4 --roots 5,6 --pa 7,8 --min-size 9K");
	char seen[64] = "";

	ok(!error, "a list with options");
	pmap_options_exprs(&opt, note, seen);
	for (const char *digit = "12345678"; *digit; digit++)
		ok(strchr(seen, *digit), "%c is asked for", *digit);
	ok(strlen(seen) == 16, "each once, and not what is known: %s", seen);
	opt.more[0].known = opt.start.known = opt.pa.end.known = true;
	seen[0] = '\0';
	pmap_options_exprs(&opt, note, seen);
	ok(strlen(seen) == 10 && !strpbrk(seen, "128"), "nor what has become known: %s", seen);
	free(error);
	pmap_options_free(&opt);
}

/* What `pmap use' keeps. */
static void copies(void)
{
	struct pmap_options from, to = { 0 };
	char *error = parse(&from, &nothing, "--root 5 --el 2 --leaves --format sv48 --pa 1,2");

	from.root.value = 5;
	ok(!error && pmap_option_copy(&to, &from, PMAP_OPT_ROOT) && to.root.known &&
	   to.root.value == 5 && same(to.root.text, "5") && to.root.text != from.root.text,
	   "an expression");
	ok(pmap_option_copy(&to, &from, PMAP_OPT_EL) && same(to.el, "2") && to.el != from.el,
	   "a word");
	ok(pmap_option_copy(&to, &from, PMAP_OPT_LEAVES) && to.leaves, "a flag");
	ok(pmap_option_copy(&to, &from, PMAP_OPT_FORMAT) && to.format == from.format,
	   "a format");
	ok(!pmap_option_copy(&to, &from, PMAP_OPT_PA) && !to.pa.start.text, "no range");
	ok(pmap_syntax_takes(&nothing, PMAP_OPT_PA) &&
	   pmap_syntax_takes(&root_alone, PMAP_OPT_ROOT) &&
	   !pmap_syntax_takes(&root_alone, PMAP_OPT_PA), "which options a command takes");
	free(error);
	pmap_options_free(&from);
	pmap_options_free(&to);
}

/* Words that are no expressions. */
static void words(void)
{
	struct pmap_options opt;
	char *error = parse(&opt, &names_alone, "a -- -b");

	ok(!error && same(opt.name[0], "a") && same(opt.name[1], "-b"),
	   "a name behind -- may begin with a dash");
	free(error);
	pmap_options_free(&opt);
	error = parse(&opt, &letters, "/4xg 5");
	ok(!error && same(opt.letters, "4xg") && same(opt.start.text, "5"), "letters");
	free(error);
	pmap_options_free(&opt);
	error = parse(&opt, &letters, "/4xg /2 5");
	ok(same(opt.letters, "4xg"), "only the first are");
	free(error);
	pmap_options_free(&opt);
}

static char *parse_from(struct pmap_options *opt, const struct pmap_syntax *syntax,
			const char *text)
{
	char name[] = "/tmp/pmap-unit.XXXXXX", line[64];
	int fd = mkstemp(name);
	char *error;

	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	close(fd);
	snprintf(line, sizeof(line), "--from %s", name);
	error = parse(opt, syntax, line);
	unlink(name);
	return error;
}

static void refuse_from(const struct pmap_syntax *syntax, const char *text, const char *part)
{
	struct pmap_options opt;
	char *error = parse_from(&opt, syntax, text);

	if (!ok(error && strstr(error, part), "--from a file: %s", part))
		printf("#   %s\n", error ? error : "no error");
	free(error);
	pmap_options_free(&opt);
}

/* --from FILE: an address a line, or a command's words. */
static void lines(void)
{
	struct pmap_options opt;
	char *error = parse_from(&opt, &list, "# what follows\n\n  0x10 \r\n$x + 1\n020");

	ok(!error && same(opt.start.text, "0x10") && opt.start.known && opt.start.value == 16,
	   "--from: a number a line");
	ok(opt.nmore == 2 && same(opt.more[0].text, "$x + 1") && !opt.more[0].known &&
	   opt.more[1].known && opt.more[1].value == 16, "or an expression, and the last line");
	free(error);
	pmap_options_free(&opt);
	error = parse_from(&opt, &range_rights, "0x10 +2\trw-\n3 4 --user\n");
	ok(!error && opt.nlines == 2 && opt.lines[0].start.value == 16 &&
	   opt.lines[0].end_is_length && same(opt.lines[0].rights_word, "rw-") &&
	   opt.lines[1].end.known && opt.lines[1].user && !opt.lines[0].user,
	   "the words of a command");
	free(error);
	pmap_options_free(&opt);
	refuse_from(&list, "# nothing\n", "no address is in it");
	refuse_from(&range, "1\n1 2 3\n4 5 6\n", "line \"1 2 3\": unexpected argument \"3\"");
	refuse_from(&range, "1 --json\n", "no option \"--json\" here");
	refuse(&list, "--from /", "/: not a regular file");
	refuse(&list, "--from /nonexistent", "/nonexistent: No such file");
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
		"0EH", "x1e5", "1e30", "1 << 30", "$x + 1<<47", "(long)1<<47",
		"1ul<<47", "1<<n", "1l<<47",
	};
	static const struct {
		const char *text, *part;
	} bad[] = {
		{ "1.5", "1.5 is not an integer" },
		{ "$sp + 2.5e3", "2.5e3 is not an integer" },
		{ "\"abc\"", "\"abc\" is a string, not an address" },
		{ "1<<47", "1 << 47 overflows a C int, which has 32 bits: write 1ull << 47" },
		{ "$x | (1u << 32)", "write 1ull << 32" },
		{ "0x80<<24", "write 0x80ull << 24" },
		{ "0x10000000000000000", "0x10000000000000000 has more than 64 bits" },
		{ "a+18446744073709551616", "18446744073709551616 has more than 64 bits" },
	};

	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		char *error = pmap_expression_check(fine[i]);

		if (!ok(!error, "%s may be an address", fine[i]))
			printf("#   %s\n", error);
		free(error);
	}
	ok(pmap_expression_is_complete("a)") && pmap_expression_is_complete(")"),
	   "what closes nothing is no cast");
	ok(!pmap_expression_is_complete("(long)"), "a cast wants an operand");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse(&address, bad[i].text, bad[i].part);
}

/* What failed before says nothing of it. */
static void size_after_error(void)
{
	uint64_t bytes = 0;

	errno = ERANGE;
	ok(pmap_expression_size("2M", &bytes) && bytes == 2 << 20, "2M");
	ok(!pmap_expression_size("99999999999999999999M", &bytes), "a size too large");
}

int main(void)
{
	size_after_error();
	for (int i = 0; i <= PMAP_OPTIONS; i++)
		all[i] = i;
	addresses();
	ranges();
	rights();
	values();
	sizes();
	options();
	expressions();
	copies();
	words();
	lines();
	names();
	constants();
	return tap_done();
}
