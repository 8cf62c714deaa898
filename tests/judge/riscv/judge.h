/*
 * The host's side of the judge: worlds of random tables, cases in them, what
 * the core says of each, and what the hart did.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_JUDGE_JUDGE_H
#define TESTS_JUDGE_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include <pml/access-riscv.h>

#include "arch/riscv/insn/insn.h"
#include "case.h"
#include "host.h"
#include "lib/random.h"
#include "world.h"

#define WORLD_TABLES	24	/* of a stage, besides the root */

/* Tables of one stage; fmt is NULL for Bare. */
struct judge_stage {
	const struct pml_format *fmt;
	bool g;
	uint64_t root;
	int tables;
	uint64_t table[WORLD_TABLES];
	uint8_t level[WORLD_TABLES];
};

/* One set of tables, and the registers that go with it. */
struct judge_world {
	uint8_t *ram;			/* the machine's memory, from JUDGE_RAM on */
	int qemu;			/* its major version */
	uint64_t id[JUDGE_IDS];		/* of enum judge_id */
	uint64_t begin, next, end;	/* addresses that it may use for tables */
	bool two;			/* V=1 */
	bool apart;			/* henvcfg is not menvcfg */
	struct judge_stage s1, g;	/* satp's, or vsatp's; hgatp's */
	struct judge_case regs;		/* what all its cases have */
	uint64_t s1_end;		/* where the first stage's tables end */
	uint64_t fixed;			/* from here on: the G stage's that are not random */
};

/* In what the emulator is known not to follow the manual; see masks.c. */
enum judge_lax {
	LAX_HLVX = 1,
	LAX_MXR = 2,
	LAX_AMO = 4,
	LAX_KINDS = 8,		/* of the above, and all of them at once */
	LAX_HIGH = 8,
	LAX_LATE = 16,
};

/* What should: as the program sees it. */
struct judge_answer {
	bool passes;
	uint8_t cause;
	uint64_t tval, tval2, tinst;
	struct pml_riscv_verdict v;
};

/* A case, and all that is needed to say what should become of it. */
struct judge_question {
	struct judge_case *c;
	struct pml_riscv_regs regs;
	struct pml_riscv_access access;
	struct judge_answer before[LAX_KINDS];	/* by the tables as they were made */
	struct pmap_riscv_cpu cpu;	/* of an instruction, and it */
	struct pmap_insn insn;
};

/* made.c */
bool judge_make_by_core(struct judge_world *w, struct random *r);

/* masks.c */
void judge_relax_high(struct pml_riscv_mmu *mmu, struct pml_format *fmt);
void judge_says(const struct judge_world *w, const struct judge_question *q,
		unsigned lax, struct judge_answer *a);

#endif
