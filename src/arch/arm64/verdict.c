/*
 * What becomes of an access on AArch64, in words.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>

#include "arch/arm64/judge.h"
#include "show/words.h"
#include "target/kept.h"

/* The family of a fault status code: D24.2.41. */
static const char *fault_name(unsigned fsc)
{
	static const char *const names[] = {
		"address size fault", "translation fault", "access flag fault",
		"permission fault"
	};

	switch (fsc) {
	case PML_ARM64_FSC_SIZE_M1:
		return names[0];
	case PML_ARM64_FSC_TRANSLATION_M1:
		return names[1];
	case 0x10:
		return "external abort";
	case 0x11:
		return "tag check fault";
	case 0x21:
		return "alignment fault";
	case 0x30:
		return "TLB conflict";
	}
	if (fsc < 0x10)
		return names[fsc >> 2];
	return (fsc & 0x3c) == PML_ARM64_FSC_WALK_ABORT ||
	       fsc == PML_ARM64_FSC_WALK_ABORT_M1 ?
	       "external abort of a table walk" : "another fault";
}

/* Has the code a level, and which? */
static bool fault_level(unsigned fsc, int *level_ret)
{
	*level_ret = fsc & 3;
	if (fsc == PML_ARM64_FSC_SIZE_M1 || fsc == PML_ARM64_FSC_TRANSLATION_M1 ||
	    fsc == PML_ARM64_FSC_WALK_ABORT_M1)
		*level_ret = -1;
	else if (fsc >= 0x10 && (fsc & 0x3c) != PML_ARM64_FSC_WALK_ABORT)
		return false;
	return true;
}

static const char *class_name(unsigned ec)
{
	switch (ec) {
	case PML_ARM64_EC_FETCH_LOWER:
	case PML_ARM64_EC_FETCH:
		return "instruction abort";
	case PML_ARM64_EC_DATA_LOWER:
	case PML_ARM64_EC_DATA:
		return "data abort";
	default:
		return "exception";
	}
}

void pmap_arm64_add_syndrome(struct pmap_text *out, uint64_t esr)
{
	unsigned ec = esr >> 26 & 0x3f, fsc = esr & 0x3f;
	int level;

	pmap_text_add(out, "%s%s, %s", class_name(ec),
		      ec & 1 ? "" : " from a lower level", fault_name(fsc));
	if (fault_level(fsc, &level))
		pmap_text_add(out, " at level %d", level);
	if (esr & PML_ARM64_ISS_S1PTW)
		pmap_text_puts(out, ", for a table of stage 1");
}

/* The syndrome of a verdict, without what only the access knows. */
static uint64_t syndrome(const struct pml_arm64_verdict *v)
{
	struct pml_arm64_access a = { .kind = PML_R };

	return pmap_arm64_esr(&a, v);
}

void pmap_arm64_add_verdict(struct pmap_text *out, const struct pmap_judge *judge,
			    const struct pmap_verdict *verdict)
{
	const struct pml_arm64_verdict *v = pmap_arm64_answer(verdict);

	(void)judge;
	if (verdict->outcome == PMAP_ALLOWED || verdict->outcome == PMAP_UNTOLD) {
		pmap_text_puts(out, verdict->outcome == PMAP_ALLOWED ?
			       "allowed" : "cannot tell");
		return;
	}
	if (v->stage2)
		pmap_text_puts(out, "to EL2, stage 2: ");
	pmap_arm64_add_syndrome(out, syndrome(v));
	pmap_text_add(out, " (EC 0x%x, FSC 0x%x), FAR 0x%" PRIx64, v->ec, v->fsc,
		      v->va);
	if (v->stage2)
		pmap_text_add(out, ", HPFAR 0x%" PRIx64 " (IPA 0x%" PRIx64 ")",
			      pml_arm64_hpfar(v), v->ipa);
}

void pmap_arm64_short_verdict(const struct pmap_verdict *verdict, char *to,
			      size_t size)
{
	static const char *const names[] = { "size", "trans", "flag", "perm" };
	const struct pml_arm64_verdict *v = pmap_arm64_answer(verdict);
	int level;

	if (verdict->outcome == PMAP_ALLOWED)
		snprintf(to, size, "yes");
	else if (verdict->outcome == PMAP_UNTOLD)
		snprintf(to, size, "?");
	else if (fault_level(v->fsc, &level))
		snprintf(to, size, "%s%s L%d", v->stage2 ? "s2 " : "",
			 names[level < 0 ? v->fsc == PML_ARM64_FSC_TRANSLATION_M1
					 : v->fsc >> 2 & 3], level);
	else
		snprintf(to, size, "FSC 0x%x", v->fsc);
}

bool pmap_arm64_same_fault(const struct pmap_verdict *one,
			   const struct pmap_verdict *other)
{
	const struct pml_arm64_verdict *a = pmap_arm64_answer(one);
	const struct pml_arm64_verdict *b = pmap_arm64_answer(other);

	return a->ec == b->ec && a->fsc == b->fsc && a->va == b->va &&
	       a->stage2 == b->stage2 && a->s1ptw == b->s1ptw;
}

const char *pmap_arm64_verdict_name(const struct pmap_verdict *verdict)
{
	const struct pml_arm64_verdict *v = pmap_arm64_answer(verdict);

	switch ((enum pmap_outcome)verdict->outcome) {
	case PMAP_ALLOWED:
		return "allowed";
	case PMAP_UNTOLD:
		return "unknown";
	case PMAP_EXITS:
		return "stage-2-fault";
	case PMAP_FAULTS:
		break;
	}
	return (v->ec & ~1u) == PML_ARM64_EC_FETCH_LOWER ? "instruction-abort"
							  : "data-abort";
}

void pmap_arm64_json_verdict(struct pmap_text *out,
			     const struct pmap_judge *judge,
			     const struct pmap_verdict *verdict)
{
	const struct pml_arm64_verdict *v = pmap_arm64_answer(verdict);

	(void)judge;
	if (verdict->outcome != PMAP_FAULTS && verdict->outcome != PMAP_EXITS)
		return;
	pmap_text_add(out, ",\"ec\":\"0x%x\",\"fsc\":\"0x%x\",\"far\":\"0x%" PRIx64 "\"",
		      v->ec, v->fsc, v->va);
	if (v->stage2)
		pmap_text_add(out, ",\"s1ptw\":%s,\"ipa\":\"0x%" PRIx64 "\"",
			      v->s1ptw ? "true" : "false", v->ipa);
	if (v->level)
		pmap_text_add(out, ",\"level\":%d,\"slot\":\"0x%" PRIx64
			      "\",\"raw\":\"0x%" PRIx64 "\",\"bits\":\"0x%" PRIx64 "\"",
			      v->level, v->slot_pa, v->raw, v->bits);
}

/* --- The reason ----------------------------------------------------------- */

/* The space whose entry it is; `fmt' NULL: there is none. */
static const struct pml_space *space_of(const struct pmap_judge *judge,
					const struct pml_arm64_verdict *v)
{
	const struct pmap_target *target = &judge->q->target;
	uint64_t va = v->va;

	if (v->stage2)
		return &target->outer;
	/* Which half is for bit 55 to say, whatever tag is above. */
	return pml_arm64_is_upper(&pmap_arm64_mmu.regs, va) && target->halves ?
	       &target->upper : &target->space;
}

/* "AP[2]=1 in the level-1 entry 0x... at 0x... (L3)" */
static void add_bits(struct pmap_text *out, const struct pml_format *fmt,
		     const struct pml_arm64_verdict *v)
{
	uint64_t bit = v->bits & -v->bits;
	const char *before = "";

	if (!v->level)
		return;
	for (uint64_t bits = v->bits; bits; bits &= bits - 1) {
		bit = bits & -bits;
		pmap_text_add(out, "%s%s=%d", before,
			      pmap_bit_name(fmt, v->level, v->raw, bit),
			      (v->raw & bit) != 0);
		before = ", ";
	}
	pmap_text_add(out, "%sthe level-%d entry 0x%" PRIx64 " at 0x%" PRIx64 " (%s)",
		      *before ? " in " : "", v->level, v->raw, v->slot_pa,
		      fmt->level[v->level].name);
}

/* An address that data may have, with its tag. */
static bool is_tagged_fetch(const struct pml_arm64_verdict *v)
{
	const struct pml_arm64_regs *regs = &pmap_arm64_mmu.regs;
	bool upper = pml_arm64_is_upper(regs, v->va);

	return (v->ec & 0x3e) == PML_ARM64_EC_FETCH_LOWER &&
	       pml_arm64_ignores_top(regs, upper, false) &&
	       !pml_arm64_ignores_top(regs, upper, true);
}

static void add_why(struct pmap_text *out, const struct pmap_judge *judge,
		    const struct pml_arm64_verdict *v)
{
	static const char *const texts[] = {
		[PML_ARM64_WHY_SETUP] = "TxSZ, or SL0, has a value that it may not have",
		[PML_ARM64_WHY_EPD] = "TCR.EPD disables walks in this half",
		[PML_ARM64_WHY_E0PD] = "TCR.E0PD keeps EL0 out of this half",
		[PML_ARM64_WHY_SIZE] = "an address with more bits than come out: ",
		[PML_ARM64_WHY_FLAG] = "accessed for the first time, which no hardware notes: ",
		[PML_ARM64_WHY_READ] = "read denied: ",
		[PML_ARM64_WHY_WRITE] = "write denied: ",
		[PML_ARM64_WHY_EL0] = "EL0 denied: ",
		[PML_ARM64_WHY_XN] = "execution denied: ",
		[PML_ARM64_WHY_EL0_WRITES] = "what EL0 may write the privileged level does not execute: ",
		[PML_ARM64_WHY_WXN] = "what may be written is not executed (SCTLR.WXN=1): ",
		[PML_ARM64_WHY_PAN] = "the privileged level must not touch EL0's pages (PSTATE.PAN=1): ",
		[PML_ARM64_WHY_MARK] = "the table must be writable for AF, or the dirty state, to be set: ",
	};
	const struct pml_space *space = space_of(judge, v);
	bool found = v->stage2 ? v->outer.level : v->target.level;

	if (v->stage2)
		pmap_text_add(out, "%s IPA 0x%" PRIx64 " in stage 2: ",
			      v->s1ptw ? "for stage 1's table at" : "for",
			      v->ipa);
	switch (v->reason) {
	case PML_ARM64_WHY_RANGE:
		pmap_text_add(out, "0x%" PRIx64 " is outside of the addresses that are translated%s",
			      v->stage2 ? v->ipa : v->va,
			      !v->stage2 && is_tagged_fetch(v) ?
			      ": fetches do not ignore the top byte (TCR.TBID=1)" : "");
		return;
	case PML_ARM64_WHY_INVALID:
	case PML_ARM64_WHY_UNREADABLE:
		pmap_add_reason(out, space, v->stage2 ? &v->outer : &v->target);
		if (v->target.kind == PML_NONPRESENT && !judge->q->target.nested)
			pmap_kept_add(out, judge->q, v->target.level, v->target.raw);
		return;
	}
	if (texts[v->reason])
		pmap_text_puts(out, texts[v->reason]);
	if (v->reason == PML_ARM64_WHY_SIZE && !v->level)
		pmap_text_puts(out, found ? "the root" :
			       judge->q->target.paging_off ? "the address itself" :
			       "the root, or the address itself");
	else if (space->fmt)
		add_bits(out, space->fmt, v);
}

void pmap_arm64_add_culprit(struct pmap_text *out, const struct pmap_judge *judge,
			    const struct pmap_access *access,
			    const struct pmap_verdict *verdict)
{
	(void)access;
	add_why(out, judge, pmap_arm64_answer(verdict));
}

void pmap_arm64_add_assumed(struct pmap_text *out, const struct pmap_judge *judge,
			    const char *indent)
{
	const struct pmap_arm64_state *state =
		(const struct pmap_arm64_state *)(const void *)judge->own;

	if (judge->q->target.paging_off && !judge->two)
		pmap_text_add(out, "%sthe MMU is off: addresses are physical\n", indent);
	if (judge->assumed & PMAP_ARM64_ASSUMED_PAN)
		pmap_text_add(out, "%sassuming PSTATE.PAN=%d at the privileged level, as an exception from EL0 sets it\n",
			      indent, state->pan);
	if (judge->assumed & PMAP_ARM64_ASSUMED_FEATURES)
		pmap_text_add(out, "%sassuming that the processor has what its registers ask for: no ID_AA64MMFR0_EL1 tells\n",
			      indent);
}

void pmap_arm64_results(struct pmap_query *q, const struct pmap_verdict *verdict)
{
	const struct pml_arm64_verdict *v = pmap_arm64_answer(verdict);

	if (verdict->outcome == PMAP_ALLOWED)
		return;
	pmap_result_u64(q->call, "exception", v->ec);
	pmap_result_u64(q->call, "error", v->fsc);
	pmap_result_u64(q->call, "level", v->level);
}

void pmap_arm64_exits(struct pmap_query *q, const struct pmap_verdict *verdict)
{
	const struct pml_arm64_verdict *v = pmap_arm64_answer(verdict);

	pmap_result_str(q->call, "exit", pmap_exit_name(verdict, "stage-2-fault"));
	if (verdict->outcome != PMAP_EXITS)
		return;
	pmap_result_u64(q->call, "exit_info", syndrome(v));
	pmap_result_u64(q->call, "exit_gpa", v->ipa);
}
