/*
 * What Linux keeps in entries that are not present, on x86-64.
 *
 * arch/x86/include/asm/pgtable_64.h and pgtable-invert.h.  Since 4.18 what leads
 * to memory is inverted, so that no processor speculates with it (L1TF): the bits
 * of a small frame, or of a small offset, are then ones at the top.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/x86/x86.h"
#include "target/kept.h"

#define CPU_ENTRY	0xfffffe0000000000ULL	/* its first page is the IDT, read-only */
#define PROT_NONE	(1ULL << 8)	/* _PAGE_PROTNONE, in place of G */
#define FRAME		PML_BITS(12, 51)
#define TOP_OF_FRAME	(1ULL << 51)
#define TOP_OF_OFFSET	(1ULL << 58)

const char *pmap_x86_linux_signs(const struct pmap_target *target)
{
	const struct pml_space *space = &target->space;
	struct pml_target end;

	return space->fmt && space->fmt->sign_extended && space->fmt->levels >= 4 &&
	       pml_translate(space, CPU_ENTRY, &end, NULL) && end.level == 1 &&
	       end.rights == PML_R ?
	       "0xfffffe0000000000 is one page, read-only, as Linux maps the IDT" : NULL;
}

static void take_swap(uint64_t raw, struct pmap_kept *kept)
{
	bool inverted = raw & TOP_OF_OFFSET;

	kept->type = inverted ? raw >> 59 : raw >> 9 & 31;
	kept->offset = inverted ? ~raw << 5 >> 14 : raw >> 14;
	kept->kind = kept->type < PMAP_LINUX_AREAS ? PMAP_KEPT_SWAP : PMAP_KEPT_SPECIAL;
}

/* Bits that a swap entry has 0; before 4.18 it has its type from bit 9 on. */
static bool is_swap(uint64_t raw)
{
	return raw & TOP_OF_OFFSET ? !(raw & 0x1f0) : !(raw & 0x17e) && raw >> 14;
}

bool pmap_x86_linux_entry(const struct pml_space *space, int level, uint64_t raw,
			  unsigned release, struct pmap_kept *kept)
{
	const struct pml_format *fmt = space->fmt;
	uint64_t size = 1ULL << fmt->level[level].shift;

	(void)release;
	if (!fmt->sign_extended || fmt->levels < 4 || level > 2 || !raw || raw & PML_X86_P)
		return false;
	if (!(raw & PROT_NONE)) {
		if (!is_swap(raw))
			return false;
		take_swap(raw, kept);
		/* MAX_PHYSMEM_BITS */
		kept->pa_bits = fmt->levels == 5 ? 52 : 46;
		return true;
	}
	if (level == 2 && !(raw & PML_X86_PS))
		return false;
	kept->kind = PMAP_KEPT_PROT_NONE;
	kept->pa = (raw & TOP_OF_FRAME ? ~raw : raw) & FRAME & ~(size - 1);
	return true;
}
