/*
 * BTF: members by their names, also behind structures without one; and what is
 * damaged, byte by byte and cut at each length, is refused or read, never beyond
 * its end.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "memory/btf.h"
#include "tap.h"

static unsigned char bytes[1024];
static size_t used;

static void put(uint32_t n)
{
	memcpy(bytes + used, &n, 4);
	used += 4;
}

/* A type's head: its name, kind, members, and the bit for bit fields. */
static void put_type(uint32_t name, unsigned kind, unsigned members, bool fields,
		     uint32_t size)
{
	put(name);
	put((uint32_t)fields << 31 | kind << 24 | members);
	put(size);
}

static void put_member(uint32_t name, uint32_t type, uint32_t offset)
{
	put(name);
	put(type);
	put(offset);
}

/* Names' places: "int" 1, "task_struct" 5, "comm" 17, "pid" 22, "flag" 26. */
static const char strings[] = "\0int\0task_struct\0comm\0pid\0flag";

static void make(void)
{
	static const unsigned char header[12] = { 0x9f, 0xeb, 1, 0, 24 };
	size_t types_len;

	memcpy(bytes, header, sizeof(header));
	used = 24;
	put_type(1, 1, 0, false, 4);		/* 1: int */
	put(32);
	put_type(0, 4, 1, false, 8);		/* 2: a structure without a name */
	put_member(22, 1, 32);
	put_type(0, 6, 1, false, 4);		/* 3: an enum */
	put(1);
	put(7);
	put_type(5, 7, 0, false, 0);		/* 4: a forward of the name */
	put_type(5, 4, 3, true, 64);		/* 5: the structure */
	put_member(17, 1, 64);
	put_member(0, 2, 128);			/* what has no name, at byte 16 */
	put_member(26, 1, 1 << 24 | 97);	/* a bit field */
	types_len = used - 24;
	memcpy(bytes + 12, &(uint32_t){ types_len }, 4);
	memcpy(bytes + 16, &(uint32_t){ types_len }, 4);
	memcpy(bytes + 20, &(uint32_t){ sizeof(strings) }, 4);
	memcpy(bytes + used, strings, sizeof(strings));
	used += sizeof(strings);
}

static void check_members(void)
{
	struct pmap_btf btf;
	uint64_t at = 0;

	ok(pmap_btf_size(bytes) == used, "its size is in its header");
	ok(pmap_btf_open(&btf, bytes, used), "it opens");
	ok(btf.count == 5, "with all types");
	ok(pmap_btf_offset(&btf, "task_struct", "comm", &at) && at == 8, "a member");
	ok(pmap_btf_offset(&btf, "task_struct", "pid", &at) && at == 20,
	   "one of a member without a name");
	ok(!pmap_btf_offset(&btf, "task_struct", "flag", &at), "a bit field has no byte");
	ok(!pmap_btf_offset(&btf, "task_struct", "mm", &at), "no such member");
	ok(!pmap_btf_offset(&btf, "int", "comm", &at), "no such structure");
	pmap_btf_close(&btf);
}

/* In memory of its own size, so that a checker sees a read behind it. */
static bool attempt(const unsigned char *from, size_t size)
{
	unsigned char *copy = malloc(size ? size : 1);
	struct pmap_btf btf;
	uint64_t at;
	bool opened;

	memcpy(copy, from, size);
	opened = pmap_btf_open(&btf, copy, size);
	if (opened) {
		pmap_btf_offset(&btf, "task_struct", "pid", &at);
		pmap_btf_offset(&btf, "task_struct", "nothing", &at);
		pmap_btf_close(&btf);
	}
	free(copy);
	return opened;
}

/* The fourth type, of a kind that came later: nothing is known behind it. */
static void check_unknown_kind(void)
{
	unsigned char *kind = bytes + 24 + 16 + 24 + 20 + 7, was = *kind;

	*kind = 19;
	ok(attempt(bytes, used), "an enumeration of 64 bits is known");
	*kind = 20;
	ok(!attempt(bytes, used), "the kind after it is not");
	*kind = was;
}

static void check_damage(void)
{
	static const unsigned char flips[] = { 1, 0x80, 0xff };
	unsigned refused = 0;

	for (size_t n = 0; n < used; n++)
		refused += !attempt(bytes, n);
	ok(refused == used, "cut at any length it is refused");
	refused = 0;
	for (size_t i = 0; i < used; i++)
		for (size_t k = 0; k < sizeof(flips); k++) {
			bytes[i] ^= flips[k];
			refused += !attempt(bytes, used);
			bytes[i] ^= flips[k];
		}
	ok(refused > 50, "any byte may be another: %u are refused", refused);
}

int main(void)
{
	make();
	check_members();
	check_unknown_kind();
	check_damage();
	return tap_done();
}
