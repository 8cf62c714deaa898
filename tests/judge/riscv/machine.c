/*
 * The judge's machine for RISC-V: how QEMU is run, what is in memory besides
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
	.environment = "QEMU_RISCV64",
	.qemu = "qemu-system-riscv64",
	.missing = "no qemu-system-riscv64 (Debian 12: qemu-system-misc, 13: qemu-system-riscv)",
	.id = "misa, menvcfg, senvcfg, henvcfg, vlenb",
};

/*
 * 7.2 has no `max', and Svnapot and Svpbmt only if asked for; 11's has bits 60:59
 * for software, which the core does not know.
 */
void judge_machine_args(int version, const char *program, const char **argv)
{
	const char *const args[] = {
		"-M", "virt,memory-backend=ram", "-bios", "none",
		"-kernel", program, "-cpu",
		version < 9 ? "rv64,svnapot=on,svpbmt=on,v=on,vext_spec=v1.0" :
		version < 11 ? "max" : "max,svrsw60t59b=off",
	};

	memcpy(argv, args, sizeof(args));
}

void judge_fill_fixed(uint8_t *ram)
{
	uint16_t *code = (uint16_t *)(void *)(ram + (JUDGE_SCRATCH - JUDGE_RAM));

	for (size_t i = 0; i < JUDGE_SCRATCH_SIZE / 2; i++)
		code[i] = JUDGE_PAGE_CODE;
}

static const char *const hows[] = {
	"load", "store", "AMO", "fetch", "HLV", "HSV", "HLVX", "fetch V=1",
	"instruction",
};

static void print_question(const struct judge_case *c)
{
	printf("%s 0x%" PRIx64 " mstatus %" PRIx64 "\n#   satp %" PRIx64
	       " menvcfg %" PRIx64 " senvcfg %" PRIx64 " hstatus %" PRIx64
	       " vsstatus %" PRIx64 "\n#   vsatp %" PRIx64 " hgatp %" PRIx64
	       " henvcfg %" PRIx64 " pmpcfg %" PRIx64 " pmpaddr",
	       hows[c->how], c->va, c->mstatus, c->satp, c->menvcfg, c->senvcfg,
	       c->hstatus, c->vsstatus, c->vsatp, c->hgatp, c->henvcfg,
	       c->pmpcfg);
	for (int i = 0; i < JUDGE_PMPS; i++)
		printf(" %" PRIx64, c->pmpaddr[i]);
	printf("\n");
}

void judge_report(const struct judge_world *w, const struct judge_question *q)
{
	const struct judge_case *c = q->c;
	const struct pml_riscv_verdict *v;
	struct judge_answer a;

	judge_says(w, q, 0, &a);
	v = &a.v;
	print_question(c);
	if (c->how == JUDGE_INSN)
		printf("#   %08x %s: 0x%" PRIx64 ", %" PRIu64 " bytes x %" PRIu64
		       ", exception %u; vl %" PRIu64 " vtype %" PRIx64 " vstart %" PRIu64
		       "; judged 0x%" PRIx64 ", %u bytes\n", c->code[1],
		       q->insn.text, q->insn.mem[0].va, q->insn.mem[0].size,
		       q->insn.mem[0].count, q->insn.exception, c->vl, c->vtype,
		       c->vstart, q->access.va, q->access.size);
	printf("#   core: %s cause %d why %d g_stage %d implicit %d tval %" PRIx64
	       " tval2 %" PRIx64 " tinst %" PRIx64 " pa %" PRIx64
	       "\n#     level %d slot %" PRIx64 " raw %" PRIx64 " bits %" PRIx64
	       " pmp %d at %" PRIx64 "; first %" PRIx64 " -> %" PRIx64
	       " outer %" PRIx64 " -> %" PRIx64 "\n",
	       a.passes ? "passes" : "faults", a.cause, v->reason, v->g_stage,
	       v->implicit, a.tval, a.tval2, a.tinst, v->pa, v->level,
	       v->slot_pa, v->raw, v->bits, v->pmp, v->pmp_pa, v->target.raw,
	       v->target.pa, v->outer.raw, v->outer.pa);
	printf("#   hart: end %" PRIu64 " cause %" PRIu64 " tval %" PRIx64
	       " tval2 %" PRIx64 " tinst %" PRIx64 " epc %" PRIx64 " mstatus %"
	       PRIx64 "\n", c->end, c->cause, c->tval, c->tval2, c->tinst,
	       c->epc, c->status);
}
