/*
 * What `pmap info' and tables say of an x86 processor.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>

#include <pml/compose.h>

#include "arch/x86/processor.h"
#include "arch/x86/registers.h"
#include "arch/x86/x86.h"
#include "memory/source.h"

/* --- Memory types --------------------------------------------------------- */

const char *const pmap_x86_memory_types[] = {
	"uc", "uc-", "wc", "wt", "wp", "wb", NULL
};

const char *pmap_x86_memory_type(const struct pmap_target *target,
				 const struct pml_format *fmt, int level,
				 uint64_t raw)
{
	/* The types that IA32_PAT and EPT entries encode.  SDM 3A, table 12-10. */
	static const char *const names[8] = {
		"uc", "wc", NULL, NULL, "wt", "wp", "wb", "uc-"
	};
	unsigned index = pml_leaf_memtype(fmt, level, raw);

	switch (fmt->memtype) {
	case PML_MT_PAT:
		return names[pmap_x86_pat(target) >> index * 8 & 7];
	case PML_MT_EPT:
		return names[index & 7];
	default:
		return NULL;
	}
}

bool pmap_x86_memory_type_assumed(const struct pmap_target *target,
				  const struct pml_format *fmt)
{
	return fmt->memtype == PML_MT_PAT &&
	       !pmap_target_knows(target, PMAP_X86_PAT);
}

/* --- The mode ------------------------------------------------------------- */

const char *pmap_x86_root_name(const struct pmap_target *target,
			       const struct pml_space *space)
{
	(void)target, (void)space;
	return "CR3";
}

void pmap_x86_info_outer(struct pmap_query *q)
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

void pmap_x86_info_mode(struct pmap_query *q)
{
	const struct pmap_target *target = &q->target;
	const struct pml_format *fmt = target->space.fmt;

	if (fmt->level[fmt->levels].in_registers)
		pmap_text_puts(q->out, target->nesting == PML_NPT && target->nested ?
			       "pdptes     read from memory, as nested paging does\n" :
			       "pdptes     as memory has them now; the CPU uses the PDPTEs it cached when CR3 was loaded\n");
}

/* --- Registers ------------------------------------------------------------ */

/* Bits of control registers that paging depends on. */
static const struct {
	enum pmap_x86_reg reg;
	uint64_t mask;
	const char *name;
} controls[] = {
	{ PMAP_X86_CR0, PML_X86_CR0_PE, "CR0.PE" },
	{ PMAP_X86_CR0, PML_X86_CR0_PG, "CR0.PG" },
	{ PMAP_X86_CR0, PML_X86_CR0_WP, "CR0.WP" },
	{ PMAP_X86_CR4, PML_X86_CR4_PSE, "CR4.PSE" },
	{ PMAP_X86_CR4, PML_X86_CR4_PAE, "CR4.PAE" },
	{ PMAP_X86_CR4, PML_X86_CR4_PGE, "CR4.PGE" },
	{ PMAP_X86_CR4, PML_X86_CR4_PCIDE, "CR4.PCIDE" },
	{ PMAP_X86_CR4, PML_X86_CR4_LA57, "CR4.LA57" },
	{ PMAP_X86_CR4, PML_X86_CR4_SMEP, "CR4.SMEP" },
	{ PMAP_X86_CR4, PML_X86_CR4_SMAP, "CR4.SMAP" },
	{ PMAP_X86_CR4, PML_X86_CR4_PKE, "CR4.PKE" },
	{ PMAP_X86_CR4, PML_X86_CR4_PKS, "CR4.PKS" },
	{ PMAP_X86_EFER, PML_X86_EFER_LME, "EFER.LME" },
	{ PMAP_X86_EFER, PML_X86_EFER_LMA, "EFER.LMA" },
	{ PMAP_X86_EFER, PML_X86_EFER_NXE, "EFER.NXE" },
	{ PMAP_X86_EFER, PML_X86_EFER_SVME, "EFER.SVME" },
};

static const struct {
	enum pmap_x86_reg reg;
	const char *name;
} shown[] = {
	{ PMAP_X86_CR0, "cr0" }, { PMAP_X86_CR2, "cr2" },
	{ PMAP_X86_CR3, "cr3" }, { PMAP_X86_CR4, "cr4" },
	{ PMAP_X86_EFER, "efer" },
};
#define SHOWN	(sizeof(shown) / sizeof(shown[0]))

/* "cr4 assumed": those of one provenance, in a line of their own. */
static void add_from(struct pmap_query *q, enum pmap_from from, const char *what)
{
	const char *before = "           ", *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < SHOWN; i++) {
		if (q->target.reg[shown[i].reg].from != from)
			continue;
		pmap_text_add(q->out, "%s%s", before, shown[i].name);
		before = ", ";
		first = first ? first : shown[i].name;
		count++;
	}
	if (!first)
		return;
	pmap_text_puts(q->out, what);
	if (from == PMAP_FROM_NOTE)
		pmap_text_add(q->out, "%d", q->target.note_cpu);
	if (from == PMAP_FROM_ASSUMPTION)
		pmap_text_add(q->out, "%s = VALUE' %s", first, count == 1 ?
			      "gives the true one" : "and the like give the true ones");
	pmap_text_puts(q->out, "\n");
}

/* What QEMU's monitor says of this CPU that changes which memory it sees. */
static void add_view(struct pmap_query *q)
{
	if (q->target.smm)
		pmap_text_add(q->out, "smm        on: this CPU sees SMRAM, too; %s\n",
			      q->source && q->source->ops == &pmap_source_qemu ?
			      "memory is read as it sees it" :
			      "the source `qemu' alone reads that");
	if (q->target.clears)
		pmap_text_puts(q->out, "a20        closed: bit 20 of each physical address is cleared where memory is read, also of tables, as QEMU does (`monitor o /b 0x92 2' opens it)\n");
}

void pmap_x86_info_registers(struct pmap_query *q)
{
	const struct pmap_target *t = &q->target;

	pmap_text_puts(q->out, "registers ");
	for (size_t i = 0; i < SHOWN; i++)
		if (pmap_target_has(t, shown[i].reg))
			pmap_text_add(q->out, " %s=0x%" PRIx64 "%s", shown[i].name,
				      pmap_target_reg(t, shown[i].reg),
				      pmap_target_knows(t, shown[i].reg) ? "" : "?");
		else
			pmap_text_add(q->out, " %s=?", shown[i].name);
	pmap_text_puts(q->out, "\n");
	add_from(q, PMAP_FROM_NOTE, " from the dump's note of CPU ");
	add_from(q, PMAP_FROM_DERIVED, " derived from the dump");
	add_from(q, PMAP_FROM_ASSUMPTION, " assumed (marked ?), nothing tells: `set $");
	pmap_text_puts(q->out, "controls  ");
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		if (pmap_target_reg(t, controls[i].reg) & controls[i].mask)
			pmap_text_add(q->out, " %s%s", controls[i].name,
				      pmap_target_knows(t, controls[i].reg) ? "" : "?");
	pmap_text_puts(q->out, "\n");
	add_view(q);
}

/* --- Assumptions ---------------------------------------------------------- */

/* Whose rules hold where the two vendors' differ. */
static void add_vendor(struct pmap_query *q)
{
	const struct pmap_target *target = &q->target;

	if (pmap_target_reg(target, PMAP_X86_EFER) & PML_X86_EFER_SVME)
		pmap_text_puts(q->out, "vendor     AMD (EFER.SVME)\n");
	else if (pmap_target_reg(target, PMAP_X86_AMD) || q->opt.npt.text)
		pmap_text_add(q->out, "vendor     AMD (%s)\n",
			      q->opt.npt.text ? "--npt" : "$pmap_amd");
	else
		pmap_text_puts(q->out, "vendor     Intel assumed; `set $pmap_amd = 1' for AMD's rules (bit 8 of a PML4E is reserved)\n");
}

static void add_1g(struct pmap_query *q)
{
	const struct pml_format *fmt = q->target.space.fmt;

	if (q->no_space[0] || !fmt || fmt->levels < 4 ||
	    fmt->memtype == PML_MT_EPT)
		return;
	pmap_text_puts(q->out, pmap_target_reg(&q->target, PMAP_X86_NO_1G) ?
		       "1g pages   none ($pmap_no_1g)\n" :
		       "1g pages   assumed; `set $pmap_no_1g = 1' for a CPU without them\n");
}

void pmap_x86_info_assumptions(struct pmap_query *q)
{
	const struct pmap_target *target = &q->target;

	add_vendor(q);
	if (pmap_target_has(target, PMAP_X86_MAXPHYADDR))
		pmap_text_add(q->out, "maxphyaddr %" PRIu64 " ($pmap_maxphyaddr)\n",
			      pmap_target_reg(target, PMAP_X86_MAXPHYADDR));
	else
		pmap_text_puts(q->out, "maxphyaddr unknown; reserved address bits are not checked (`set $pmap_maxphyaddr = 40')\n");
	add_1g(q);
	pmap_text_add(q->out, "pat        0x%016" PRIx64 " (%s)\n",
		      pmap_x86_pat(target),
		      target->reg[PMAP_X86_PAT].from == PMAP_FROM_NOTE ? "the dump's note" :
		      pmap_target_has(target, PMAP_X86_PAT) ? "$pmap_pat" :
		      "the reset value, assumed; `set $pmap_pat = VALUE'");
	if (!pmap_target_has(target, PMAP_X86_CBIT))
		pmap_text_puts(q->out, "c-bit      none (SEV or SME guest: `set $pmap_cbit = 1ull << 47')\n");
	else
		pmap_text_add(q->out, "c-bit      0x%" PRIx64 " (%s)\n",
			      pmap_target_reg(target, PMAP_X86_CBIT),
			      q->opt.c_bit.text ? "--c-bit" :
			      target->reg[PMAP_X86_CBIT].from == PMAP_FROM_USER ?
			      "$pmap_cbit" : "the dump's VMCOREINFO");
}
