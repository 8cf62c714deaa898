/*
 * What a RISC-V kernel has where: Linux, by VMCOREINFO, or because it has it
 * there whenever it is this kernel.
 *
 * Linux: Documentation/arch/riscv/vm-layout.rst.  Nothing moves but the image:
 * the places follow from the size of addresses.  Of 39 bits the linear map began
 * at 0xffffffd800000000 before Linux 6.10.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>

#include "arch/riscv/riscv.h"
#include "bridge/bridge.h"
#include "memory/vmcoreinfo.h"
#include "target/layout.h"

#define IMAGE		PMAP_RISCV_LINUX_IMAGE
#define IMAGE_LAST	~0ULL
#define BPF		0xffffffff00000000ULL	/* modules and BPF: 2 GiB below the image */
#define KASAN_LAST	0xfffffffeffffffffULL

enum { SYM_TEXT };

const char *const pmap_riscv_layout_exprs[] = {
	[SYM_TEXT] = "(unsigned long)&_start",
	NULL
};

/* By the size of addresses; each ends where the next begins. */
static const struct places {
	unsigned va_bits;
	uint64_t fixmap, vmemmap, vmalloc, linear, linear_size, kasan;
} places[] = {
	{ 39, 0xffffffc4fea00000, 0xffffffc500000000, 0xffffffc600000000,
	  0xffffffd600000000, 1ULL << 37, 0xfffffff700000000 },
	{ 48, 0xffff8d7ffea00000, 0xffff8d8000000000, 0xffff8f8000000000,
	  0xffffaf8000000000, 1ULL << 46, 0xffffef8000000000 },
	{ 57, 0xff1bfffffea00000, 0xff1c000000000000, 0xff20000000000000,
	  0xff60000000000000, 1ULL << 55, 0xffdf000000000000 },
};

static const struct places *find_places(const struct pml_format *fmt)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (fmt->va_bits == places[i].va_bits && pmap_riscv_is_own(fmt))
			return &places[i];
	return NULL;
}

bool pmap_riscv_linux_linear(const struct pml_format *fmt, uint64_t *first,
			     uint64_t *last)
{
	const struct places *p = find_places(fmt);

	if (!p)
		return false;
	*first = p->linear;
	*last = p->linear + p->linear_size - 1;
	return true;
}

struct maker {
	const struct pmap_evidence *e;
	struct pmap_layout *out;
	struct places p;
	bool noted;		/* these are VMCOREINFO's */
};

/* The first leaf that lies in there, in part at least. */
static const struct pmap_extent *leaf_in(const struct maker *m, uint64_t first,
					 uint64_t last)
{
	const struct pmap_evidence *e = m->e;

	for (size_t i = 0; i < e->count && e->extent[i].va <= last; i++)
		if (e->extent[i].last >= first && e->extent[i].kind == PML_LEAF)
			return &e->extent[i];
	return NULL;
}

/* One of Linux's, where something is mapped in it. */
static struct pmap_area *put_known(struct maker *m, const char *name,
				   uint64_t first, uint64_t last)
{
	if (!leaf_in(m, first, last))
		return NULL;
	return pmap_layout_put(m->out, name, first, last, m->noted ? PMAP_FOUND_VMCOREINFO :
		   PMAP_FOUND_LAYOUT, m->noted);
}

/* Linux has these numbers in hexadecimal. */
static bool take_note(const struct maker *m, const char *key, uint64_t *to)
{
	bool has = false;
	uint64_t value = m->e->vmcoreinfo ?
		pmap_vmcoreinfo_address(m->e->vmcoreinfo, key, &has) : 0;

	if (has && value >> 63)
		*to = value;
	return has && value >> 63;
}

static void take_notes(struct maker *m)
{
	bool linear = take_note(m, "NUMBER(PAGE_OFFSET)", &m->p.linear);
	bool vmalloc = take_note(m, "NUMBER(VMALLOC_START)", &m->p.vmalloc);

	m->noted = linear && vmalloc &&
		   take_note(m, "NUMBER(VMEMMAP_START)", &m->p.vmemmap);
}

/* --- The image ------------------------------------------------------------- */

static const char *part_name(unsigned rights)
{
	return rights & PML_X ? "kernel text" :
	       rights & PML_W ? "kernel data" : "kernel rodata";
}

/* Parts that differ in their rights, from the first page on. */
static void put_image(struct maker *m)
{
	const struct pmap_extent *x = leaf_in(m, IMAGE, IMAGE_LAST);
	const struct pmap_extent *end = m->e->extent + m->e->count;
	const struct pmap_value *v = m->e->symbols ?
				     &m->e->symbols[SYM_TEXT] : NULL;
	bool told = x && v && v->present && v->value == x->va;
	struct pmap_area *area = NULL;

	for (; x && x < end; x++) {
		const char *name = part_name(x->rights);

		if (x->kind != PML_LEAF)
			continue;
		if (area && area->name == name) {
			area->last = x->last;
			continue;
		}
		area = pmap_layout_put(m->out, name, x->va, x->last, told ? PMAP_FOUND_SYMBOL :
			   PMAP_FOUND_TABLES, told);
		area->has_pa = true;
		area->pa = x->pa;
	}
}

/* --- Which kernel? --------------------------------------------------------- */

/* Nothing else has a linear map that begins, or nearly so, where Linux's does. */
static bool is_linux(const struct maker *m)
{
	const struct pmap_extent *x = leaf_in(m, m->p.linear, ~0ULL);

	return m->e->vmcoreinfo ||
	       (x && x->linear && x->va - m->p.linear < m->p.linear_size &&
		leaf_in(m, IMAGE, IMAGE_LAST));
}

static void put_linux(struct maker *m)
{
	const struct places *p = &m->p;
	const struct pmap_extent *x;
	struct pmap_area *area;

	m->out->kernel = "Linux";
	put_known(m, "fixmap", p->fixmap, p->vmemmap - 1);
	put_known(m, "vmemmap", p->vmemmap, p->vmalloc - 1);
	put_known(m, "vmalloc", p->vmalloc, p->linear - 1);
	area = put_known(m, "direct map", p->linear, p->linear + p->linear_size - 1);
	x = leaf_in(m, p->linear, ~0ULL);
	if (area && x->linear) {
		area->has_pa = true;
		area->pa = x->pa - (x->va - p->linear);
		snprintf(area->why, sizeof(area->why), "%s", m->noted ?
			 "PAGE_OFFSET" : "PAGE_OFFSET of this size of addresses");
	}
	put_known(m, "KASAN", p->kasan, KASAN_LAST);
	put_known(m, "modules", BPF, IMAGE - 1);
}

void pmap_riscv_layout(const struct pmap_evidence *e, struct pmap_layout *out)
{
	const struct places *p = find_places(e->fmt);
	struct maker m = { .e = e, .out = out };

	if (!p)
		return;
	m.p = *p;
	take_notes(&m);
	pmap_layout_put(m.out, "user", 0, (1ULL << (m.p.va_bits - 1)) - 1, PMAP_FOUND_LAYOUT, true);
	if (!is_linux(&m))
		return;
	put_linux(&m);
	put_image(&m);
}
