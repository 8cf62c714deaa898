/*
 * What Linux keeps in entries that are not valid, on RISC-V.
 *
 * arch/riscv/include/asm/pgtable.h and pgtable-bits.h, since 5.19.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/first-leaf.h"
#include "arch/riscv/riscv.h"
#include "target/kept.h"

#define PROT_NONE	PML_RISCV_G	/* of what is not valid */
#define NO_SWAP		(PML_RISCV_V | PML_RISCV_RWX | PROT_NONE)

const char *pmap_riscv_linux_signs(const struct pmap_target *target)
{
	const struct pml_space *space = &target->space;
	struct pml_record leaf;
	uint64_t first, last;

	if (!space->fmt || !pmap_riscv_linux_linear(space->fmt, &first, &last))
		return NULL;
	return pmap_first_leaf(space, first, last, &leaf) &&
	       (leaf.rights & (PML_W | PML_X | PML_U)) == PML_W &&
	       pmap_first_leaf(space, PMAP_RISCV_LINUX_IMAGE, ~0ULL, &leaf) &&
	       leaf.rights & PML_X && !(leaf.rights & PML_U) ?
	       "a linear map where Linux has it in this mode, and code in the top 2 GiB" : NULL;
}

bool pmap_riscv_linux_entry(const struct pml_space *space, int level, uint64_t raw,
			    unsigned release, struct pmap_kept *kept)
{
	(void)release;
	if (!space->fmt || !space->fmt->sign_extended || !pmap_riscv_is_own(space->fmt) ||
	    level > 2 || !raw || raw & PML_RISCV_V)
		return false;
	if (raw & PROT_NONE && raw & PML_RISCV_RWX) {
		kept->kind = PMAP_KEPT_PROT_NONE;
		kept->pa = pml_leaf_pa(space, level, raw);
		return true;
	}
	kept->type = raw >> 7 & 31;
	kept->offset = raw >> 12;
	kept->pa_bits = 56;	/* MAX_PHYSMEM_BITS */
	/* The first page of an area is what says that it is one. */
	if (raw & NO_SWAP || (!kept->offset && kept->type < PMAP_LINUX_AREAS))
		return false;
	kept->kind = kept->type < PMAP_LINUX_AREAS ? PMAP_KEPT_SWAP : PMAP_KEPT_SPECIAL;
	return true;
}
