/*
 * What memory an x86 instruction touches, and in which order.
 *
 * pmap_insn_decode() takes the bytes of one instruction and the registers as
 * they are before it runs, and lists its accesses.  What cannot be told from
 * these is listed too, with the reason: never a guess.  Nothing of libopcodes,
 * which reads the bytes, shows here.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_INSN_H
#define PMAP_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PMAP_INSN_MAX_LENGTH	15
#define PMAP_INSN_MAX_MEMS	40

enum pmap_seg {			/* as the processor numbers them */
	PMAP_ES, PMAP_CS, PMAP_SS, PMAP_DS, PMAP_FS, PMAP_GS,
	PMAP_SEGS,
};

/* The registers, as far as the caller has them. */
struct pmap_regs {
	uint64_t gpr[16];	/* rax rcx rdx rbx rsp rbp rsi rdi r8.. */
	uint64_t rip, rflags;
	uint64_t base[PMAP_SEGS];	/* used of FS and GS in 64-bit code */
	uint8_t bits;		/* the code segment's: 16, 32 or 64 */
	uint8_t stack_bits;	/* the stack segment's; 64 in 64-bit code */
	uint8_t base_known;	/* 1 << PMAP_ES ..: whose base is known */
	uint8_t k_known;	/* 1 << 0 ..: whose mask register is known */
	uint8_t cpl;
	bool real;		/* real or virtual-8086 mode: no descriptors */
	bool shadow_stacks;	/* calls and returns may use one: CR4.CET */
	uint64_t k[8];
	uint64_t gdt;		/* base of the global descriptor table */
	bool gdt_known;
	/* `size` bytes of memory at a linear address; NULL: none can be read. */
	bool (*read)(void *ctx, uint64_t va, void *to, size_t size);
	void *ctx;
	uint8_t vec[32][64];	/* vector registers, little-endian */
	uint8_t vec_known[32];	/* how many bytes of each are known */
};

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
	uint64_t off;		/* offset in the segment */
	uint64_t va;		/* linear address of the first access */
	uint64_t size;		/* bytes of one access */
	uint64_t count;		/* 1, or how often at most */
	int64_t step;
	uint8_t what;		/* of enum pmap_mem_what; both: read, then written */
	uint8_t seg;		/* of enum pmap_seg */
	uint8_t wrap;		/* bits of the offset: 16, 32 or 64 */
	uint8_t align;		/* anything else faults: #GP; 0 or 1: nothing asked */
	uint8_t group;
	bool nofault;		/* a hint: a fault is swallowed */
	bool supervisor;	/* done as the supervisor whatever the CPL is */
	bool may_end;		/* accesses after the first depend on data */
	bool any_order;		/* the manual does not order it with its group */
};

struct pmap_insn {
	char text[96];		/* as libopcodes prints it, without comments */
	unsigned length;	/* bytes; if truncated: more than there were */
	bool truncated;		/* the bytes given end inside the instruction */
	const char *unknown;	/* why the list of accesses is not whole; else NULL */
	bool denied;		/* #GP for the privilege level, once it is fetched */
	unsigned mems;
	struct pmap_mem mem[PMAP_INSN_MAX_MEMS];	/* the fetch first */
};

/*
 * Decode the instruction at regs->rip.  Returns 0, or -1 if the bytes are no
 * instruction or libopcodes is missing; insn->unknown says which.
 */
int pmap_insn_decode(const struct pmap_regs *regs, const uint8_t *bytes,
		     size_t avail, struct pmap_insn *insn);

/* Why instructions cannot be decoded by this build or here; NULL if they can. */
const char *pmap_insn_missing(void);

#endif
