/*
 * pmap info: what is being looked at, and through which memory.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "memory/session.h"
#include "target/query.h"
#include "walkers/walkers.h"

/* Bits of control registers that paging depends on. */
static const struct {
	enum pmap_reg reg;
	uint64_t mask;
	const char *name;
} controls[] = {
	{ PMAP_REG_CR0, PML_X86_CR0_PE, "CR0.PE" },
	{ PMAP_REG_CR0, PML_X86_CR0_PG, "CR0.PG" },
	{ PMAP_REG_CR0, PML_X86_CR0_WP, "CR0.WP" },
	{ PMAP_REG_CR4, PML_X86_CR4_PSE, "CR4.PSE" },
	{ PMAP_REG_CR4, PML_X86_CR4_PAE, "CR4.PAE" },
	{ PMAP_REG_CR4, PML_X86_CR4_PGE, "CR4.PGE" },
	{ PMAP_REG_CR4, PML_X86_CR4_PCIDE, "CR4.PCIDE" },
	{ PMAP_REG_CR4, PML_X86_CR4_LA57, "CR4.LA57" },
	{ PMAP_REG_CR4, PML_X86_CR4_SMEP, "CR4.SMEP" },
	{ PMAP_REG_CR4, PML_X86_CR4_SMAP, "CR4.SMAP" },
	{ PMAP_REG_CR4, PML_X86_CR4_PKE, "CR4.PKE" },
	{ PMAP_REG_CR4, PML_X86_CR4_PKS, "CR4.PKS" },
	{ PMAP_REG_EFER, PML_X86_EFER_LME, "EFER.LME" },
	{ PMAP_REG_EFER, PML_X86_EFER_LMA, "EFER.LMA" },
	{ PMAP_REG_EFER, PML_X86_EFER_NXE, "EFER.NXE" },
	{ PMAP_REG_EFER, PML_X86_EFER_SVME, "EFER.SVME" },
};

static void add_registers(struct pmap_query *q)
{
	static const struct {
		enum pmap_reg reg;
		const char *name;
	} shown[] = {
		{ PMAP_REG_CR0, "cr0" }, { PMAP_REG_CR2, "cr2" },
		{ PMAP_REG_CR3, "cr3" }, { PMAP_REG_CR4, "cr4" },
		{ PMAP_REG_EFER, "efer" },
	};

	pmap_text_puts(q->out, "registers ");
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (q->target.has[shown[i].reg])
			pmap_text_add(q->out, " %s=0x%" PRIx64, shown[i].name,
				      q->target.reg[shown[i].reg]);
		else
			pmap_text_add(q->out, " %s=?", shown[i].name);
	pmap_text_puts(q->out, "\ncontrols  ");
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		if (q->target.has[controls[i].reg] &&
		    q->target.reg[controls[i].reg] & controls[i].mask)
			pmap_text_add(q->out, " %s", controls[i].name);
	pmap_text_puts(q->out, "\n");
}

static void add_outer(struct pmap_query *q)
{
	static const char *const options[] = {
		[PML_PLAIN] = "--gpa-space", [PML_NPT] = "--npt",
		[PML_EPT] = "--ept", [PML_EPT_AD] = "--ept",
	};
	const struct pmap_target *target = &q->target;

	pmap_text_add(q->out, "outer      %s (%s%s), root 0x%" PRIx64 " (%s)\n",
		      target->outer.fmt->title, target->outer.fmt->name,
		      target->nesting == PML_EPT_AD ? ", accessed and dirty flags on" : "",
		      pml_root_pa(&target->outer), options[target->nesting]);
	if (q->opt.ept.text && q->opt.ept.value & PML_EPTP_SSS)
		pmap_text_puts(q->out, "           supervisor shadow stacks are on: pmap does not know them\n");
}

static void add_mode(struct pmap_query *q)
{
	const struct pmap_target *target = &q->target;

	pmap_text_add(q->out, "cpu        thread %d\n", q->call->thread);
	if (q->no_space[0]) {
		pmap_text_add(q->out, "paging     %s\n", q->no_space);
		return;
	}
	if (target->nested || q->opt.outer_alone)
		add_outer(q);
	if (target->guest_off) {
		pmap_text_puts(q->out, "paging     off in the guest (CR0.PG=0): its addresses are guest-physical\n");
		return;
	}
	pmap_text_add(q->out, "paging     %s (%s%s)\n",
		      target->space.fmt->title, target->space.fmt->name,
		      target->format_given ? ", by --format" : "");
	if (target->space.fmt->level[target->space.fmt->levels].in_registers)
		pmap_text_puts(q->out, target->nesting == PML_NPT && target->nested ?
			       "pdptes     read from memory, as nested paging does\n" :
			       "pdptes     as memory has them now; a processor goes by those that were there when CR3 was loaded\n");
	pmap_text_add(q->out, "root       %s0x%" PRIx64 " (%s)\n",
		      target->nested ? "gpa " : "", pml_root_pa(&target->space),
		      target->root_given ? "--root" : "CR3");
}

/* Whose rules hold where the two vendors' differ. */
static void add_vendor(struct pmap_query *q)
{
	const struct pmap_target *target = &q->target;

	if (target->has[PMAP_REG_EFER] &&
	    target->reg[PMAP_REG_EFER] & PML_X86_EFER_SVME)
		pmap_text_puts(q->out, "vendor     AMD (EFER.SVME)\n");
	else if (target->reg[PMAP_REG_AMD] || q->opt.npt.text)
		pmap_text_add(q->out, "vendor     AMD (%s)\n",
			      q->opt.npt.text ? "--npt" : "$pmap_amd");
	else
		pmap_text_puts(q->out, "vendor     Intel is assumed: bit 8 of a PML4E is not reserved; `set $pmap_amd = 1' for AMD\n");
}

/* What the target's stub does not tell. */
static void add_assumptions(struct pmap_query *q)
{
	const struct pmap_target *target = &q->target;

	add_vendor(q);
	if (target->has[PMAP_REG_MAXPHYADDR])
		pmap_text_add(q->out, "maxphyaddr %" PRIu64 " ($pmap_maxphyaddr)\n",
			      target->reg[PMAP_REG_MAXPHYADDR]);
	else
		pmap_text_puts(q->out, "maxphyaddr not known: no address bit counts as reserved; `set $pmap_maxphyaddr = 40' tells\n");
	pmap_text_add(q->out, "pat        0x%016" PRIx64 " (%s)\n",
		      pmap_target_pat(target),
		      target->has[PMAP_REG_PAT] ? "$pmap_pat" :
		      "the reset value is assumed; `set $pmap_pat = VALUE' tells");
	if (target->has[PMAP_REG_CBIT])
		pmap_text_add(q->out, "c-bit      0x%" PRIx64 " (%s)\n",
			      target->reg[PMAP_REG_CBIT],
			      target->c_bit_given ? "--c-bit" : "$pmap_cbit");
	else
		pmap_text_puts(q->out, "c-bit      none; memory encryption: `set $pmap_cbit = 1ull << 47' tells\n");
}

static void add_memory(struct pmap_query *q)
{
	struct pmap_cache_stats stats;

	if (q->source)
		pmap_text_add(q->out, "memory     %s%s: %s\n",
			      q->source->ops->name,
			      pmap_session_choice()->ops ?
			      ", by `pmap source'" : "", q->source->why);
	else
		pmap_text_puts(q->out, "memory     none: physical memory cannot be read\n");
	for (size_t i = 0; pmap_sources[i]; i++) {
		const char *why = pmap_session_declined(pmap_sources[i]);

		if (why[0])
			pmap_text_add(q->out, "           not %s: %s\n",
				      pmap_sources[i]->name, why);
	}
	if (!q->source)
		return;
	stats = pmap_cache_stats(q->cache);
	pmap_text_add(q->out, "cache      %" PRIu64 " pages of at most %lu; %" PRIu64 " reads of %" PRIu64 " bytes since the target stopped\n",
		      stats.pages, PMAP_CACHE_PAGES, stats.reads, stats.bytes);
}

int pmap_info(struct pmap_query *q)
{
	add_mode(q);
	add_registers(q);
	add_assumptions(q);
	add_memory(q);
	if (q->source)
		pmap_result_str(q->call, "source", q->source->ops->name);
	if (!q->no_space[0] && !q->target.guest_off)
		pmap_result_u64(q->call, "root",
				pml_root_pa(&q->target.space));
	return PMAP_STATUS_OK;
}
