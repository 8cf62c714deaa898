/*
 * What the judge's two sides agree on: a host program writes cases into a file
 * that is the machine's memory, a program on the bare machine (start.S, run.c)
 * executes each and writes beside it what became of it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_JUDGE_CASE_H
#define TESTS_JUDGE_CASE_H

#ifndef __ASSEMBLER__
#include <stdint.h>
#endif

/* QEMU's virt board: where RAM begins, and the program. */
#define JUDGE_RAM	0x80000000
#define JUDGE_RAM_SIZE	0x10000000
#define JUDGE_HOME_SIZE	0x00200000	/* the program, at its beginning */
#define JUDGE_CASES	0x80400000	/* struct judge_list */
#define JUDGE_WORLDS	0x82000000	/* random tables, up to */
#define JUDGE_SCRATCH	0x8e000000	/* the pages that accesses are made to */
#define JUDGE_SCRATCH_SIZE 0x00100000

/* No memory is there, and no device. */
#define JUDGE_NOWHERE	(1ULL << 40)

/* Fetches from these pages come to a breakpoint: they are full of it. */
#define JUDGE_PAGE_CODE	0x9002		/* c.ebreak */
#define JUDGE_BREAKPOINT 3		/* its mcause */

#define JUDGE_CODE_WORDS 3	/* of a case that is an instruction; the last is EBREAK */

#define JUDGE_PMPS	6		/* entries in use, of which the last opens all */

#ifndef __ASSEMBLER__

/* How the address is tried; the first three as MPP says, by MPRV and mret. */
enum judge_how {
	JUDGE_LOAD, JUDGE_STORE, JUDGE_AMO, JUDGE_FETCH,
	/* With V=1, as SPVP and SPP say. */
	JUDGE_HLV, JUDGE_HSV, JUDGE_HLVX, JUDGE_FETCH_V,
	JUDGE_HOWS,
	JUDGE_INSN = JUDGE_HOWS,	/* the code of the case, in M mode */
};

enum judge_end {
	JUDGE_NOT_RUN,
	JUDGE_DONE,		/* no exception */
	JUDGE_TRAP,		/* the rest of the answer is set */
};

struct judge_case {
	/* The question. */
	uint64_t how;		/* of enum judge_how */
	uint64_t va;
	uint64_t value;		/* to store */
	uint64_t mstatus;	/* MPP, SPP, SUM, MXR, FS and VS alone */
	uint64_t satp, menvcfg, senvcfg;
	uint64_t hstatus, vsstatus, vsatp, hgatp, henvcfg;
	uint64_t pmpcfg, pmpaddr[JUDGE_PMPS];
	/* Of an instruction: the registers, and what is executed with them. */
	uint64_t x[32];
	uint32_t code[JUDGE_CODE_WORDS];
	uint64_t vl, vtype, vstart;
	/* The answer. */
	uint64_t end;		/* of enum judge_end */
	uint64_t cause, tval, epc, status;	/* mcause ..., mstatus */
	uint64_t tval2, tinst;			/* with H */
};

#define JUDGE_IDS	5

/* What id[] has. */
enum judge_id {
	JUDGE_MISA,
	JUDGE_MENVCFG,		/* the bits that it has */
	JUDGE_SENVCFG,
	JUDGE_HENVCFG,		/* with menvcfg's all set */
	JUDGE_VLENB,
};

#define JUDGE_MISA_H	(1ULL << 7)
#define JUDGE_MISA_V	(1ULL << 21)

struct judge_list {
	uint64_t count;
	uint64_t finished;	/* 1 after the last */
	uint64_t id[JUDGE_IDS];
	struct judge_case c[];
};

#endif
#endif
