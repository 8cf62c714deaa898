/*
 * What a snapshot is made of; for snapshot.c and snapshot-file.c.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_SNAPSHOT_STORE_H
#define PMAP_MEMORY_SNAPSHOT_STORE_H

#include "base/hash.h"
#include "memory/snapshot.h"

#define PMAP_SNAPSHOT_MAP	8	/* words of a page's bitmap */
#define PMAP_SNAPSHOT_MAX	(PMAP_SNAPSHOT_MAP + 512)

struct pmap_snapshot_page {
	uint64_t key;		/* number, plus 1 */
	uint64_t at;		/* its content: a place in `word' */
};

/* By its sum; different contents may have the same. */
struct pmap_snapshot_content {
	uint64_t key;
	uint64_t at;
};

struct pmap_snapshot_sum {
	uint64_t key;		/* of a table and its use */
	uint64_t sum;
};

struct pmap_snapshot {
	struct pmap_source source;	/* first */
	struct pmap_snapshot *next;
	char *name;
	const struct pmap_arch *arch;
	struct pmap_reg reg[PMAP_REGS_MAX];
	struct pmap_options opt;
	struct pmap_hash pages, contents, sums;
	uint64_t *word;		/* contents, one behind the other: bitmap, then entries */
	size_t words, room;
	struct pmap_cache *cache;
	bool sums_alone;
	uint64_t summed;	/* pages, where sums are all that is kept */
	struct pmap_snapshot_last *last;	/* see pmap_snapshot_at() */
};

extern const struct pmap_hash_kind pmap_snapshot_page_kind;

/* The options that say what is looked at; PMAP_OPTIONS ends. */
extern const enum pmap_option pmap_snapshot_options[];

/* Words of a content, by its bitmap. */
size_t pmap_snapshot_words(const uint64_t *content);

/* A page whose content is known; false without memory. */
bool pmap_snapshot_put(struct pmap_snapshot *s, uint64_t number,
		       const uint64_t *content, size_t words, uint64_t sum);
bool pmap_snapshot_put_page(struct pmap_snapshot *s, uint64_t number,
			    const uint64_t *content);

#endif
