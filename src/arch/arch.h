/*
 * The architectures that there are.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_ARCH_ARCH_H
#define PMAP_ARCH_ARCH_H

#include "bridge/bridge.h"
#include "target/arch.h"

extern const struct pmap_arch pmap_arch_x86;
extern const struct pmap_arch pmap_arch_arm64;
extern const struct pmap_arch pmap_arch_riscv;

/* All of them; NULL ends.  The first is taken where nothing can be told. */
extern const struct pmap_arch *const pmap_archs[];

/*
 * Which one the target is, is asked of GDB once and then remembered: commands
 * ask for the registers of the one that they found last, and only if its
 * `identity' has no value - another target, or one without system registers -
 * for the probes of all, once for each stop and inferior.
 */

/* The one to try; never NULL.  *known_ret: false: ask the probes first. */
const struct pmap_arch *pmap_arch_guess(bool *known_ret);

/* Ask for all probes; returns the first index in call->values. */
size_t pmap_arch_want_probes(struct pmap_call *call);

/* From their values; never NULL. */
const struct pmap_arch *pmap_arch_take_probes(const struct pmap_call *call,
					      size_t first);

/*
 * After a command's registers came, without a value of identity: should the
 * probes be asked (again)?
 */
bool pmap_arch_doubtful(const struct pmap_call *call);

/* All options that name a second dimension, a list an architecture; NULL ends. */
const struct pmap_outer_option *const *pmap_arch_outer_options(void);

/*
 * Is an option given that is another architecture's?  True: the line is in
 * `why'.
 */
bool pmap_arch_refuses(const struct pmap_arch *arch,
		       const struct pmap_options *opt, char *why, size_t why_size);

/* What to ask GDB for, by these options. */
const char *const *pmap_arch_exprs(const struct pmap_arch *arch,
				   const struct pmap_options *opt);

/* Ask for the registers of a group; returns the first index in call->values. */
size_t pmap_arch_want_regs(const struct pmap_arch *arch,
			   const struct pmap_options *opt, struct pmap_call *call,
			   enum pmap_regs_group group);

/* Will the first answers tell of more that is to be asked? */
bool pmap_arch_wants_later(const struct pmap_arch *arch, const struct pmap_call *call,
			   enum pmap_regs_group group);

/*
 * Their values are there; so those that are fixed need not be asked for again at this
 * stop.  True: more of the group is to be asked for, which these show to be of use, or
 * since those that were known are another CPU's.
 */
bool pmap_arch_note_regs(const struct pmap_arch *arch, const struct pmap_call *call,
			 size_t first, enum pmap_regs_group group);

/* Then: asks for that; returns as pmap_arch_want_regs(). */
size_t pmap_arch_want_rest(const struct pmap_arch *arch,
			   const struct pmap_options *opt, struct pmap_call *call,
			   size_t first, enum pmap_regs_group group);

/* Their values; what the command did not ask for stays unknown. */
void pmap_arch_take_regs(struct pmap_target *target, const struct pmap_call *call,
			 size_t first, enum pmap_regs_group group);

#endif
