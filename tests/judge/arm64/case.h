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

/* QEMU's virt board: where RAM begins.  The linker script has the home, too. */
#define JUDGE_RAM	0x40000000
#define JUDGE_RAM_SIZE	0x10000000
#define JUDGE_HOME	0x40200000	/* the program, and all that it needs */
#define JUDGE_HOME_SIZE	0x00200000
#define JUDGE_CODE	0x40300000	/* of each case two words, */
#define JUDGE_CODE_WORDS 2		/* an instruction and what says that it went well */
#define JUDGE_TTBR1	0x403ff000	/* the table of EL1's upper half */
#define JUDGE_CASES	0x40400000	/* struct judge_list */
#define JUDGE_WORLDS	0x42000000	/* random tables, up to */
#define JUDGE_SCRATCH	0x4e000000	/* the pages that accesses are made to */
#define JUDGE_SCRATCH_SIZE 0x00100000

/*
 * The upper half of EL1's addresses, T1SZ = 25: two leaves of 1 GiB, both of
 * them all of RAM and read-only: the first for EL1 to execute, the second for
 * EL0.
 */
#define JUDGE_UPPER_EL1	0xffffff8000000000
#define JUDGE_UPPER_EL0	0xffffff8040000000

/* What an instruction of the program says of itself, as HVC's number. */
#define JUDGE_HVC_DONE	1	/* the access went well */
#define JUDGE_HVC_EL1	2	/* an exception that EL1 took */
#define JUDGE_HVC_PAGE	0x55	/* a fetch from a page went well: they are full of it */

#ifndef __ASSEMBLER__

#define JUDGE_PAGE_CODE	0xd4000aa2	/* hvc #0x55 */

/* How the address is tried.  The order is that of the table in run.c. */
enum judge_how {
	/* Address translation instructions: nothing but PAR_EL1 tells. */
	JUDGE_AT_S1E1R, JUDGE_AT_S1E1W, JUDGE_AT_S1E0R, JUDGE_AT_S1E0W,
	JUDGE_AT_S1E1RP, JUDGE_AT_S1E1WP,
	JUDGE_AT_S12E1R, JUDGE_AT_S12E1W, JUDGE_AT_S12E0R, JUDGE_AT_S12E0W,
	JUDGE_AT_LAST = JUDGE_AT_S12E0W,
	/* Real ones. */
	JUDGE_LOAD, JUDGE_STORE, JUDGE_FETCH,
	JUDGE_LOAD_UNPRIV, JUDGE_STORE_UNPRIV,
	JUDGE_LOAD_EL0, JUDGE_STORE_EL0, JUDGE_FETCH_EL0,
	JUDGE_HOWS,
	/* By an instruction of the case's own, and its registers. */
	JUDGE_INSN = JUDGE_HOWS, JUDGE_INSN_EL0,
};

/* PSTATE's bits that bear on an access, as in SPSR. */
#define JUDGE_PSTATE_PAN	(1ULL << 22)
#define JUDGE_PSTATE_UAO	(1ULL << 23)

/* How it ended: of the exception that came back to EL2. */
enum judge_end {
	JUDGE_NOT_RUN,
	JUDGE_PAR,		/* PAR_EL1 has the answer */
	JUDGE_EL1,		/* EL1 took it: esr1, far1 */
	JUDGE_EL2,		/* EL2 took it: esr2, far2, hpfar */
	JUDGE_AT_ABORT,		/* the AT instruction itself: esr2 */
	JUDGE_DONE,		/* no fault */
};

struct judge_case {
	/* The question. */
	uint64_t how;		/* of enum judge_how */
	uint64_t va;
	uint64_t value;		/* to store */
	uint64_t pstate;	/* PAN and UAO */
	uint64_t sctlr, tcr, mair, ttbr0, ttbr1;	/* of EL1 */
	uint64_t hcr, vtcr, vttbr;			/* of EL2 */
	uint64_t x[32];		/* of an instruction; the last is SP */
	/* The answer. */
	uint64_t end;		/* of enum judge_end */
	uint64_t par;
	uint64_t esr1, far1;
	uint64_t esr2, far2, hpfar;
};

#define JUDGE_IDS	4

struct judge_list {
	uint64_t count;
	uint64_t finished;	/* 1 after the last */
	uint64_t id[JUDGE_IDS];	/* ID_AA64MMFR0_EL1 to 2, DCZID_EL0 */
	struct judge_case c[];
};

#endif
#endif
