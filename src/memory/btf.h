/*
 * BTF: what a Linux kernel says of its types, in its own read-only data.
 *
 * Documentation/bpf/btf.rst.  pmap wants where members are in a few structures.
 * All of it is the target's word: nothing in it is followed unchecked.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_BTF_H
#define PMAP_MEMORY_BTF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PMAP_BTF_HEADER	24	/* bytes of its header */

struct pmap_btf {
	const unsigned char *types;
	const char *strings;
	uint32_t types_len, strings_len;
	uint32_t *at;		/* where a type begins, by its number less one */
	uint32_t count;
};

/* The bytes that begin one, as they are in memory; a multiple of 4 aligns them. */
extern const unsigned char pmap_btf_magic[8];

/* Bytes of all of it, by its header; 0: there is none. */
size_t pmap_btf_size(const void *header);

/*
 * Take all of it, which stays the caller's and must live as long.  False: it is
 * damaged, or there is no memory.
 */
bool pmap_btf_open(struct pmap_btf *btf, const void *data, size_t size);
void pmap_btf_close(struct pmap_btf *btf);

/*
 * Where a member is in a structure, in bytes; also one of a member without a name.
 * False: there is no such structure, or it has no such member.
 */
bool pmap_btf_offset(const struct pmap_btf *btf, const char *structure,
		     const char *member, uint64_t *offset_ret);

#endif
