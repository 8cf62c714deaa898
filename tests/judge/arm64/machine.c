/*
 * The judge's machine for AArch64: how QEMU is run, what is in memory besides
 * the worlds, and a mismatch in words.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "judge.h"

const struct judge_machine judge_machine = {
	.environment = "QEMU_ARM64",
	.qemu = "qemu-system-aarch64",
	.missing = "no qemu-system-aarch64 (Debian: qemu-system-arm)",
	.id = "ID_AA64MMFR0..2, DCZID_EL0",
};

void judge_machine_args(int version, const char *program, const char **argv)
{
	const char *const args[] = {
		"-M", "virt,virtualization=on,gic-version=3,memory-backend=ram",
		"-cpu", "max", "-kernel", program,
	};

	(void)version;
	memcpy(argv, args, sizeof(args));
}

/* The two leaves of EL1's upper half, and the pages that accesses are made to. */
void judge_fill_fixed(uint8_t *ram)
{
	uint64_t *table = (uint64_t *)(void *)(ram + (JUDGE_TTBR1 - JUDGE_RAM));
	uint32_t *code = (uint32_t *)(void *)(ram + (JUDGE_SCRATCH - JUDGE_RAM));

	table[0] = JUDGE_RAM | PML_ARM64_VALID | PML_ARM64_AF |
		   PML_ARM64_AP2 | PML_ARM64_UXN;
	table[1] = JUDGE_RAM | PML_ARM64_VALID | PML_ARM64_AF |
		   PML_ARM64_AP2 | PML_ARM64_AP1 | PML_ARM64_PXN;
	for (size_t i = 0; i < JUDGE_SCRATCH_SIZE / 4; i++)
		code[i] = JUDGE_PAGE_CODE;
}

void judge_report(const struct judge_world *w, const struct judge_question *q)
{
	static const char *const hows[] = {
		"AT S1E1R", "AT S1E1W", "AT S1E0R", "AT S1E0W", "AT S1E1RP",
		"AT S1E1WP", "AT S12E1R", "AT S12E1W", "AT S12E0R", "AT S12E0W",
		"load", "store", "fetch", "LDTR", "STTR", "EL0 load",
		"EL0 store", "EL0 fetch", "instruction", "EL0 instruction",
	};
	const struct judge_case *c = q->c;
	struct pml_arm64_verdict v;
	bool passes = judge_says(w, q, 0, &v);

	printf("%s 0x%" PRIx64 " pstate %" PRIx64 "\n#   sctlr %" PRIx64 " tcr %" PRIx64 " ttbr0 %" PRIx64
	       " hcr %" PRIx64 " vtcr %" PRIx64 " vttbr %" PRIx64 "\n",
	       hows[c->how], c->va, c->pstate, c->sctlr, c->tcr,
	       c->ttbr0, c->hcr, c->vtcr, c->vttbr);
	if (c->how >= JUDGE_INSN)
		printf("#   %s: align %u, kind %d, %u bytes\n", q->insn.text,
		       q->insn.mem[0].align, q->access.kind, q->access.size);
	printf("#   core: %s why %d stage2 %d s1ptw %d ec %x fsc %x ipa %" PRIx64
	       " pa %" PRIx64 "; level %d raw %" PRIx64 " bits %" PRIx64
	       " leaf level %d raw %" PRIx64 "\n",
	       passes ? "passes" : "faults", v.reason, v.stage2, v.s1ptw, v.ec,
	       v.fsc, v.ipa, v.pa, v.level, v.raw, v.bits, v.target.level,
	       v.target.raw);
	printf("#   processor: end %" PRIu64 " par %" PRIx64 " (fst %x) esr1 %"
	       PRIx64 " far1 %" PRIx64 " esr2 %" PRIx64 " far2 %" PRIx64
	       " hpfar %" PRIx64 "\n", c->end, c->par,
	       (unsigned int)(c->par >> 1 & 0x3f), c->esr1, c->far1, c->esr2,
	       c->far2, c->hpfar);
}
