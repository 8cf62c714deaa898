/*
 * The processor as the judge of access-x86.h: random tables, random accesses to
 * them, and what the core said beforehand against what the processor did.
 *
 * 	gen.c	tables and accesses, from a seed
 * 	run.c	the access itself, and the state it leaves
 * 	masks.c	what QEMU is known to do otherwise
 * 	oracle.c	the comparison and its report
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KERNEL_ORACLE_H
#define KERNEL_ORACLE_H

#include <pml/access-x86.h>

#include "kernel.h"
#include "lib/random.h"
#include "machine/trap.h"

#define ORACLE_TABLES	24
#define SCRATCH_SIZE	(2UL << 20)
#define USER_SLOT	1		/* the root's entry for the user-mode code */

/* Memory that lives as long as the oracle. */
struct oracle_world {
	int levels;
	uint64_t table[ORACLE_TABLES];	/* the first is the root */
	uint8_t table_level[ORACLE_TABLES];
	uint64_t scratch;		/* a 2 MiB frame that accesses may touch */
	uint64_t user_table;		/* what the root's USER_SLOT refers to */
	uint64_t user_code;		/* where user mode has probe_page */
};

/* One access, and everything it depends on but the tables. */
struct oracle_case {
	struct pml_x86_controls controls;
	struct probe_access probe;
	struct pml_x86_access access;
	struct pml_space space;
};

/* What it should do, and where "either" is set, may do instead: #PF. */
struct oracle_expected {
	unsigned int vector;
	uint64_t error, cr2;
	bool either;
};

/* What the processor did. */
struct oracle_outcome {
	struct probe_result result;
	bool data_right;		/* it went to the right bytes, and to all of them */
	bool bits_right;		/* accessed and dirty bits are as they should be */
	struct pml_step wrong;		/* else: the entry, as it is now, */
	uint64_t wrong_expected;	/* and as it should be */
};

void oracle_world_init(struct oracle_world *w);
void oracle_clear(struct oracle_world *w);	/* nothing but the kernel in the root */
void oracle_fill(struct oracle_world *w, struct random *r);
void oracle_pick_controls(struct random *r, struct pml_x86_controls *c_ret);
void oracle_pick(const struct oracle_world *w, struct random *r,
		 const struct pml_x86_controls *c,
		 struct oracle_case *case_ret);

void oracle_load(const struct oracle_world *w,
		 const struct pml_x86_controls *c);
void oracle_unload(void);
void oracle_run(const struct oracle_world *w, const struct oracle_case *o,
		const struct oracle_expected *e,
		struct oracle_outcome *outcome_ret);

const struct pml_format *oracle_walks_by(const struct pml_format *fmt);
bool oracle_is_tcg(void);
bool oracle_is_bochs(void);
void oracle_expect(const struct oracle_case *o, const struct pml_x86_verdict *v,
		   struct oracle_expected *expected_ret);
void oracle_print_masks(void);

static inline bool is_scratch(const struct oracle_world *w, uint64_t pa)
{
	return pa - w->scratch < SCRATCH_SIZE;
}

#endif
