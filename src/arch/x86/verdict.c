/*
 * What becomes of an access on x86, in words.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>

#include "arch/x86/insn/insn.h"
#include "arch/x86/judge.h"
#include "arch/x86/registers.h"
#include "show/words.h"
#include "target/kept.h"

const struct pmap_x86_bit pmap_x86_pf_bits[] = {
	{ PML_X86_PF_P, "P" }, { PML_X86_PF_W, "W" }, { PML_X86_PF_U, "U" },
	{ PML_X86_PF_RSVD, "RSVD" }, { PML_X86_PF_I, "I" }, { PML_X86_PF_PK, "PK" },
	{ PML_X86_PF_SS, "SS" }, { PML_X86_PF_HLAT, "HLAT" },
	{ PML_X86_PF_SGX, "SGX" }, { PML_X86_PF_RMP, "RMP" },
	{ PML_X86_NPF_FINAL, "memory" }, { PML_X86_NPF_TABLE, "guest's table" },
	{ 0, NULL }
};

bool pmap_x86_add_bits(struct pmap_text *out, uint64_t value,
		       const struct pmap_x86_bit *bits, const char *between)
{
	const char *before = " (";

	pmap_text_add(out, "0x%" PRIx64, value);
	for (; bits->name; bits++) {
		if (!(value & bits->bit))
			continue;
		pmap_text_add(out, "%s%s", before, bits->name);
		before = between;
	}
	if (before != between)
		return false;
	pmap_text_puts(out, ")");
	return true;
}

void pmap_x86_add_error_code(struct pmap_text *out, uint32_t error)
{
	if (!pmap_x86_add_bits(out, error, pmap_x86_pf_bits, " "))
		pmap_text_puts(out, " (no bit set)");
}

const char *pmap_x86_exception_name(unsigned exception)
{
	static const char *const name[] = {
		[PMAP_UD] = "#UD",    [PMAP_NM] = "#NM",
		[PMAP_NP] = "#NP",    [PML_X86_SS] = "#SS",
		[PML_X86_GP] = "#GP", [PML_X86_PF] = "#PF",
	};

	return name[exception];
}

/* SDM 3A, table 6-1. */
static bool has_error_code(unsigned exception)
{
	return exception >= 10;
}

void pmap_x86_add_exception(struct pmap_text *out, unsigned exception,
			    uint64_t error)
{
	pmap_text_puts(out, pmap_x86_exception_name(exception));
	if (exception == PML_X86_PF) {
		pmap_text_puts(out, ", error code ");
		pmap_x86_add_error_code(out, error);
	} else if (has_error_code(exception)) {
		pmap_text_add(out, ", error code 0x%" PRIx64, error);
	}
}

static void add_own(struct pmap_text *out, const struct pml_x86_verdict *v)
{
	pmap_x86_add_exception(out, v->exception, v->error);
	if (v->exception == PML_X86_PF)
		pmap_text_add(out, ", CR2 0x%" PRIx64, v->va);
}

void pmap_x86_add_verdict(struct pmap_text *out, const struct pmap_judge *judge,
			  const struct pmap_verdict *verdict)
{
	const struct pml_x86_verdict_2d *v = pmap_x86_answer(verdict);

	switch ((enum pmap_outcome)verdict->outcome) {
	case PMAP_ALLOWED:
		pmap_text_puts(out, "allowed");
		break;
	case PMAP_UNTOLD:
		if (judge->two)
			pmap_x86_add_exit(out, &judge->q->target, v);
		else
			pmap_text_puts(out, "cannot tell");
		break;
	case PMAP_EXITS:
		pmap_x86_add_exit(out, &judge->q->target, v);
		break;
	case PMAP_FAULTS:
		if (judge->two)
			pmap_x86_add_exit(out, &judge->q->target, v);
		else
			add_own(out, &v->guest);
		break;
	}
}

void pmap_x86_short_verdict(const struct pmap_verdict *verdict, char *to,
			    size_t size)
{
	const struct pml_x86_verdict_2d *v = pmap_x86_answer(verdict);

	if (verdict->outcome == PMAP_ALLOWED)
		snprintf(to, size, "yes");
	else if (verdict->outcome == PMAP_FAULTS &&
		 v->guest.exception == PML_X86_PF)
		snprintf(to, size, "#PF 0x%x", v->guest.error);
	else if (verdict->outcome == PMAP_FAULTS)
		snprintf(to, size, "%s",
			 pmap_x86_exception_name(v->guest.exception));
	else
		snprintf(to, size, "%s", verdict->outcome == PMAP_UNTOLD ? "?" :
			 pmap_x86_exit_name(v));
}

bool pmap_x86_same_fault(const struct pmap_verdict *one,
			 const struct pmap_verdict *other)
{
	const struct pml_x86_verdict *a = &pmap_x86_answer(one)->guest;
	const struct pml_x86_verdict *b = &pmap_x86_answer(other)->guest;

	return a->exception == b->exception && a->error == b->error &&
	       (a->exception != PML_X86_PF || a->va == b->va);
}

const char *pmap_x86_verdict_name(const struct pmap_verdict *verdict)
{
	switch ((enum pmap_outcome)verdict->outcome) {
	case PMAP_ALLOWED:
		return "allowed";
	case PMAP_UNTOLD:
		return "unknown";
	case PMAP_EXITS:
		return pmap_x86_exit_name(pmap_x86_answer(verdict));
	case PMAP_FAULTS:
		break;
	}
	return pmap_x86_exception_name(verdict->exception);
}

void pmap_x86_json_verdict(struct pmap_text *out, const struct pmap_judge *judge,
			   const struct pmap_verdict *verdict)
{
	const struct pml_x86_verdict_2d *v = pmap_x86_answer(verdict);

	(void)judge;
	if (verdict->outcome == PMAP_EXITS)
		pmap_text_add(out, ",\"info\":\"0x%" PRIx64 "\",\"gpa\":\"0x%" PRIx64
			      "\",\"level\":%d,\"slot\":\"0x%" PRIx64
			      "\",\"raw\":\"0x%" PRIx64 "\"", v->info, v->gpa,
			      v->level, v->slot_pa, v->raw);
	if (verdict->outcome != PMAP_FAULTS)
		return;
	pmap_text_add(out, ",\"error\":\"0x%x\"", v->guest.error);
	if (v->guest.exception == PML_X86_PF)
		pmap_text_add(out, ",\"cr2\":\"0x%" PRIx64 "\",\"level\":%d,\"slot\":\"0x%" PRIx64
			      "\",\"raw\":\"0x%" PRIx64 "\",\"bits\":\"0x%" PRIx64 "\"",
			      v->guest.va, v->guest.level, v->guest.slot_pa,
			      v->guest.raw, v->guest.bits);
}

/* --- The reason ----------------------------------------------------------- */

/* "RW=0 in the level-2 entry 0x… at 0x… (PDE)" */
static void add_bit_of_entry(struct pmap_text *out, const struct pml_format *fmt,
			     const struct pml_x86_verdict *v)
{
	pmap_text_add(out, "%s=%d in the level-%d entry 0x%" PRIx64 " at 0x%" PRIx64 " (%s)",
		      pmap_bit_name(fmt, v->level, v->raw, v->bits),
		      (v->raw & v->bits) != 0, v->level, v->raw, v->slot_pa,
		      fmt->level[v->level].name);
	if (v->level != v->target.level && v->target.kind == PML_LEAF &&
	    ((v->target.raw ^ fmt->invert) & v->bits))
		pmap_text_puts(out, "; the leaf itself allows it");
}

static void add_key(struct pmap_text *out, const struct pmap_judge *judge,
		    const struct pml_x86_verdict *v)
{
	bool user_page = v->target.rights & PML_U;
	unsigned key = v->raw >> pmap_x86_space_of(judge)->fmt->pkey_shift & 15;
	uint32_t reg = user_page ? pmap_x86_controls_of(judge)->pkru :
				   pmap_x86_controls_of(judge)->pkrs;

	pmap_text_add(out, "protection key %u, %s by %s=0x%x, of the level-%d entry 0x%" PRIx64 " at 0x%" PRIx64,
		      key, reg >> 2 * key & 1 ? "denied" : "not to be written",
		      user_page ? "PKRU" : "PKRS", reg, v->level, v->raw,
		      v->slot_pa);
}

static void add_shadow(struct pmap_text *out, const struct pmap_judge *judge,
		       const struct pml_x86_access *a,
		       const struct pml_x86_verdict *v)
{
	bool user_page = v->target.rights & PML_U;

	pmap_text_add(out, "no shadow stack of the %s: the level-%d entry 0x%" PRIx64 " at 0x%" PRIx64 " (%s) ",
		      pml_x86_as_user(a) ? "user's" : "supervisor's",
		      v->level, v->raw, v->slot_pa,
		      pmap_x86_space_of(judge)->fmt->level[v->level].name);
	if (user_page != pml_x86_as_user(a))
		pmap_text_puts(out, "leads to a user page");
	else
		pmap_text_puts(out, "must be dirty and have RW=0, those above it RW=1");
}

static void add_reason(struct pmap_text *out, const struct pmap_judge *judge,
		       const struct pml_x86_access *a,
		       const struct pml_x86_verdict *v)
{
	const struct pml_space *space = pmap_x86_space_of(judge);
	const struct pml_format *fmt = space ? space->fmt : NULL;

	switch (v->reason) {
	case PML_X86_WHY_NONCANONICAL:
		pmap_text_add(out, "0x%" PRIx64 " is not canonical (%s)",
			      pml_canonical(fmt, v->va) ?
			      a->va + a->size - 1 : v->va, fmt->title);
		/* `pmap access' does not say by which segment. */
		if (judge->q->opt.rights_word && !a->stack)
			pmap_text_puts(out, "; #SS if it is by the stack's segment");
		return;
	case PML_X86_WHY_UNREADABLE:
		pmap_add_unreadable(out, space, v->va);
		return;
	case PML_X86_WHY_NOT_PRESENT:
	case PML_X86_WHY_RESERVED:
		pmap_add_reason(out, space, &v->target);
		if (v->target.kind == PML_NONPRESENT && !judge->q->target.nested)
			pmap_kept_add(out, judge->q, v->target.level, v->target.raw);
		return;
	case PML_X86_WHY_USER:
		pmap_text_puts(out, "user mode denied: ");
		break;
	case PML_X86_WHY_WRITE:
		pmap_text_puts(out, pml_x86_as_user(a) ? "write denied: " :
			       "write denied (CR0.WP=1): ");
		break;
	case PML_X86_WHY_NX:
		pmap_text_puts(out, "execution denied: ");
		break;
	case PML_X86_WHY_SMEP:
		pmap_text_puts(out, "the supervisor must not execute user pages (CR4.SMEP=1): ");
		break;
	case PML_X86_WHY_SMAP:
		pmap_text_add(out, "the supervisor must not touch user pages (CR4.SMAP=1, %s): ",
			      a->implicit ? "an implicit access" : "EFLAGS.AC=0");
		break;
	case PML_X86_WHY_PKEY:
		add_key(out, judge, v);
		return;
	case PML_X86_WHY_SHADOW:
		add_shadow(out, judge, a, v);
		return;
	default:
		return;
	}
	add_bit_of_entry(out, fmt, v);
}

void pmap_x86_add_culprit(struct pmap_text *out, const struct pmap_judge *judge,
			  const struct pmap_access *access,
			  const struct pmap_verdict *verdict)
{
	struct pml_x86_access a = pmap_x86_access(access);

	add_reason(out, judge, &a, &pmap_x86_answer(verdict)->guest);
}

void pmap_x86_add_assumed(struct pmap_text *out, const struct pmap_judge *judge,
			  const char *indent)
{
	static const struct {
		unsigned bit;
		const char *text;
	} texts[] = {
		{ PMAP_X86_ASSUMED_PKRU, "assuming PKRU=0, which nothing tells: `set $pmap_pkru = VALUE'" },
		{ PMAP_X86_ASSUMED_PKRS, "assuming PKRS=0, which nothing tells: `set $pmap_pkrs = VALUE'" },
		{ PMAP_X86_ASSUMED_MAXPHYADDR, "assuming that no address bit is reserved: `set $pmap_maxphyaddr = 40'" },
		{ PMAP_X86_ASSUMED_CR0, "assuming CR0.WP=1, which nothing tells: `set $cr0 = VALUE'" },
		{ PMAP_X86_ASSUMED_EFER, "assuming EFER.NXE=1, which nothing tells: `set $efer = VALUE'" },
		{ PMAP_X86_ASSUMED_AC, "assuming EFLAGS.AC=0, which nothing tells: `set $eflags = VALUE'" },
	};
	unsigned assumed = judge->assumed;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (assumed & texts[i].bit)
			pmap_text_add(out, "%s%s\n", indent, texts[i].text);
	if (assumed & PMAP_X86_ASSUMED_CR4)
		pmap_text_add(out, "%sassuming CR4=0x%" PRIx64 " (no SMEP, SMAP, PKE, PKS), which nothing tells: `set $cr4 = VALUE'\n",
			      indent, pmap_x86_controls_of(judge)->cr4);
}

static void own_results(struct pmap_query *q, const struct pml_x86_verdict *v)
{
	pmap_result_u64(q->call, "exception", v->exception);
	if (has_error_code(v->exception))
		pmap_result_u64(q->call, "error", v->error);
	if (v->exception == PML_X86_PF) {
		pmap_result_u64(q->call, "cr2", v->va);
		pmap_result_u64(q->call, "level", v->level);
	}
}

void pmap_x86_exits(struct pmap_query *q, const struct pmap_verdict *verdict)
{
	pmap_x86_exit_results(q, pmap_x86_answer(verdict));
}

void pmap_x86_results(struct pmap_query *q, const struct pmap_verdict *verdict)
{
	const struct pml_x86_verdict_2d *v = pmap_x86_answer(verdict);

	if (verdict->outcome == PMAP_EXITS)
		pmap_result_u64(q->call, "level", v->level);
	else
		own_results(q, &v->guest);
}
