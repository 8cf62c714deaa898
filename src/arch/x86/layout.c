/*
 * What a 64-bit kernel has where: Linux, by symbols, VMCOREINFO, or the tables
 * alone; of others the direct map and the image, which the tables show.
 *
 * Linux: Documentation/arch/x86/x86_64/mm.rst, and KASLR of the three bases as
 * arch/x86/mm/kaslr.c makes it: multiples of 1 GiB, in this order.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "arch/x86/x86.h"
#include "bridge/bridge.h"
#include "memory/vmcoreinfo.h"

#define GIB		(1ULL << 30)
#define TIB		(1ULL << 40)
#define IMAGE		0xffffffff80000000ULL	/* __START_KERNEL_map */
#define IMAGE_SIZE	GIB		/* KERNEL_IMAGE_SIZE where KASLR is built in */
#define IMAGE_UNMOVED	0xffffffff81000000ULL	/* where _text is without KASLR */
#define MODULES_END	0xffffffffff000000ULL
#define CPU_ENTRY	0xfffffe0000000000ULL
#define CPU_ENTRY_SIZE	(1ULL << 39)
#define BASES_MAX	32

enum { SYM_DIRECT, SYM_VMALLOC, SYM_VMEMMAP, SYM_TEXT };

const char *const pmap_x86_layout_exprs[] = {
	[SYM_DIRECT] = "*(unsigned long *)&page_offset_base",
	[SYM_VMALLOC] = "*(unsigned long *)&vmalloc_base",
	[SYM_VMEMMAP] = "*(unsigned long *)&vmemmap_base",
	[SYM_TEXT] = "(unsigned long)&_text",
	NULL
};

/* What depends on the levels: bases without KASLR, and how large each can be. */
struct places {
	unsigned va_bits;
	uint64_t ldt, ldt_size, direct, direct_size, vmalloc, vmalloc_size;
	uint64_t vmemmap, vmemmap_size, kasan, kasan_last;
};

static const struct places places[] = {
	{ 48, 0xffff880000000000, 1ULL << 39, 0xffff888000000000, 64 * TIB,
	  0xffffc90000000000, 32 * TIB, 0xffffea0000000000, TIB,
	  0xffffec0000000000, 0xfffffbffffffffff },
	{ 57, 0xff10000000000000, 1ULL << 48, 0xff11000000000000, 32768 * TIB,
	  0xffa0000000000000, 12800 * TIB, 0xffd4000000000000, 512 * TIB,
	  0xffdf000000000000, 0xfffffbffffffffff },
};

/* What has a place of its own in every kernel; shown where something is mapped. */
static const struct fixed {
	const char *name;
	uint64_t first, last;
} fixed[] = {
	{ "cpu entry", CPU_ENTRY, CPU_ENTRY + CPU_ENTRY_SIZE - 1 },
	{ "espfix", 0xffffff0000000000, 0xffffff7fffffffff },
	{ "EFI", 0xffffffef00000000, 0xfffffffeffffffff },
	{ "fixmap", MODULES_END, 0xffffffffff5fffff },
	{ "vsyscall", 0xffffffffff600000, 0xffffffffff600fff },
};

struct maker {
	const struct pmap_evidence *e;
	const struct places *places;
	struct pmap_layout *out;
	uint64_t bottom;	/* of the upper half */
	bool has_direct;
	uint64_t direct, direct_last;	/* the last address that it maps */
	uint64_t direct_bytes;
	const struct pmap_extent *image;	/* its first */
	uint64_t image_last;
};

/* --- What the tables show ------------------------------------------------- */

/* The first leaf that ends at `va' or above. */
static const struct pmap_extent *leaf_from(const struct pmap_evidence *e, uint64_t va)
{
	for (size_t i = 0; i < e->count; i++)
		if (e->extent[i].last >= va && e->extent[i].kind == PML_LEAF)
			return &e->extent[i];
	return NULL;
}

static bool maps_any(const struct pmap_evidence *e, uint64_t first, uint64_t last)
{
	for (size_t i = 0; i < e->count && e->extent[i].va <= last; i++)
		if (e->extent[i].last >= first)
			return true;
	return false;
}

/* Could it be a part of a direct map?  Then what that would have for frame 0. */
static bool base_of(const struct maker *m, const struct pmap_extent *x, uint64_t *base_ret)
{
	*base_ret = x->va - x->pa;
	return x->kind == PML_LEAF && x->linear && x->va < IMAGE &&
	       *base_ret >= m->bottom && *base_ret <= x->va && *base_ret % GIB == 0;
}

/* The base, a multiple of 1 GiB, by which most bytes are mapped linearly. */
static void find_direct(struct maker *m)
{
	struct { uint64_t base, bytes, last; bool low; } found[BASES_MAX];
	unsigned count = 0, k;
	uint64_t base;

	for (size_t i = 0; i < m->e->count; i++) {
		const struct pmap_extent *x = &m->e->extent[i];

		if (!base_of(m, x, &base))
			continue;
		for (k = 0; k < count && found[k].base != base; k++)
			;
		if (k == BASES_MAX)
			continue;
		if (k == count) {
			found[count++].base = base;
			found[k].bytes = 0;
			found[k].low = false;
		}
		found[k].bytes += x->last - x->va + 1;
		found[k].last = x->last;
		found[k].low |= x->pa < 2 << 20;
	}
	for (k = 0; k < count; k++)
		if (found[k].low && found[k].bytes > m->direct_bytes) {
			m->has_direct = true;
			m->direct = found[k].base;
			m->direct_last = found[k].last;
			m->direct_bytes = found[k].bytes;
		}
}

/* All that is mapped as its first page is, from the image's place on. */
static void find_image(struct maker *m)
{
	const struct pmap_extent *x = leaf_from(m->e, IMAGE), *end;

	if (!x || x->va < IMAGE || x->va - IMAGE >= IMAGE_SIZE + GIB / 2 || !x->linear)
		return;
	m->image = x;
	for (end = m->e->extent + m->e->count; x < end; x++) {
		/* With page table isolation, what Linux gives back leaves entries. */
		if (x->kind == PML_NONPRESENT)
			continue;
		if (x->kind != PML_LEAF || !x->linear ||
		    x->va - x->pa != m->image->va - m->image->pa)
			break;
		m->image_last = x->last;
	}
}

/* --- Symbols and VMCOREINFO ----------------------------------------------- */

/* A base that a symbol tells, if it is one; 0: none. */
static uint64_t told_base(const struct maker *m, unsigned symbol)
{
	const struct pmap_value *v = m->e->symbols ? &m->e->symbols[symbol] : NULL;

	return v && v->present && v->value % GIB == 0 &&
	       v->value >= m->places->direct && v->value < CPU_ENTRY ? v->value : 0;
}

static bool told_text(const struct maker *m)
{
	const struct pmap_value *v = m->e->symbols ? &m->e->symbols[SYM_TEXT] : NULL;

	return m->image && v && v->present && v->value == m->image->va;
}

/* Where VMCOREINFO has _text; 0: it does not tell. */
static uint64_t noted_text(const struct maker *m)
{
	bool has = false;
	uint64_t moved = m->e->vmcoreinfo ?
		pmap_vmcoreinfo_address(m->e->vmcoreinfo, "KERNELOFFSET", &has) : 0;

	return has ? IMAGE_UNMOVED + moved : 0;
}

/* --- The image ------------------------------------------------------------ */

static void image_why(const struct maker *m, struct pmap_area *area)
{
	uint64_t noted = noted_text(m);

	if (told_text(m)) {
		area->found = PMAP_FOUND_SYMBOL;
		area->certain = true;
		snprintf(area->why, sizeof(area->why), "_text, where the tables begin to map the image");
	} else if (noted == m->image->va) {
		area->found = PMAP_FOUND_VMCOREINFO;
		area->certain = true;
		snprintf(area->why, sizeof(area->why), "KERNELOFFSET, where the tables begin to map the image");
	} else {
		snprintf(area->why, sizeof(area->why), "first mapped in the top 2 GiB, %s",
			 m->image->rights & PML_W ? "writable" :
			 m->image->rights & PML_X ? "executable, read-only" : "read-only");
	}
}

/* The last address of pages before `next'. */
static uint64_t last_before(const struct pmap_extent *next)
{
	do
		next--;
	while (next->kind != PML_LEAF);
	return next->last;
}

/*
 * Text is what can be executed; what cannot be written is rodata; from the first
 * page behind it that can be, all is data.  Between text and rodata Linux gives
 * pages back that it has no use for: they have no name.
 */
static void put_image(struct maker *m, bool is_linux)
{
	const struct pmap_extent *other, *rodata, *data;
	struct pmap_area *area;
	bool split;

	if (!m->image)
		return;
	other = pmap_extent_until(m->e, m->image, m->image_last, PML_X, false);
	rodata = pmap_extent_until(m->e, other, m->image_last, PML_W, false);
	data = rodata ? pmap_extent_until(m->e, rodata, m->image_last, PML_W, true) : other;
	split = other && other != m->image;
	area = pmap_layout_put(m->out, split ? "kernel text" : "kernel image", m->image->va,
		   split ? last_before(other) : m->image_last,
		   PMAP_FOUND_TABLES, false);
	area->has_pa = true;
	area->pa = m->image->pa;
	area->moves = is_linux;
	area->unmoved = IMAGE_UNMOVED;
	image_why(m, area);
	if (!split)
		return;
	if (rodata)
		pmap_layout_put(m->out, "kernel rodata", rodata->va,
		    data ? last_before(data) : m->image_last, PMAP_FOUND_TABLES, false);
	if (data)
		pmap_layout_put(m->out, "kernel data", data->va, m->image_last, PMAP_FOUND_TABLES, false);
}

/* Behind the image; how large it can be, VMCOREINFO tells. */
static void put_modules(struct maker *m)
{
	bool told = false;
	uint64_t size = m->e->vmcoreinfo ?
		pmap_vmcoreinfo_number(m->e->vmcoreinfo, "NUMBER(KERNEL_IMAGE_SIZE)", &told) : 0;

	told = told && size && size <= GIB;
	if (!told)
		size = IMAGE_SIZE;
	if (m->image && m->image_last >= IMAGE + size)
		return;
	if (maps_any(m->e, IMAGE + size, MODULES_END - 1))
		pmap_layout_put(m->out, "modules", IMAGE + size, MODULES_END - 1,
		    told ? PMAP_FOUND_VMCOREINFO : PMAP_FOUND_LAYOUT, told);
}

/* --- Linux: the three bases ----------------------------------------------- */

static struct pmap_area *put_base(struct maker *m, const char *name,
				  uint64_t base, uint64_t size, uint64_t unmoved)
{
	struct pmap_area *area = pmap_layout_put(m->out, name, base, base + size - 1,
				     PMAP_FOUND_TABLES, false);

	if (area->last >= CPU_ENTRY || area->last < base)
		area->last = CPU_ENTRY - 1;
	area->moves = true;
	area->unmoved = unmoved;
	return area;
}

static void put_direct(struct maker *m, uint64_t told)
{
	struct pmap_area *area;

	if (!told && !m->has_direct)
		return;
	area = put_base(m, "direct map", told ? told : m->direct,
			m->places->direct_size, m->places->direct);
	area->has_pa = true;
	if (told) {
		area->found = PMAP_FOUND_SYMBOL;
		area->certain = !m->has_direct || told == m->direct;
		snprintf(area->why, sizeof(area->why), "page_offset_base%s",
			 !m->has_direct ? "" : told == m->direct ?
			 ", where the tables map frame 0" :
			 ", but the tables map frame 0 elsewhere");
	} else {
		snprintf(area->why, sizeof(area->why),
			 "maps frame 0 and %" PRIu64 " MiB linearly", m->direct_bytes >> 20);
	}
}

/* One that is known by its place behind `from': what is mapped there first. */
static void put_behind(struct maker *m, const char *name, unsigned symbol,
		       uint64_t from, uint64_t size, uint64_t unmoved,
		       const char *why)
{
	uint64_t told = told_base(m, symbol);
	const struct pmap_extent *x = leaf_from(m->e, from);
	struct pmap_area *area;

	if (!told && (!x || x->va < from || x->va >= CPU_ENTRY))
		return;
	area = put_base(m, name, told ? told : x->va & ~(GIB - 1), size, unmoved);
	if (told) {
		area->found = PMAP_FOUND_SYMBOL;
		area->certain = true;
		why = pmap_x86_layout_exprs[symbol] + sizeof("*(unsigned long *)&") - 1;
	}
	snprintf(area->why, sizeof(area->why), "%s", why);
}

/* The area of that name; NULL: none. */
static struct pmap_area *area_of(struct maker *m, const char *name)
{
	for (unsigned i = 0; i < m->out->count; i++)
		if (strcmp(m->out->area[i].name, name) == 0)
			return &m->out->area[i];
	return NULL;
}

/* Where one is cut by the next, it ends there. */
static void cut(struct pmap_area *area, const struct pmap_area *next)
{
	if (area && next && next->first > area->first && area->last >= next->first)
		area->last = next->first - 1;
}

static void put_kasan(struct maker *m)
{
	const struct places *p = m->places;

	/* KASAN's kernels do not move the three. */
	if (m->has_direct && m->direct == p->direct &&
	    maps_any(m->e, p->kasan, p->kasan_last))
		pmap_layout_put(m->out, "KASAN", p->kasan, p->kasan_last, PMAP_FOUND_LAYOUT, false);
}

static void put_bases(struct maker *m)
{
	const struct places *p = m->places;
	uint64_t direct = told_base(m, SYM_DIRECT);
	struct pmap_area *area, *vmemmap;

	put_direct(m, direct);
	if (!direct && !m->has_direct)
		return;
	put_kasan(m);
	put_behind(m, "vmalloc", SYM_VMALLOC,
		   m->has_direct ? m->direct_last + 1 : direct + TIB,
		   p->vmalloc_size, p->vmalloc,
		   "first mapped behind the direct map, down to 1 GiB");
	area = area_of(m, "vmalloc");
	if (area)
		put_behind(m, "vmemmap", SYM_VMEMMAP, area->first + p->vmalloc_size,
			   p->vmemmap_size, p->vmemmap,
			   "first mapped behind vmalloc, down to 1 GiB");
	vmemmap = area_of(m, "vmemmap");
	cut(area_of(m, "direct map"), area ? area : vmemmap);
	cut(area, vmemmap);
	cut(vmemmap, area_of(m, "KASAN"));
}

/* --- Which kernel? -------------------------------------------------------- */

/*
 * The table of CPU entry areas is nobody else's, and a direct map is where
 * Linux has it.
 */
static bool is_linux(const struct maker *m)
{
	const struct pmap_extent *x = leaf_from(m->e, CPU_ENTRY);

	return m->e->vmcoreinfo || told_base(m, SYM_DIRECT) ||
	       (x && x->va - CPU_ENTRY < CPU_ENTRY_SIZE &&
		(!m->has_direct || m->direct >= m->places->direct));
}

static void put_linux(struct maker *m)
{
	const struct places *p = m->places;

	m->out->kernel = "Linux";
	if (maps_any(m->e, p->ldt, p->ldt + p->ldt_size - 1))
		pmap_layout_put(m->out, "LDT", p->ldt, p->ldt + p->ldt_size - 1, PMAP_FOUND_LAYOUT,
				false);
	put_bases(m);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (maps_any(m->e, fixed[i].first, fixed[i].last))
			pmap_layout_put(m->out, fixed[i].name, fixed[i].first, fixed[i].last,
			    PMAP_FOUND_LAYOUT, true);
	put_modules(m);
}

void pmap_x86_layout(const struct pmap_evidence *e, struct pmap_layout *out)
{
	struct maker m = { .e = e, .out = out };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (e->fmt->va_bits == places[i].va_bits && e->fmt->sign_extended)
			m.places = &places[i];
	if (!m.places)
		return;
	m.bottom = -(1ULL << (m.places->va_bits - 1));
	find_direct(&m);
	find_image(&m);
	pmap_layout_put(m.out, "user", 0, ~m.bottom, PMAP_FOUND_LAYOUT, true);
	if (is_linux(&m)) {
		put_linux(&m);
	} else if (m.has_direct) {
		struct pmap_area *area = pmap_layout_put(m.out, "direct map", m.direct, m.direct_last,
					     PMAP_FOUND_TABLES, false);

		area->has_pa = true;
		snprintf(area->why, sizeof(area->why),
			 "maps frame 0 and %" PRIu64 " MiB linearly", m.direct_bytes >> 20);
	}
	put_image(&m, out->kernel != NULL);
}
