/*
 * mode=insn: instructions made to fault in every way, for a debugger to foretell.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KERNEL_INSN_H
#define KERNEL_INSN_H

#include <stdint.h>

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

/* As insn-forms.c lays it out; the next one follows the text's end. */
struct insn_form {
	uint16_t flags;
	uint8_t length;
	uint8_t rmw;			/* bytes at A that it reads, then writes */
	uint8_t code[];			/* then its text */
} __attribute__((packed));

extern const uint8_t insn_forms[], insn_forms_end[];

#endif
