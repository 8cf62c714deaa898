/*
 * What an operating system keeps in an entry that is not present.
 *
 * The processor takes such an entry for nothing; what it means depends on who
 * wrote it.  Linux is known, where the architecture knows its form; whether it is
 * Linux is guessed by what its tables always map, and said.  Manual: "Entries that
 * are not present".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TARGET_KEPT_H
#define PMAP_TARGET_KEPT_H

#include <stdbool.h>
#include <stdint.h>

struct pml_format;
struct pml_target;
struct pmap_query;
struct pmap_target;
struct pmap_text;

#define PMAP_LINUX_AREAS	21	/* swap types that are files in every release */
#define PMAP_LINUX(major, minor)	((major) << 8 | (minor))	/* a release */

enum pmap_kept_kind {
	PMAP_KEPT_NONE,		/* nothing that is known */
	PMAP_KEPT_PROT_NONE,	/* a page that nobody may use: PROT_NONE, or a hint of NUMA's */
	PMAP_KEPT_SWAP,		/* a page in a swap area */
	PMAP_KEPT_SPECIAL,	/* a swap type that is no area, and not known which */
	PMAP_KEPT_MIGRATION,	/* a page that is being moved to another frame */
	PMAP_KEPT_POISON,	/* a page whose memory is broken */
	PMAP_KEPT_DEVICE,	/* a page in, or lent to, a device's memory */
	PMAP_KEPT_MARKER,	/* no page, but something to know of the place */
};

/* One meaning of a swap type: its kind, and "read" or the like or NULL. */
struct pmap_kept_reading {
	uint8_t kind;
	const char *how;
};

struct pmap_kept {
	uint8_t kind;
	unsigned type;		/* all but PROT_NONE: the number of the area, or of the type */
	uint64_t offset;	/* ... the page in it, or what else is there */
	uint64_t pa;		/* of the page: PROT_NONE, and what has readings, below */
	uint8_t pa_bits;	/* of an address of Linux's there; above are other things */
	/*
	 * Where the release is known, and the type may be none of an area: all that it
	 * is in kernels of that release, by their configuration.
	 */
	unsigned count;
	struct pmap_kept_reading may[4];
	/*
	 * SWAP, SPECIAL: where Linux has changed the form of an entry that does not
	 * tell which it is: all above is so since that release, before it what follows.
	 * 0: there is no doubt.
	 */
	unsigned since;
	uint8_t kind_before;
	unsigned type_before;
	uint64_t offset_before;
};

/* NULL, or one line that says what is wrong with --os. */
const char *pmap_kept_words(const char *os);

/* Is it Linux?  By --os, or guessed once a command: *guessed_ret. */
bool pmap_kept_is_linux(struct pmap_query *q, bool *guessed_ret);
/* Why that was guessed, in one clause; NULL: it was not, see above. */
const char *pmap_kept_signs(const struct pmap_query *q);

/*
 * What an entry of a space of that format means, if Linux wrote it.  False: nothing
 * that is known, and *kept_ret says NONE.
 */
bool pmap_kept_entry(const struct pmap_target *target, const struct pml_format *fmt,
		     int level, uint64_t raw, struct pmap_kept *kept_ret);

/*
 * A swap entry's type in that release, where it may be no area: kind and what
 * belongs to it.
 */
void pmap_kept_settle(struct pmap_kept *kept, unsigned release, int page_shift);

/* VMCOREINFO was found in that target; its text has the release. */
void pmap_kept_told(const struct pmap_target *target, const char *vmcoreinfo);

/* "PROT_NONE", "swap"; NULL: there is nothing to say. */
const char *pmap_kept_name(enum pmap_kept_kind kind);
/* The same for people, who are told that it may be something else. */
const char *pmap_kept_title(enum pmap_kept_kind kind);

/*
 * "; if this is Linux: PROT_NONE (or a NUMA hint) for the page 0x1000": what the
 * entry of the query's space means, or nothing.
 */
void pmap_kept_add(struct pmap_text *out, struct pmap_query *q, int level, uint64_t raw);

/*
 * "; if this is Linux: its page of zeros (...)", of a page of the query's space, or
 * nothing.
 */
void pmap_kept_add_zero(struct pmap_text *out, struct pmap_query *q,
			const struct pml_target *end);

#endif
