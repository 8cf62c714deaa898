/*
 * Between the parts of the instruction decoder: the operands that the text
 * names (operand.c), the table of what mnemonics do (table.c), the
 * operands that no text names (implicit.c), control transfers
 * (transfer.c), descriptors (descriptor.c), where in which segment all
 * that is (segment.c), what is refused before (refuse.c), and decode.c.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_INSN_IMPL_H
#define PMAP_INSN_IMPL_H

#include "arch/x86/insn/insn.h"

#define INSN_MAX_OPERANDS	5

enum insn_class {
	INSN_NO_REG, INSN_GPR, INSN_VEC, INSN_SREG, INSN_MASK, INSN_IP,
	INSN_MMX,
	INSN_SYSTEM,		/* control, debug and test registers */
	INSN_OTHER_REG,
};

struct insn_reg {
	uint8_t class;		/* of enum insn_class */
	uint8_t no;
	uint8_t size;		/* bytes */
	bool high;		/* ah, ch, dh, bh */
};

enum insn_operand_kind { INSN_REG, INSN_IMM, INSN_MEM };

struct insn_operand {
	uint8_t kind;		/* of enum insn_operand_kind */
	uint8_t size;		/* of memory, as printed; 0 if it is not */
	bool broadcast;		/* one element for all: {1to8} */
	uint8_t scale;
	struct insn_reg reg, base, index;
	uint64_t number;	/* immediate or displacement */
};

/* The prefixes that matter, from the bytes. */
struct insn_prefixes {
	bool opsize, addrsize, rep, repne, rexw;
	uint8_t opcode, modrm;	/* the two bytes after them */
	int8_t seg;		/* -1: none */
};

struct insn_row;

struct insn_decode {
	const struct pmap_regs *regs;
	struct pmap_insn *insn;
	const struct insn_row *row;
	struct insn_prefixes prefix;
	char mnemonic[24];
	unsigned operands;
	struct insn_operand operand[INSN_MAX_OPERANDS];
	int mask;		/* of {k1} .. {k7}; 0: none */
	uint64_t rsp;		/* as the accesses so far leave it */
	uint8_t opsize;		/* of general registers: 2, 4 or 8 */
	uint8_t asize;		/* of addresses: 2, 4 or 8 */
	uint8_t groups;		/* given out so far */
};

/* What the instruction does with a memory operand that is printed first. */
enum insn_dir {
	INSN_NONE,
	INSN_R = PMAP_MEM_R,
	INSN_W = PMAP_MEM_W,
	INSN_RW = PMAP_MEM_R | PMAP_MEM_W,
};

/* Sizes that depend on the mode. */
enum insn_size {
	INSN_SIZE_ENV = 1000,	/* of the x87 environment */
	INSN_SIZE_STATE,	/* of the x87 state */
	INSN_SIZE_TABLE,	/* of a descriptor table register */
	INSN_SIZE_PAIR,		/* two of the operand size */
	INSN_SIZE_FX,		/* of what FXSAVE has a use for */
};

enum insn_flags {
	INSN_UNALIGNED = 1,	/* an SSE operand of any alignment */
	INSN_ALIGNED = 2,	/* must be aligned to its size, VEX form too */
	INSN_HINT = 4,		/* does not fault */
	INSN_ANYWHERE = 8,	/* `dir` holds wherever memory is printed */
	INSN_BITS = 16,		/* a register's bit offset reaches beyond the operand */
	INSN_PLUS_AL = 32,	/* AL is added to the offset */
	INSN_LIKE_REG = 64,	/* of its register's size, if the text has none */
	INSN_HANDLED = 128,	/* the operand is listed by the row's functions */
	/* What is refused before any operand is looked at: refuse.c. */
	INSN_PRIVILEGED = 0x100,	/* #GP above CPL 0 */
	INSN_HIDDEN = 0x200,	/* #UD above CPL 0 */
	INSN_IOPL = 0x400,	/* #GP above CPL IOPL */
	INSN_VM86_IOPL = 0x800,	/* #GP in virtual-8086 mode with IOPL < 3 */
	INSN_PROTECTED = 0x1000,	/* #UD in real and virtual-8086 mode */
	INSN_UMIP = 0x2000,	/* #GP above CPL 0 with CR4.UMIP */
	INSN_UNDEFINED = 0x4000,	/* #UD always */
	INSN_X87 = 0x8000,	/* #NM with CR0.EM or CR0.TS */
	INSN_SSE = 0x10000,	/* #UD, #NM as if it had an SSE register */
	INSN_XSAVE = 0x20000,	/* #UD without CR4.OSXSAVE, #NM with CR0.TS */
};

struct insn_row {
	const char *name;	/* a trailing * stands for anything */
	uint8_t dir;		/* of enum insn_dir */
	uint32_t flags;		/* of enum insn_flags */
	uint16_t size;		/* where the text does not say it */
	uint8_t align;
	void (*before)(struct insn_decode *d);	/* accesses before the operand */
	void (*after)(struct insn_decode *d);	/* accesses after it */
	const char *unknown;	/* accesses that cannot be listed, and why */
};

/* table.c */
const struct insn_row *insn_find(const char *mnemonic);

/* operand.c */
int insn_parse(struct insn_decode *d);
void insn_scan_prefixes(struct insn_decode *d, const uint8_t *bytes,
			unsigned length);

/* insn.c */
struct pmap_mem *insn_add(struct insn_decode *d, const char *role,
			  unsigned what, uint64_t size);
struct pmap_mem *insn_add_offset(struct insn_decode *d, const char *role,
				 unsigned what, unsigned seg, uint64_t off,
				 uint64_t size);
struct pmap_mem *insn_add_stack(struct insn_decode *d, const char *role,
				unsigned what, uint64_t off, uint64_t size);
struct pmap_mem *insn_add_unknown(struct insn_decode *d, const char *role,
				  unsigned what, const char *why);
uint64_t insn_gpr(const struct insn_decode *d, const struct insn_reg *reg);
uint64_t insn_offset(const struct insn_decode *d,
		     const struct insn_operand *op);
uint64_t insn_truncate(uint64_t value, unsigned bytes);
int64_t insn_extend(uint64_t value, unsigned bytes);

/*
 * segment.c: an operand's segment, by the prefix bytes and its base.
 * insn_segment_or(): the prefix's, else `otherwise` (of enum pmap_seg).
 */
unsigned insn_segment_or(const struct insn_decode *d, unsigned otherwise);
unsigned insn_segment(const struct insn_decode *d,
		      const struct insn_operand *op);
void insn_locate(struct insn_decode *d, struct pmap_mem *mem, unsigned seg,
		 uint64_t off, unsigned wrap);

/* refuse.c */
void insn_refuse(struct insn_decode *d);

/* descriptor.c */
bool insn_selector_at(struct insn_decode *d, const struct pmap_mem *mem,
		      uint64_t off, uint16_t *selector_ret);
void insn_wide_pointer(struct insn_decode *d);
void insn_popped_segment(struct insn_decode *d, const struct pmap_mem *mem);
void insn_code_descriptor(struct insn_decode *d, uint16_t selector);
int insn_return_code(struct insn_decode *d, const struct pmap_mem *mem,
		     uint64_t off);
void insn_return_stack(struct insn_decode *d, const struct pmap_mem *mem,
		       uint64_t off, unsigned cpl);
void insn_gate(struct insn_decode *d, unsigned vector, bool privileged);

/* implicit.c: the stack, for control transfers */
struct pmap_mem *insn_push_slot(struct insn_decode *d, unsigned size);
struct pmap_mem *insn_pop_slots(struct insn_decode *d, unsigned size,
				unsigned count);

/* implicit.c, transfer.c, descriptor.c: functions of the table */
void insn_push(struct insn_decode *d);
void insn_pop(struct insn_decode *d);
void insn_push_all(struct insn_decode *d);
void insn_pop_all(struct insn_decode *d);
void insn_call(struct insn_decode *d);
void insn_jump(struct insn_decode *d);
void insn_ret(struct insn_decode *d);
void insn_ret_far(struct insn_decode *d);
void insn_iret(struct insn_decode *d);
void insn_uiret(struct insn_decode *d);
void insn_interrupt(struct insn_decode *d);
void insn_enter(struct insn_decode *d);
void insn_leave(struct insn_decode *d);
void insn_string(struct insn_decode *d);
void insn_mask_move(struct insn_decode *d);
void insn_gather(struct insn_decode *d);
void insn_mask_bytes(struct insn_decode *d);
void insn_masked(struct insn_decode *d);
void insn_line_rax(struct insn_decode *d);
void insn_byte_rax(struct insn_decode *d);
void insn_byte_reg(struct insn_decode *d);
void insn_fx_end(struct insn_decode *d);
void insn_direct_store(struct insn_decode *d);
void insn_port(struct insn_decode *d);
void insn_descriptor(struct insn_decode *d);

#endif
