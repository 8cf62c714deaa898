/*
 * What to expect of this processor: on hardware, what the core says.  Emulators
 * are known to differ from the manuals in these ways and in no other.
 *
 * QEMU's TCG:
 * 	rsvd-without-p		the error code of a reserved bit lacks P
 * 	smap-implicit-ac	AC=1 exempts implicit accesses at CPL 0 from SMAP
 * 	stack-gp		#GP, not #SS, for a stack address that is none
 * 	straddle-pf		an access into the canonical hole from below: a
 * 				page fault of one of its halves, or #GP
 * 	rmw-reads-first		a read-modify-write is a read, then a write, so
 * 				that a read's fault comes first, with W=0
 * 	bit-8-ignored		bit 8 of PML4Es and PML5Es, reserved on the AMD
 * 				processors that it says it is
 * 	It takes 1 GiB pages without the CPUID bit: gen.c makes none.
 *
 * Bochs (emulator=bochs on the command line; nothing else tells):
 * 	smap-implicit-ac	the same, at CPL 3, too
 * 	Protection keys also rule supervisor pages, and not implicit accesses,
 * 	so that they are left out.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "machine/x86.h"
#include "oracle/oracle.h"
#include "space.h"

static const char *const names[] = {
	"none", "rsvd-without-p", "smap-implicit-ac", "stack-gp", "straddle-pf",
	"rmw-reads-first", "bit-8-ignored",
};

enum mask {
	MASK_NONE, MASK_RSVD, MASK_IMPLICIT, MASK_STACK, MASK_STRADDLE, MASK_RMW,
	MASK_BIT_8, MASKS
};

static unsigned long used[MASKS];

bool oracle_is_bochs(void)
{
	return cmdline_is("emulator", "bochs");
}

/* "TCGTCGTCGTCG" in the hypervisor's leaf. */
bool oracle_is_tcg(void)
{
	return cpuid(1, 0).c >> 31 && cpuid(0x40000000, 0).b == 0x54474354;
}

/*
 * What this processor walks by, where `fmt` is what it should: that counts as
 * well while tables and accesses are made up, which must do no harm.
 */
const struct pml_format *oracle_walks_by(const struct pml_format *fmt)
{
	static struct pml_format copy[PML_MAX_LEVELS + 1][2];
	struct pml_format *lax = &copy[fmt->levels][fmt->sign_extended];

	if (!oracle_is_tcg() || fmt->levels < 4)
		return fmt;
	*lax = *fmt;
	for (int level = 4; level <= fmt->levels; level++)
		lax->level[level].table_rsvd &= ~PML_X86_G;
	return lax;
}

/* Would a processor by the manual have found that bit? */
static bool ignores_bit_8(const struct oracle_case *o)
{
	struct pml_space space = o->space;
	struct pml_x86_verdict v;

	space.fmt = cpu_format();
	pml_x86_access(&space, &o->controls, &o->access, &v);
	return v.reason == PML_X86_WHY_RESERVED && v.bits == PML_X86_G;
}

static void from_verdict(const struct pml_x86_verdict *v,
			 struct oracle_expected *e)
{
	*e = (struct oracle_expected){
		.vector = v->exception ? v->exception : VEC_DONE,
		.error = v->error,
		.cr2 = v->va,
	};
}

/* SMAP with AC=1, where the emulator forgets that an access is implicit. */
static bool expect_explicit(const struct oracle_case *o,
			    const struct pml_x86_verdict *v,
			    struct pml_x86_verdict *other)
{
	struct pml_x86_access a = o->access;

	if (!a.implicit || !o->controls.ac || v->reason != PML_X86_WHY_SMAP)
		return false;
	a.implicit = a.user = false;
	pml_x86_access(&o->space, &o->controls, &a, other);
	return true;
}

static void expect_bochs(const struct oracle_case *o,
			 const struct pml_x86_verdict *v,
			 struct oracle_expected *e)
{
	struct pml_x86_verdict other = *v;

	if (expect_explicit(o, v, &other))
		used[MASK_IMPLICIT]++;
	from_verdict(&other, e);
}

static void expect_tcg(const struct oracle_case *o,
		       const struct pml_x86_verdict *v,
		       struct oracle_expected *e)
{
	struct pml_x86_access a = o->access;
	struct pml_x86_verdict other = *v;
	enum mask mask = MASK_NONE;

	if (!a.user && expect_explicit(o, v, &other)) {
		mask = MASK_IMPLICIT;
	} else if (o->probe.how == PROBE_RMW && v->exception == PML_X86_PF) {
		a.kind = PML_R;
		if (pml_x86_access(&o->space, &o->controls, &a, &other))
			other = *v;
		else
			mask = MASK_RMW;
	}
	from_verdict(&other, e);
	if (other.reason == PML_X86_WHY_NONCANONICAL &&
	    pml_canonical(o->space.fmt, a.va)) {
		mask = MASK_STRADDLE;
		e->vector = VEC_GP;
		e->either = true;
	} else if (other.exception == PML_X86_SS && a.stack) {
		mask = MASK_STACK;
		e->vector = VEC_GP;
	} else if (other.reason == PML_X86_WHY_RESERVED) {
		mask = mask ? mask : MASK_RSVD;
		e->error &= ~PML_X86_PF_P;
	}
	used[mask]++;
	used[MASK_BIT_8] += ignores_bit_8(o);
}

void oracle_expect(const struct oracle_case *o, const struct pml_x86_verdict *v,
		   struct oracle_expected *expected_ret)
{
	if (oracle_is_tcg())
		expect_tcg(o, v, expected_ret);
	else if (oracle_is_bochs())
		expect_bochs(o, v, expected_ret);
	else
		from_verdict(v, expected_ret);
}

void oracle_print_masks(void)
{
	for (int i = 1; i < MASKS; i++)
		if (used[i])
			kprintf("# masked as the emulator's: %s, %lu times\n", names[i], used[i]);
}
