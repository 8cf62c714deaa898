/*
 * A run: what a dump says in one line.  One leaf, or several that touch and
 * agree; the contract of the JSON records.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_RUN_H
#define PMAP_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include <pml/pml.h>

#include "target/target.h"

/* Fields that are not the same all over a run. */
enum pmap_differs {
	PMAP_DIFFERS_PA = 1,	/* the frames are not contiguous */
	PMAP_DIFFERS_LEVEL = 2,
	PMAP_DIFFERS_ACCESSED = 4,
	PMAP_DIFFERS_DIRTY = 8,
	PMAP_DIFFERS_PKEY = 16,
	PMAP_DIFFERS_RAW = 32,	/* of more than one entry */
	PMAP_DIFFERS_GPA = 64,
};

/* A kind of run beyond those of enum pml_kind: as at another address. */
#define PMAP_RUN_REPEAT	(PML_NONCANONICAL + 1)
/* And what lies between runs: nothing, or nothing that is wanted. */
#define PMAP_RUN_GAP	(PML_NONCANONICAL + 2)

struct pmap_run {
	const struct pml_format *fmt;	/* whose rights these are */
	uint64_t va, last;	/* inclusive */
	uint64_t pa;		/* LEAF: what va maps to; REPEAT: the address that va repeats */
	uint64_t raw;		/* the entry */
	uint64_t page;		/* bytes of the smallest leaf; REPEAT: after which it
				 * repeats again */
	uint64_t page_max;	/* bytes of the largest leaf */
	unsigned rights;	/* effective */
	unsigned differs;	/* of enum pmap_differs */
	uint8_t kind;		/* of enum pml_kind, never TABLE; or PMAP_RUN_REPEAT,
				 * PMAP_RUN_GAP */
	uint8_t level;
	int8_t pkey;		/* protection key; -1 if the format has none */
	const char *mt;		/* memory type, "wb"; NULL if the format has none */
	bool global, accessed, dirty;
	bool encrypted;		/* the C-bit is set */
	uint8_t kept;		/* NONPRESENT: of enum pmap_kept_kind, if it is Linux's */
	const char *cause;	/* UNREADABLE: why; a constant, or NULL */
	/* In two dimensions: */
	bool has_gpa;
	uint64_t gpa;		/* what va is for the guest */
	const char *where;	/* the dimension that has nothing, see pmap_where_name() */
};

/* A cursor's record as a run of its own. */
void pmap_run_from(struct pmap_run *run, const struct pmap_target *target,
		   const struct pml_record *r);

/* A record of both dimensions together. */
void pmap_run_from_product(struct pmap_run *run, const struct pmap_target *target,
			   const struct pml_product_record *p);

/*
 * Let `run` take in `next`, if they touch and agree in kind, rights, memory
 * type, global and encryption, and with `phys` in contiguous frames; runs that
 * repeat the same.
 */
bool pmap_run_join(struct pmap_run *run, const struct pmap_run *next,
		   bool phys);

/* The memory type of a leaf: "wb", "uc-"; NULL if the format has none. */
const char *pmap_memory_type(const struct pmap_target *target, int level,
			     uint64_t raw);

/* Room for rights in words, with the end. */
#define PMAP_RIGHTS_NAME 8

/*
 * "rw-s": what a walk of the format allows, to user mode or the supervisor
 * alone.  Where each has fetches of its own, in two groups, the kernel's first:
 * "rw-/r-x"; where there is no user mode (AArch64's EL2 and EL3): "rw-".
 */
const char *pmap_rights_name(const struct pml_format *fmt, unsigned rights,
			     char name[PMAP_RIGHTS_NAME]);

/* "hole", "reserved", "repeat", ... */
const char *pmap_kind_name(unsigned kind);

#endif
