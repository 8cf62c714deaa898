/*
 * A run: what a dump says in one line.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/run.h"

#include <stddef.h>

#include "target/arch.h"
#include "target/kept.h"
#include "target/outcome.h"

/* Three letters of a group; returns where the next goes. */
static char *put_group(char *at, bool reads, bool writes, bool executes)
{
	*at++ = reads ? 'r' : '-';
	*at++ = writes ? 'w' : '-';
	*at++ = executes ? 'x' : '-';
	return at;
}

/* Can the format's leaves be a user's? */
static bool has_user(const struct pml_format *fmt)
{
	bool found = fmt->always & PML_U;

	for (size_t i = 0; i < sizeof(fmt->rights) / sizeof(fmt->rights[0]); i++)
		found |= fmt->rights[i].right == PML_U;
	return found;
}

const char *pmap_rights_name(const struct pml_format *fmt, unsigned rights,
			     char name[PMAP_RIGHTS_NAME])
{
	bool user = rights & PML_U;
	char *at = put_group(name, rights & PML_R, rights & PML_W,
			     rights & PML_X);

	/* EPT's second X is a right of one and the same guest. */
	if (pml_has_xu(fmt) && fmt->memtype != PML_MT_EPT) {
		*at++ = '/';
		at = put_group(at, user && rights & PML_R,
			       user && rights & PML_W, rights & PML_XU);
	} else if (has_user(fmt)) {
		*at++ = user ? 'u' : 's';
	}
	*at = '\0';
	return name;
}

const char *pmap_kind_name(unsigned kind)
{
	static const char *const names[] = {
		[PML_HOLE] = "hole",
		[PML_NONPRESENT] = "nonpresent",
		[PML_LEAF] = "leaf",
		[PML_TABLE] = "table",
		[PML_RESERVED] = "reserved",
		[PML_RECURSIVE] = "recursive",
		[PML_UNREADABLE] = "unreadable",
		[PML_NONCANONICAL] = "noncanonical",
		[PMAP_RUN_REPEAT] = "repeat",
		[PMAP_RUN_GAP] = "gap",
	};

	return names[kind];
}

const char *pmap_memory_type(const struct pmap_target *target, int level,
			     uint64_t raw)
{
	return target->arch->memory_type(target, target->space.fmt, level, raw);
}

void pmap_run_from(struct pmap_run *run, const struct pmap_target *target,
		   const struct pml_record *r)
{
	const struct pml_format *fmt = target->space.fmt;
	/* The EPTP says that these bits are software's. */
	bool flags = fmt->memtype != PML_MT_EPT || target->nesting != PML_EPT;

	*run = (struct pmap_run){
		.fmt = fmt, .va = r->va, .last = r->last, .raw = r->raw,
		.kind = r->kind, .level = r->level, .pkey = -1,
	};
	if (r->kind == PML_NONPRESENT && target->arch->linux_entry) {
		struct pmap_kept kept;

		pmap_kept_entry(target, fmt, r->level, r->raw, &kept);
		run->kept = kept.kind;
	}
	if (r->kind != PML_LEAF)
		return;
	run->pa = r->pa;
	run->page = run->page_max = 1ULL << r->shift;
	/* See pml_extend_page(). */
	if (r->last - r->va >= run->page)
		run->differs = PMAP_DIFFERS_RAW;
	run->rights = r->rights;
	run->encrypted = r->raw & target->space.encrypted;
	run->mt = pmap_memory_type(target, r->level, r->raw);
	run->global = pml_is_global(fmt, r->raw);
	run->accessed = flags && r->raw & fmt->accessed;
	run->dirty = flags && pml_is_dirty(fmt, r->raw);
	if (fmt->pkey_shift)
		run->pkey = r->raw >> fmt->pkey_shift & 15;
}

/*
 * The flags are those of the guest's entry: what the guest sees and sets.  The
 * memory type that both make together depends on more than the tables say.
 */
void pmap_run_from_product(struct pmap_run *run, const struct pmap_target *target,
			   const struct pml_product_record *p)
{
	const struct pml_format *fmt = target->pair.inner.fmt;
	uint64_t raw = p->guest.raw;

	*run = (struct pmap_run){
		.fmt = fmt ? fmt : target->outer.fmt,
		.va = p->r.va, .last = p->r.last, .raw = p->r.raw,
		.kind = p->r.kind, .level = p->r.level, .pkey = -1,
		.has_gpa = p->where != PML_IN_INNER, .gpa = p->gpa,
	};
	if (p->r.kind != PML_LEAF) {
		run->where = pmap_where_name(p->where);
		return;
	}
	run->pa = p->r.pa;
	run->page = run->page_max = 1ULL << p->r.shift;
	run->rights = p->r.rights;
	run->encrypted = raw & target->pair.inner.encrypted;
	/* There are two entries, and two levels. */
	run->differs = PMAP_DIFFERS_RAW | PMAP_DIFFERS_LEVEL;
	run->global = pml_is_global(fmt, raw);
	run->accessed = raw & fmt->accessed;
	run->dirty = pml_is_dirty(fmt, raw);
	if (fmt->pkey_shift)
		run->pkey = raw >> fmt->pkey_shift & 15;
}

bool pmap_run_join(struct pmap_run *run, const struct pmap_run *next, bool phys)
{
	bool contiguous = run->pa + (run->last - run->va) + 1 == next->pa &&
			  !(next->differs & PMAP_DIFFERS_PA);

	if (run->kind != next->kind || run->last + 1 != next->va ||
	    run->rights != next->rights || run->mt != next->mt ||
	    run->global != next->global || run->cause != next->cause ||
	    run->encrypted != next->encrypted || run->kept != next->kept ||
	    run->where != next->where)
		return false;
	if (run->kind == PMAP_RUN_REPEAT) {
		if (run->pa != next->pa || run->page != next->page)
			return false;
		run->last = next->last;
		return true;
	}
	if (run->kind == PML_LEAF && phys && !contiguous)
		return false;
	if (!contiguous)
		run->differs |= PMAP_DIFFERS_PA;
	if (run->gpa + (run->last - run->va) + 1 != next->gpa)
		run->differs |= PMAP_DIFFERS_GPA;
	if (run->level != next->level)
		run->differs |= PMAP_DIFFERS_LEVEL;
	if (run->accessed != next->accessed)
		run->differs |= PMAP_DIFFERS_ACCESSED;
	if (run->dirty != next->dirty)
		run->differs |= PMAP_DIFFERS_DIRTY;
	if (run->pkey != next->pkey)
		run->differs |= PMAP_DIFFERS_PKEY;
	run->differs |= next->differs | PMAP_DIFFERS_RAW;
	if (next->page < run->page)
		run->page = next->page;
	if (next->page_max > run->page_max)
		run->page_max = next->page_max;
	run->last = next->last;
	return true;
}
