/*
 * Would this access of a guest's fault or leave the guest, and how?
 *
 * access-x86.h in two dimensions: the guest's own exception if its tables deny
 * the access, otherwise the exit that nested paging causes - AMD's nested page
 * fault (APM 2, 15.25.6) or Intel's EPT violation or misconfiguration (SDM 3C,
 * 29.3.3) - with the qualification that the processor reports.
 *
 *	struct pml_nested n;
 *	struct pml_x86_verdict_2d v;
 *
 *	pml_nested_init(&n, &guest, &host, PML_NPT);
 *	if (!pml_x86_access_2d(&n, &controls, &store, &v))
 *		printk("exit %d, %llx at gpa %llx\n", v.exit, v.info, v.gpa);
 *
 * A guest's exception goes before the exit for the memory itself, and an exit
 * for one of its tables before both.  Not modelled: shadow stacks, sub-page
 * write permissions, paging-write control, virtualization exceptions, page
 * modification logs.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_ACCESS_X86_2D_H
#define PML_ACCESS_X86_2D_H

#include <pml/access-x86.h>
#include <pml/nested.h>

/* EXITINFO1 of a nested page fault, above the bits of PML_X86_PF_.... */
#define PML_X86_NPF_FINAL	(1ULL << 32)	/* for the memory itself */
#define PML_X86_NPF_TABLE	(1ULL << 33)	/* for one of the guest's tables */

/* Exit qualification of an EPT violation, SDM 3C, table 28-7. */
#define PML_X86_EPT_Q_READ		0x001u	/* the access */
#define PML_X86_EPT_Q_WRITE		0x002u
#define PML_X86_EPT_Q_FETCH		0x004u
#define PML_X86_EPT_Q_MAY_READ	0x008u	/* what the tables allow */
#define PML_X86_EPT_Q_MAY_WRITE	0x010u
#define PML_X86_EPT_Q_MAY_FETCH	0x020u	/* mode-based: from supervisor addresses */
#define PML_X86_EPT_Q_MAY_XU	0x040u	/* mode-based: from user addresses */
#define PML_X86_EPT_Q_LINEAR	0x080u	/* there is a linear address */
#define PML_X86_EPT_Q_FINAL		0x100u	/* for what it maps to, not for a table */
#define PML_X86_EPT_Q_USER		0x200u	/* advanced information: the guest's U, */
#define PML_X86_EPT_Q_RW		0x400u	/* W, */
#define PML_X86_EPT_Q_NX		0x800u	/* and no X */

enum pml_x86_exit {
	PML_X86_EXIT_NONE,		/* the access succeeds */
	PML_X86_EXIT_EXCEPTION,	/* the guest's own: see `guest` */
	PML_X86_EXIT_NPF,		/* AMD: exit code 0x400 */
	PML_X86_EXIT_EPT_VIOLATION,	/* Intel: exit reason 48 */
	PML_X86_EXIT_EPT_MISCONFIG,	/* Intel: exit reason 49 */
	PML_X86_EXIT_UNKNOWN,	/* tables, or registers, that cannot be read: there is no telling */
};

/*
 * The answer.  `level` to `bits` are of the outer tables' entry that is the
 * reason; the guest's own is in `guest`, which also says where the address
 * leads.
 */
struct pml_x86_verdict_2d {
	uint8_t exit;		/* of enum pml_x86_exit */
	uint8_t where;		/* of enum pml_where */
	uint8_t kind;		/* of enum pml_kind: what the outer walk came to */
	uint8_t level;
	uint64_t slot_pa, raw, bits;
	unsigned missing;	/* rights that the outer tables do not give */
	uint64_t info;		/* EXITINFO1, or the exit qualification */
	uint64_t gpa;		/* EXITINFO2, or the guest-physical address */
	uint64_t pa;		/* no exit: where the access goes */
	struct pml_x86_verdict guest;
};

/* One access to guest-physical memory. */
struct pml_x86_gpa_access {
	uint64_t gpa;
	unsigned rights;	/* that it needs of the outer tables */
	uint64_t pf;		/* NPT: W and I of the error code */
	uint64_t ept;		/* EPT: the low three bits of the qualification, */
	uint64_t advanced;	/* and those above 8 */
	enum pml_where where;
};

/*
 * EXITINFO1.  Nested accesses are always user accesses; as in a #PF's error
 * code, fetches are told where NX is, that is with the host's EFER.NXE.
 */
static inline uint64_t pml_x86_npf_info(const struct pml_nested *n,
					const struct pml_x86_gpa_access *a,
					enum pml_kind kind)
{
	uint64_t nx = n->outer->fmt->nx & ~n->outer->rsvd;
	uint64_t info = a->pf | PML_X86_PF_U;

	if (!nx)
		info &= ~(uint64_t)PML_X86_PF_I;
	if (kind == PML_LEAF || kind == PML_RESERVED)
		info |= PML_X86_PF_P;
	if (kind == PML_RESERVED)
		info |= PML_X86_PF_RSVD;
	return info | (a->where == PML_IN_TABLE ? PML_X86_NPF_TABLE
						: PML_X86_NPF_FINAL);
}

/* What an EPT violation says; `rights` are 0 if the address is not mapped. */
static inline uint64_t pml_x86_ept_info(const struct pml_nested *n,
					const struct pml_x86_gpa_access *a,
					unsigned rights)
{
	uint64_t info = a->ept | PML_X86_EPT_Q_LINEAR;

	if (rights & PML_R)
		info |= PML_X86_EPT_Q_MAY_READ;
	if (rights & PML_W)
		info |= PML_X86_EPT_Q_MAY_WRITE;
	if (rights & PML_X)
		info |= PML_X86_EPT_Q_MAY_FETCH;
	if (rights & PML_XU)
		info |= PML_X86_EPT_Q_MAY_XU;
	if (a->where == PML_IN_FINAL)
		info |= PML_X86_EPT_Q_FINAL |
			(n->ept_advanced ? a->advanced : 0);
	return info;
}

/* Which exit the outer tables' answer means. */
static inline enum pml_x86_exit pml_x86_exit_for(const struct pml_nested *n,
						 enum pml_kind kind)
{
	if (kind == PML_UNREADABLE || n->nesting == PML_PLAIN)
		return PML_X86_EXIT_UNKNOWN;
	if (n->nesting == PML_NPT)
		return PML_X86_EXIT_NPF;
	return kind == PML_RESERVED ? PML_X86_EXIT_EPT_MISCONFIG
				    : PML_X86_EXIT_EPT_VIOLATION;
}

/* The entry of the outer tables that is the reason. */
static inline void pml_x86_blame_outer(const struct pml_space *outer,
				       const struct pml_steps *steps,
				       struct pml_x86_verdict_2d *v)
{
	unsigned first = v->missing & -v->missing;
	const struct pml_step *step;

	v->level = 0;
	v->slot_pa = v->raw = v->bits = 0;
	if (!steps->count)
		return;
	step = &steps->step[steps->count - 1];
	if (v->kind == PML_LEAF && first)
		step = pml_step_without(steps, first);
	v->level = step->level;
	v->slot_pa = step->slot_pa;
	v->raw = step->raw;
	if (v->kind == PML_RESERVED)
		v->bits = pml_bad_bits(outer, step);
	else if (v->kind == PML_LEAF)
		v->bits = pml_bits_of_right(outer->fmt, first);
	else
		v->bits = outer->fmt->present;
}

/* Do the outer tables let it through?  If not, *v says why. */
static inline bool pml_x86_gpa_passes(const struct pml_nested *n,
				      const struct pml_x86_gpa_access *a,
				      struct pml_x86_verdict_2d *v)
{
	struct pml_target t;
	struct pml_steps steps;

	pml_translate(n->outer, a->gpa, &t, &steps);
	v->where = a->where;
	v->gpa = a->gpa;
	v->kind = t.kind;
	v->missing = t.kind == PML_LEAF ? a->rights & ~t.rights : a->rights;
	v->pa = t.pa;
	if (t.kind == PML_LEAF && !v->missing)
		return true;
	v->exit = pml_x86_exit_for(n, t.kind);
	v->info = 0;
	if (v->exit == PML_X86_EXIT_NPF)
		v->info = pml_x86_npf_info(n, a, t.kind);
	else if (v->exit == PML_X86_EXIT_EPT_VIOLATION)
		v->info = pml_x86_ept_info(n, a, t.rights);
	pml_x86_blame_outer(n->outer, &steps, v);
	return false;
}

/*
 * The guest's entry at `gpa`, `writing` one of its flags or not.  AMD: always
 * a user-mode write.  Intel: with accessed and dirty flags in the EPT a read
 * and write, otherwise what it is.
 */
static inline bool pml_x86_table_passes(const struct pml_nested *n,
					uint64_t gpa, bool writing,
					struct pml_x86_verdict_2d *v)
{
	struct pml_x86_gpa_access a = {
		.gpa = gpa, .where = PML_IN_TABLE,
		.rights = pml_nested_need(n->nesting), .pf = PML_X86_PF_W,
		.ept = PML_X86_EPT_Q_READ,
	};

	if (n->nesting == PML_EPT_AD) {
		a.ept |= PML_X86_EPT_Q_WRITE;
	} else if (writing && n->nesting == PML_EPT) {
		a.rights = PML_W;
		a.ept = PML_X86_EPT_Q_WRITE;
	}
	return pml_x86_gpa_passes(n, &a, v);
}

/*
 * The flags that the processor sets in the guest's entries on the way: EPT
 * must let it write to each that lacks one.
 */
static inline bool pml_x86_flags_pass(struct pml_nested *n, uint64_t gva,
				      bool write, struct pml_x86_verdict_2d *v)
{
	const struct pml_format *fmt = n->inner.fmt;
	struct pml_target t;
	struct pml_steps steps;
	int i;

	if (n->nesting != PML_EPT || !fmt)
		return true;
	pml_translate(&n->inner, gva, &t, &steps);
	for (i = 0; i < steps.count; i++) {
		const struct pml_step *step = &steps.step[i];
		bool leaf = i == steps.count - 1;
		uint64_t flags = fmt->accessed | (leaf && write ? fmt->dirty : 0);

		/* PAE's top entries have no flags. */
		if (fmt->level[step->level].in_registers)
			continue;
		if ((flags & ~step->raw) &&
		    !pml_x86_table_passes(n, step->slot_pa, true, v))
			return false;
	}
	return true;
}

/* The memory that the guest's tables lead to. */
static inline bool pml_x86_memory_passes(const struct pml_nested *n,
					 const struct pml_x86_access *access,
					 struct pml_x86_verdict_2d *v)
{
	const struct pml_target *t = &v->guest.target;
	struct pml_x86_gpa_access a = {
		.gpa = t->pa, .where = PML_IN_FINAL, .rights = access->kind,
		.advanced = (t->rights & PML_U ? PML_X86_EPT_Q_USER : 0) |
			    (t->rights & PML_W ? PML_X86_EPT_Q_RW : 0) |
			    (t->rights & PML_X ? 0 : PML_X86_EPT_Q_NX),
	};

	if (access->kind == PML_X) {
		a.pf = PML_X86_PF_I;
		a.ept = PML_X86_EPT_Q_FETCH;
		if (pml_has_xu(n->outer->fmt) && (t->rights & PML_U))
			a.rights = PML_XU;
	} else if (access->kind == PML_W) {
		a.pf = PML_X86_PF_W;
		a.ept = PML_X86_EPT_Q_WRITE;
	} else {
		a.ept = PML_X86_EPT_Q_READ;
	}
	if (n->nesting == PML_NPT)
		a.rights |= PML_U;
	return pml_x86_gpa_passes(n, &a, v);
}

/* What the guest's tables say; without paging, every address is its own. */
static inline bool pml_x86_guest_allows(struct pml_nested *n,
					const struct pml_x86_controls *c,
					const struct pml_x86_access *a,
					struct pml_x86_verdict *guest)
{
	n->has_failed = false;
	if (n->inner.fmt)
		return pml_x86_access(&n->inner, c, a, guest);
	pml_x86_verdict_init(guest, a->va);
	pml_identity(a->va, &guest->target);
	return true;
}

/* The guest's tables do not allow it: its own exception, or an exit before. */
static inline void pml_x86_guest_denies(const struct pml_nested *n,
					struct pml_x86_verdict_2d *v)
{
	bool told = v->guest.reason != PML_X86_WHY_UNREADABLE;

	/* No entry with a reserved bit gets into a register. */
	if (v->guest.reason == PML_X86_WHY_RESERVED && pml_keeps_top(n) &&
	    v->guest.level == n->inner.fmt->levels)
		told = false;
	if (n->has_failed && !pml_is_kept(n, n->failed_pa) &&
	    !pml_x86_table_passes(n, n->failed_pa, false, v))
		return;
	v->where = n->has_failed ? PML_IN_TABLE : PML_IN_INNER;
	v->exit = told ? PML_X86_EXIT_EXCEPTION : PML_X86_EXIT_UNKNOWN;
}

/* The part of an access that is in one page. */
static inline bool pml_x86_access_2d_page(struct pml_nested *n,
					  const struct pml_x86_controls *c,
					  const struct pml_x86_access *a,
					  struct pml_x86_verdict_2d *v)
{
	if (!pml_x86_guest_allows(n, c, a, &v->guest)) {
		pml_x86_guest_denies(n, v);
		return false;
	}
	return pml_x86_flags_pass(n, a->va, a->kind == PML_W, v) &&
	       pml_x86_memory_passes(n, a, v);
}

/*
 * What becomes of the access?  Always fills *v; true if it succeeds.  The
 * controls are the guest's.  Every page of it is judged, and the first to fail
 * counts, but an address that is not canonical is found before any table is
 * read.
 */
static inline bool pml_x86_access_2d(struct pml_nested *n,
				     const struct pml_x86_controls *c,
				     const struct pml_x86_access *access,
				     struct pml_x86_verdict_2d *v)
{
	const struct pml_format *fmt = n->inner.fmt;
	uint64_t top = fmt && fmt->va_bits > 32 ? ~0ULL : 0xffffffff, pa = 0;
	unsigned left = access->size ? access->size : 1;
	uint64_t last = (access->va + left - 1) & top;
	struct pml_x86_access a = *access;

	v->exit = PML_X86_EXIT_NONE;
	v->where = PML_IN_INNER;
	v->kind = PML_HOLE;
	v->level = 0;
	v->missing = 0;
	v->slot_pa = v->raw = v->bits = v->info = v->gpa = v->pa = 0;
	if (fmt && (!pml_canonical(fmt, a.va) || !pml_canonical(fmt, last))) {
		v->exit = PML_X86_EXIT_EXCEPTION;
		pml_x86_access(&n->inner, c, access, &v->guest);
		return false;
	}
	for (; left; left -= a.size, a.va = (a.va + a.size) & top) {
		a.size = pml_x86_in_page(a.va, left);
		if (!pml_x86_access_2d_page(n, c, &a, v))
			return false;
		if (a.va == access->va)
			pa = v->pa;
	}
	v->pa = pa;
	return true;
}

#endif
