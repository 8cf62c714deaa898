/*
 * BTF: what a Linux kernel says of its types.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/btf.h"

#include <stdlib.h>
#include <string.h>

#define DEEPEST		8	/* structures without a name in each other */
#define LARGEST		(64u << 20)
#define TYPE		12	/* bytes of a type, less what its kind adds */

enum kind {
	INT = 1, ARRAY = 3, STRUCT = 4, UNION = 5, ENUM = 6, FUNC_PROTO = 13,
	VAR = 14, DATASEC = 15, DECL_TAG = 17, ENUM64 = 19, KINDS
};

/* magic, version 1, no flags; a header of 24 bytes */
const unsigned char pmap_btf_magic[8] = { 0x9f, 0xeb, 1, 0, PMAP_BTF_HEADER };

static uint32_t get32(const void *at)
{
	uint32_t n;

	memcpy(&n, at, sizeof(n));
	return n;
}

size_t pmap_btf_size(const void *header)
{
	const unsigned char *h = header;
	uint32_t types = get32(h + 12), strings_at = get32(h + 16), strings = get32(h + 20);

	if (memcmp(h, pmap_btf_magic, sizeof(pmap_btf_magic)) != 0 || get32(h + 8) ||
	    types > LARGEST || strings > LARGEST || strings_at != types || !strings)
		return 0;
	return PMAP_BTF_HEADER + (size_t)types + strings;
}

static const unsigned char *type_at(const struct pmap_btf *btf, uint32_t i)
{
	return btf->types + btf->at[i];
}

static unsigned kind_of(const unsigned char *type)
{
	return get32(type + 4) >> 24 & 31;
}

static unsigned members_of(const unsigned char *type)
{
	return get32(type + 4) & 0xffff;
}

/* Bytes of a type; 0: its kind is not known. */
static size_t size_of(const unsigned char *type)
{
	unsigned n = members_of(type);

	switch (kind_of(type)) {
	case INT:
	case VAR:
	case DECL_TAG:
		return TYPE + 4;
	case ARRAY:
		return TYPE + 12;
	case STRUCT:
	case UNION:
	case DATASEC:
	case ENUM64:
		return TYPE + 12u * n;
	case ENUM:
	case FUNC_PROTO:
		return TYPE + 8u * n;
	case 0:
		return 0;
	default:
		return kind_of(type) < KINDS ? TYPE : 0;
	}
}

/* Where each begins; false: they do not end where they should. */
static bool find_types(struct pmap_btf *btf)
{
	uint32_t at = 0;

	/* None is smaller. */
	btf->at = malloc((btf->types_len / TYPE + 1) * sizeof(*btf->at));
	if (!btf->at)
		return false;
	while (btf->types_len - at >= TYPE) {
		size_t size = size_of(btf->types + at);

		if (!size || size > btf->types_len - at)
			return false;
		btf->at[btf->count++] = at;
		at += size;
	}
	return at == btf->types_len;
}

bool pmap_btf_open(struct pmap_btf *btf, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	*btf = (struct pmap_btf){ 0 };
	if (size < PMAP_BTF_HEADER || !pmap_btf_size(data) || pmap_btf_size(data) > size)
		return false;
	btf->types = bytes + PMAP_BTF_HEADER;
	btf->types_len = get32(bytes + 12);
	btf->strings = (const char *)btf->types + btf->types_len;
	btf->strings_len = get32(bytes + 20);
	if (!btf->strings[btf->strings_len - 1] && find_types(btf))
		return true;
	pmap_btf_close(btf);
	return false;
}

void pmap_btf_close(struct pmap_btf *btf)
{
	free(btf->at);
	btf->at = NULL;
	btf->count = 0;
}

/* The last byte of all strings is a NUL. */
static const char *name_at(const struct pmap_btf *btf, uint32_t offset)
{
	return offset < btf->strings_len ? btf->strings + offset : "";
}

static bool is_structure(const unsigned char *type)
{
	return kind_of(type) == STRUCT || kind_of(type) == UNION;
}

static bool find_member(const struct pmap_btf *btf, const unsigned char *type,
			const char *name, int depth, uint64_t *bits)
{
	/* With this bit an offset has the size of a bit field above it. */
	bool fields = get32(type + 4) >> 31;

	for (unsigned i = 0; i < members_of(type); i++) {
		const unsigned char *member = type + TYPE + 12u * i;
		const char *own = name_at(btf, get32(member));
		uint32_t id = get32(member + 4), offset = get32(member + 8);
		uint64_t inner = 0;

		if (fields)
			offset &= 0xffffff;
		if (strcmp(own, name) == 0) {
			*bits = offset;
			return true;
		}
		if (*own || !id || id > btf->count || depth == DEEPEST ||
		    !is_structure(type_at(btf, id - 1)) ||
		    !find_member(btf, type_at(btf, id - 1), name, depth + 1, &inner))
			continue;
		*bits = offset + inner;
		return true;
	}
	return false;
}

bool pmap_btf_offset(const struct pmap_btf *btf, const char *structure,
		     const char *member, uint64_t *offset_ret)
{
	for (uint32_t i = 0; i < btf->count; i++) {
		const unsigned char *type = type_at(btf, i);
		uint64_t bits;

		if (kind_of(type) != STRUCT || !members_of(type) ||
		    strcmp(name_at(btf, get32(type)), structure) != 0 ||
		    !find_member(btf, type, member, 0, &bits))
			continue;
		*offset_ret = bits / 8;
		return bits % 8 == 0;
	}
	return false;
}
