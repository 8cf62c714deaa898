/*
 * What memory an A64 instruction touches, from its 32 bits and the registers.
 *
 * Encodings are those of DDI 0487, C4.1; what each access needs, chapter C6 and
 * C7's pseudocode.  Nothing is read here.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_ARM64_INSN_H
#define PMAP_ARM64_INSN_H

#include "target/insn.h"

/* pmap_access.how */
#define PMAP_ARM64_UNPRIVILEGED	1u	/* LDTR, STTR and their like */
#define PMAP_ARM64_NO_PAN	2u	/* PAN does not stop it */

/* Exception classes that an instruction itself is the reason of: D24.2.40. */
#define PMAP_ARM64_EC_PC	0x22	/* the program counter is not aligned */
#define PMAP_ARM64_EC_SP	0x26	/* the stack pointer is not */

/* The state that an instruction needs. */
struct pmap_arm64_cpu {
	uint64_t x[31], sp, pc;
	bool sp_unknown;	/* of a level whose stack pointer nothing shows */
	bool user;		/* at EL0 */
	bool align_all;		/* SCTLR_ELx.A: no misaligned access at all */
	bool align_sp;		/* SCTLR_ELx.SA, or SA0 at EL0 */
	bool lse2;		/* what lies within 16 bytes may be misaligned, */
	bool naa;		/* and ordered accesses anywhere: SCTLR_ELx.nAA */
	unsigned zva;		/* bytes of DC ZVA's block; 0: not known */
	bool zva_prohibited;	/* DCZID_EL0.DZP: it is undefined */
};

/*
 * The accesses of `word' at cpu->pc, without the fetch, and its text.  What has
 * no access has no entry; what is not known says so in insn->unknown.
 */
void pmap_arm64_decode(const struct pmap_arm64_cpu *cpu, uint32_t word,
		       struct pmap_insn *insn_ret);

#endif
