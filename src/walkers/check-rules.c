/*
 * pmap check: the rules that hold for every architecture.
 *
 * The order counts: of the same severity, what stands first is said first, and
 * what keeps a machine from running stands before what makes it unsafe.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "show/words.h"
#include "walkers/check.h"

#define KIND(kind)	(1u << (kind))

/* --- Asked of entries ----------------------------------------------------- */

static bool is_reserved(const struct pmap_rule_entry *e, struct pmap_finding *f)
{
	f->bits = pml_reserved_bits(e->space, e->r->level, e->r->raw);
	return true;
}

/* A large page whose address has bits below its size. */
static bool is_misaligned(const struct pmap_rule_entry *e, struct pmap_finding *f)
{
	const struct pml_level *lv = &e->space->fmt->level[e->r->level];

	if (e->r->level < 2 || !pml_is_leaf(lv, e->r->raw) ||
	    e->space->no_leaf & PML_LEVEL(e->r->level))
		return false;
	f->bits = pml_reserved_bits(e->space, e->r->level, e->r->raw);
	return f->bits && !(f->bits >> lv->shift);
}

static bool is_not_ram(const struct pmap_rule_entry *e, struct pmap_finding *f)
{
	(void)f;
	return e->not_ram;
}

static bool is_unreadable(const struct pmap_rule_entry *e, struct pmap_finding *f)
{
	(void)f;
	return !e->not_ram;
}

static bool is_recursive(const struct pmap_rule_entry *e, struct pmap_finding *f)
{
	(void)f;
	return e->r->pa == e->root;
}

static bool is_loop(const struct pmap_rule_entry *e, struct pmap_finding *f)
{
	(void)f;
	return e->r->pa != e->root;
}

static bool is_wx(const struct pmap_rule_entry *e, struct pmap_finding *f)
{
	(void)f;
	return e->r->rights & PML_W && e->r->rights & (PML_X | PML_XU);
}

/* In a full 64-bit address space the upper half is the kernel's. */
static bool is_kernel_user(const struct pmap_rule_entry *e, struct pmap_finding *f)
{
	(void)f;
	return e->r->va >> 63 && e->r->rights & PML_U;
}

static bool is_global_user(const struct pmap_rule_entry *e, struct pmap_finding *f)
{
	const struct pml_format *fmt = e->space->fmt;

	f->bits = fmt->global;
	return e->r->rights & PML_U && pml_is_global(fmt, e->r->raw);
}

/* --- What they say -------------------------------------------------------- */

static void add_entry(struct pmap_text *out, const struct pmap_query *q,
		      const struct pmap_finding *f)
{
	const struct pml_format *fmt = pmap_target_space(&q->target, f->va)->fmt;

	pmap_text_add(out, "the %s at 0x%" PRIx64 " = 0x%" PRIx64,
		      fmt->level[f->level].name, f->slot, f->raw);
}

static void say_table(struct pmap_text *out, const struct pmap_query *q,
		      const struct pmap_finding *f)
{
	if (f->level) {
		add_entry(out, q, f);
		pmap_text_add(out, " leads to a table at 0x%" PRIx64, f->pa);
	} else {
		pmap_text_add(out, "the root table is at 0x%" PRIx64, f->pa);
	}
	if (f->why)
		pmap_text_add(out, ": %s", f->why);
}

/* Entries below allow what this one takes away from all of them. */
static void say_blocked(struct pmap_text *out, const struct pmap_query *q,
			const struct pmap_finding *f)
{
	const struct pml_format *fmt = pmap_target_space(&q->target, f->va)->fmt;

	add_entry(out, q, f);
	if (f->bits)
		pmap_text_add(out, ": bit %d (%s) is %s", __builtin_ctzll(f->bits),
			      pmap_bit_name(fmt, f->level, f->raw, f->bits & -f->bits),
			      f->raw & f->bits ? "set" : "clear");
	pmap_text_add(out, ", so %" PRIu64 " %s below it %s %s, though allowed by %s own bits",
		      f->count, f->count == 1 ? "entry" : "entries",
		      f->count == 1 ? "loses" : "lose", f->why,
		      f->count == 1 ? "its" : "their");
}

static void say_levels(struct pmap_text *out, const struct pmap_query *q,
		       const struct pmap_finding *f)
{
	add_entry(out, q, f);
	pmap_text_add(out, " leads to a table at 0x%" PRIx64 ", which %016" PRIx64 " uses at another level",
		      f->pa, f->other);
}

static void say_user_table(struct pmap_text *out, const struct pmap_query *q,
			   const struct pmap_finding *f)
{
	(void)q;
	pmap_text_add(out, "the page table at 0x%" PRIx64 " (of %016" PRIx64 ") can be %s by user mode here",
		      f->pa, f->other,
		      f->rights & PML_W ? "written" : "read");
}

static void say_table_alias(struct pmap_text *out, const struct pmap_query *q,
			    const struct pmap_finding *f)
{
	(void)q;
	pmap_text_add(out, "the page table at 0x%" PRIx64 " can be written here and at %016" PRIx64,
		      f->pa, f->other);
}

/* --- The table ------------------------------------------------------------ */

const struct pmap_rule pmap_check_rules[] = {
	[PMAP_CHECK_RESERVED] = {
		.name = "reserved",
		.title = "an entry that is present has a reserved bit set, or a combination of bits that is not allowed",
		.reason = "every access through it faults",
		.severity = PMAP_ERROR, .outer = PMAP_ERROR,
		.kinds = KIND(PML_RESERVED), .last_resort = true,
		.entry = is_reserved,
	},
	[PMAP_CHECK_MISALIGNED] = {
		.name = "misaligned",
		.title = "the address of a large page is not a multiple of its size",
		.reason = "those address bits are reserved: every access faults",
		.severity = PMAP_ERROR, .outer = PMAP_ERROR,
		.kinds = KIND(PML_RESERVED),
		.entry = is_misaligned,
	},
	[PMAP_CHECK_TABLE_NOT_RAM] = {
		.name = "table-not-ram",
		.title = "a table is not in RAM",
		.reason = "the processor reads whatever is there: all ones, zeros, a device",
		.severity = PMAP_ERROR, .outer = PMAP_ERROR,
		.kinds = KIND(PML_UNREADABLE),
		.entry = is_not_ram, .say = say_table,
	},
	[PMAP_CHECK_TABLE_USER] = {
		.name = "table-user",
		.title = "a page table is mapped for user mode",
		.reason = "whoever can write it controls the machine; whoever can read it learns where everything is",
		.severity = PMAP_ERROR,
		.say = say_user_table,
	},
	[PMAP_CHECK_BLOCKED] = {
		.name = "blocked",
		.title = "an entry above takes away a right that pages below it allow by themselves",
		.reason = "often a forgotten bit: accesses fault though the page's own entry allows them",
		.severity = PMAP_WARNING, .outer = PMAP_WARNING,
		.say = say_blocked,
	},
	[PMAP_CHECK_TABLE_ROM] = {
		.name = "table-rom",
		.title = "a table is in ROM",
		.reason = "the processor cannot set accessed and dirty flags in it",
		.severity = PMAP_WARNING, .outer = PMAP_WARNING,
		.say = say_table,
	},
	[PMAP_CHECK_LOOP] = {
		.name = "loop",
		.title = "a table, not the root, is on its own path",
		.reason = "its entries are taken for those of another level",
		.severity = PMAP_WARNING, .outer = PMAP_WARNING,
		.kinds = KIND(PML_RECURSIVE),
		.entry = is_loop, .say = say_table,
	},
	[PMAP_CHECK_LEVELS] = {
		.name = "levels",
		.title = "a table is used at two levels",
		.reason = "its entries mean different things there",
		.severity = PMAP_WARNING, .outer = PMAP_WARNING,
		.say = say_levels,
	},
	[PMAP_CHECK_KERNEL_USER] = {
		.name = "kernel-user",
		.title = "user mode may use an address of the upper half",
		.reason = "that half is the kernel's",
		.severity = PMAP_WARNING,
		.kinds = KIND(PML_LEAF), .entry = is_kernel_user,
	},
	[PMAP_CHECK_WX] = {
		.name = "wx",
		.title = "pages can be written and executed",
		.reason = "whoever can write there runs code",
		.severity = PMAP_WARNING, .outer = PMAP_NOTE,
		.kinds = KIND(PML_LEAF), .entry = is_wx,
	},
	[PMAP_CHECK_ALIAS_WX] = {
		.name = "alias-wx",
		.title = "frames that can be executed here can be written elsewhere",
		.reason = "the same as a page that is writable and executable",
		.severity = PMAP_WARNING, .outer = PMAP_NOTE,
	},
	[PMAP_CHECK_ALIAS_MT] = {
		.name = "alias-mt",
		.title = "frames are mapped with different memory types",
		.reason = "caches may hold what memory does not: results are undefined",
		.severity = PMAP_WARNING, .outer = PMAP_WARNING,
	},
	[PMAP_CHECK_DEVICE_CACHED] = {
		.name = "device-cached",
		.title = "what is not RAM is mapped with a memory type that is cached",
		.reason = "a device would be read ahead and written late, or not at all",
		.severity = PMAP_WARNING, .outer = PMAP_WARNING,
	},
	[PMAP_CHECK_DEVICE_EXEC] = {
		.name = "device-exec",
		.title = "what is not RAM can be executed",
		.reason = "the processor may fetch from it ahead of what runs, and a device notices",
		.severity = PMAP_WARNING, .outer = PMAP_NOTE,
	},
	[PMAP_CHECK_ROM_WRITE] = {
		.name = "rom-write",
		.title = "ROM is mapped writable",
		.reason = "what is written there is lost",
		.severity = PMAP_NOTE, .outer = PMAP_NOTE,
	},
	[PMAP_CHECK_GLOBAL_USER] = {
		.name = "global-user",
		.title = "pages of user mode are global",
		.reason = "they stay in the TLB when the address space changes: the next process uses them",
		.severity = PMAP_WARNING,
		.kinds = KIND(PML_LEAF), .entry = is_global_user,
	},
	[PMAP_CHECK_CONTIGUOUS] = {
		.name = "contiguous",
		.title = "entries that say they are one contiguous page are not: mark, attributes or addresses differ",
		.reason = "the TLB may use any one of them for all",
		.severity = PMAP_WARNING, .outer = PMAP_WARNING,
	},
	[PMAP_CHECK_ALIAS_RO] = {
		.name = "alias-ro",
		.title = "frames that are read-only here can be written elsewhere",
		.reason = "whoever can reach the other mapping can change them",
		.severity = PMAP_NOTE,
	},
	[PMAP_CHECK_TABLE_ALIAS] = {
		.name = "table-alias",
		.title = "a page table can be written at two addresses",
		.reason = "protecting one of the addresses does not protect the other",
		.severity = PMAP_NOTE,
		.say = say_table_alias,
	},
	[PMAP_CHECK_DEVICE] = {
		.name = "device",
		.title = "what is mapped is not RAM: a device, or nothing",
		.reason = "right for a driver, wrong for memory",
		.severity = PMAP_NOTE, .outer = PMAP_NOTE,
	},
	[PMAP_CHECK_UNREADABLE] = {
		.name = "unreadable",
		.title = "a table cannot be read",
		.reason = "nothing is known of what is below it",
		.severity = PMAP_NOTE, .outer = PMAP_NOTE,
		.kinds = KIND(PML_UNREADABLE),
		.entry = is_unreadable, .say = say_table,
	},
	[PMAP_CHECK_RECURSIVE] = {
		.name = "recursive",
		.title = "the root table is mapped in itself",
		.reason = "a common way to reach all tables: whoever can access this range can access them all",
		.severity = PMAP_NOTE, .outer = PMAP_WARNING,
		.kinds = KIND(PML_RECURSIVE),
		.entry = is_recursive,
	},
	[PMAP_CHECK_EMPTY_TABLE] = {
		.name = "empty-table",
		.title = "a table has no entry",
		.reason = "it maps nothing and could be given back",
		.severity = PMAP_NOTE, .outer = PMAP_NOTE,
		.say = say_table,
	},
	[PMAP_CHECK_GENERAL] = { .name = NULL },
};
