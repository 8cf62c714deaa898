/*
 * Would this access fault, with which error code, because of which bit?
 *
 * pml_x86_access() says what an x86 processor does with one access to memory
 * under the given controls: Intel SDM vol. 3A, 4.6 (access rights) and 4.7 (page
 * fault exceptions), AMD APM vol. 2, 5.6 and 8.4.2.  It reads the tables with
 * pml_translate() and changes nothing, so accessed and dirty bits stay as they
 * are.
 *
 *	struct pml_x86_access store = { .va = va, .size = 8, .kind = PML_W };
 *	struct pml_x86_verdict v;
 *
 *	if (!pml_x86_access(&space, &controls, &store, &v))
 *		printk("#PF %x, level %d, entry %llx\n", v.error, v.level, v.raw);
 *
 * For x86 paging, also of a guest; not for nested and extended page tables, whose
 * violations are exits and not exceptions (nested.h).
 *
 * Not modelled: LAM and LASS, SGX, HLAT, SEV-SNP, alignment checks, segment
 * limits.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_ACCESS_X86_H
#define PML_ACCESS_X86_H

#include <pml/regs-x86.h>
#include <pml/translate.h>

/* The error code of a page fault.  SDM 3A, figure 4-12. */
#define PML_X86_PF_P	0x01u	/* a translation was found, or a reserved bit */
#define PML_X86_PF_W	0x02u	/* a write */
#define PML_X86_PF_U	0x04u	/* a user-mode access */
#define PML_X86_PF_RSVD	0x08u	/* a reserved bit was set */
#define PML_X86_PF_I	0x10u	/* a fetch, where the processor tells */
#define PML_X86_PF_PK	0x20u	/* denied by a protection key */
#define PML_X86_PF_SS	0x40u	/* a shadow-stack access */
/* By what is not modelled here. */
#define PML_X86_PF_HLAT	0x80u	/* Intel: hypervisor-managed tables */
#define PML_X86_PF_SGX	0x8000u	/* Intel: an enclave's page */
#define PML_X86_PF_RMP	0x80000000u	/* AMD: the reverse map of SEV-SNP */

/*
 * One access.  A read-modify-write is a write.  It may be of any size, though no
 * instruction's single access is larger than two pages: each page of it is
 * judged, so that it costs a walk for each.
 */
struct pml_x86_access {
	uint64_t va;
	unsigned size;		/* bytes, up to 4 GiB less one; 0 is 1 */
	uint8_t kind;		/* PML_R, PML_W or PML_X */
	bool user;		/* at CPL 3 */
	bool implicit;		/* to a descriptor table or a TSS: supervisor at any CPL */
	bool stack;		/* through SS */
	bool shadow;		/* of a shadow stack: by CALL, RET and their like, or WRSS */
};

/* What it depends on besides the tables. */
struct pml_x86_controls {
	uint64_t cr0, cr4, efer;
	bool ac;		/* EFLAGS.AC */
	uint32_t pkru, pkrs;
};

/* Exceptions, by their vector. */
enum pml_x86_exception {
	PML_X86_NO_FAULT = 0,
	PML_X86_SS = 12,
	PML_X86_GP = 13,
	PML_X86_PF = 14,
};

enum pml_x86_reason {
	PML_X86_WHY_ALLOWED,
	PML_X86_WHY_NONCANONICAL,	/* no address; `level` is 0 */
	PML_X86_WHY_UNREADABLE,	/* the tables cannot be read: there is no telling */
	PML_X86_WHY_NOT_PRESENT,
	PML_X86_WHY_RESERVED,
	PML_X86_WHY_USER,	/* user mode, a supervisor-mode address */
	PML_X86_WHY_WRITE,	/* not writable, and this writer must obey */
	PML_X86_WHY_NX,
	PML_X86_WHY_SMEP,	/* supervisor mode fetches from a user-mode address */
	PML_X86_WHY_SMAP,	/* it reads or writes one */
	PML_X86_WHY_PKEY,
	PML_X86_WHY_SHADOW,	/* a shadow-stack access, and no shadow stack of its mode */
};

/*
 * The answer.  `level`, `slot_pa` and `raw` are of the entry that is the reason
 * - the first on the way down, if several would be - and `bits` those of its
 * bits that are set or clear where they should not be.
 */
struct pml_x86_verdict {
	uint8_t exception;	/* of enum pml_x86_exception */
	uint8_t reason;		/* of enum pml_x86_reason */
	uint8_t level;
	uint32_t error;		/* the exception's error code */
	uint64_t va;		/* the first address that faults: CR2 of a page fault */
	uint64_t slot_pa, raw, bits;
	struct pml_target target;	/* where `va`, or the last page, leads */
};

/* Field by field, so that no memset is called. */
static inline void pml_x86_verdict_init(struct pml_x86_verdict *v, uint64_t va)
{
	v->exception = PML_X86_NO_FAULT;
	v->reason = PML_X86_WHY_ALLOWED;
	v->level = 0;
	v->error = 0;
	v->va = va;
	v->slot_pa = v->raw = v->bits = 0;
	v->target.pa = v->target.raw = v->target.slot_pa = 0;
	v->target.rights = 0;
	v->target.kind = PML_NONCANONICAL;
	v->target.level = v->target.shift = 0;
}

/* Supervisor mode, for the tables: CPL 0 to 2, or implicit.  SDM 3A, 4.6. */
static inline bool pml_x86_as_user(const struct pml_x86_access *a)
{
	return a->user && !a->implicit;
}

/* May this writer ignore R/W=0? */
static inline bool pml_x86_obeys_rw(const struct pml_x86_access *a,
				    const struct pml_x86_controls *c)
{
	return pml_x86_as_user(a) || (c->cr0 & PML_X86_CR0_WP);
}

/*
 * Does the leaf's protection key deny?  PKRU rules user-mode addresses, PKRS
 * the others, data accesses alone.  SDM 3A, 4.6.2.
 */
static inline bool pml_x86_key_denies(const struct pml_format *fmt,
				      const struct pml_x86_controls *c,
				      const struct pml_x86_access *a,
				      const struct pml_target *t)
{
	bool user_page = t->rights & PML_U;
	unsigned denied;

	if (!fmt->pkey_shift || a->kind == PML_X)
		return false;
	if (!(c->cr4 & (user_page ? PML_X86_CR4_PKE : PML_X86_CR4_PKS)))
		return false;
	if (!user_page && pml_x86_as_user(a))
		return false;
	denied = (user_page ? c->pkru : c->pkrs) >>
		 (t->raw >> fmt->pkey_shift & 15) * 2;
	if (denied & 1)
		return true;
	return (denied & 2) && a->kind == PML_W && pml_x86_obeys_rw(a, c);
}

/*
 * Is it a shadow-stack page: dirty, and R/W=0 in the leaf alone?  SDM 3A, 4.6.
 */
static inline bool pml_x86_is_shadow(const struct pml_format *fmt,
				     const struct pml_steps *steps)
{
	int leaf = steps->count - 1;
	unsigned above = leaf ? steps->step[leaf - 1].rights : PML_W;

	return (above & PML_W) && !(steps->step[leaf].rights & PML_W) &&
	       (steps->step[leaf].raw & fmt->dirty);
}

/* Why the rights of a mapped page do not allow the access.  SDM 3A, 4.6.1. */
static inline enum pml_x86_reason
pml_x86_denied_by(const struct pml_format *fmt,
		  const struct pml_x86_controls *c,
		  const struct pml_x86_access *a, const struct pml_steps *steps)
{
	unsigned rights = steps->step[steps->count - 1].rights;
	bool user_page = rights & PML_U;

	if (pml_x86_as_user(a) && !user_page)
		return PML_X86_WHY_USER;
	if (a->shadow)
		return pml_x86_as_user(a) == user_page &&
		       pml_x86_is_shadow(fmt, steps) ? PML_X86_WHY_ALLOWED
						     : PML_X86_WHY_SHADOW;
	if (a->kind == PML_W && !(rights & PML_W) && pml_x86_obeys_rw(a, c))
		return PML_X86_WHY_WRITE;
	if (a->kind == PML_X && !(rights & PML_X))
		return PML_X86_WHY_NX;
	if (pml_x86_as_user(a) || !user_page)
		return PML_X86_WHY_ALLOWED;
	if (a->kind == PML_X)
		return c->cr4 & PML_X86_CR4_SMEP ? PML_X86_WHY_SMEP
						 : PML_X86_WHY_ALLOWED;
	if ((c->cr4 & PML_X86_CR4_SMAP) && (a->implicit || !c->ac))
		return PML_X86_WHY_SMAP;
	return PML_X86_WHY_ALLOWED;
}

/* Fill in the entry that is the reason. */
static inline void pml_x86_blame(const struct pml_space *space,
				 const struct pml_steps *steps,
				 struct pml_x86_verdict *v)
{
	static const uint8_t right[] = {
		[PML_X86_WHY_USER] = PML_U, [PML_X86_WHY_WRITE] = PML_W,
		[PML_X86_WHY_NX] = PML_X, [PML_X86_WHY_SMEP] = PML_U,
		[PML_X86_WHY_SMAP] = PML_U, [PML_X86_WHY_PKEY] = 0,
		[PML_X86_WHY_SHADOW] = 0,
	};
	const struct pml_format *fmt = space->fmt;
	unsigned missing = right[v->reason];
	const struct pml_step *step = &steps->step[steps->count - 1];

	if (missing)
		step = pml_step_without(steps, missing);
	v->level = step->level;
	v->slot_pa = step->slot_pa;
	v->raw = step->raw;
	if (v->reason == PML_X86_WHY_NOT_PRESENT)
		v->bits = fmt->present;
	else if (v->reason == PML_X86_WHY_RESERVED)
		v->bits = pml_bad_bits(space, step);
	else if (v->reason == PML_X86_WHY_PKEY)
		v->bits = 15ULL << fmt->pkey_shift;
	else
		v->bits = pml_bits_of_right(fmt, missing);
}

/* The error code of a page fault.  SDM 3A, 4.7. */
static inline uint32_t pml_x86_pf_error(const struct pml_space *space,
					const struct pml_x86_controls *c,
					const struct pml_x86_access *a,
					const struct pml_x86_verdict *v)
{
	uint32_t error = 0;

	if (v->reason != PML_X86_WHY_NOT_PRESENT)
		error |= PML_X86_PF_P;
	if (a->kind == PML_W)
		error |= PML_X86_PF_W;
	if (pml_x86_as_user(a))
		error |= PML_X86_PF_U;
	if (a->shadow)
		error |= PML_X86_PF_SS;
	if (v->reason == PML_X86_WHY_RESERVED)
		error |= PML_X86_PF_RSVD;
	if (a->kind == PML_X &&
	    ((c->cr4 & PML_X86_CR4_SMEP) ||
	     ((c->efer & PML_X86_EFER_NXE) && space->fmt->nx)))
		error |= PML_X86_PF_I;
	/* Whatever else denies it: the flag describes the access. */
	if (v->target.kind == PML_LEAF &&
	    pml_x86_key_denies(space->fmt, c, a, &v->target))
		error |= PML_X86_PF_PK;
	return error;
}

/* The part of an access that is in one page.  True if it is allowed. */
static inline bool pml_x86_access_page(const struct pml_space *space,
				       const struct pml_x86_controls *c,
				       const struct pml_x86_access *a,
				       uint64_t va, struct pml_x86_verdict *v)
{
	struct pml_steps steps;

	v->va = va;
	if (pml_translate(space, va, &v->target, &steps)) {
		v->reason = pml_x86_denied_by(space->fmt, c, a, &steps);
		if (v->reason == PML_X86_WHY_ALLOWED &&
		    pml_x86_key_denies(space->fmt, c, a, &v->target))
			v->reason = PML_X86_WHY_PKEY;
	} else if (v->target.kind == PML_RESERVED) {
		v->reason = PML_X86_WHY_RESERVED;
	} else if (v->target.kind == PML_UNREADABLE) {
		v->reason = PML_X86_WHY_UNREADABLE;
	} else {
		v->reason = PML_X86_WHY_NOT_PRESENT;
	}
	if (v->reason == PML_X86_WHY_ALLOWED)
		return true;
	pml_x86_blame(space, &steps, v);
	if (v->reason != PML_X86_WHY_UNREADABLE) {
		v->exception = PML_X86_PF;
		v->error = pml_x86_pf_error(space, c, a, v);
	}
	return false;
}

static inline bool pml_x86_no_address(const struct pml_x86_access *a,
				      uint64_t va, struct pml_x86_verdict *v)
{
	pml_x86_verdict_init(v, va);
	v->exception = a->stack ? PML_X86_SS : PML_X86_GP;
	v->reason = PML_X86_WHY_NONCANONICAL;
	return false;
}

/* Bytes of an access, from `va` on, that are in one 4 KiB page. */
static inline unsigned pml_x86_in_page(uint64_t va, unsigned left)
{
	unsigned room = 4096 - (unsigned)(va & 4095);

	return left < room ? left : room;
}

/*
 * What becomes of the access?  Always fills *verdict; true if it is allowed.
 * Bytes are tried in ascending order, so that of an access to several pages
 * the first fault counts; but a data access checks that its first and last
 * addresses are canonical before any table is read.  `space` and `c` must be of
 * the same processor: with EFER.NXE=0, NX is one of the space's reserved bits.
 */
static inline bool pml_x86_access(const struct pml_space *space,
				  const struct pml_x86_controls *c,
				  const struct pml_x86_access *a,
				  struct pml_x86_verdict *verdict)
{
	const struct pml_format *fmt = space->fmt;
	uint64_t wrap = fmt->va_bits == 32 ? 0xffffffff : ~0ULL, va = a->va;
	unsigned left = a->size ? a->size : 1, part;

	pml_x86_verdict_init(verdict, va);
	if (!pml_canonical(fmt, va) ||
	    (!pml_canonical(fmt, (va + left - 1) & wrap) && a->kind != PML_X))
		return pml_x86_no_address(a, va, verdict);
	for (; left; left -= part, va = (va + part) & wrap) {
		part = pml_x86_in_page(va, left);
		if (!pml_canonical(fmt, va))
			return pml_x86_no_address(a, va, verdict);
		if (!pml_x86_access_page(space, c, a, va, verdict))
			return false;
	}
	verdict->va = a->va;
	return true;
}

#endif
