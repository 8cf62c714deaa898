/*
 * What to expect of this processor: what the core says.  QEMU's TCG is known to
 * differ from the manual in these ways and in no other:
 *
 *	ds-high-bits	with LPA2's descriptors and less than 52 bits of output,
 *			address bits 51:50 are ignored instead of a fault
 *	block-gap	bits below a block's address, which do not count, are a
 *			fault where they are above the output size
 *	dbm-clean	a page that hardware would make dirty counts as read-only
 *			where a fetch is denied for what can be written
 *	epan-wxn	a fetch at EL1 with PAN and EPAN forgets WXN where EL0 may
 *			fetch
 *	QEMU 11 alone:
 *	at-clean	AT takes what hardware would make dirty for read-only, and
 *			does not ask stage 2 whether it may mark stage 1's entries
 *	QEMU 7.2 alone:
 *	any-block	blocks are taken at every level
 *	s1ptw-level	a fault of stage 2 for one of stage 1's tables has stage
 *			1's level in its code
 *	7.2 also ends itself where a fault is of level -1, and refuses some of
 *	stage 2's starts: gen.c makes none.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "judge.h"

enum mask {
	MASK_NONE, MASK_DS, MASK_BLOCK, MASK_GAP, MASK_DBM, MASK_EPAN, MASK_LEVEL,
	MASK_CLEAN, MASKS
};

static const char *const names[] = {
	"none", "ds-high-bits", "any-block", "block-gap", "dbm-clean", "epan-wxn",
	"s1ptw-level", "at-clean",
};

static unsigned long used[MASKS];

/* What the cases came to, so that one can see what was judged. */
static const char *const reasons[] = {
	[PML_ARM64_WHY_ALLOWED] = "allowed", [PML_ARM64_WHY_RANGE] = "range",
	[PML_ARM64_WHY_EPD] = "EPD", [PML_ARM64_WHY_E0PD] = "E0PD",
	[PML_ARM64_WHY_INVALID] = "invalid", [PML_ARM64_WHY_SIZE] = "size",
	[PML_ARM64_WHY_FLAG] = "AF", [PML_ARM64_WHY_READ] = "read",
	[PML_ARM64_WHY_WRITE] = "write", [PML_ARM64_WHY_EL0] = "EL0",
	[PML_ARM64_WHY_XN] = "XN", [PML_ARM64_WHY_EL0_WRITES] = "EL0-writes",
	[PML_ARM64_WHY_WXN] = "WXN", [PML_ARM64_WHY_PAN] = "PAN",
	[PML_ARM64_WHY_MARK] = "mark",
};
#define REASONS (sizeof(reasons) / sizeof(reasons[0]))

static unsigned long met[REASONS][3];	/* stage 1, stage 2, its walks */

static const struct pml_invalid any_block[] = {
	{ PML_ARM64_TABLE, 0, "no page", PML_LEVEL(1), 0, 0, 0, 0 },
	{ 0, 0, NULL, 0, 0, 0, 0, 0 }
};

/* The format as the emulator has it. */
static void relax(const struct judge_world *w, const struct judge_stage *s,
		  unsigned lax, struct pml_format *fmt)
{
	unsigned out = pml_arm64_output(&s->c);

	if ((lax & LAX_BLOCK) && w->qemu < 8)
		fmt->invalid = any_block;
	for (int level = 1; level <= fmt->levels; level++) {
		struct pml_level *lv = &fmt->level[level];

		if ((lax & LAX_DS) && s->c.ds && out < 52)
			lv->leaf_high = lv->table_high = 0;
		/* Only to be too high: such a block has no address then. */
		if ((lax & LAX_GAP) && lv->shift > out)
			lv->leaf_pa |= PML_BITS(out, lv->shift - 1u);
	}
}

/* What the core says, by the manual but for `lax`, of enum judge_lax. */
bool judge_says(const struct judge_world *w, const struct judge_question *q,
		unsigned lax, struct pml_arm64_verdict *v)
{
	struct pml_arm64_regs regs = q->regs;
	struct pml_arm64_mmu mmu;
	bool passes;

	if (lax & LAX_WXN)
		regs.sctlr &= ~PML_ARM64_SCTLR_WXN;
	if (lax & LAX_CLEAN) {
		regs.tcr &= ~PML_ARM64_TCR_HD;
		regs.vtcr &= ~PML_ARM64_TCR2_HD;
	}
	pml_arm64_mmu_init(&mmu, &regs, judge_at, (void *)(uintptr_t)w);
	relax(w, &w->s1, lax, &mmu.fmt[0]);
	relax(w, &w->s2, lax, &mmu.stage2_fmt);
	passes = pml_arm64_access(&mmu, &q->access, v);
	if (!(lax & LAX_DIRTY) || !w->s1.c.hd || !(v->target.raw & PML_ARM64_DBM))
		return passes;
	/* Whether it was clean at that moment is not known any more. */
	for (int i = 0; i < 3; i++)
		mmu.fmt[0].exclude[i].all = mmu.fmt[0].exclude[i].lose = 0;
	return pml_arm64_access(&mmu, &q->access, v);
}

/* PAR_EL1 of an AT instruction. */
static bool par_agrees(const struct judge_case *c, bool passes,
		       const struct pml_arm64_verdict *v)
{
	uint64_t par = c->par, fst = par >> 1 & 0x3f;

	if (c->end != JUDGE_PAR)
		return false;
	if (passes)
		return !(par & 1) &&
		       (par & PML_BITS(12, 51)) == (v->pa & PML_BITS(12, 51));
	return (par & 1) && (par >> 9 & 1) == v->stage2 &&
	       (par >> 8 & 1) == v->s1ptw && fst == v->fsc;
}

/* ESR_ELx: the class, the status code, what kind of access, for a table? */
static bool esr_agrees(const struct judge_question *q, uint64_t esr,
		       const struct pml_arm64_verdict *v)
{
	uint32_t iss = pml_arm64_iss(&q->access, v), mask = 0x3f | PML_ARM64_ISS_S1PTW;

	if (q->access.kind != PML_X)
		mask |= PML_ARM64_ISS_WNR;
	return (esr >> 26 & 0x3f) == v->ec && !((esr ^ iss) & mask);
}

/* A fetch that went well came to an HVC, which EL0 has not. */
static bool went_well(const struct judge_question *q)
{
	const struct judge_case *c = q->c;

	if (q->access.kind != PML_X)
		return c->end == JUDGE_DONE;
	if (q->access.el0)
		return c->end == JUDGE_EL1 && c->esr1 >> 26 == 0;
	return c->end == JUDGE_DONE && (c->esr2 & 0xffff) == JUDGE_HVC_PAGE;
}

static bool case_agrees(const struct judge_question *q, bool passes,
			const struct pml_arm64_verdict *v)
{
	const struct judge_case *c = q->c;

	if (c->how <= JUDGE_AT_LAST)
		return par_agrees(c, passes, v);
	if (passes)
		return went_well(q);
	if (v->stage2)
		return c->end == JUDGE_EL2 && c->far2 == v->va &&
		       c->hpfar == pml_arm64_hpfar(v) &&
		       esr_agrees(q, c->esr2, v);
	return c->end == JUDGE_EL1 && c->far1 == v->va &&
	       esr_agrees(q, c->esr1, v);
}

static bool agrees_by(const struct judge_world *w,
		      const struct judge_question *q, unsigned lax)
{
	struct pml_arm64_verdict v;
	bool passes = judge_says(w, q, lax, &v);

	return case_agrees(q, passes, &v);
}

static bool masked(enum mask mask)
{
	used[mask]++;
	return true;
}

/* An address of AT that hardware would have to mark, by either stage. */
static bool at_is_clean(const struct judge_world *w, const struct judge_question *q)
{
	struct pml_arm64_verdict v;

	if (w->qemu < 11 || q->c->how > JUDGE_AT_LAST)
		return false;
	if (agrees_by(w, q, LAX_FORMAT | LAX_CLEAN))
		return true;
	if (!judge_says(w, q, LAX_FORMAT, &v) && v.reason == PML_ARM64_WHY_MARK)
		return !(q->c->par & 1);
	/* Clean at that moment, and made dirty by a later access. */
	return q->access.kind == PML_W && w->s1.c.hd &&
	       (v.target.raw & PML_ARM64_DBM) && (q->c->par & 1) &&
	       (q->c->par >> 1 & 0x3f) ==
		       (0xcu | (unsigned)pml_arm64_level(v.target.level));
}

/* Does it differ from the manual as it is known to? */
static bool is_known(const struct judge_world *w, const struct judge_question *q)
{
	struct pml_arm64_verdict v;

	if (agrees_by(w, q, LAX_DS))
		return masked(MASK_DS);
	if (agrees_by(w, q, LAX_BLOCK))
		return masked(MASK_BLOCK);
	/* Of several at once the rarest gives its name. */
	if (agrees_by(w, q, LAX_FORMAT))
		return masked(MASK_GAP);
	if (q->access.kind == PML_X && agrees_by(w, q, LAX_FORMAT | LAX_DIRTY))
		return masked(MASK_DBM);
	if (q->c->how == JUDGE_FETCH && (q->c->pstate & JUDGE_PSTATE_PAN) &&
	    (q->c->sctlr & PML_ARM64_SCTLR_EPAN) &&
	    agrees_by(w, q, LAX_FORMAT | LAX_WXN))
		return masked(MASK_EPAN);
	if (at_is_clean(w, q))
		return masked(MASK_CLEAN);
	if (w->qemu >= 8 || judge_says(w, q, LAX_FORMAT, &v) || !v.s1ptw)
		return false;
	v.fsc = (v.fsc & ~3u) | (unsigned)pml_arm64_level(v.table_level);
	return case_agrees(q, false, &v) && masked(MASK_LEVEL);
}

bool judge_access_agrees(const struct judge_world *w,
			 const struct judge_question *q)
{
	struct pml_arm64_verdict v;

	judge_says(w, q, 0, &v);
	met[v.reason][v.s1ptw ? 2 : v.stage2]++;
	if (!agrees_by(w, q, 0))
		return is_known(w, q);
	used[MASK_NONE]++;
	return true;
}

void judge_print_counts(void)
{
	static const char *const where[] = { "stage 1", "stage 2", "its tables" };

	for (int k = 0; k < 3; k++)
		judge_print_met(where[k], reasons, &met[0][k], REASONS, 3);
	judge_print_masks(names, used, MASKS);
}
