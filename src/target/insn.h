/*
 * What memory an instruction touches, and in which order: the form in which an
 * architecture's decoder hands it to `pmap explain'.
 *
 * What cannot be told from the instruction's bytes and the registers is listed,
 * too, with the reason: never a guess.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TARGET_INSN_H
#define PMAP_TARGET_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PMAP_INSN_MAX_MEMS	40

enum pmap_mem_what {
	PMAP_MEM_R = 1,
	PMAP_MEM_W = 2,
	PMAP_MEM_X = 4,
};

/*
 * One access, or `count` of them, `step` bytes apart: what a repeated
 * instruction does with one operand.  Entries of the same non-zero `group`
 * take turns: the first access of each, then the second of each.
 */
struct pmap_mem {
	const char *role;	/* "fetch", "operand", "stack", "destination" .. */
	const char *unknown;	/* why the address or size cannot be told; else NULL */
	uint64_t va;		/* linear address of the first access */
	uint64_t size;		/* bytes of one access */
	uint64_t count;		/* 1, or how often at most; 0: refused before */
	uint64_t fits;		/* of these, how many before `rest` counts */
	const char *rest;	/* why the others cannot be told; else NULL */
	int64_t step;
	const char *why;	/* of the exception for what is read there */
	uint32_t error;		/* its error code */
	uint8_t exception;	/* raised for what is read there, as pmap_verdict has it; 0: none */
	uint8_t what;		/* of enum pmap_mem_what; both: read, then written */
	uint8_t align;		/* anything else faults, before any table is read; 0 or
				 * 1: nothing asked */
	uint8_t group;
	bool nofault;		/* a hint: a fault is swallowed */
	bool supervisor;	/* done as the supervisor whatever runs: pmap_access.implicit */
	bool may_end;		/* accesses after the first `sure` depend on data */
	uint64_t sure;
	const char *perhaps;	/* it may not be made at all, and why; else NULL */
	bool any_order;		/* the manual does not order it with its group */
	unsigned how;		/* pmap_access.how */
	/* x86's: */
	uint64_t off;		/* offset in the segment */
	uint8_t seg;		/* of enum pmap_seg */
	uint8_t wrap;		/* bits of the offset: 16, 32 or 64 */
};

struct pmap_insn {
	char text[128];		/* as libopcodes prints it, without comments */
	unsigned length;	/* bytes; if truncated: more than there were */
	bool truncated;		/* the bytes given end inside the instruction */
	const char *unknown;	/* why the list of accesses is not whole; else NULL */
	uint8_t exception;	/* raised once it is fetched, before all else; 0: none */
	const char *why;	/* of the exception */
	unsigned mems;
	struct pmap_mem mem[PMAP_INSN_MAX_MEMS];	/* the fetch first */
};

#endif
