/*
 * Control blocks of hypervisors in memory: AMD's VMCB, Intel's VMCS.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "arch/x86/registers.h"
#include "arch/x86/x86.h"

static uint64_t word(const void *page, size_t offset)
{
	uint64_t v;

	memcpy(&v, (const char *)page + offset, sizeof(v));
	return v;
}

/* What changes the rules of nested paging, by its bit at 0x90 of a VMCB. */
static void add_npt_features(struct pmap_text *why, uint64_t bits)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} features[] = {
		{ 8, "guest mode execute trap" }, { 0x10, "shadow stack check" },
		{ 0x40, "read-only guest page tables" },
	};

	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (bits & features[i].bit)
			pmap_text_add(why, ", with %s, which pmap does not know",
				      features[i].name);
}

/* CR4, CR3, CR0 of the state save area are at 0x548, 0x550, 0x558. */
static void add_guest(struct pmap_roots *r, uint64_t ncr3,
		      const struct pml_format *fmt, const void *page)
{
	struct pml_x86_regs regs = {
		.cr0 = word(page, 0x558), .cr4 = word(page, 0x548),
		.efer = word(page, 0x4d0),
	};
	const struct pml_format *own = regs.cr0 & PML_X86_CR0_PG ?
				       pml_x86_format(&regs) : NULL;

	if (own)
		r->add_guest(r, ncr3, fmt, &pmap_x86_outer_options[0],
			     word(page, 0x550), own);
}

/*
 * A VMCB with nested paging on.  APM 2, appendix B: intercepts at 0x10 (VMRUN
 * must be one), the ASID at 0x58, nested paging and its features at 0x90, nCR3
 * at 0xb0, EFER (SVME must be set; 21 is the highest bit) at 0x4d0, CR3 at
 * 0x550, RIP at 0x578.
 */
static void try_vmcb(struct pmap_roots *r, uint64_t pa, const void *page)
{
	uint64_t ncr3 = word(page, 0xb0), efer = word(page, 0x4d0);
	uint32_t asid = word(page, 0x58);
	const struct pml_format *fmt = r->q->target.space.fmt;
	struct pmap_text *why;

	if (!(word(page, 0x10) & 1) || !asid || word(page, 0x90) >> 8 ||
	    !(word(page, 0x90) & 1) || !(efer & PML_X86_EFER_SVME) ||
	    efer >> 22)
		return;
	fmt = fmt->sign_extended ? pml_npt_format(fmt) : &pml_npt_4;
	if (!r->plausible(r, ncr3, fmt))
		return;
	why = r->add(r, ncr3, fmt);
	if (!why)
		return;
	pmap_text_add(why, "nCR3 of the VMCB at 0x%" PRIx64 " (ASID %" PRIu32
		      ", guest CR3 0x%" PRIx64 ", RIP 0x%" PRIx64 ")", pa, asid,
		      word(page, 0x550), word(page, 0x578));
	add_npt_features(why, word(page, 0x90));
	add_guest(r, ncr3, fmt, page);
	/* This alone shows that GDB has stopped inside a guest. */
	if (word(page, 0x550) == pmap_target_reg(&r->q->target, PMAP_X86_CR3))
		pmap_text_add(why, ", whose CR3 the selected thread has: try --npt 0x%" PRIx64,
			      ncr3);
}

/*
 * A VMCS has no layout that software may know (SDM 3C, 25.2), but a revision,
 * an abort indicator, the link pointer of all ones, and an EPTP somewhere.
 */
static void try_vmcs(struct pmap_roots *r, uint64_t pa, const void *page)
{
	uint64_t head = word(page, 0), eptp = 0;
	bool link = false;
	struct pmap_text *why;

	if (!head || head >> 31)
		return;
	for (size_t i = 8; i < 4096; i += 8) {
		uint64_t v = word(page, i);
		const struct pml_format *fmt = pml_ept_format(v, false);

		if (v == ~0ULL)
			link = true;
		else if (!eptp && fmt && pml_eptp_valid(v) &&
			 (v & PML_EPTP_MT) == PML_MT_WB &&
			 r->plausible(r, v & fmt->root_pa, fmt))
			eptp = v;
	}
	if (!link || !eptp)
		return;
	why = r->add(r, eptp & PML_EPT_ADDR, pml_ept_format(eptp, false));
	if (why)
		pmap_text_add(why, "EPTP 0x%" PRIx64 " in what looks like a VMCS at 0x%"
			      PRIx64 " (revision 0x%" PRIx64 ")", eptp, pa, head);
}

void pmap_x86_roots_page(struct pmap_roots *roots, uint64_t pa, const void *page)
{
	unsigned char copy[4096];

	/* Checking a root reads other pages, after which `page' is not valid. */
	memcpy(copy, page, sizeof(copy));
	try_vmcb(roots, pa, copy);
	try_vmcs(roots, pa, copy);
}
