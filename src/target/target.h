/*
 * What is being looked at: registers, and the spaces that they select.
 *
 * Nothing here has a register's name: registers are numbered by the target's
 * architecture (arch.h), which also makes the spaces from them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TARGET_H
#define PMAP_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pml/pml.h>

struct pmap_arch;
struct pmap_options;

/* Where a register's value comes from; the surer, the greater. */
enum pmap_from {
	PMAP_FROM_NOWHERE,	/* it is not known */
	PMAP_FROM_ASSUMPTION,	/* the target did not provide it: the most likely value */
	PMAP_FROM_DERIVED,	/* follows from something else that is known */
	PMAP_FROM_NOTE,		/* a crash dump's note on a CPU; target->note_cpu */
	PMAP_FROM_MONITOR,	/* QEMU's `info registers' */
	PMAP_FROM_GDB,		/* GDB has a register, or the user a variable, of that name */
	PMAP_FROM_USER,		/* an option or a variable of pmap's: --c-bit, $pmap_... */
};

struct pmap_reg {
	uint64_t value;		/* 0 while it is not known */
	uint8_t from;		/* of enum pmap_from */
};

#define PMAP_REGS_MAX	160	/* registers that an architecture may number */

struct pmap_target {
	const struct pmap_arch *arch;	/* never NULL once the values are there */
	struct pmap_reg reg[PMAP_REGS_MAX];	/* as the architecture numbers them */
	int note_cpu;		/* the CPU, from 0, of values PMAP_FROM_NOTE */
	/*
	 * The only space, or the lower of two halves: `fmt' and `root' set, `at'
	 * is set by pmap_nesting_attach().  `fmt' NULL: there is none (paging is
	 * off, or that half's walks are disabled).
	 */
	struct pml_space space;
	/*
	 * The upper half, for addresses whose top bit is set, where an
	 * architecture has one register for each half (AArch64's TTBR0 and
	 * TTBR1).  Otherwise `fmt' is NULL, and `space' has all addresses.
	 */
	struct pml_space upper;
	bool halves;		/* there are two; either may be without a space */
	bool selected_upper;	/* they have changed places: see pmap_target_select() */
	bool paging_off;	/* and no option says otherwise: addresses are physical */
	/* The processor sees secure memory besides: Arm's Secure state, and EL3. */
	bool secure;
	/* What a monitor alone tells, see pmap_arch.view: system management mode, and */
	bool smm;
	/* bits that are cleared in each physical address on its way to memory. */
	uint64_t clears;
	bool root_given;	/* by --root, not by a register */
	bool format_given;
	/*
	 * A second dimension, see nesting.h: `space' is the guest, whose
	 * tables are read through `outer'.
	 */
	bool nested;
	bool guest_off;	/* a guest that does not page: its addresses are guest-physical */
	uint8_t nesting;	/* of enum pml_nesting */
	struct pml_space outer;
	struct pml_nested pair;	/* space and outer, once there is memory */
	struct pml_nested upper_pair;	/* upper and outer */
};

/* --- Registers ------------------------------------------------------------ */

/* Is the value known, or at least assumed? */
static inline bool pmap_target_has(const struct pmap_target *target, unsigned reg)
{
	return target->reg[reg].from != PMAP_FROM_NOWHERE;
}

/* Is it a fact, rather than an assumption? */
static inline bool pmap_target_knows(const struct pmap_target *target, unsigned reg)
{
	return target->reg[reg].from > PMAP_FROM_ASSUMPTION;
}

/* The value, 0 if there is none. */
static inline uint64_t pmap_target_reg(const struct pmap_target *target, unsigned reg)
{
	return target->reg[reg].value;
}

/* A better source replaces a worse one, an equal one replaces nothing. */
void pmap_target_set(struct pmap_target *target, unsigned reg, uint64_t value,
		     enum pmap_from from);

/*
 * The same by the name of GDB's that the architecture asks for, without the $:
 * "TTBR0_EL1".  A register that it does not ask for is left out.
 */
void pmap_target_set_named(struct pmap_target *target, const char *name,
			   uint64_t value, enum pmap_from from);

/* The program counter of the selected thread; false: not known. */
bool pmap_target_pc(const struct pmap_target *target, uint64_t *pc_ret);

/* --- Spaces --------------------------------------------------------------- */

/*
 * Make the spaces that the registers and the options ask for.  Returns 0, or
 * a status of base/status.h with one line in `why` that says what to do.  May
 * be called again when more registers are known.
 */
int pmap_target_init(struct pmap_target *target,
		     const struct pmap_options *opt,
		     char *why, size_t why_size);

/* Can that be a root?  32-bit modes have none above 4 GiB.  0, or a status. */
int pmap_target_check_root(const struct pml_format *fmt, const char *option,
			   uint64_t root, char *why, size_t why_size);

/*
 * A root as the user names one, as the register has it: it may be that, or the
 * table's physical address, which is no longer than those can be (RISC-V's satp
 * has its MODE above).
 */
uint64_t pmap_target_root(const struct pml_format *fmt, uint64_t root);

/*
 * The space that `va' is looked up in: the only one, or its half's.  The
 * answer's `fmt' is NULL where that half has none.
 */
const struct pml_space *pmap_target_space(const struct pmap_target *target,
					  uint64_t va);

/*
 * Of two halves, make `space' (and `pair') the one that `va' is in, and `upper'
 * the other: what a command asks of one address then is asked of `space',
 * whichever half that is.  False: that half has no space, its walks are disabled.
 */
bool pmap_target_select(struct pmap_target *target, uint64_t va);

/*
 * An address without its tag, where the processor ignores one (pml_space.ignored
 * of its half); otherwise as it is.
 */
uint64_t pmap_target_untagged(const struct pmap_target *target, uint64_t va);

/* The same of both dimensions; for target->nested. */
struct pml_nested *pmap_target_pair(struct pmap_target *target, uint64_t va);

/* A format of the target: how its rights are said. */
const struct pml_format *pmap_target_format(const struct pmap_target *target);

/* A part of a range that lies in one space. */
struct pmap_piece {
	const struct pml_space *space;	/* `fmt' NULL: the half has none */
	uint64_t first, last;	/* inclusive */
};

/*
 * Part number `i' of first..last (inclusive), in ascending order; false: there
 * are no more.  All walks over ranges are loops over this: one part with one
 * space, up to two with halves.  The hole between the halves belongs in part to
 * each: as NONCANONICAL records, which runs join.
 */
bool pmap_target_piece(const struct pmap_target *target, unsigned i,
		       uint64_t first, uint64_t last,
		       struct pmap_piece *piece_ret);

#endif
