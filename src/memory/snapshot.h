/*
 * Snapshots: the page tables of a moment, and what it takes to walk them again.
 *
 * A snapshot has the pages that tables are in, the registers, and the options that
 * chose what was looked at.  It is a source of memory: every command walks it as it
 * walks a target (--snapshot NAME).  Of a page only the entries that are not zero
 * are kept, and equal pages once.
 *
 * A table also has a sum over all that is below it: tables of two snapshots with the
 * same sum say the same.  Sums are of 64 bits, with a secret of the session's in
 * them, so that a guest cannot make two differ unseen but by chance.
 *
 * Manual: "Snapshots".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_SNAPSHOT_H
#define PMAP_MEMORY_SNAPSHOT_H

#include "memory/cache.h"
#include "target/target.h"

struct pmap_snapshot;

/* Of what these options show of the target, whose registers it keeps; NULL without memory. */
struct pmap_snapshot *pmap_snapshot_new(const char *name,
					const struct pmap_target *target,
					const struct pmap_options *opt);
void pmap_snapshot_free(struct pmap_snapshot *s);

/*
 * Keep the page of 4096 bytes at physical address pa.  Returns a sum of what is in
 * it, or 0 without memory.
 */
uint64_t pmap_snapshot_add(struct pmap_snapshot *s, uint64_t pa, const void *page);

/* --- Sums ----------------------------------------------------------------- */

/* `sum' with one thing more; the order counts. */
uint64_t pmap_snapshot_mix(uint64_t sum, uint64_t more);

/*
 * Of all below the table at pa, used at a level; `guest': pa is guest-physical.
 * 0: none is known.  False without memory.
 */
uint64_t pmap_snapshot_sum(const struct pmap_snapshot *s, uint64_t pa, int level,
			   bool guest);
bool pmap_snapshot_set_sum(struct pmap_snapshot *s, uint64_t pa, int level,
			   bool guest, uint64_t sum);

/* Of the pages that are added from now on, sums are all that is kept. */
void pmap_snapshot_keep_sums_alone(struct pmap_snapshot *s);

/* --- What is in it -------------------------------------------------------- */

struct pmap_snapshot_facts {
	const char *name;
	const char *arch;	/* struct pmap_arch's name */
	uint64_t pages, distinct;	/* pages of tables; different ones */
	uint64_t bytes;		/* of memory that it takes, without the cache below */
};
struct pmap_snapshot_facts pmap_snapshot_facts(const struct pmap_snapshot *s);

/* The memory, through a cache of its own; NULL without memory. */
struct pmap_source *pmap_snapshot_source(struct pmap_snapshot *s);
struct pmap_cache *pmap_snapshot_cache(struct pmap_snapshot *s);
/*
 * The memory as a space's `at', with `ctx' the snapshot: for one walk, which goes
 * on by tables of the last level.  Of these the last few alone are there, so that
 * a walk takes no memory for each.
 */
const void *pmap_snapshot_at(void *ctx, uint64_t pa, size_t size);
/* Nothing of it is in use any more: give the cache's memory back. */
void pmap_snapshot_rest(struct pmap_snapshot *s);

/* Registers in place of all others, and options that say what is looked at. */
bool pmap_snapshot_restore(const struct pmap_snapshot *s,
			   struct pmap_target *target, struct pmap_options *opt);

/* --- Those of the session ------------------------------------------------- */

/* In place of one of the same name; false without memory. */
bool pmap_snapshot_keep(struct pmap_snapshot *s);
struct pmap_snapshot *pmap_snapshot_find(const char *name);
/* Number i, in the order they were taken; NULL: there are no more. */
struct pmap_snapshot *pmap_snapshot_number(size_t i);
bool pmap_snapshot_delete(const char *name);
void pmap_snapshot_delete_all(void);

/* --- Files ---------------------------------------------------------------- */

/*
 * Beside its place first, then moved there, when it is on the disk: an error
 * leaves what was there.  0 or an errno.
 */
int pmap_snapshot_save(const struct pmap_snapshot *s, const char *path);

/*
 * The file's snapshot, by the name `name', without sums; NULL: why not is in `why'.
 * `archs' are all that there are, NULL ends.
 */
struct pmap_snapshot *pmap_snapshot_load(const char *path, const char *name,
					 const struct pmap_arch *const *archs,
					 char *why, size_t why_size);

#endif
