/*
 * Names of addresses: in which order they are, which of them an address has, and
 * how long the regions of a stop are known.
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
#include "show/symbols.h"
#include "tap.h"

static uint64_t epoch = 7;

bool pmap_peer_reads_output(void)
{
	return false;
}

uint64_t pmap_bridge_epoch(void)
{
	return epoch;
}

void pmap_symbols_add(struct pmap_query *q, uint64_t va, enum pmap_shape shape)
{
	(void)q, (void)va, (void)shape;
}

/* All names, in their order. */
static const char *all(void)
{
	static char text[200];
	size_t count;
	const struct pmap_name *name = pmap_names(&count);

	text[0] = '\0';
	for (; count--; name++) {
		strcat(text, name->text);
		strcat(text, " ");
	}
	return text;
}

static const char *name_at(uint64_t va)
{
	const struct pmap_name *name = pmap_names_find(va);

	return name ? name->text : "none";
}

static void test_refused(void)
{
	char text[PMAP_NAME_SIZE + 1];

	memset(text, 'x', sizeof(text));
	text[PMAP_NAME_SIZE] = '\0';
	is_str(pmap_names_refuse(text), "a name has at most 31 bytes", "32 bytes");
	text[PMAP_NAME_SIZE - 1] = '\0';
	ok(!pmap_names_refuse(text), "31 bytes");
	is_str(pmap_names_refuse(""), "a name is not empty", "none");
	is_str(pmap_names_refuse("a\tb"), "a name has no control characters", "a tab");
	is_str(pmap_names_refuse("a\x7f"), "a name has no control characters", "DEL");
	is_str(pmap_names_refuse("a\x1f"), "a name has no control characters", "the last below the blank");
	ok(!pmap_names_refuse("a ~\xc3\xa4"), "a blank, and what is no ASCII");
}

static void test_order(void)
{
	pmap_names_set(0x3000, 0x3fff, "d");
	pmap_names_set(0x1000, 0x1fff, "b");
	pmap_names_set(0x1000, 0x4fff, "c");
	pmap_names_set(0x1000, 0x17ff, "a");
	pmap_names_set(0x3800, 0x38ff, "e");
	is_str(all(), "a b c d e ", "by their first address, then by their last");
	is_str(name_at(0x1000), "a", "the smallest that has an address");
	is_str(name_at(0x1800), "b", "behind the end of that");
	is_str(name_at(0x2000), "c", "one around others");
	is_str(name_at(0x38ff), "e", "the last address of one");
	is_str(name_at(0x3900), "d", "the first behind it");
	is_str(name_at(0x5000), "none", "none");
	pmap_names_set(0x1000, 0x1fff, "B");
	is_str(all(), "a B c d e ", "one of the same range takes the other's place");
	is_u64(pmap_names_forget(0x1000, 0x1fff), 2, "those within a range");
	is_str(all(), "c d e ", "are forgotten");
	is_u64(pmap_names_forget(0, ~0ULL), 3, "all");
	is_str(all(), "", "are");
}

static void test_regions(void)
{
	struct pmap_query q = { 0 };
	struct pmap_layout layout = {
		.count = 2, .area = {
			{ .first = 0x1000, .last = 0x1fff, .name = "user" },
			{ .first = 0x8000, .last = 0x8fff, .name = "kernel", .kernel = true },
		},
	};
	char to[PMAP_NAMED_SIZE];

	q.target.space.fmt = &pml_x86_64_4;
	q.target.space.root = 0x5000;
	ok(!pmap_names_has_areas(&q), "no regions are known");
	pmap_names_keep_areas(&q, &layout);
	ok(pmap_names_has_areas(&q), "they are, once they were found");
	is_str(pmap_names_of(&q, 0x8fff, to), "kernel", "an address of the kernel's");
	ok(!pmap_names_of(&q, 0x9000, to), "behind it there is none");
	ok(!pmap_names_of(&q, 0x1000, to), "user mode's have none");
	pmap_names_set(0x8800, 0x88ff, "mine");
	is_str(pmap_names_of(&q, 0x8800, to), "mine", "the user's come first");
	is_str(pmap_names_of(&q, 0x8810, to), "mine+0x10", "with an offset");
	is_str(pmap_names_of(NULL, 0x8800, to), "mine", "of any space");
	ok(!pmap_names_of(NULL, 0x8000, to), "but the regions are of one");
	q.target.space.root = 0x6000;
	ok(!pmap_names_has_areas(&q), "another root's are others");
	q.target.space.root = 0x5000;
	q.target.space.fmt = &pml_x86_64_5;
	ok(!pmap_names_has_areas(&q), "another format's, too");
	q.target.space.fmt = &pml_x86_64_4;
	epoch++;
	ok(!pmap_names_has_areas(&q), "and another stop's");
	epoch--;
	ok(pmap_names_has_areas(&q), "these are those that were kept");
}

int main(void)
{
	test_refused();
	test_order();
	test_regions();
	return tap_done();
}
