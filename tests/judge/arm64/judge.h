/*
 * The host's side of the judge: worlds of random tables, cases in them, what
 * the core says of each, and what the processor did.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_JUDGE_JUDGE_H
#define TESTS_JUDGE_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include <pml/access-arm64.h>

#include "arch/arm64/insn/insn.h"
#include "case.h"
#include "host.h"
#include "lib/random.h"
#include "world.h"

#define WORLD_TABLES	20	/* of a stage, besides the root */

/* Tables of one stage. */
struct judge_stage {
	struct pml_arm64_config c;
	struct pml_format fmt;		/* what the core says of c */
	uint64_t root;
	int tables;
	uint64_t table[WORLD_TABLES];
	uint8_t level[WORLD_TABLES];
};

/* One set of tables, and the registers that go with it. */
struct judge_world {
	uint8_t *ram;			/* the machine's memory, from JUDGE_RAM on */
	int qemu;			/* its major version */
	uint64_t id[JUDGE_IDS];		/* ID_AA64MMFR0_EL1 to 2, DCZID_EL0 */
	uint64_t begin, next, end;	/* addresses that it may use for tables */
	bool two;			/* stage 2 is on */
	struct judge_stage s1, s2;
	struct judge_case regs;		/* what all its cases have */
	uint64_t s1_end;		/* where stage 1's tables end */
	uint64_t fixed;			/* from here on: stage 2's that are not random */
};

/* A case, and all that is needed to say what should become of it. */
struct judge_question {
	struct judge_case *c;
	struct pml_arm64_regs regs;
	struct pml_arm64_access access;
	struct pmap_arm64_cpu cpu;	/* of an instruction, and it */
	struct pmap_insn insn;
};

/* In what the emulator is known not to follow the manual; see masks.c. */
enum judge_lax {
	LAX_DIRTY = 1,
	LAX_WXN = 2,
	LAX_DS = 4,
	LAX_BLOCK = 8,
	LAX_GAP = 16,
	LAX_CLEAN = 32,
	LAX_FORMAT = LAX_DS | LAX_BLOCK | LAX_GAP,
};

/* masks.c */
bool judge_says(const struct judge_world *w, const struct judge_question *q,
		unsigned lax, struct pml_arm64_verdict *v);

#endif
