/*
 * What an AArch64 kernel has where: Linux, by VMCOREINFO, which tells nearly all,
 * or by the tables alone.
 *
 * Linux: Documentation/arch/arm64/memory.rst and asm/memory.h.  From the bottom
 * of the upper half: the linear map; from the middle of it (of 48 bits, or of
 * fewer if there are fewer) modules, then vmalloc with the kernel's image in it;
 * at the top vmemmap and the fixmap, in an order that changed with Linux 6.9.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>

#include "arch/arm64/arm64.h"
#include "bridge/bridge.h"
#include "memory/vmcoreinfo.h"
#include "target/layout.h"

#define MIB		(1ULL << 20)
#define GIB		(1ULL << 30)
#define PAGE_STRUCT	6	/* log2 of the bytes of a struct page */
#define TRAMPOLINE	8	/* pages at most that EL0 sees with KPTI */

enum { SYM_TEXT, SYM_ETEXT };

const char *const pmap_arm64_layout_exprs[] = {
	[SYM_TEXT] = "(unsigned long)&_stext",
	[SYM_ETEXT] = "(unsigned long)&_etext",
	NULL
};

struct maker {
	const struct pmap_evidence *e;
	struct pmap_layout *out;
	unsigned page_shift;
	uint64_t bottom;	/* of the upper half: PAGE_OFFSET */
	uint64_t middle;	/* PAGE_END: the linear map ends below */
	uint64_t modules_end;	/* and vmalloc begins */
	uint64_t vmemmap, vmemmap_last, fixmap, fixmap_last;
	bool noted;		/* these are VMCOREINFO's */
	const struct pmap_extent *text;	/* of the image */
	uint64_t image, image_last;
};

static bool maps_any(const struct maker *m, uint64_t first, uint64_t last)
{
	const struct pmap_evidence *e = m->e;

	for (size_t i = 0; i < e->count && e->extent[i].va <= last; i++)
		if (e->extent[i].last >= first && e->extent[i].kind != PML_HOLE)
			return true;
	return false;
}

/* Linux has these numbers in hexadecimal. */
static uint64_t note(const struct maker *m, const char *key, bool *has)
{
	*has = false;
	return m->e->vmcoreinfo ?
	       pmap_vmcoreinfo_address(m->e->vmcoreinfo, key, has) : 0;
}

/* --- Where things are ------------------------------------------------------ */

/* All six numbers of VMCOREINFO's, since Linux 6.0. */
static bool take_notes(struct maker *m)
{
	bool has[5];
	uint64_t modules = note(m, "NUMBER(MODULES_VADDR)", &has[0]);
	uint64_t modules_end = note(m, "NUMBER(MODULES_END)", &has[1]);
	uint64_t vmalloc_end = note(m, "NUMBER(VMALLOC_END)", &has[2]);
	uint64_t vmemmap = note(m, "NUMBER(VMEMMAP_START)", &has[3]);
	uint64_t vmemmap_end = note(m, "NUMBER(VMEMMAP_END)", &has[4]);

	if (!has[0] || !has[1] || !has[2] || !has[3] || !has[4])
		return false;
	m->middle = modules;
	m->modules_end = modules_end;
	m->vmemmap = vmemmap;
	m->vmemmap_last = vmemmap_end - 1;
	m->noted = true;
	/* Between vmalloc and vmemmap, or above all: Linux 6.9. */
	m->fixmap = vmemmap_end > -(2 * GIB) ? vmemmap_end : vmalloc_end;
	m->fixmap_last = vmemmap_end > -(2 * GIB) ? ~0ULL : vmemmap - 1;
	return true;
}

void pmap_arm64_linux_places(const struct pml_format *upper, struct pmap_arm64_linux *at)
{
	unsigned shift = upper->level[1].shift, least, bits;

	/* VA_BITS_MIN: 48, but 47 with 16 KiB and 52 bits. */
	least = upper->va_bits <= 48 ? upper->va_bits : shift == 14 ? 47 : 48;
	at->linear = pml_bottom(upper);
	at->linear_last = -(1ULL << (least - 1)) - 1;
	at->pages = (at->linear_last + 1 - at->linear) >> shift << PAGE_STRUCT;
	bits = 64 - (unsigned)__builtin_clzll(~at->linear);
	at->vmemmap_before = -(1ULL << (bits - shift + PAGE_STRUCT));
	at->vmemmap_now = -GIB - at->pages;
	at->vmemmap_now_last = -GIB - 1;
}

/*
 * By what is mapped: struct pages, of which there is one for each page of the
 * linear map, in the place before Linux 6.9 or in the one from then on.
 */
static void guess(struct maker *m, const struct pmap_arm64_linux *at)
{
	if (maps_any(m, at->vmemmap_before, at->vmemmap_now - 1)) {
		m->vmemmap = at->vmemmap_before;
		m->vmemmap_last = at->vmemmap_before + at->pages - 1;
		m->fixmap = at->vmemmap_before - 256 * MIB;
		m->fixmap_last = at->vmemmap_before - 1;
		m->modules_end = m->middle + 128 * MIB;
	} else {
		m->vmemmap = at->vmemmap_now;
		m->vmemmap_last = at->vmemmap_now_last;
		m->fixmap = -GIB;
		m->fixmap_last = ~0ULL;
		m->modules_end = m->middle + 2 * GIB;
	}
}

/* --- The image ------------------------------------------------------------- */

/* The largest stretch that EL1 executes, linear, behind the linear map. */
static void find_image(struct maker *m)
{
	const struct pmap_extent *x = m->e->extent, *end = x + m->e->count;
	uint64_t size = 0, offset;

	for (; x < end; x++)
		if (x->kind == PML_LEAF && x->linear && (x->rights & PML_X) &&
		    x->va >= m->middle && x->last - x->va >= size) {
			size = x->last - x->va + 1;
			m->text = x;
		}
	if (size < MIB) {
		m->text = NULL;
		return;
	}
	offset = m->text->va - m->text->pa;
	m->image = m->text->va;
	m->image_last = m->text->last;
	for (x = m->text + 1; x < end && x->kind == PML_LEAF && x->linear &&
	     x->va - x->pa == offset; x++)
		m->image_last = x->last;
}

static uint64_t told(const struct maker *m, unsigned symbol)
{
	const struct pmap_value *v = m->e->symbols ? &m->e->symbols[symbol] : NULL;

	return v && v->present ? v->value : 0;
}

static void image_why(const struct maker *m, struct pmap_area *area)
{
	bool has;
	uint64_t voffset = note(m, "NUMBER(kimage_voffset)", &has);

	area->certain = true;
	if (told(m, SYM_TEXT) == m->image) {
		area->found = PMAP_FOUND_SYMBOL;
		snprintf(area->why, sizeof(area->why), "_stext, where the tables begin to map the image");
	} else if (has && voffset == m->image - m->text->pa) {
		area->found = PMAP_FOUND_VMCOREINFO;
		snprintf(area->why, sizeof(area->why), "kimage_voffset is that of the largest text");
	} else {
		area->certain = false;
		snprintf(area->why, sizeof(area->why), "the largest that EL1 executes, %" PRIu64 " KiB",
			 (m->text->last - m->image + 1) >> 10);
	}
}

/* Where it would be without KASLR, as far as that is known. */
static void set_move(const struct maker *m, struct pmap_area *area)
{
	bool has = false;
	uint64_t moved = m->e->vmcoreinfo ?
		pmap_vmcoreinfo_address(m->e->vmcoreinfo, "KERNELOFFSET", &has) : 0;

	area->moves = true;
	/* _stext is 64 KiB behind the first byte, which is what moves. */
	area->unmoved = has ? m->image - moved : m->modules_end + 64 * 1024;
}

static void put_image(struct maker *m)
{
	const struct pmap_extent *rodata, *data;
	struct pmap_area *area;

	if (!m->text)
		return;
	area = pmap_layout_put(m->out, "kernel text", m->image, m->text->last, PMAP_FOUND_TABLES, false);
	area->has_pa = true;
	area->pa = m->text->pa;
	image_why(m, area);
	set_move(m, area);
	if (m->text->last == m->image_last)
		return;
	rodata = pmap_extent_until(m->e, m->text + 1, m->image_last, PML_W, false);
	data = pmap_extent_until(m->e, m->text + 1, m->image_last, PML_W, true);
	if (rodata && (!data || rodata->va < data->va))
		pmap_layout_put(m->out, "kernel rodata", rodata->va, data ? data->va - 1 : m->image_last,
		    PMAP_FOUND_TABLES, false);
	if (data)
		pmap_layout_put(m->out, "kernel data", data->va, m->image_last, PMAP_FOUND_TABLES, false);
}

/* --- Linux ------------------------------------------------------------------ */

/* What is mapped there first, as it is, says what the base is mapped to. */
static void put_linear(struct maker *m)
{
	const struct pmap_evidence *e = m->e;
	struct pmap_area *area = pmap_layout_put(m->out, "direct map", m->bottom, m->middle - 1,
				     PMAP_FOUND_LAYOUT, m->noted);
	bool has;
	uint64_t base = note(m, "NUMBER(PHYS_OFFSET)", &has);

	for (size_t i = 0; i < e->count; i++) {
		const struct pmap_extent *x = &e->extent[i];

		if (x->va < m->bottom || x->kind != PML_LEAF || !x->linear)
			continue;
		if (x->va >= m->middle)
			break;
		/* KASLR can have the base below all memory. */
		area->has_pa = x->pa >= x->va - m->bottom;
		area->pa = x->pa - (x->va - m->bottom);
		snprintf(area->why, sizeof(area->why), "its base is 0x%" PRIx64 " less what is mapped to it%s",
			 x->va - x->pa, has && base == area->pa ?
			 ", which is PHYS_OFFSET" : "");
		if (has)
			area->found = PMAP_FOUND_VMCOREINFO;
		return;
	}
}

/* A little that is executed, nothing else: all that EL0 sees with KPTI. */
static bool is_trampoline(const struct maker *m)
{
	uint64_t bytes = 0;
	bool executes = false;

	for (size_t i = 0; i < m->e->count; i++) {
		const struct pmap_extent *x = &m->e->extent[i];

		if (!(x->va >> 63) || x->kind != PML_LEAF)
			continue;
		bytes += x->last - x->va + 1;
		executes |= x->rights & PML_X;
	}
	return executes && bytes <= (uint64_t)TRAMPOLINE << m->page_shift;
}

static void put_trampoline(struct maker *m)
{
	struct pmap_area *area;

	m->out->kernel = "Linux";
	area = pmap_layout_put(m->out, "trampoline", m->bottom, ~0ULL, PMAP_FOUND_TABLES, false);
	snprintf(area->why, sizeof(area->why), "some pages that EL1 executes and no kernel: KPTI, while EL0 runs");
}

static void put_linux(struct maker *m)
{
	enum pmap_found found = m->noted ? PMAP_FOUND_VMCOREINFO : PMAP_FOUND_LAYOUT;
	uint64_t below = m->image ? m->image - 1 : 0;

	m->out->kernel = "Linux";
	put_linear(m);
	if (m->text && m->image < m->modules_end && !m->noted)
		m->modules_end = m->image & ~(2 * MIB - 1);
	pmap_layout_put(m->out, "modules", m->middle, m->modules_end - 1, found, m->noted);
	put_image(m);
	if (m->text && m->image > m->modules_end) {
		pmap_layout_put(m->out, "vmalloc", m->modules_end, below, found, m->noted);
		pmap_layout_put(m->out, "vmalloc", m->image_last + 1, m->fixmap < m->vmemmap ?
		    m->fixmap - 1 : m->vmemmap - 1, found, m->noted);
	} else
		pmap_layout_put(m->out, "vmalloc", m->text ? m->image_last + 1 : m->modules_end,
		    m->fixmap < m->vmemmap ? m->fixmap - 1 : m->vmemmap - 1,
		    found, m->noted);
	pmap_layout_put(m->out, "vmemmap", m->vmemmap, m->vmemmap_last, found, m->noted);
	pmap_layout_put(m->out, "fixmap", m->fixmap, m->fixmap_last, found, false);
}

/* A linear map at the bottom, and struct pages for it: nobody else has both. */
static bool is_linux(const struct maker *m)
{
	return m->noted || told(m, SYM_TEXT) ||
	       (maps_any(m, m->bottom, m->middle - 1) && m->text &&
		maps_any(m, m->vmemmap, m->vmemmap_last));
}

void pmap_arm64_layout(const struct pmap_evidence *e, struct pmap_layout *out)
{
	const struct pml_arm64_mmu *mmu = &pmap_arm64_mmu;
	const struct pml_format *upper = &mmu->fmt[1];
	struct maker m = { .e = e, .out = out };
	struct pmap_arm64_linux at;

	if (!pml_arm64_has_el0((enum pml_arm64_regime)mmu->regs.regime) ||
	    !mmu->has_half[1])
		return;
	pmap_arm64_linux_places(upper, &at);
	m.page_shift = upper->level[1].shift;
	m.bottom = at.linear;
	m.middle = at.linear_last + 1;
	if (mmu->has_half[0])
		pmap_layout_put(m.out, "user", 0, pml_top(&mmu->fmt[0]), PMAP_FOUND_LAYOUT, true);
	if (is_trampoline(&m)) {
		put_trampoline(&m);
		return;
	}
	if (!take_notes(&m))
		guess(&m, &at);
	find_image(&m);
	if (is_linux(&m))
		put_linux(&m);
	else
		put_image(&m);
}
