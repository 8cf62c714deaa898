/*
 * What is being looked at: from register values to a space.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TARGET_H
#define PMAP_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include <pml/pml.h>

struct pmap_options;

/*
 * What pmap asks GDB for, in the order of pmap_target_exprs.  Some are not
 * registers but the user's word.
 */
enum pmap_reg {
	/* in each command: where things are */
	PMAP_REG_CR0, PMAP_REG_CR3, PMAP_REG_CR4, PMAP_REG_EFER, PMAP_REG_RIP,
	PMAP_REG_MAXPHYADDR, PMAP_REG_CBIT, PMAP_REG_AMD,
	PMAP_REGS_PAGING,
	/* unless a translation is all that is wanted: what may be done there */
	PMAP_REG_CR2 = PMAP_REGS_PAGING, PMAP_REG_CS, PMAP_REG_EFLAGS,
	PMAP_REG_PAT, PMAP_REG_PKRU, PMAP_REG_PKRS,
	PMAP_REGS
};

/* GDB expressions for them. */
extern const char *const pmap_target_exprs[PMAP_REGS];

struct pmap_target {
	uint64_t reg[PMAP_REGS];
	bool has[PMAP_REGS];	/* the target, or the user, told */
	struct pml_space space;	/* fmt and root set; `at` is the caller's */
	bool root_given;	/* by --root, not by CR3 */
	bool format_given;
	bool c_bit_given;	/* by --c-bit, not by $pmap_cbit */
	bool guest_off;	/* a guest that does not page: its addresses are guest-physical */
	/* A second dimension, see nesting.h: `space' is the guest, whose tables are read through `outer'. */
	bool nested;
	uint8_t nesting;	/* of enum pml_nesting */
	struct pml_space outer;
	struct pml_nested pair;	/* both, once there is memory */
};

/*
 * Make the space that the registers and the options ask for.  Returns 0, or
 * a status of pmap_status.h with one line in `why` that says what to do.
 */
int pmap_target_init(struct pmap_target *target,
		     const struct pmap_options *opt,
		     char *why, size_t why_size);

/* Can that be a root?  32-bit modes have none above 4 GiB.  0, or a status. */
int pmap_target_check_root(const struct pml_format *fmt, const char *option,
			   uint64_t root, char *why, size_t why_size);

/* Paging is off, and no option says otherwise. */
bool pmap_target_paging_off(const struct pmap_target *target);

/* IA32_PAT: as told by the user, else its value after reset. */
uint64_t pmap_target_pat(const struct pmap_target *target);

#endif
