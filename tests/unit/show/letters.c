/*
 * The letters of GDB's `x', and patterns of rights.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include <pml/format.h>

#include "show/letters.h"
#include "show/rights.h"
#include "tap.h"

/* Each after `x' and 8 bytes; pointers are of 4. */
static void words(void)
{
	static const struct {
		const char *word;
		long long count;
		char format;
		unsigned size;
	} c[] = {
		{ "", 1, 'x', 8 }, { "3xb", 3, 'x', 1 }, { "-2dw", -2, 'd', 4 },
		{ "c", 1, 'c', 1 }, { "a", 1, 'a', 4 }, { "f", 1, 'f', 8 },
		{ "fw", 1, 'f', 4 }, { "hu", 1, 'u', 2 }, { "bw", 1, 'x', 4 },
		{ "cb", 1, 'c', 1 }, { "10s", 10, 's', 8 }, { "-1x", -1, 'x', 8 },
		{ "1099511627776z", 1LL << 40, 'z', 8 }, { "0x", 0, 'x', 8 },
	};
	static const struct {
		const char *word, *why;
	} bad[] = {
		{ "cg", "c is for bytes" }, { "fb", "f is for w" }, { "fh", "f is for w" },
		{ "-2s", "forwards only" }, { "-1i", "forwards only" }, { "q", "letters are" },
		{ "-", "no count" }, { "1099511627777x", "no count" },
		{ "-1099511627777x", "no count" }, { "4-x", "letters are" },
	};
	struct pmap_letters letters;

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		letters = (struct pmap_letters){ .format = 'x', .size = 8 };
		ok(!pmap_letters_parse(&letters, c[i].word, 4) &&
		   letters.count == c[i].count && letters.format == c[i].format &&
		   letters.size == c[i].size, "/%s", c[i].word);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *why;

		letters = (struct pmap_letters){ .format = 'x', .size = 8 };
		why = pmap_letters_parse(&letters, bad[i].word, 4);
		ok(why && strstr(why, bad[i].why), "/%s is refused", bad[i].word);
	}
	letters = (struct pmap_letters){ .format = 'x', .size = 1 };
	ok(!pmap_letters_parse(&letters, "f", 4) && letters.size == 8, "/f after bytes: doubles");
	letters = (struct pmap_letters){ .format = 'x', .size = 4 };
	ok(!pmap_letters_parse(&letters, "f", 4) && letters.size == 4, "/f after words: floats");
}

static void values(void)
{
	static const unsigned char bytes[] = { 0x80, 0xff, 0xff, 0xff, 0, 0, 0, 0x80 };
	static const struct {
		char format;
		unsigned size;
		uint64_t value;
		const char *text;
	} c[] = {
		{ 'd', 1, 0x80, "-128" }, { 'd', 4, 0x7fffffff, "2147483647" },
		{ 'd', 8, ~0ULL, "-1" }, { 'u', 1, 0x80, "128" }, { 'o', 2, 0, "0" },
		{ 'o', 2, 8, "010" }, { 't', 1, 5, "00000101" }, { 't', 2, 0x8000, "1000000000000000" },
		{ 'c', 1, 'A', "65 'A'" }, { 'c', 1, 0xff, "-1 '\\377'" },
		{ 'c', 1, '\'', "39 '\\''" }, { 'a', 8, 0x10, "0x10" },
		{ 'f', 8, 0x3ff8000000000000, "1.5" }, { 'f', 4, 0x3fc00000, "1.5" },
		{ 'x', 2, 0x1f, "0x001f" }, { 'z', 8, 0x1f, "0x000000000000001f" },
	};
	static const unsigned lines[][2] = { { 1, 8 }, { 2, 8 }, { 4, 4 }, { 8, 2 } };
	struct pmap_letters letters;

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		struct pmap_text out = { 0 };

		letters = (struct pmap_letters){ 1, c[i].format, c[i].size };
		pmap_letters_add(&out, &letters, c[i].value);
		if (!ok(!strcmp(out.data, c[i].text), "/%c, %u bytes: %s", c[i].format,
			c[i].size, c[i].text))
			printf("#   got %s\n", out.data);
		pmap_text_free(&out);
	}
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		letters.size = lines[i][0];
		ok(pmap_letters_per_line(&letters) == lines[i][1], "%u bytes: how many a line",
		   lines[i][0]);
	}
	letters.size = 4;
	is_u64(pmap_letters_value(&letters, bytes), 0xffffff80, "no more bytes than there are");
}

static void strings(void)
{
	struct pmap_text out = { 0 };

	pmap_add_escaped(&out, "\6\a\r\016\\\"'~\x7f\x1f x", 12, '"');
	ok(!strcmp(out.data, "\\006\\a\\r\\016\\\\\\\"'~\\177\\037 x"), "C's escapes: %s", out.data);
	pmap_text_free(&out);
}

/* Which of rights, of R 1, W 2, X 4 and U 8, fit. */
static void rights(void)
{
	static const unsigned bits[] = { PML_R, PML_W, PML_X, PML_U };
	static const struct {
		const char *pattern;
		uint16_t fit;	/* a bit for each of the 16 */
	} c[] = {
		{ "w", 0xcccc }, { "-w", 0x3333 }, { "x", 0xf0f0 }, { "u", 0xff00 },
		{ "s", 0x00ff }, { "-s", 0xff00 }, { "wx", 0xc0c0 }, { "w,x", 0xfcfc },
		{ "w|x", 0xfcfc }, { "r-?", 0x2222 }, { "rw-s", 0x0008 }, { "rw-", 0x0808 },
		{ "---", 0x0101 }, { "---,rwx", 0x8181 }, { "rw-u,r-xu", 0x2800 },
		{ "?w?u", 0xcc00 }, { "w?", 0xcccc }, { "-w-x", 0x0303 }, { "wxu", 0xc000 },
		{ "-xw", 0x0c0c }, { "uw-", 0 }, { "rwxus", 0 },
		{ "w,w,w,w,w,w,w,w", 0xcccc },
	};
	static const char *const bad[] = {
		"", ",", "w,", "q", "-", "w-", "rw-,", "wq", "w,w,w,w,w,w,w,w,w", "-?",
	};
	struct pmap_rights r;

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		bool taken = pmap_rights_parse(&r, c[i].pattern);
		uint16_t fit = 0;

		for (unsigned set = 0; taken && set < 16; set++) {
			unsigned got = 0;

			for (int b = 0; b < 4; b++)
				got |= set >> b & 1 ? bits[b] : 0;
			fit |= pmap_rights_fit(&r, got) << set;
		}
		if (!ok(fit == c[i].fit, "rights \"%s\"", c[i].pattern))
			printf("#   got 0x%04x\n", fit);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(!pmap_rights_parse(&r, bad[i]), "\"%s\" is no pattern", bad[i]);
	pmap_rights_parse(&r, "x");
	ok(pmap_rights_fit(&r, PML_R | PML_XU), "x is whoever may");
}

int main(void)
{
	words();
	values();
	strings();
	rights();
	return tap_done();
}
