/*
 * Where the instructions of mode=insn are and what they find: a few pages, with
 * tables that are good or bad in every way, in any paging mode.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>

#include "insn/insn.h"
#include "machine/legacy.h"
#include "machine/x86.h"

#define AREA_SIZE	(4UL << 20)	/* the largest page of 32-bit paging */

/*
 * By GiB: A is within the reach of 32-bit absolute addresses and of rip-relative
 * ones from the code, everything of 32-bit registers.  The last shares the
 * code's, but for the tables below level 2.
 */
static const uint64_t base[AREAS] = {
	[CODE] = 0x80100000, [A] = 0x40100000, [B] = 0xc0100000,
	[STACK] = 0x100000, [DONE] = 0x80300000,
};

/* Legacy code has the first megabytes for itself, virtual-8086 mode needs them. */
#define STACK_LEGACY	0xd00000
static const uint64_t base_vm86[AREAS] = {
	[CODE] = 0x21000, [A] = 0x31000, [B] = 0x41000, [STACK] = 0x51000,
	[DONE] = 0x61000,
};

struct insn_world world;

static void set_entry(const struct insn_slot *slot, uint64_t value)
{
	if (world.fmt->entry_size == 4)
		((uint32_t *)kaddr(slot->table))[slot->index] = value;
	else
		((uint64_t *)kaddr(slot->table))[slot->index] = value;
}

static unsigned int index_of(int level, uint64_t va)
{
	return pml_index(&world.fmt->level[level], va);
}

/* --- Tables that are always good: down to level 3 or 2 ------------------- */

static void init_long(void)
{
	uint64_t root = rcr3() & PML_X86_ADDR, level3 = page_zeroed(), upper;

	world.root = page_zeroed();
	memcpy(kaddr(world.root), kaddr(root), PGSIZE);
	upper = level3 | PML_X86_P | PML_X86_RW | PML_X86_US;
	if (cpu.five_levels) {
		uint64_t level4 = page_zeroed();

		set_entry(&(struct insn_slot){ level4, 0 }, upper);
		upper = level4 | PML_X86_P | PML_X86_RW | PML_X86_US;
	}
	set_entry(&(struct insn_slot){ world.root, 0 }, upper);
	for (int i = 0; i < AREAS; i++) {
		struct insn_area *w = &world.area[i];

		w->slot[1] = (struct insn_slot){ page_zeroed(), FIRST_PAGE };
		w->slot[2] = (struct insn_slot){ page_zeroed(), 0 };
		w->slot[3] = (struct insn_slot){ level3, index_of(3, w->va) };
	}
	world.area[DONE].slot[2].table = world.area[CODE].slot[2].table;
	world.area[DONE].slot[2].index = index_of(2, world.area[DONE].va);
}

/* The table of level 2 that `va' is in: PAE has four, without flags above. */
static uint64_t legacy_level2(uint64_t va)
{
	uint64_t *top = kaddr(world.root), *entry = &top[va >> 30];

	if (world.fmt->levels == 2)
		return world.root;
	if (!*entry)
		*entry = page_zeroed() | PML_X86_P;
	return *entry & ~0xfffUL;
}

/* The trampoline, mapped where it is. */
static uint64_t init_low(void)
{
	uint64_t table = page_zeroed(), va;
	struct insn_slot slot = { legacy_level2(0), 0 };

	set_entry(&slot, table | PML_X86_P | PML_X86_RW | PML_X86_US);
	for (va = LEGACY_FIRST; va < LEGACY_LAST; va += PGSIZE) {
		slot = (struct insn_slot){ table, index_of(1, va) };
		set_entry(&slot, va | PML_X86_P | PML_X86_RW);
	}
	return table;
}

static void init_legacy(void)
{
	uint64_t low;

	world.root = page_zeroed();
	low = init_low();
	for (int i = 0; i < AREAS; i++) {
		struct insn_area *w = &world.area[i];
		uint64_t level2 = legacy_level2(w->va);

		if (world.ground->vm86) {
			w->slot[1] = (struct insn_slot){ low, index_of(1, w->va) };
			continue;
		}
		w->slot[1] = (struct insn_slot){ page_zeroed(), FIRST_PAGE };
		w->slot[2] = (struct insn_slot){ level2, index_of(2, w->va) };
	}
	/* One entry of level 2 may be the code's as well. */
	if (world.area[DONE].slot[2].index == world.area[CODE].slot[2].index)
		world.area[DONE].slot[1] = (struct insn_slot){
			world.area[CODE].slot[1].table,
			index_of(1, world.area[DONE].va)
		};
}

static void set_segment16(unsigned int selector, int area, uint64_t type)
{
	uint64_t at = insn_base16(area);
	uint64_t d = type << 40 | 0xffff | (at & 0xffffff) << 16 | (at >> 24) << 56;

	set_segment(selector, d);
	legacy_set_segment(selector, d);
}

static void init_segments(void)
{
	set_segment16(SEL_KCODE16, CODE, 0x9b);
	set_segment16(SEL_UCODE16, CODE, 0xfb);
	set_segment16(SEL_KSTACK16, STACK, 0x93);
	set_segment16(SEL_USTACK16, STACK, 0xf3);
	set_segment16(SEL_DATA16, A, 0xf3);
	set_segment16(SEL_EXTRA16, B, 0xf3);
}

void insn_world_init(const struct insn_ground *ground)
{
	world.ground = ground;
	world.fmt = ground->fmt ? ground->fmt :
		    cpu.five_levels ? &pml_x86_64_5 : &pml_x86_64_4;
	for (int i = 0; i < AREAS; i++) {
		struct insn_area *w = &world.area[i];

		w->va = ground->vm86 ? base_vm86[i] : base[i];
		if (i == STACK && ground->fmt && !ground->vm86)
			w->va = STACK_LEGACY;
		w->frames = page_alloc(AREA_SIZE / PGSIZE, AREA_SIZE / PGSIZE);
		if (!w->frames)
			panic("no memory for the instructions");
	}
	/* Its first page is 2 MiB behind the code's in one large page, too. */
	world.area[DONE].frames = world.area[CODE].frames + (2UL << 20);
	if (ground->fmt)
		init_legacy();
	else
		init_long();
	init_segments();
}

/* --- What is wrong with an entry ----------------------------------------- */

static uint64_t good_entry(struct random *r, const struct insn_style *style,
			   bool leaf, int area)
{
	uint64_t raw = PML_X86_P | PML_X86_RW;

	if (!leaf || style->user)
		raw |= PML_X86_US;
	if (leaf && area != CODE && area != DONE && style->nx &&
	    random_percent(r, 50))
		raw |= PML_X86_NX;
	return raw;
}

static uint64_t bad_entry(struct random *r, uint64_t raw, bool leaf)
{
	bool wide = world.fmt->entry_size == 8, keys = world.fmt->pkey_shift;

	switch (random_below(r, leaf ? 9 : 6)) {
	case 0:
		return 0;
	case 1:
		return raw & ~PML_X86_P;
	case 2:
		return wide ? raw | 1UL << 51 : 0;
	case 3:
		return raw & ~PML_X86_RW;
	case 4:
		return raw ^ PML_X86_US;
	case 5:
		return wide ? raw | PML_X86_NX : raw & ~PML_X86_RW;
	case 6:
		return raw ^ PML_X86_US;
	case 7:
		return keys ? raw | PML_X86_US | 1UL << 59 : raw ^ PML_X86_US;
	default:
		return keys ? raw | PML_X86_US | 2UL << 59 :
		       wide ? raw | 1UL << 55 : raw & ~PML_X86_RW;
	}
}

static uint64_t pick_entry(struct random *r, const struct insn_style *style,
			   int area, bool leaf, unsigned int bad_percent,
			   uint64_t pa)
{
	uint64_t raw = good_entry(r, style, leaf, area);

	if (random_percent(r, bad_percent))
		raw = bad_entry(r, raw, leaf);
	return raw ? raw | pa : 0;
}

/* Level 2 may map all of the area at once. */
static uint64_t pick_level2(struct random *r, const struct insn_style *style,
			    int area, unsigned int bad)
{
	const struct insn_area *w = &world.area[area];
	uint64_t raw;

	if (world.fmt->level[2].leaf_mask && random_percent(r, 10))
		return pick_entry(r, style, area, true, bad, w->frames | PML_X86_PS);
	raw = pick_entry(r, style, area, false, bad / 5, w->slot[1].table);
	/* Where there are no large pages, the bit is nothing. */
	if (raw && !world.fmt->level[2].leaf_mask && random_percent(r, 30))
		raw |= PML_X86_PS;
	return raw;
}

static void pick_area(struct random *r, const struct insn_style *style, int area,
		      unsigned int bad)
{
	const struct insn_area *w = &world.area[area];
	struct insn_slot slot = w->slot[1];
	uint64_t pa = w->frames + FIRST_PAGE * PGSIZE;

	for (int i = 0; i < 2; i++, slot.index++, pa += PGSIZE)
		set_entry(&slot, pick_entry(r, style, area, true, bad, pa));
	if (w->slot[2].table)
		set_entry(&w->slot[2], pick_level2(r, style, area, bad));
	if (w->slot[3].table)
		set_entry(&w->slot[3], pick_entry(r, style, area, false, bad / 8,
						  w->slot[2].table));
}

/* The end of a probe is always there: by a large page, or by a small one. */
static void fill_done(struct random *r, const struct insn_style *style)
{
	const struct insn_area *w = &world.area[DONE];
	uint64_t raw = good_entry(r, style, true, DONE);

	if (w->slot[2].table && w->slot[2].index != world.area[CODE].slot[2].index)
		set_entry(&w->slot[2], w->frames | PML_X86_PS | raw);
	else
		set_entry(&w->slot[1], (w->frames + FIRST_PAGE * PGSIZE) | raw);
}

void insn_world_fill(struct random *r, const struct insn_style *style)
{
	static const uint8_t bad_percent[AREAS] = { 8, 36, 24, 24, 0 };

	for (int i = CODE; i < DONE; i++)
		pick_area(r, style, i, i == B && style->b_is_good ? 0 :
			  bad_percent[i]);
	fill_done(r, style);
}

void insn_poke(int area, uint64_t va, const void *bytes, size_t n)
{
	const struct insn_area *w = &world.area[area];
	uint64_t off = va - (w->va - FIRST_PAGE * PGSIZE);

	if (off < AREA_SIZE / 2 && n <= AREA_SIZE / 2 - off)
		memcpy((char *)kaddr(w->frames) + off, bytes, n);
}
