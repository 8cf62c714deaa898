/*
 * The processor as the judge of access-x86-2d.h: a guest with random tables under
 * random nested tables, random accesses in it, and what the core said
 * beforehand against the exit that the processor made.
 *
 * 	gen.c	tables and accesses, from a seed
 * 	nested.c	the comparison and its report
 * 	svm.c, vmx.c	the guest itself, under AMD's and Intel's extensions
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KERNEL_NESTED_H
#define KERNEL_NESTED_H

#include <pml/pml.h>

#include "kernel.h"
#include "lib/random.h"

#define GUEST_FRAMES	512		/* 2 MiB of memory */
#define GUEST_KEPT	8		/* frames that no access may touch: code, and */
#define GUEST_DATA	16		/* its tables; then come those for data */

/* The instruction that makes an access; each ends in CPUID, which exits. */
enum guest_how {
	GUEST_LOAD1, GUEST_LOAD4, GUEST_STORE1, GUEST_STORE4, GUEST_FETCH,
	GUEST_HOWS
};

/* Memory and tables that last for all rounds. */
struct nested_world {
	enum pml_nesting nesting;
	const struct pml_format *inner;		/* NULL: the guest does not page */
	struct pml_space outer;			/* as this processor walks it, */
	const struct pml_format *manual;	/* and as it should */
	uint64_t memory;			/* of the guest, in the host's */
	uint64_t outer_table[PML_MAX_LEVELS + 1];	/* by level */
	uint64_t good_pd, good_pt;		/* outer tables without a fault */
	bool can_lack_nx;			/* the host's NXE may be off: see `outer.rsvd' */
	bool ept_advanced;			/* a violation tells the guest's rights, too */
	bool bochs;				/* leave out what it is known to do otherwise */
};

/* One access, and all that it depends on but the tables. */
struct nested_case {
	struct pml_x86_controls controls;		/* the guest's */
	enum guest_how how;
	struct pml_x86_access access;
	uint32_t value;				/* to be stored */
	uint64_t cr3;
	uint64_t code;				/* where the guest has its instruction */
};

/* How it ended: for an exception, its vector, error code and address; for an
 * exit, its information and the gpa. */
struct nested_outcome {
	uint8_t exit;				/* of enum pml_x86_exit */
	unsigned int vector;
	uint64_t info, address;
	uint64_t rax, rip;
};

/* What svm.c and vmx.c bring. */
struct nested_judge {
	const char *name;
	void (*run)(const struct nested_world *w, const struct nested_case *c,
		    struct nested_outcome *outcome_ret);
	/* Known differences from the core: changes *e, and names them. */
	const char *(*mask)(const struct nested_case *c,
			    const struct pml_x86_verdict_2d *v,
			    struct nested_outcome *e);
};

void nested_world_init(struct nested_world *w, enum pml_nesting nesting,
		       const struct pml_format *outer);
void nested_fill(struct nested_world *w, struct random *r);
void nested_pick_controls(const struct nested_world *w, struct random *r,
			  struct pml_x86_controls *c_ret);
void nested_pick(const struct nested_world *w, struct random *r,
		 const struct pml_x86_controls *c,
		 struct nested_case *case_ret);
void nested_guest(const struct nested_world *w, const struct nested_case *c,
		  struct pml_nested *n_ret);
bool nested_ignores_bit_8(const struct nested_world *w,
			  const struct nested_case *c);

bool nested_judge(struct nested_world *w, const struct nested_judge *judge,
		  const struct pml_format *const *inner, size_t formats);

/* The gpa at which guest memory is always there, for each of its frames. */
static inline uint64_t good_gpa(unsigned int frame)
{
	return 3UL << 30 | (uint64_t)frame << PGSHIFT;
}

static inline void *guest_frame(const struct nested_world *w, unsigned int frame)
{
	return kaddr(w->memory + (uint64_t)frame * PGSIZE);
}

static inline bool is_guest_memory(const struct nested_world *w, uint64_t pa)
{
	return pa - w->memory < GUEST_FRAMES * PGSIZE;
}

#endif
