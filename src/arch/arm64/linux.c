/*
 * What Linux keeps in entries that are not valid, on AArch64.
 *
 * arch/arm64/include/asm/pgtable.h, since 5.19.  Linux 6.10 has moved the swap type
 * and offset, and the mark of a page that nobody may use; the entry of a swapped page
 * does not always tell which form it has.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/arm64/arm64.h"
#include "arch/first-leaf.h"
#include "target/kept.h"

#define VALID		1ULL
#define TABLE		2ULL	/* of the last level: it is a page */
#define NG		(1ULL << 11)	/* since 6.10: a page that is not valid */
#define NONE		PML_BITS(58, 59)	/* before: PROT_NONE, or being split */
#define ATTRIBUTES	PML_BITS(8, 11)	/* of Linux's user pages: nG, AF, shared */
#define MOVED		PMAP_LINUX(6, 10)
#define TRAMPOLINE	8	/* pages at most that EL0 sees with KPTI */

/* --- Is it Linux? ----------------------------------------------------------- */

/* Writable for EL1 alone: data of a kernel's. */
static bool is_data(const struct pml_record *leaf)
{
	return (leaf->rights & (PML_W | PML_X | PML_U)) == PML_W;
}

/* What EL0 has of the upper half under KPTI: a little that EL1 executes. */
static bool is_trampoline(const struct pml_space *space)
{
	uint64_t size = 1ULL << space->fmt->level[1].shift;
	struct pml_record r;
	struct pml_cursor c;
	uint64_t pages = 0;
	bool executes = false;

	pml_cursor_init(&c, space, pml_bottom(space->fmt), ~0ULL, 0);
	while (pages <= TRAMPOLINE && pml_next(&c, &r))
		if (r.kind == PML_LEAF) {
			pages += (r.last - r.va + 1) / size;
			executes |= r.rights & PML_X;
		}
	return executes && pages <= TRAMPOLINE;
}

const char *pmap_arm64_linux_signs(const struct pmap_target *target)
{
	const struct pml_space *space = target->selected_upper ? &target->space
							       : &target->upper;
	struct pmap_arm64_linux at;
	struct pml_record leaf;

	if (!target->halves || !space->fmt ||
	    !pml_arm64_has_el0((enum pml_arm64_regime)pmap_arm64_mmu.regs.regime))
		return NULL;
	pmap_arm64_linux_places(space->fmt, &at);
	if (pmap_first_leaf(space, at.linear, at.linear_last, &leaf))
		return is_data(&leaf) &&
		       (pmap_first_leaf(space, at.vmemmap_before, at.vmemmap_now - 1, &leaf) ||
			pmap_first_leaf(space, at.vmemmap_now, at.vmemmap_now_last, &leaf)) &&
		       is_data(&leaf) ?
		       "a linear map at the bottom of the upper half, and struct pages where Linux has them" :
		       NULL;
	return is_trampoline(space) ?
	       "the upper half has a few pages that EL1 executes, as under Linux' KPTI" : NULL;
}

/* --- Entries ---------------------------------------------------------------- */

/* Of a form with the type and the offset from these bits on; `zero' must be 0. */
static uint8_t take_swap(uint64_t raw, unsigned type_at, unsigned offset_at, uint64_t zero,
			 unsigned *type, uint64_t *offset)
{
	*type = raw >> type_at & 31;
	*offset = raw >> offset_at & PML_BITS(0, 49);
	if (raw & zero)
		return PMAP_KEPT_NONE;
	/* The first page of an area is what says that it is one. */
	return *type >= PMAP_LINUX_AREAS ? PMAP_KEPT_SPECIAL :
	       *offset ? PMAP_KEPT_SWAP : PMAP_KEPT_NONE;
}

static bool take_both(uint64_t raw, unsigned release, struct pmap_kept *kept)
{
	uint8_t now = take_swap(raw, 6, 12, PML_BITS(0, 1) | PML_BITS(4, 5) | NG | PML_BITS(62, 63),
				&kept->type, &kept->offset);
	uint8_t before = take_swap(raw, 3, 8, PML_BITS(0, 1) | PML_BITS(58, 63),
				   &kept->type_before, &kept->offset_before);

	if (release && release < MOVED)
		now = PMAP_KEPT_NONE;
	else if (release)
		before = PMAP_KEPT_NONE;
	if (!now) {
		kept->type = kept->type_before;
		kept->offset = kept->offset_before;
	}
	kept->kind = now ? now : before;
	/* Kernels that could have 52 have what other flags there are from there on. */
	kept->pa_bits = 48;
	kept->kind_before = before;
	kept->since = now && before ? MOVED : 0;
	return kept->kind;
}

/* A page, or a block, that is there but not valid. */
static bool is_none(int level, uint64_t raw)
{
	if (level == 1)
		return raw & TABLE && raw & (NG | NONE);
	return !(raw & TABLE) && (raw & NONE || (raw & ATTRIBUTES) == ATTRIBUTES);
}

bool pmap_arm64_linux_entry(const struct pml_space *space, int level, uint64_t raw,
			    unsigned release, struct pmap_kept *kept)
{
	if (!space->fmt || !pmap_arm64_is_own(space->fmt) || level > 2 || !raw || raw & VALID)
		return false;
	if (!is_none(level, raw))
		return take_both(raw, release, kept);
	kept->kind = PMAP_KEPT_PROT_NONE;
	kept->pa = pml_leaf_pa(space, level, raw);
	return true;
}
