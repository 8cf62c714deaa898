/*
 * Records in three shapes: what a row becomes as columns, JSON and CSV, how
 * columns fit a width, and what runs look like in them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pml/formats.h>

#include "memory/peer.h"
#include "show/merge.h"
#include "show/run-record.h"
#include "tap.h"
#include "target/arch.h"

static bool piped;

bool pmap_peer_reads_output(void)
{
	return piped;
}

static struct pmap_text out;

static void is_out(const char *expected, const char *what)
{
	is_str(out.len ? out.data : "", expected, what);
	pmap_text_free(&out);
}

/* --- Any schema ----------------------------------------------------------- */

enum field { VA, NAME, SIZE, SET, EXTRA, FIELDS };

static const struct pmap_field fields[FIELDS] = {
	[VA] = PMAP_FIELD("va", PMAP_ADDRESS, .before = "", .width = 16,
			  .head = "VA"),
	[NAME] = PMAP_FIELD("name", PMAP_WORD, .before = " ", .width = 6,
			    .drop = 1, .head = "NAME"),
	[SIZE] = PMAP_FIELD("size", PMAP_BYTES, .before = " ", .width = 6,
			    .look = PMAP_RIGHT, .drop = 2, .head = "SIZE"),
	[SET] = PMAP_FIELD("set", PMAP_FLAG, .before = " ", .width = 1,
			   .letter = 'S', .drop = 3, .head = "S"),
	[EXTRA] = PMAP_FIELD("extra", PMAP_NUMBER, .before = " +",
			     .look = PMAP_TRAILS),
};
static const uint8_t columns[] = { VA, NAME, SIZE, SET, EXTRA };
static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS, .columns = columns,
	.ncolumns = sizeof(columns), .note_at = 1, .headed = true,
	.empty = "none\n",
};

static struct pmap_row row(const char *name)
{
	struct pmap_row r;

	pmap_row_init(&r);
	pmap_row_number(&r, VA, 0x1000);
	if (name)
		pmap_row_word(&r, NAME, name);
	pmap_row_number(&r, SIZE, 0x200000);
	pmap_row_number(&r, SET, true);
	return r;
}

static void write_rows(enum pmap_shape shape, const struct pmap_row *r, int n)
{
	struct pmap_writer w;

	pmap_writer_init(&w, &out, &schema, shape);
	for (int i = 0; i < n; i++)
		pmap_write(&w, &r[i]);
	pmap_writer_end(&w);
}

/* A row has room for its words, however long they are: more than a heap has left. */
static void long_word(void)
{
	const size_t len = 16 << 20;
	char *word = malloc(len + 1);
	struct pmap_row r;

	memset(word, '"', len);
	word[len] = '\0';
	r = row(word);
	write_rows(PMAP_SHAPE_JSON, &r, 1);
	is_u64(out.len, 2 * len + strlen("{\"va\":\"0x1000\",\"name\":\"\",\"size\":2097152,\"set\":true}\n"),
	       "a long word, each byte of it with an escape");
	pmap_text_free(&out);
	out = (struct pmap_text){ 0 };
	free(word);
}

static void shapes(void)
{
	struct pmap_schema headless = schema;
	struct pmap_writer w;
	struct pmap_row r[2] = { row("a\"b\\c\n\x01 \x7f"), row(NULL) };

	pmap_row_number(&r[1], EXTRA, 7);
	r[1].differs = 1u << SET;
	write_rows(PMAP_SHAPE_JSON, r, 2);
	is_out("{\"va\":\"0x1000\",\"name\":\"a\\\"b\\\\c\\u000a\\u0001 \\u007f\",\"size\":2097152,\"set\":true}\n"
	       "{\"va\":\"0x1000\",\"size\":2097152,\"extra\":7}\n",
	       "JSON escapes strings, and leaves out what is not there or differs");
	r[0] = row("a,\"b\"");
	write_rows(PMAP_SHAPE_CSV, r, 2);
	is_out("va,name,size,set,extra\n"
	       "0x1000,\"a,\"\"b\"\"\",2097152,true,\n"
	       "0x1000,,2097152,,7\n", "CSV quotes them, and has a place for each");
	r[0] = row("abc");
	write_rows(PMAP_SHAPE_TEXT, r, 2);
	is_out("VA               NAME     SIZE S\n"
	       "0000000000001000 abc        2M S\n"
	       "0000000000001000 -          2M + +7\n", "columns");
	r[0].note = " a note";
	write_rows(PMAP_SHAPE_TEXT, r, 1);
	is_out("VA               NAME     SIZE S\n"
	       "0000000000001000 a note\n", "a note takes the columns' place");
	write_rows(PMAP_SHAPE_TEXT, r, 0);
	is_out("none\n", "nothing is said to people");
	write_rows(PMAP_SHAPE_JSON, r, 0);
	write_rows(PMAP_SHAPE_CSV, r, 0);
	is_out("", "and to nobody else");
	long_word();
	headless.headed = false;
	pmap_writer_init(&w, &out, &headless, PMAP_SHAPE_TEXT);
	r[0] = row("abc");
	pmap_write(&w, &r[0]);
	is_out("0000000000001000 abc        2M S\n", "a schema without heads");
}

static void sizes(void)
{
	static const struct {
		uint64_t bytes;
		const char *size;
	} cases[] = {
		{ 0, "   16E" }, { 511, "  511B" }, { 4096, "    4K" },
		{ 0x7fffe000, "~2047M" }, { 0xfffff000ULL * 1024, "~4095G" },
		{ 0x100000000000, "   16T" }, { 0x7fffffff000, "~8191G" },
	};
	struct pmap_row r = row("x");
	char expected[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pmap_row_number(&r, SIZE, cases[i].bytes);
		write_rows(PMAP_SHAPE_TEXT, &r, 1);
		snprintf(expected, sizeof(expected),
			 "VA               NAME     SIZE S\n"
			 "0000000000001000 x      %s S\n", cases[i].size);
		is_out(expected, "a size has six characters");
	}
}

/* Whatever the width, what is missed least goes first. */
static void widths(void)
{
	static const struct {
		unsigned width;
		const char *text;
	} cases[] = {
		{ 32, "0000000000001000 abc        2M S\n" },
		{ 31, "0000000000001000 abc        2M\n" },
		{ 29, "0000000000001000 abc\n" },
		{ 16, "0000000000001000\n" },
		{ 3, "0000000000001000\n" },
	};
	struct pmap_row r = row("abc");
	struct pmap_writer w;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pmap_writer_init(&w, &out, &schema, PMAP_SHAPE_TEXT);
		pmap_writer_fit(&w, cases[i].width);
		w.rows = 1;	/* no head */
		pmap_write(&w, &r);
		is_out(cases[i].text, "columns fit the width");
	}
}

/* Schemas, too, need not have the columns of others. */
static void begin(void)
{
	struct pmap_call call = { .width = 29, .style = true };
	struct pmap_query q = { .call = &call, .out = &out };
	struct pmap_row r = row("abc");
	struct pmap_writer w;

	pmap_writer_begin(&w, &q, &schema, 0);
	w.rows = 1;
	pmap_write(&w, &r);
	is_out("0000000000001000 abc\n", "GDB's width counts");
	q.opt.output = (char *)"file";
	pmap_writer_begin(&w, &q, &schema, 1u << NAME);
	w.rows = 1;
	pmap_write(&w, &r);
	is_out("0000000000001000     2M S\n",
	       "not in a file; and columns can be left out");
	piped = true;
	q.opt.output = NULL;
	pmap_writer_begin(&w, &q, &schema, 0);
	ok(!w.colour, "no colours into a pipe");
	q.opt.csv = true;
	pmap_writer_begin(&w, &q, &schema, 0);
	ok(w.shape == PMAP_SHAPE_CSV, "--csv");
	q.opt.json = true;
	pmap_writer_begin(&w, &q, &schema, 0);
	ok(w.shape == PMAP_SHAPE_JSON, "--json");
}

/* --- Runs ----------------------------------------------------------------- */

static bool assumed(const struct pmap_target *target,
		    const struct pml_format *fmt)
{
	(void)target, (void)fmt;
	return true;
}

static const char *write_back(const struct pmap_target *target,
			      const struct pml_format *fmt, int level, uint64_t raw)
{
	(void)target, (void)fmt, (void)level, (void)raw;
	return "wb";
}

static const struct pmap_arch arch = {
	.memory_type_assumed = assumed, .memory_type = write_back,
};

static void write_run(const struct pmap_run *run, enum pmap_shape shape,
		      bool colour)
{
	struct pmap_call call = { 0 };
	struct pmap_query q = { .call = &call, .out = &out };
	struct pmap_writer w;

	q.target.arch = &arch;
	q.target.space.fmt = &pml_x86_64_4;
	q.target.space.encrypted = run->encrypted ? 1ULL << 47 : 0;
	pmap_run_begin(&w, &q);
	if (shape == PMAP_SHAPE_TEXT)
		ok(w.doubtful, "the PAT's reset value is assumed");
	w.shape = shape;
	w.colour = colour;
	w.rows = 1;
	pmap_write_run(&w, run);
}

static void runs(void)
{
	struct pmap_run run = {
		.fmt = &pml_x86_64_4,
		.va = 0xffff800000000000, .last = 0xffffffffffffffff,
		.pa = 0xfffffffffffff, .page = 4096, .page_max = 1 << 30,
		.rights = PML_R | PML_W | PML_X | PML_U, .kind = PML_LEAF,
		.level = 1, .mt = "uc-", .global = true, .accessed = true,
		.dirty = true, .pkey = 15,
	};

	write_run(&run, PMAP_SHAPE_TEXT, false);
	out.data[strcspn(out.data, "\n")] = '\0';
	ok(strstr(out.data, " rwxu:15 4K-1G ") && strlen(out.data) <= 80,
	   "the longest row has 80 characters: %s", out.data);
	run.pkey = 0;
	pmap_text_free(&out);
	out = (struct pmap_text){ 0 };
	write_run(&run, PMAP_SHAPE_TEXT, false);
	ok(strstr(out.data, " 4K-1G ") != NULL, "the range of page sizes: %s",
	   out.data);
	pmap_text_free(&out);
	out = (struct pmap_text){ 0 };
	write_run(&run, PMAP_SHAPE_TEXT, true);
	ok(strstr(out.data, "\033[1;31mrwxu") != NULL,
	   "what can be written and executed stands out");
	pmap_text_free(&out);
	out = (struct pmap_text){ 0 };
	run.rights = PML_R | PML_U;
	write_run(&run, PMAP_SHAPE_TEXT, true);
	ok(out.data && !strchr(out.data, '\033'), "what can only be read has no colour");
	run.rights |= PML_W | PML_X;
	pmap_text_free(&out);
	out = (struct pmap_text){ 0 };
	run.encrypted = true;
	write_run(&run, PMAP_SHAPE_JSON, true);
	is_out("{\"va\":\"0xffff800000000000\",\"last\":\"0xffffffffffffffff\",\"pa\":\"0xfffffffffffff\",\"page\":4096,\"pages\":34359738368,\"rights\":\"rwxu\",\"level\":1,\"mt\":\"uc-\",\"global\":true,\"accessed\":true,\"dirty\":true,\"pkey\":0,\"raw\":\"0x0\",\"page_max\":1073741824,\"encrypted\":true}\n",
	       "all fields of a run");
}

/* Encrypted memory and other memory are two things. */
static void joins(void)
{
	struct pmap_run a = {
		.va = 0x1000, .last = 0x1fff, .pa = 0x1000, .page = 4096,
		.page_max = 4096, .rights = PML_R, .kind = PML_LEAF, .level = 1,
	}, b = a;

	b.va = b.pa = 0x2000;
	b.last = 0x2fff;
	b.page = b.page_max = 0x200000;
	b.encrypted = true;
	ok(!pmap_run_join(&a, &b, false), "encrypted and plain are not joined");
	b.encrypted = false;
	ok(pmap_run_join(&a, &b, false) && a.page == 4096 &&
	   a.page_max == 0x200000, "a run knows its smallest and largest page");
}

/* A record of several entries that say one thing, as AArch64's contiguous ones. */
static void entries_of_one(void)
{
	static const struct pmap_target target = {
		.arch = &arch, .space.fmt = &pml_x86_64_4,
	};
	struct pml_record r = {
		.va = 0x10000, .last = 0x10fff, .pa = 0x20000, .raw = 0x20001,
		.rights = PML_R, .kind = PML_LEAF, .level = 1, .shift = 12,
	};
	struct pmap_run run;

	pmap_run_from(&run, &target, &r);
	ok(!run.differs && run.raw == 0x20001, "a page has its entry");
	r.last = 0x1ffff;
	pmap_run_from(&run, &target, &r);
	is_u64(run.differs, PMAP_DIFFERS_RAW, "sixteen of them have no entry in common");
}

/* What must agree, and what only differs. */
static void agreement(void)
{
	static const struct pmap_run first = {
		.va = 0x1000, .last = 0x1fff, .pa = 0x1000, .page = 4096, .page_max = 4096,
		.rights = PML_R, .kind = PML_LEAF, .level = 1, .mt = "wb", .gpa = 0x5000,
	}, second = {
		.va = 0x2000, .last = 0x2fff, .pa = 0x2000, .page = 4096, .page_max = 4096,
		.rights = PML_R, .kind = PML_LEAF, .level = 1, .mt = first.mt, .gpa = 0x6000,
	};
	struct pmap_run a, b;

#define JOINS(change, phys)	(a = first, b = second, change, pmap_run_join(&a, &b, phys))
	ok(JOINS((void)0, true) && a.last == 0x2fff && a.differs == PMAP_DIFFERS_RAW,
	   "neighbours are one run");
	ok(!JOINS(b.kind = PML_HOLE, false) && !JOINS(b.va = 0x3000, false) &&
	   !JOINS(b.rights = PML_W, false) && !JOINS(b.mt = "uc", false) &&
	   !JOINS(b.global = true, false) && !JOINS(b.cause = "x", false) &&
	   !JOINS(b.kept = 1, false) && !JOINS(b.where = "x", false),
	   "not if they differ in what a row has one of");
	ok(!JOINS(b.pa = 0x3000, true) && JOINS(b.pa = 0x3000, false) &&
	   a.differs & PMAP_DIFFERS_PA, "nor by frames that do not follow, if these matter");
	ok(!JOINS(b.differs = PMAP_DIFFERS_PA, true), "nor do those that do not themselves");
	ok(JOINS(b.gpa = 0x7000, true) && a.differs & PMAP_DIFFERS_GPA &&
	   JOINS(b.level = 2, true) && a.differs & PMAP_DIFFERS_LEVEL &&
	   JOINS(b.accessed = true, true) && a.differs & PMAP_DIFFERS_ACCESSED &&
	   JOINS(b.dirty = true, true) && a.differs & PMAP_DIFFERS_DIRTY &&
	   JOINS(b.pkey = 3, true) && a.differs & PMAP_DIFFERS_PKEY,
	   "the rest differs, and is said to");
	ok(JOINS((b.pa = 0x9000, b.gpa = 0x7000, b.level = 2, b.accessed = b.dirty = true,
		  b.pkey = 3), false) &&
	   a.differs == (PMAP_DIFFERS_PA | PMAP_DIFFERS_GPA | PMAP_DIFFERS_LEVEL |
			 PMAP_DIFFERS_ACCESSED | PMAP_DIFFERS_DIRTY | PMAP_DIFFERS_PKEY |
			 PMAP_DIFFERS_RAW), "all of it at once, too");
#define REPEATS(change)	JOINS((a.kind = b.kind = PMAP_RUN_REPEAT, b.pa = a.pa, change), true)
	ok(REPEATS((void)0) && a.last == 0x2fff && !a.differs, "what repeats the same is one run");
	ok(!REPEATS(b.pa = 0x2000) && !REPEATS(b.page = 8192), "and another address or step is not");
#undef REPEATS
#undef JOINS
}

/* Runs that are no leaves, as text and as JSON. */
static void others(void)
{
	static const struct pmap_run run = {
		.fmt = &pml_x86_64_4, .va = 0x1000, .last = 0x1fff, .page = 4096,
		.kind = PML_NONPRESENT, .level = 1, .raw = 0x123, .pkey = -1,
	};
	struct pmap_run r = run;

	write_run(&r, PMAP_SHAPE_TEXT, false);
	is_out("0000000000001000-0000000000001fff     4K  nonpresent, level 1, entry 0x123\n", "an entry");
	write_run(&r, PMAP_SHAPE_TEXT, true);
	is_out("0000000000001000-0000000000001fff     4K\033[2m  nonpresent, level 1, entry 0x123\033[m\n",
	       "dim, where there are colours");
	r.differs = PMAP_DIFFERS_RAW | PMAP_DIFFERS_LEVEL;
	write_run(&r, PMAP_SHAPE_TEXT, false);
	is_out("0000000000001000-0000000000001fff     4K  nonpresent\n", "entries of many kinds");
	write_run(&r, PMAP_SHAPE_JSON, false);
	is_out("{\"va\":\"0x1000\",\"last\":\"0x1fff\",\"kind\":\"nonpresent\"}\n", "the same");
	r = run;
	r.kind = PML_UNREADABLE;
	r.level = 0;
	r.cause = "not RAM";
	write_run(&r, PMAP_SHAPE_TEXT, false);
	is_out("0000000000001000-0000000000001fff     4K  unreadable (not RAM)\n", "no entry, but a cause");
	write_run(&r, PMAP_SHAPE_JSON, false);
	is_out("{\"va\":\"0x1000\",\"last\":\"0x1fff\",\"kind\":\"unreadable\",\"cause\":\"not RAM\"}\n",
	       "the same");
	r.where = "guest";
	r.has_gpa = true;
	r.gpa = 0x7000;
	write_run(&r, PMAP_SHAPE_TEXT, false);
	is_out("0000000000001000-0000000000001fff     4K  unreadable (guest) gpa 0x7000\n", "in a dimension");
	r.differs = PMAP_DIFFERS_GPA | PMAP_DIFFERS_RAW;
	write_run(&r, PMAP_SHAPE_TEXT, false);
	is_out("0000000000001000-0000000000001fff     4K  unreadable (guest) gpa ...\n", "in many places");
	r = run;
	r.kind = PMAP_RUN_REPEAT;
	r.pa = 0xffff800000000000;
	write_run(&r, PMAP_SHAPE_TEXT, false);
	is_out("0000000000001000-0000000000001fff     4K  repeats ffff800000000000\n", "a repetition");
	r.last = 0x2fff;
	write_run(&r, PMAP_SHAPE_TEXT, false);
	is_out("0000000000001000-0000000000002fff     8K  repeats ffff800000000000, every 4K\n", "many of them");
}

/* Colours are for a person at a terminal. */
static void colours(void)
{
	static const struct {
		bool style, file, terminal, read;
	} c[] = {
		{ true, false, true, false }, { false, false, true, false },
		{ true, true, true, false }, { true, false, false, false },
		{ true, false, true, true },
	};
	int fd = posix_openpt(O_RDWR | O_NOCTTY), was = dup(STDOUT_FILENO), tty = -1;

	if (fd >= 0 && !grantpt(fd) && !unlockpt(fd))
		tty = open(ptsname(fd), O_RDWR | O_NOCTTY);
	ok(tty >= 0, "a terminal");
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct pmap_call call = { .style = c[i].style };
		struct pmap_query q = { .call = &call, .out = &out };
		struct pmap_writer w;

		q.opt.output = c[i].file ? (char *)"file" : NULL;
		piped = c[i].read;
		fflush(stdout);
		if (c[i].terminal)
			dup2(tty, STDOUT_FILENO);
		pmap_writer_begin(&w, &q, &schema, 0);
		dup2(was, STDOUT_FILENO);
		ok(w.colour == (i == 0), "colours: style %d, file %d, terminal %d, read by another %d",
		   c[i].style, c[i].file, c[i].terminal, c[i].read);
	}
	piped = false;
	close(tty);
	close(fd);
	close(was);
}

/* --- Merging -------------------------------------------------------------- */

static int emitted[8], count;

static bool join(void *held, const void *next, void *arg)
{
	(void)arg;
	if (*(int *)held + 1 != *(const int *)next)
		return false;
	*(int *)held = *(const int *)next;
	return true;
}

static void emit(const void *record, void *arg)
{
	(void)arg;
	emitted[count++] = *(const int *)record;
}

static void merges(void)
{
	static const int numbers[] = { 1, 2, 3, 5, 6, 9 };
	int held;
	struct pmap_merge m = {
		.held = &held, .size = sizeof(held), .join = join, .emit = emit,
	};

	pmap_merge_flush(&m);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		pmap_merge_add(&m, &numbers[i]);
	is_u64(m.emitted, 2, "the last one is held");
	pmap_merge_flush(&m);
	pmap_merge_flush(&m);
	ok(m.emitted == 3 && count == 3 && emitted[0] == 3 && emitted[1] == 6 &&
	   emitted[2] == 9, "what goes on is one, and each comes once");
}

int main(void)
{
	shapes();
	sizes();
	widths();
	begin();
	runs();
	joins();
	agreement();
	entries_of_one();
	others();
	colours();
	merges();
	return tap_done();
}
