/*
 * Traps, and the probe: run an instruction that may fault, at either privilege
 * level, and come back with what the processor said.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KERNEL_TRAP_H
#define KERNEL_TRAP_H

#include <stdbool.h>
#include <stdint.h>

#define SEL_KCODE	0x08
#define SEL_KDATA	0x10
#define SEL_UDATA	0x1b
#define SEL_UCODE	0x23
#define SEL_TSS		0x28
#define SEL_LDT		0x38
#define SEL_KCODE32	0x48
#define SEL_UCODE32	0x53

/* 16-bit segments, set by insn.c: code and stacks of both levels, data. */
#define SEL_KCODE16	0x58
#define SEL_UCODE16	0x63
#define SEL_KSTACK16	0x68
#define SEL_USTACK16	0x73
#define SEL_DATA16	0x7b
#define SEL_EXTRA16	0x83

enum vector {
	VEC_DB = 1, VEC_BP = 3, VEC_UD = 6, VEC_DF = 8, VEC_SS = 12, VEC_GP = 13,
	VEC_PF = 14, VEC_AC = 17,
	VEC_DONE = 0x80,		/* int $0x80: the end of a probe */
};

/* What entry.S pushes. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rdi, rsi, rbp, rdx, rcx, rbx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

/* The registers that a probe starts with; entry.S knows the order. */
struct probe {
	uint64_t rax, rcx, rdx, rsi, rdi;
	uint64_t rip, cs, rflags, rsp, ss;
	uint64_t rbx, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
};

struct probe_result {
	unsigned int vector;		/* VEC_DONE: it got to int $0x80 */
	uint64_t error, cr2, rip, rax;
};

/* Start at p->rip and run until the first trap of any kind. */
void probe_run(const struct probe *p, struct probe_result *result_ret);

/* The instruction that makes an access. */
enum probe_how {
	PROBE_LOAD, PROBE_STORE,
	PROBE_RMW,			/* xor with the value */
	PROBE_FETCH,			/* a jump, to int $0x80 */
	PROBE_PUSH, PROBE_POP,		/* through SS */
	PROBE_SEGMENT,			/* load FS: the descriptor table is read */
	PROBE_HOWS
};

struct probe_access {
	enum probe_how how;
	uint64_t va;
	unsigned int log_size;		/* of the bytes; what `how' allows */
	uint64_t value;			/* to be stored; the selector */
	bool user, ac;
	uint64_t code;			/* where that privilege level has probe_page */
};

void probe_one(const struct probe_access *a, struct probe_result *result_ret);

/* A page of code that runs anywhere. */
extern const char probe_page[];

void trap_init(void);			/* the IDT, shared by all CPUs */
void trap_load(void);
void trap(struct trap_frame *f);

#endif
