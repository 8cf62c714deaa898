/* SPDX-License-Identifier: GPL-3.0-or-later
 * Copyright (C) 2026 The pmap authors
 *
 * What to expect of this processor.  On hardware, and on Bochs, what the core
 * says.  QEMU's TCG is known to differ, in these ways and in no other:
 *
 *	rsvd-without-p		the error code of a reserved bit lacks P
 *	smap-implicit-ac	AC=1 exempts implicit accesses at CPL 0 from SMAP
 *	stack-gp		#GP, not #SS, for a stack address that is none
 *	straddle-pf		an access into the canonical hole from below: a
 *				page fault of one of its halves, or #GP
 *	rmw-reads-first		a read-modify-write is a read, then a write, so
 *				that a read's fault comes first, with W=0
 *
 * That it takes 1 GiB pages without the CPUID bit is left out by oracle-gen.c.
 */
#include "oracle.h"
#include "x86.h"

static const char *const names[] = {
	"none", "rsvd-without-p", "smap-implicit-ac", "stack-gp", "straddle-pf",
	"rmw-reads-first",
};

enum mask {
	MASK_NONE, MASK_RSVD, MASK_IMPLICIT, MASK_STACK, MASK_STRADDLE, MASK_RMW,
	MASKS
};

static unsigned long used[MASKS];

/* "TCGTCGTCGTCG" in the hypervisor's leaf. */
bool oracle_is_tcg(void)
{
	return cpuid(1, 0).c >> 31 && cpuid(0x40000000, 0).b == 0x54474354;
}

static void from_verdict(const struct pml_verdict *v, struct oracle_expected *e)
{
	*e = (struct oracle_expected){
		.vector = v->exception ? v->exception : VEC_DONE,
		.error = v->error,
		.cr2 = v->va,
	};
}

static void expect_tcg(const struct oracle_case *o, const struct pml_verdict *v,
		       struct oracle_expected *e)
{
	struct pml_access a = o->access;
	struct pml_verdict other = *v;
	enum mask mask = MASK_NONE;

	if (a.implicit && !a.user && o->controls.ac && v->reason == PML_WHY_SMAP) {
		a.implicit = false;
		mask = MASK_IMPLICIT;
		pml_access(&o->space, &o->controls, &a, &other);
	} else if (o->probe.how == PROBE_RMW && v->exception == PML_PF) {
		a.kind = PML_R;
		if (pml_access(&o->space, &o->controls, &a, &other))
			other = *v;
		else
			mask = MASK_RMW;
	}
	from_verdict(&other, e);
	if (other.reason == PML_WHY_NONCANONICAL &&
	    pml_canonical(o->space.fmt, a.va)) {
		mask = MASK_STRADDLE;
		e->vector = VEC_GP;
		e->either = true;
	} else if (other.exception == PML_SS && a.stack) {
		mask = MASK_STACK;
		e->vector = VEC_GP;
	} else if (other.reason == PML_WHY_RESERVED) {
		mask = mask ? mask : MASK_RSVD;
		e->error &= ~PML_PF_P;
	}
	used[mask]++;
}

void oracle_expect(const struct oracle_case *o, const struct pml_verdict *v,
		   struct oracle_expected *expected_ret)
{
	if (oracle_is_tcg())
		expect_tcg(o, v, expected_ret);
	else
		from_verdict(v, expected_ret);
}

void oracle_print_masks(void)
{
	for (int i = 1; i < MASKS; i++)
		if (used[i])
			kprintf("# masked as TCG's: %s, %lu times\n", names[i], used[i]);
}
