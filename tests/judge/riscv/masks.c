/*
 * What to expect of this hart: what the core says.  QEMU's TCG is known to
 * differ from the manual in these ways and in no other:
 *
 *	hlvx		HLVX faults with a fetch's causes, 12 even where it is the
 *			G stage's, and PMP must let it execute
 *	guest-pmp	with V=1, what PMP denies to the G stage or to the memory
 *			itself is a guest-page fault
 *	mxr-tables	MXR makes the G stage's execute-only pages readable for
 *			the VS stage's tables, too
 *	amo		an AMO is a load first, PMP and memory included: what that
 *			may not is found before the page is (7.2: with a load's
 *			causes)
 *	access-tval2	with V=1 mtval2 has the address that the G stage was asked
 *			for where one of its tables is in no memory, too; on the
 *			way to a table of the VS stage that is a guest-page fault
 *	pmp-first	PMP is asked whether A and D may be set before a NAPOT
 *			entry of another size than 64 KiB is refused, and instead
 *			of the G stage
 *	QEMU 11:
 *	tinst-write	mtinst says that a table was read, or written, by the access
 *			that it was read, or its A and D set, for
 *	QEMU 7.2 alone:
 *	no-memory	a table where no memory is gives a page fault
 *	high-bits	bits 60:54 of entries, and PBMT, are not looked at in leaves,
 *			bits 60:54 not in pointers either
 *
 * What gen.c makes none of: HLV and HSV with pointer masking, of which the
 * emulator shifts the address away; HLV and HSV where henvcfg is not menvcfg,
 * which the emulator takes for the VS stage as well while V=0; anything with
 * V=1 on QEMU 7.2, whose hypervisor extension has many faults.  Whether the G
 * stage lets A and D of the VS stage be written QEMU 11 alone judges: 10 does not
 * ask it.  mstatus.GVA is judged for fetches with V=1 alone: the emulator
 * never clears it, and HLV and HSV do not set it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "judge.h"

enum mask { MASK_NONE, MASK_HLVX, MASK_PMP, MASK_MXR, MASK_AMO, MASK_MEMORY,
	    MASK_TVAL2, MASK_FIRST, MASK_TINST, MASK_HIGH, MASKS };

static const char *const names[] = {
	"none", "hlvx", "guest-pmp", "mxr-tables", "amo", "no-memory",
	"access-tval2", "pmp-first", "tinst-write", "high-bits",
};

static unsigned long used[MASKS];

/* What the cases came to, so that one can see what was judged. */
static const char *const reasons[] = {
	[PML_RISCV_WHY_ALLOWED] = "allowed",
	[PML_RISCV_WHY_UNREADABLE] = "no-memory",
	[PML_RISCV_WHY_RANGE] = "range", [PML_RISCV_WHY_INVALID] = "V",
	[PML_RISCV_WHY_RESERVED] = "reserved", [PML_RISCV_WHY_USER] = "U",
	[PML_RISCV_WHY_SUM] = "SUM", [PML_RISCV_WHY_S_FETCH] = "S-fetch",
	[PML_RISCV_WHY_READ] = "R", [PML_RISCV_WHY_WRITE] = "W",
	[PML_RISCV_WHY_EXECUTE] = "X", [PML_RISCV_WHY_ACCESSED] = "A",
	[PML_RISCV_WHY_DIRTY] = "D", [PML_RISCV_WHY_MARK] = "mark",
	[PML_RISCV_WHY_PMP] = "PMP", [PML_RISCV_WHY_CBO] = "X-for-CBO",
};
#define REASONS (sizeof(reasons) / sizeof(reasons[0]))

static unsigned long met[REASONS][4];	/* S, VS, G, G for a table of VS */

/* X for R: as MXR has it for every read of the G stage. */
static void relax_mxr(struct pml_riscv_mmu *mmu, struct pml_format *fmt)
{
	if (!mmu->g.fmt || !(mmu->regs.mstatus & PML_RISCV_MSTATUS_MXR))
		return;
	*fmt = *mmu->g.fmt;
	fmt->rights[4] = (struct pml_right_bit)PML_RIGHT(PML_RISCV_X, PML_R);
	mmu->g.fmt = fmt;
}

/* 7.2's idea of an entry's high bits. */
void judge_relax_high(struct pml_riscv_mmu *mmu, struct pml_format *fmt)
{
	static const struct pml_invalid invalid[] = {
		PML_RISCV_INVALID,
		{ PML_RISCV_N, PML_RISCV_N, "size", 0, PML_LEVEL(1), 0,
		  PML_RISCV_NAPOT, PML_RISCV_NAPOT_64K },
		{ 0, 0, NULL, 0, 0, 0, 0, 0 }
	};

	if (!mmu->s.fmt)
		return;
	*fmt = *mmu->s.fmt;
	fmt->invalid = invalid;
	for (int level = 1; level <= fmt->levels; level++) {
		fmt->level[level].leaf_rsvd &= ~PML_RISCV_RSVD;
		fmt->level[level].table_rsvd &= ~PML_RISCV_RSVD;
	}
	mmu->s.fmt = fmt;
	mmu->s.rsvd = 0;
}

/* What the core says, by the manual but for `lax`, of enum judge_lax. */
void judge_says(const struct judge_world *w, const struct judge_question *q,
		unsigned lax, struct judge_answer *a)
{
	struct pml_riscv_access access = q->access;
	struct pml_riscv_verdict *v = &a->v;
	struct pml_riscv_mmu mmu;
	struct pml_format fmt;

	pml_riscv_mmu_init(&mmu, &q->regs, judge_at, (void *)(uintptr_t)w);
	if (lax & LAX_MXR)
		relax_mxr(&mmu, &fmt);
	if (lax & LAX_HIGH)
		judge_relax_high(&mmu, &fmt);
	if ((lax & LAX_HLVX) && access.hlvx)
		access.kind = PML_X;
	if ((lax & LAX_AMO) && access.kind == (PML_R | PML_W))
		access.kind = PML_R;
	a->passes = pml_riscv_access(&mmu, &access, v);
	/* Allowed, but there is nothing. */
	if (a->passes && v->pa >= JUDGE_NOWHERE) {
		a->passes = false;
		v->reason = PML_RISCV_WHY_UNREADABLE;
		v->cause = pml_riscv_cause(access.kind, true, false);
	}
	a->cause = v->cause;
	a->tval = v->va;
	a->tval2 = pml_riscv_htval(v);
	if ((lax & LAX_AMO) && w->qemu >= 9 && !a->passes)
		a->cause += 2;
	if ((lax & LAX_HLVX) && a->cause == PML_RISCV_FETCH_GUEST)
		a->cause = PML_RISCV_FETCH_PAGE;
	a->tinst = pml_riscv_htinst(v, false);
}

/* A fetch that went well came to a breakpoint. */
static bool went_well(const struct judge_question *q, const struct judge_answer *a)
{
	const struct judge_case *c = q->c;

	if (q->access.kind != PML_X)
		return c->end == JUDGE_DONE;
	return c->end == JUDGE_TRAP && c->cause == JUDGE_BREAKPOINT &&
	       c->epc == a->tval;
}

/* A pseudoinstruction where there has to be one, and else none. */
static bool tinst_agrees(uint64_t should, uint64_t is)
{
	return should ? is == should : !is || (is & 3);
}

static bool case_agrees(const struct judge_question *q,
			const struct judge_answer *a)
{
	const struct judge_case *c = q->c;
	bool gva = (c->status & PML_RISCV_MSTATUS_GVA) ||
		   c->how != JUDGE_FETCH_V;

	if (a->passes)
		return went_well(q, a);
	return c->end == JUDGE_TRAP && c->cause == a->cause &&
	       c->tval == a->tval && c->tval2 == a->tval2 &&
	       tinst_agrees(a->tinst, c->tinst) && gva;
}

/* PMP's denial, with V=1, other than for what the VS stage reads itself; or no
 * memory for the G stage's tables on the way to one of those. */
static void as_guest_fault(const struct judge_question *q, struct judge_answer *a)
{
	const struct pml_riscv_verdict *v = &a->v;
	bool nothing = v->reason == PML_RISCV_WHY_UNREADABLE && v->implicit &&
		       v->g_stage;

	if ((v->reason != PML_RISCV_WHY_PMP && !nothing) || !q->access.as.v ||
	    (v->implicit && !v->g_stage))
		return;
	a->cause = pml_riscv_cause(a->cause == PML_RISCV_FETCH_ACCESS ? PML_X :
				   a->cause == PML_RISCV_STORE_ACCESS ? PML_W :
				   PML_R, false, !q->access.hlvx);
	a->tval2 = (v->g_stage ? v->gpa : v->target.pa) >> 2;
	a->tinst = v->implicit && v->table_level ? 0x3000 : 0;
}

/* A table that is not there: as if it had an entry of 0. */
static void as_page_fault(const struct judge_question *q, struct judge_answer *a)
{
	struct pml_riscv_verdict *v = &a->v;
	unsigned kind = a->cause == PML_RISCV_FETCH_ACCESS ? PML_X :
			a->cause == PML_RISCV_STORE_ACCESS ? PML_W : PML_R;

	(void)q;
	if (v->reason != PML_RISCV_WHY_UNREADABLE || v->pa)
		return;
	a->cause = v->cause = pml_riscv_cause(kind, false, v->g_stage);
	a->tval2 = pml_riscv_htval(v);
	a->tinst = pml_riscv_htinst(v, false);
}

/* A table of the G stage's that is not there. */
static void as_tval2(const struct judge_question *q, struct judge_answer *a)
{
	if (a->v.reason == PML_RISCV_WHY_UNREADABLE && q->access.as.v &&
	    a->v.g_stage)
		a->tval2 = a->v.gpa >> 2;
}

/* A read or a write, by the access it is for. */
static void as_write(const struct judge_world *w, const struct judge_question *q,
		     struct judge_answer *a)
{
	if (w->qemu > 10 && a->tinst)
		a->tinst = q->access.kind & PML_W ? 0x3020 : 0x3000;
}

/* One answer, and what else the emulator would make of it. */
static bool answer_agrees(const struct judge_world *w,
			  const struct judge_question *q, unsigned lax,
			  struct judge_answer a)
{
	if (case_agrees(q, &a))
		return true;
	if (!(lax & LAX_LATE))
		return false;
	as_guest_fault(q, &a);
	as_tval2(q, &a);
	as_write(w, q, &a);
	if (case_agrees(q, &a))
		return true;
	as_page_fault(q, &a);
	return case_agrees(q, &a);
}

/* By the tables as they are, or were: cases before this one may have set A and
 * D, or those after it. */
static bool agrees_by(const struct judge_world *w,
		      const struct judge_question *q, unsigned lax)
{
	struct judge_answer a;

	judge_says(w, q, lax, &a);
	return answer_agrees(w, q, lax, a) ||
	       answer_agrees(w, q, lax, q->before[lax % LAX_KINDS]);
}

static bool masked(enum mask mask)
{
	used[mask]++;
	return true;
}

/* An access fault, for which PMP may be the reason, instead of another one. */
static bool is_pmp_first(const struct judge_question *q,
			 const struct judge_answer *a)
{
	const struct judge_case *c = q->c;
	unsigned kind = q->access.hlvx ? PML_X : q->access.kind;
	bool napot = a->v.reason == PML_RISCV_WHY_RESERVED &&
		     (a->v.raw & PML_RISCV_N);

	return (napot || a->v.reason == PML_RISCV_WHY_MARK) &&
	       (c->pmpcfg & PML_BITS(0, 39)) &&
	       (c->menvcfg & PML_RISCV_ENVCFG_ADUE) && c->end == JUDGE_TRAP &&
	       c->cause == pml_riscv_cause(kind, true, false) &&
	       c->tval == a->tval;
}

/* Does it differ from the manual as it is known to? */
static bool is_known(const struct judge_world *w, const struct judge_question *q)
{
	unsigned hlvx = q->access.hlvx ? LAX_HLVX : 0;
	struct judge_answer a;

	if (hlvx && agrees_by(w, q, hlvx))
		return masked(MASK_HLVX);
	if (agrees_by(w, q, hlvx | LAX_LATE)) {
		judge_says(w, q, hlvx, &a);
		return masked(a.v.reason == PML_RISCV_WHY_PMP ? MASK_PMP :
			      a.v.reason != PML_RISCV_WHY_UNREADABLE ? MASK_TINST :
			      w->qemu < 9 ? MASK_MEMORY : MASK_TVAL2);
	}
	/* Of several at once the rarest gives its name. */
	if (q->access.kind == (PML_R | PML_W) && agrees_by(w, q, LAX_AMO | LAX_LATE))
		return masked(MASK_AMO);
	if (is_pmp_first(q, &q->before[0]))
		return masked(MASK_FIRST);
	if (w->qemu < 9 &&
	    (agrees_by(w, q, LAX_HIGH | LAX_LATE) ||
	     agrees_by(w, q, LAX_HIGH | LAX_LATE | LAX_AMO)))
		return masked(MASK_HIGH);
	return agrees_by(w, q, hlvx | LAX_MXR | LAX_LATE) && masked(MASK_MXR);
}

bool judge_access_agrees(const struct judge_world *w,
			 const struct judge_question *q)
{
	struct judge_answer a;

	judge_says(w, q, 0, &a);
	met[a.v.reason][!q->access.as.v ? 0 : !a.v.g_stage ? 1 :
			!a.v.implicit ? 2 : 3]++;
	if (!agrees_by(w, q, 0))
		return is_known(w, q);
	used[MASK_NONE]++;
	return true;
}

void judge_print_counts(void)
{
	static const char *const where[] = {
		"S stage", "VS stage", "G stage", "G stage, for a table"
	};

	for (int k = 0; k < 4; k++)
		judge_print_met(where[k], reasons, &met[0][k], REASONS, 4);
	judge_print_masks(names, used, MASKS);
}
