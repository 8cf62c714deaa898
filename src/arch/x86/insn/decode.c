/*
 * What memory an x86 instruction touches: the instruction's bytes become text
 * (opcodes.c), the text operands (operand.c), a table says what the mnemonic
 * does with them (table.c) and with which others (implicit.c).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include <pml/access-x86.h>

#include "arch/x86/insn/impl.h"
#include "arch/x86/opcodes.h"

uint64_t insn_truncate(uint64_t value, unsigned bytes)
{
	return bytes >= 8 ? value : value & ((1ULL << 8 * bytes) - 1);
}

int64_t insn_extend(uint64_t value, unsigned bytes)
{
	unsigned shift = bytes >= 8 ? 0 : 64 - 8 * bytes;

	return (int64_t)(value << shift) >> shift;
}

uint64_t insn_gpr(const struct insn_decode *d, const struct insn_reg *reg)
{
	uint64_t value = reg->high ? d->regs->gpr[reg->no] >> 8 :
			 reg->no == 4 ? d->rsp : d->regs->gpr[reg->no];

	return insn_truncate(value, reg->size);
}

static uint64_t address_part(const struct insn_decode *d,
			     const struct insn_reg *reg)
{
	if (reg->class == INSN_GPR)
		return insn_gpr(d, reg);
	if (reg->class == INSN_IP)
		return d->regs->rip + d->insn->length;
	return 0;
}

/* The offset in the segment, vector indices aside. */
uint64_t insn_offset(const struct insn_decode *d,
		     const struct insn_operand *op)
{
	uint64_t off = op->number + address_part(d, &op->base) +
		       address_part(d, &op->index) * op->scale;

	return insn_truncate(off, d->asize);
}

static struct pmap_mem *add(struct insn_decode *d, const char *role,
			    unsigned what)
{
	struct pmap_insn *insn = d->insn;
	struct pmap_mem *mem = &insn->mem[insn->mems];

	if (insn->mems + 1 == PMAP_INSN_MAX_MEMS)
		insn->unknown = "it makes more accesses than fit the list";
	else
		insn->mems++;
	memset(mem, 0, sizeof(*mem));
	mem->role = role;
	mem->what = what;
	mem->count = mem->fits = 1;
	return mem;
}

struct pmap_mem *insn_add_offset(struct insn_decode *d, const char *role,
				 unsigned what, unsigned seg, uint64_t off,
				 uint64_t size)
{
	struct pmap_mem *mem = add(d, role, what);

	mem->size = size;
	insn_locate(d, mem, seg, off, 8 * d->asize);
	return mem;
}

struct pmap_mem *insn_add_stack(struct insn_decode *d, const char *role,
				unsigned what, uint64_t off, uint64_t size)
{
	struct pmap_mem *mem = add(d, role, what);

	mem->size = size;
	insn_locate(d, mem, PMAP_SS, off, d->regs->stack_bits);
	return mem;
}

struct pmap_mem *insn_add_unknown(struct insn_decode *d, const char *role,
				  unsigned what, const char *why)
{
	struct pmap_mem *mem = add(d, role, what);

	mem->unknown = why;
	return mem;
}

static unsigned flags_of(const struct insn_decode *d)
{
	return d->row ? d->row->flags : 0;
}

static unsigned row_size(const struct insn_decode *d)
{
	bool narrow = d->opsize == 2;

	switch (d->row ? d->row->size : 0) {
	case INSN_SIZE_ENV:
		return narrow ? 14 : 28;
	case INSN_SIZE_STATE:
		return narrow ? 94 : 108;
	case INSN_SIZE_TABLE:
		return d->regs->bits == 64 ? 10 : 6;
	case INSN_SIZE_FX:
		return d->regs->bits == 64 ? 416 : 288;
	case INSN_SIZE_PAIR:
		return 2 * d->opsize;
	default:
		return d->row ? d->row->size : 0;
	}
}

/*
 * Intel SDM vol. 1, 10.4.1.1: SSE's 16-byte operands must be aligned, those of
 * the VEX and EVEX forms ("v") only where the instruction asks for it.
 */
static unsigned alignment(const struct insn_decode *d,
			  const struct insn_operand *op)
{
	const struct insn_row *row = d->row;
	unsigned flags = flags_of(d);

	if (row && row->align)
		return row->align;
	if (flags & INSN_ALIGNED)
		return op->size;
	if (op->size == 16 && d->mnemonic[0] != 'v' &&
	    !(flags & INSN_UNALIGNED))
		return 16;
	return 1;
}

/* bt, bts, btr, btc: a bit string that begins at the operand. */
static uint64_t bit_string(const struct insn_decode *d,
			   const struct insn_operand *op)
{
	const struct insn_operand *bit = &d->operand[1];
	int64_t no;

	if (bit->kind != INSN_REG)
		return 0;
	no = insn_extend(insn_gpr(d, &bit->reg), bit->reg.size);
	return (uint64_t)(no >> (op->size == 8 ? 6 : op->size == 4 ? 5 : 4)) *
	       op->size;
}

/* Where the text has no size: that of the register moved to or from. */
static unsigned register_size(const struct insn_decode *d)
{
	const struct insn_operand *op = d->operand;

	if (d->operands != 2 || !(flags_of(d) & INSN_LIKE_REG))
		return 0;
	return op[op->kind == INSN_MEM].reg.size;
}

static void add_operand(struct insn_decode *d, const struct insn_operand *op,
			unsigned what)
{
	unsigned flags = flags_of(d);
	uint64_t off = insn_offset(d, op);
	struct pmap_mem *mem = add(d, "operand", what);

	mem->size = row_size(d) ? row_size(d) : op->size ? op->size :
		    register_size(d);
	mem->align = alignment(d, op);
	mem->nofault = flags & INSN_HINT;
	if (flags & INSN_BITS)
		off += bit_string(d, op);
	if (flags & INSN_PLUS_AL)
		off += d->regs->gpr[0] & 0xff;
	insn_locate(d, mem, insn_segment(d, op), off, 8 * d->asize);
	if (mem->unknown)
		mem->align = 0;
	else if (d->row && d->row->unknown)
		mem->unknown = d->row->unknown;
	else if (!mem->size)
		mem->unknown = "the size of the operand is not known";
	else if (d->mask)
		mem->unknown = "a mask register chooses the elements";
}

/* The memory operand that the text names, unless the row sees to it. */
static void named_operand(struct insn_decode *d)
{
	const struct insn_row *row = d->row;
	unsigned i, what;

	for (i = 0; i < d->operands; i++)
		if (d->operand[i].kind == INSN_MEM)
			break;
	if (i == d->operands || (flags_of(d) & INSN_HANDLED))
		return;
	/* In Intel's syntax the destination is first, sources are read. */
	what = i ? INSN_R : row ? row->dir : INSN_NONE;
	if (flags_of(d) & INSN_ANYWHERE)
		what = row->dir;
	if (!row && i == 0)
		d->insn->unknown = "it is not known whether it reads or writes";
	else if (what)
		add_operand(d, &d->operand[i], what);
}

static int decode_text(struct insn_decode *d, const uint8_t *bytes,
		       size_t avail)
{
	struct pmap_insn *insn = d->insn;
	char *comment;
	size_t n;
	int length = pmap_opcodes_text(d->regs->rip, bytes, avail,
				       d->regs->bits, insn->text,
				       sizeof(insn->text));

	if (length == PMAP_OPCODES_MISSING) {
		insn->unknown = pmap_opcodes_missing();
		return -1;
	}
	insn->truncated = length == PMAP_OPCODES_TRUNCATED;
	insn->length = insn->truncated ? avail + 1 : (unsigned)length;
	comment = strchr(insn->text, '#');
	if (comment)
		*comment = '\0';
	for (n = strlen(insn->text); n && insn->text[n - 1] == ' '; n--)
		insn->text[n - 1] = '\0';
	return 0;
}

/* Intel SDM vol. 3A, 6.15: #GP for more than 15 bytes. */
static void too_long(struct pmap_insn *insn)
{
	insn->truncated = false;
	insn->length = PMAP_INSN_MAX_LENGTH;
	insn->exception = PML_X86_GP;
	insn->why = "an instruction has at most 15 bytes";
}

/* From the bytes, which have been read, to the accesses. */
static void decode_accesses(struct insn_decode *d)
{
	struct pmap_insn *insn = d->insn;

	d->rsp = d->regs->gpr[4];
	if (strlen(insn->text) == sizeof(insn->text) - 1) {
		insn->unknown = "its text is too long";
		return;
	}
	if (strstr(insn->text, "(bad)") || strstr(insn->text, "{bad}")) {
		insn->unknown = "not recognised by libopcodes; #UD if the CPU does not have it either";
		return;
	}
	if (insn_parse(d)) {
		insn->unknown = "its operands are not understood";
		return;
	}
	d->row = insn_find(d->mnemonic);
	insn_refuse(d);
	if (d->row && d->row->before)
		d->row->before(d);
	named_operand(d);
	if (d->row && d->row->after)
		d->row->after(d);
	if (d->row && d->row->unknown && !insn->unknown && insn->mems == 1)
		insn->unknown = d->row->unknown;
}

int pmap_insn_decode(const struct pmap_regs *regs, const uint8_t *bytes,
		     size_t avail, struct pmap_insn *insn)
{
	struct insn_decode d = { .regs = regs, .insn = insn };
	struct pmap_mem *fetch;

	memset(insn, 0, sizeof(*insn));
	if (avail > PMAP_INSN_MAX_LENGTH)
		avail = PMAP_INSN_MAX_LENGTH;
	if (decode_text(&d, bytes, avail))
		return -1;
	if (insn->length > PMAP_INSN_MAX_LENGTH)
		too_long(insn);
	insn_scan_prefixes(&d, bytes, insn->truncated ? 0 : insn->length);
	fetch = add(&d, "fetch", PMAP_MEM_X);
	fetch->size = insn->length;
	insn_locate(&d, fetch, PMAP_CS, regs->rip, regs->bits);
	if (!insn->truncated && !insn->exception)
		decode_accesses(&d);
	return 0;
}

const char *pmap_insn_missing(void)
{
	return pmap_opcodes_missing();
}
