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

#include "target/insn.h"

#define PMAP_INSN_MAX_LENGTH	15

enum pmap_seg {			/* as the processor numbers them */
	PMAP_ES, PMAP_CS, PMAP_SS, PMAP_DS, PMAP_FS, PMAP_GS,
	PMAP_SEGS,
};

/* What a segment's descriptor said when it was loaded. */
struct pmap_segment {
	uint32_t limit;		/* the last offset, in bytes */
	uint32_t flags;		/* its second word without base and limit */
};

/* A table of descriptors. */
struct pmap_table {
	uint64_t base;
	uint32_t limit;		/* the offset of its last byte */
	bool known;
};

/* The registers, as far as the caller has them. */
struct pmap_regs {
	uint64_t gpr[16];	/* rax rcx rdx rbx rsp rbp rsi rdi r8.. */
	uint64_t rip, rflags;
	uint64_t base[PMAP_SEGS];	/* used of FS and GS in 64-bit code */
	uint8_t bits;		/* the code segment's: 16, 32 or 64 */
	uint8_t stack_bits;	/* the stack segment's; 64 in 64-bit code */
	uint8_t base_known;	/* 1 << PMAP_ES ..: whose base is known */
	uint8_t seg_known;	/* the same of seg[] */
	uint8_t k_known;	/* 1 << 0 ..: whose mask register is known */
	uint8_t cpl;
	bool real;		/* real or virtual-8086 mode: no descriptors */
	bool vm86;		/* the latter */
	bool long_mode;		/* EFER.LMA: system descriptors of 16 bytes */
	bool shadow_stacks;	/* calls and returns may use one: CR4.CET */
	bool controls_known;	/* cr0, cr4 */
	uint64_t cr0, cr4;
	uint64_t k[8];
	struct pmap_segment seg[PMAP_SEGS];
	struct pmap_table gdt, ldt, idt;
	/* `size` bytes of memory at a linear address; NULL: none can be read. */
	bool (*read)(void *ctx, uint64_t va, void *to, size_t size);
	void *ctx;
	uint8_t vec[32][64];	/* vector registers, little-endian */
	uint8_t vec_known[32];	/* how many bytes of each are known */
};

/* Exceptions besides those of pml/access-x86.h, by their vector. */
enum pmap_exception {
	PMAP_UD = 6,
	PMAP_NM = 7,
	PMAP_NP = 11,
};

/*
 * Decode the instruction at regs->rip.  Returns 0, or -1 if libopcodes is
 * missing, as insn->unknown then says.
 */
int pmap_insn_decode(const struct pmap_regs *regs, const uint8_t *bytes,
		     size_t avail, struct pmap_insn *insn);

/* Why instructions cannot be decoded by this build or here; NULL if they can. */
const char *pmap_insn_missing(void);

#endif
