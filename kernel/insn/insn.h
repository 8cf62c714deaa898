/*
 * mode=insn: instructions made to fault in every way, for a debugger to foretell.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KERNEL_INSN_H
#define KERNEL_INSN_H

#include <pml/format.h>

#include "kernel.h"
#include "lib/random.h"

/* What a form of an instruction needs besides the registers. */
enum insn_flags {
	INSN_KERNEL = 1,		/* at CPL 0 only */
	INSN_RIP = 2,			/* its last 4 bytes: the operand, from its end */
	INSN_ABS32 = 4,			/* its last 4 bytes: the operand's address */
	INSN_ABS64 = 8,			/* its last 8 bytes: the same */
	INSN_ONE_MEMORY = 16,		/* the other operand is always there */
	INSN_32 = 32,			/* 32-bit code */
	INSN_16 = 64,			/* 16-bit code */
	INSN_USER = 128,		/* at CPL 3 only */
	INSN_FAR = 256,			/* A has a far pointer */
	INSN_LDT = 512,			/* A and the stack begin with r10's selector */
};

/* As forms.c lays it out; the next one follows the text's end. */
struct insn_form {
	uint16_t flags;
	uint8_t length;
	uint8_t rmw;			/* bytes at A that it reads, then writes */
	uint8_t code[];			/* then its text */
} __attribute__((packed));

extern const uint8_t insn_forms[], insn_forms_end[];

/* What is under the instruction: the command line's "under=NAME". */
struct insn_ground {
	const char *name;
	const struct pml_format *fmt;	/* NULL: the kernel's own */
	bool vm86;
	uint32_t cr4;			/* of CR4_PAE and CR4_PSE */
};

/* An entry of a table; table 0: there is none at that level. */
struct insn_slot {
	uint64_t table;
	unsigned int index;
};

/* Two pages of memory. */
struct insn_area {
	uint64_t va;			/* of the first page */
	uint64_t frames;		/* what its 2 MiB map to, at the same offsets */
	struct insn_slot slot[4];	/* by level; [1] of the first page */
};

enum { CODE, A, B, STACK, DONE, AREAS };

/* Where the two pages are in an area's frames. */
#define FIRST_PAGE	256

struct insn_world {
	const struct insn_ground *ground;
	const struct pml_format *fmt;
	uint64_t root;
	struct insn_area area[AREAS];
};

extern struct insn_world world;

static inline bool insn_is_legacy(void)
{
	return world.ground->fmt;
}

/* 16-bit segments begin that far below their area, and end 64 KiB further on. */
#define BELOW_AREA	0x1230

static inline uint64_t insn_base16(int area)
{
	return world.area[area].va - BELOW_AREA;
}

/* How the entries of a case are to be. */
struct insn_style {
	bool user;			/* good ones let user mode in */
	bool nx;			/* and may have NX set */
	bool b_is_good;
};

void insn_world_init(const struct insn_ground *ground);
void insn_world_fill(struct random *r, const struct insn_style *style);

/* Bytes to where an area's addresses lead, whatever its entries say. */
void insn_poke(int area, uint64_t va, const void *bytes, size_t n);

#endif
