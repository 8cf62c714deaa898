/*
 * Where things are in a picture: every number here was worked out by hand, from
 * what the manual's section "Pictures" and the sizes at the head of picture.c say.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>
#include <string.h>

#include <pml/formats.h>

#include "bridge/bridge.h"
#include "memory/peer.h"
#include "show/names.h"
#include "show/picture.h"
#include "show/run-record.h"
#include "show/symbols.h"
#include "tap.h"
#include "target/arch.h"

#define RW	(PML_R | PML_W)

bool pmap_peer_reads_output(void)
{
	return false;
}

uint64_t pmap_bridge_epoch(void)
{
	return 1;
}

void pmap_symbols_add(struct pmap_query *q, uint64_t va, enum pmap_shape shape)
{
	(void)q, (void)va, (void)shape;
}

static bool assumed(const struct pmap_target *target, const struct pml_format *fmt)
{
	(void)target, (void)fmt;
	return false;
}

static const struct pmap_arch arch = { .memory_type_assumed = assumed };
static struct pmap_text out;

/* How often `text' is in the answer. */
static unsigned count(const char *text)
{
	unsigned n = 0;

	for (const char *at = out.data; at && (at = strstr(at, text)); at++)
		n++;
	return n;
}

static bool there(const char *text, const char *what)
{
	if (ok(count(text) == 1, "%s", what))
		return true;
	printf("# expected once: %s\n", text);
	return false;
}

/* A run of so many pages of 4K. */
static struct pmap_run run(uint64_t va, unsigned pages, unsigned rights)
{
	return (struct pmap_run){
		.fmt = &pml_x86_64_4, .va = va, .last = va + pages * 4096ULL - 1, .pa = va,
		.page = 4096, .page_max = 4096, .rights = rights, .kind = PML_LEAF,
		.level = 1, .pkey = -1,
	};
}

/* --- A strip -------------------------------------------------------------- */

static void draw(const struct pmap_strip *strip, const struct pmap_run *runs)
{
	struct pmap_call call = { 0 };
	struct pmap_query q = { .call = &call, .out = &out };
	struct pmap_pen pen = { .looks = &pmap_looks_of_rights, .out = &out, .run = runs };

	q.target.arch = &arch;
	pmap_text_free(&out);
	pmap_run_begin(&pen.line, &q);
	pen.line.out = &pen.words;
	pen.line.rows = 1;
	pmap_strip_put(&pen, strip);
	pmap_text_free(&pen.words);
}

/* Ten pages, each of them 62 pixels wide, from 100 on. */
static void test_strip(void)
{
	struct pmap_strip strip = {
		.first = 0x400000, .last = 0x409fff, .to = 8, .x = 1000, .width = 6200,
		.y = 100, .height = 24,
	};
	struct pmap_run runs[] = {
		run(0x400000, 1, PML_R), run(0x401000, 2, RW | PML_U), run(0x404000, 1, PML_R),
		run(0x405000, 1, PML_R), run(0x406000, 1, PML_R), run(0x407000, 1, RW | PML_X),
		run(0x408000, 1, PML_X | PML_R), run(0x409000, 1, 0),
	};

	runs[2].page_max = 1 << 21;
	runs[3].page = runs[3].page_max = 1 << 21;
	runs[4].page = runs[4].page_max = 1 << 30;
	runs[7].kind = PML_NONPRESENT;
	draw(&strip, runs);
	there("<rect class=\"bed\" x=\"100.0\" y=\"100\" width=\"620.0\" height=\"24\"/>",
	      "the strip");
	there("<rect class=\"r\" x=\"100.0\" y=\"100\" width=\"62.0\" height=\"24\"><title>"
	      "0000000000400000-0000000000400fff ", "a page of it, with its line");
	there("<text class=\"l\" x=\"131.0\" y=\"116\">r--s</text>",
	      "which is as wide as one with a label has to be");
	there("<rect class=\"w\" x=\"162.0\" y=\"100\" width=\"124.0\" height=\"24\">",
	      "two pages");
	there("<text class=\"l\" x=\"224.0\" y=\"116\">rw-u 8K</text>",
	      "which have room for their size");
	there("<rect class=\"u\" x=\"162.0\" y=\"121\" width=\"124.0\" height=\"3\"/>",
	      "and are user mode's");
	is_u64(count("class=\"u\""), 1, "no other is");
	there("<rect class=\"p2\" x=\"348.0\" y=\"112\" width=\"62.0\" height=\"12\"/>",
	      "of two sizes: the lower half has the larger's texture");
	there("<rect class=\"p2\" x=\"410.0\" y=\"100\" width=\"62.0\" height=\"24\"/>",
	      "pages of 2M");
	there("<rect class=\"p3\" x=\"472.0\" y=\"100\" width=\"62.0\" height=\"24\"/>",
	      "pages of 1G");
	is_u64(count("class=\"p2\"") + count("class=\"p3\""), 3, "no other has one");
	there("<rect class=\"wx\" x=\"534.0\" ", "writable and executable");
	there("<path class=\"flag\" d=\"M565.0 99l-5 -8h10z\"/>", "has a flag");
	there("<rect class=\"x\" x=\"596.0\" ", "executable");
	there("<rect class=\"np\" x=\"658.0\" y=\"100\" width=\"62.0\" ", "not present, up to the end");
	there("<text class=\"l\" x=\"689.0\" y=\"116\">nonpresent</text>", "which is said");
	is_u64(count("class=\"tick\""), 4, "ticks are at each 8K");
	there("<path class=\"tick\" d=\"M224.0 124v5\"/>", "the first of them, under the strip");
	there("<path class=\"tick\" d=\"M596.0 124v5\"/>", "the last of them");
	strip.width = 6190;
	draw(&strip, runs);
	is_u64(count("class=\"l\""), 1, "what is narrower has no label");
	strip.small = true;
	draw(&strip, runs);
	is_u64(count("<rect"), 9, "a small one has nothing but the colours");
	is_u64(count("class=\"flag\""), 0, "and no flags");
}

/* 64K pages in 620 pixels: of each there is less than a crumb. */
static void test_crumbs(void)
{
	struct pmap_strip strip = {
		.last = 0xfffffff, .to = 3, .x = 1000, .width = 6200, .y = 100, .height = 24,
	};
	struct pmap_run runs[] = {
		run(0, 1, PML_R), run(0x1000, 1, RW), run(0x2000, 1, PML_R),
		run(0xffff000, 1, RW | PML_X),
	};

	draw(&strip, runs);
	there("<rect class=\"r\" x=\"100.0\" y=\"100\" width=\"2.0\" height=\"24\"><title>"
	      "0000000000000000-0000000000002fff  3 runs: r 8K w 4K</title>",
	      "small runs are drawn together, as most of their bytes are");
	strip.to = 4;
	draw(&strip, runs);
	there("<rect class=\"wx\" x=\"718.0\" y=\"100\" width=\"2.0\" height=\"24\"><title>"
	      "000000000ffff000-000000000fffffff  1 run: wx 4K</title>",
	      "what is far from them is not; the last ends with the strip");
	there("<path class=\"flag\" d=\"M719.0 99l-5 -8h10z\"/>",
	      "writable and executable is seen however small it is");
	runs[3] = run(0x3000, 1, RW | PML_X);
	draw(&strip, runs);
	there("<rect class=\"wx\" x=\"100.0\" y=\"100\" width=\"2.0\" height=\"24\"><title>"
	      "0000000000000000-0000000000003fff  4 runs: r 8K w 4K wx 4K</title>",
	      "and among others");
}

/* --- The whole ------------------------------------------------------------ */

/* Two clusters in a lower half, one in an upper half. */
/* Three runs in two bands, or so many of them. */
static void draw_picture(size_t count)
{
	static const struct pmap_band bands[] = {
		{ "user mode", "by the format", 0, 0x7fffffffffff },
		{ "kernel", "", 0xffff800000000000, ~0ULL },
	};
	struct pmap_run runs[] = {
		run(0x400000, 16, PML_R), run(0x7ffff0000000, 16, RW),
		run(0xffff800000000000, 1 << 20, RW),
	};
	struct pmap_picture picture = {
		.title = "a picture", .looks = &pmap_looks_of_rights, .verb = "mapped",
		.nothing = "nothing", .run = runs, .count = count, .band = bands, .bands = 2,
		.part = { { 0, 0x7fffffffffff }, { 0xffff800000000000, ~0ULL } }, .parts = 2,
	};
	struct pmap_call call = { 0 };
	struct pmap_query q = { .call = &call, .out = &out };

	q.target.arch = &arch;
	pmap_text_free(&out);
	pmap_picture_write(&q, &picture);
}

static void test_head(void)
{
	draw_picture(3);
	there("viewBox=\"0 0 1240 520\" width=\"1240\" height=\"520\"", "its size");
	there("<text class=\"t\" x=\"20.0\" y=\"38\">a picture</text>", "its title");
	there("y=\"68\">~4G mapped, in 3 runs.  ", "how much there is");
	there("<text class=\"s\" x=\"50.0\" y=\"102\">read only  64K</text>", "a colour, and how much has it");
	there("<text class=\"s\" x=\"950.0\" y=\"102\">writable and executable  none</text>",
	      "one that is nowhere");
	there("<rect class=\"eg\" x=\"920.0\" y=\"112\" width=\"22.0\" height=\"14\"/>",
	      "samples of what has no colour, in the next row");
}

/* Two parts of 590 pixels. */
static void test_overview(void)
{
	draw_picture(3);
	there("<rect class=\"bed\" x=\"20.0\" y=\"170\" width=\"590.0\" height=\"18\"/>",
	      "the lower half, to scale");
	there("<rect class=\"bed\" x=\"630.0\" y=\"170\" width=\"590.0\" height=\"18\"/>",
	      "the upper half");
	there("<text class=\"s\" x=\"630.0\" y=\"164\">ffff800000000000</text>", "its first address");
	there("<text class=\"m\" x=\"1220.0\" y=\"164\">ffffffffffffffff</text>", "and its last");
	there("<rect class=\"band\" x=\"20.0\" y=\"196\" width=\"590.0\" height=\"8\"><title>user mode</title>",
	      "the band under it");
	there("<text class=\"s\" x=\"20.0\" y=\"218\">user mode</text>", "with its name");
	there("<text class=\"s\" x=\"630.0\" y=\"218\">kernel</text>", "the other's");
}

/* The first has two rows, and where they are in it. */
static void test_bands(void)
{
	draw_picture(3);
	there("<text class=\"h\" x=\"20.0\" y=\"263\">user mode</text>", "the first band's head");
	there("<text class=\"m\" x=\"1220.0\" y=\"263\">by the format</text>", "and how it is known");
	there("<text class=\"s\" x=\"170.0\" y=\"263\">0000000000000000-00007fffffffffff   128K of 128T</text>",
	      "and how much of it is mapped");
	there("<rect class=\"bed\" x=\"170.0\" y=\"276\" width=\"880.0\" height=\"8\"/>",
	      "the whole of it");
	there("<path class=\"join\" d=\"M170 284L170 284L506 310L170 310z\"/>",
	      "where the first row is in that");
	there("<rect class=\"r\" x=\"170.0\" y=\"310\" width=\"336.0\" height=\"24\"><title>"
	      "0000000000400000-000000000040ffff    64K  r--s      4K  -   - - - 0000000400000</title>",
	      "the first row, and its line without a head");
	there("<rect class=\"w\" x=\"170.0\" y=\"356\" width=\"336.0\" height=\"24\">",
	      "the second row");
	there("<text class=\"e\" x=\"160.0\" y=\"372\">00007ffff0000000</text>", "its first address");
	there("<text class=\"s\" x=\"516.0\" y=\"372\">64K</text>", "its size");
	/* The second band. */
	there("<text class=\"h\" x=\"20.0\" y=\"431\">kernel</text>", "the second band's head");
	there("<rect class=\"w\" x=\"170.0\" y=\"450\" width=\"880.0\" height=\"24\">",
	      "4G are as wide as a row can be");
	ok(out.len > 7 && strcmp(out.data + out.len - 7, "</svg>\n") == 0, "its end");
}

/* With names rows are further apart. */
static void test_picture_names(void)
{
	pmap_names_set(0x400000, 0x407fff, "text");
	draw_picture(3);
	there("<path class=\"name\" d=\"M170.0 339v3H338.0v-3\"><title>text</title></path>",
	      "a name under what it names");
	there("<text class=\"s\" x=\"170.0\" y=\"353\">text</text>", "is written there");
	there("<rect class=\"w\" x=\"170.0\" y=\"370\" width=\"336.0\" height=\"24\">",
	      "and the next row leaves room for it");
	there("<text class=\"h\" x=\"20.0\" y=\"459\">kernel</text>", "so does the next band");
}

static void test_nothing(void)
{
	draw_picture(0);
	there("viewBox=\"0 0 1240 106\"", "without runs there is a line");
	there("<text class=\"s\" x=\"20.0\" y=\"68\">nothing</text>", "that says so");
	pmap_text_free(&out);
}

int main(void)
{
	test_strip();
	test_crumbs();
	test_head();
	test_overview();
	test_bands();
	test_picture_names();
	test_nothing();
	return tap_done();
}
