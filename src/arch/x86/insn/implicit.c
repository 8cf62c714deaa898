/*
 * The accesses that an instruction's text does not name, or not in full: the
 * stack, strings, masks, vectors of addresses, descriptors.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "arch/x86/insn/impl.h"

/* --- The stack: Intel SDM vol. 1, 6.2 ------------------------------------ */

/* Bytes that push and pop move. */
static unsigned stack_size(const struct insn_decode *d)
{
	if (d->regs->bits == 64)
		return d->prefix.opsize && !d->prefix.rexw ? 2 : 8;
	return d->opsize;
}

struct pmap_mem *insn_push_slot(struct insn_decode *d, unsigned size)
{
	d->rsp -= size;
	return insn_add_stack(d, "stack", PMAP_MEM_W, d->rsp, size);
}

struct pmap_mem *insn_pop_slots(struct insn_decode *d, unsigned size,
				unsigned count)
{
	struct pmap_mem *mem = insn_add_stack(d, "stack", PMAP_MEM_R, d->rsp,
					      size);

	mem->count = count;
	mem->step = count > 1 ? size : 0;
	insn_locate(d, mem, PMAP_SS, d->rsp, d->regs->stack_bits);
	d->rsp += size * count;
	return mem;
}

void insn_push(struct insn_decode *d)
{
	insn_push_slot(d, stack_size(d));
}

void insn_pop(struct insn_decode *d)
{
	struct pmap_mem *mem = insn_pop_slots(d, stack_size(d), 1);

	if (d->operands && d->operand[0].kind == INSN_REG &&
	    d->operand[0].reg.class == INSN_SREG)
		insn_popped_segment(d, mem);
}

void insn_push_all(struct insn_decode *d)
{
	struct pmap_mem *mem = insn_push_slot(d, d->opsize);

	mem->count = 8;
	mem->step = -(int64_t)d->opsize;
	insn_locate(d, mem, PMAP_SS, d->rsp, d->regs->stack_bits);
}

void insn_pop_all(struct insn_decode *d)
{
	insn_pop_slots(d, d->opsize, 8);
}

void insn_enter(struct insn_decode *d)
{
	unsigned size = stack_size(d), level = d->operand[1].number & 31;
	uint64_t frame = d->regs->gpr[5];
	struct pmap_mem *from, *to, *top;

	insn_push_slot(d, size);
	if (level > 1) {
		from = insn_add_stack(d, "outer frame", PMAP_MEM_R,
				      frame - size, size);
		to = insn_push_slot(d, size);
		from->count = to->count = level - 1;
		from->step = to->step = -(int64_t)size;
		from->group = to->group = ++d->groups;
		insn_locate(d, from, PMAP_SS, frame - size,
			    d->regs->stack_bits);
		insn_locate(d, to, PMAP_SS, d->rsp, d->regs->stack_bits);
		d->rsp -= (level - 2) * size;
	}
	if (level)
		insn_push_slot(d, size);
	top = insn_add_stack(d, "new stack top", PMAP_MEM_W,
			     d->rsp - (d->operand[0].number & 0xffff), size);
	/* Intel SDM vol. 2A, ENTER; AMD's manual does not have it. */
	top->perhaps = "Intel's processors fault where a write at the new stack "
		       "pointer would, others need not";
}

void insn_leave(struct insn_decode *d)
{
	d->rsp = d->regs->gpr[5];
	insn_pop_slots(d, stack_size(d), 1);
}

/* --- Strings ------------------------------------------------------------- */

/* Comparisons that are followed at most. */
#define MAX_COMPARED	0x10000

static bool compares(const struct insn_decode *d)
{
	return !strcmp(d->mnemonic, "cmps") || !strcmp(d->mnemonic, "scas");
}

/* Intel SDM vol. 1, 3.7.4: at rDI it is ES, whatever the prefix. */
static unsigned string_segment(const struct insn_decode *d,
			       const struct insn_operand *op)
{
	return op->base.no == 7 ? PMAP_ES : insn_segment(d, op);
}

static void add_string(struct insn_decode *d, const struct insn_operand *op,
		       unsigned what, const char *role)
{
	struct insn_reg cx = { INSN_GPR, 1, d->asize, false };
	uint64_t count = d->prefix.rep ? insn_gpr(d, &cx) : 1;
	struct pmap_mem *mem;

	if (!count)
		return;
	mem = insn_add_offset(d, role, what, string_segment(d, op),
			  insn_offset(d, op), op->size);
	mem->count = count;
	mem->step = d->regs->rflags & 1 << 10 ? -(int64_t)op->size : op->size;
	mem->group = d->groups;
	insn_locate(d, mem, string_segment(d, op), insn_offset(d, op),
		    8 * d->asize);
	mem->may_end = count > 1 && compares(d);
	mem->sure = mem->may_end ? 1 : count;
	mem->any_order = !strcmp(d->mnemonic, "cmps");
}

/* Element `i` of an operand; false if it cannot be read. */
static bool element_of(const struct insn_decode *d, const struct pmap_mem *mem,
		       uint64_t i, uint64_t *value_ret)
{
	*value_ret = 0;
	return !mem->unknown && i < mem->fits &&
	       d->regs->read(d->regs->ctx, mem->va + i * mem->step, value_ret,
			     mem->size);
}

/*
 * How far a repeated comparison goes: to the first element that decides, or to
 * one that cannot be read, which is accessed, too.
 */
static void follow_comparison(struct insn_decode *d, struct pmap_mem *mem,
			      unsigned operands)
{
	uint64_t value[2] = { 0 }, i, count = mem->count;
	bool ends = false, equal;
	unsigned n;

	if (!mem->may_end || !d->regs->read)
		return;
	if (operands == 1)
		value[1] = insn_truncate(d->regs->gpr[0], mem->size);
	for (i = 0; i < count && i < MAX_COMPARED && !ends; i++) {
		for (n = 0; n < operands; n++)
			if (!element_of(d, &mem[n], i, &value[n]))
				goto out;
		equal = value[0] == value[1];
		ends = equal == d->prefix.repne;
	}
	i--;
out:
	for (n = 0; n < operands; n++) {
		mem[n].sure = i + 1;
		mem[n].may_end = !ends && i + 1 < count;
		if (ends && mem[n].count > i + 1)
			mem[n].count = i + 1;
		if (mem[n].fits > mem[n].count)
			mem[n].fits = mem[n].count;
	}
}

/* Sources are read before the destination is written. */
void insn_string(struct insn_decode *d)
{
	const struct insn_operand *first = &d->operand[0];
	const struct insn_operand *second = &d->operand[1];
	bool both = first->kind == INSN_MEM && second->kind == INSN_MEM;
	struct pmap_mem *begin;

	insn_port(d);
	begin = &d->insn->mem[d->insn->mems];
	if (both)
		d->groups++;
	if (d->row->dir == INSN_R && first->kind == INSN_MEM)
		add_string(d, first, INSN_R, "source");
	if (second->kind == INSN_MEM)
		add_string(d, second, INSN_R, "source");
	if (d->row->dir == INSN_W && first->kind == INSN_MEM)
		add_string(d, first, INSN_W, "destination");
	if (compares(d))
		follow_comparison(d, begin, both ? 2 : 1);
}

/* Intel SDM vol. 1, 18.5.2: the bitmap of ports is in the TSS. */
void insn_port(struct insn_decode *d)
{
	unsigned iopl = d->regs->rflags >> 12 & 3;

	if (strncmp(d->mnemonic, "in", 2) && strncmp(d->mnemonic, "out", 3))
		return;
	if (d->regs->cpl > iopl)
		insn_add_unknown(d, "port permissions", PMAP_MEM_R,
				 "the TSS is not known")->supervisor = true;
}

/* --- Vectors of elements ------------------------------------------------- */

static const char vector_unknown[] =
	"the value of a vector or mask register is not known";
static const char mask_aligned[] =
	"a mask register chooses the elements, and all must be aligned";

/* The top bit of element `i` of a vector register. */
static bool top_bit(const struct insn_decode *d, unsigned reg, unsigned i,
		    unsigned size)
{
	return d->regs->vec[reg][(i + 1) * size - 1] & 0x80;
}

/* 4 for ..ps and ..d, 8 for ..pd and ..q, and numbers of bits. */
static unsigned element_size(const char *mnemonic)
{
	static const struct { const char *end; uint8_t size; } ends[] = {
		{ "ps", 4 }, { "pd", 8 }, { "64", 8 }, { "32", 4 }, { "16", 2 },
		{ "8", 1 }, { "d", 4 }, { "q", 8 }, { "w", 2 }, { "b", 1 },
	};
	size_t i, n = strlen(mnemonic), m;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		m = strlen(ends[i].end);
		if (n > m && !strcmp(mnemonic + n - m, ends[i].end))
			return ends[i].size;
	}
	return 0;
}

/* One access for each run of chosen elements. */
static void add_chosen(struct insn_decode *d, uint64_t chosen, unsigned total,
		       const struct insn_operand *op, unsigned what,
		       unsigned size)
{
	uint64_t off = insn_offset(d, op);
	unsigned i, j;

	for (i = 0; i < total; i = j + 1) {
		for (j = i; j < total && chosen >> j & 1; j++)
			;
		if (j > i)
			insn_add_offset(d, "chosen elements", what,
				    insn_segment(d, op), off + i * size,
				    (j - i) * size);
	}
}

/* vmaskmov, vpmaskmov: the mask is the second operand. */
void insn_mask_move(struct insn_decode *d)
{
	const struct insn_reg *mask = &d->operand[1].reg;
	bool store = d->operand[0].kind == INSN_MEM;
	unsigned what = store ? INSN_W : INSN_R;
	unsigned i, size = element_size(d->mnemonic);
	uint64_t chosen = 0;

	if (d->regs->vec_known[mask->no] < mask->size) {
		insn_add_unknown(d, "operand", what, vector_unknown);
		return;
	}
	for (i = 0; i < mask->size / size; i++)
		chosen |= (uint64_t)top_bit(d, mask->no, i, size) << i;
	add_chosen(d, chosen, mask->size / size, &d->operand[store ? 0 : 2],
		   what, size);
}

/* maskmovdqu, maskmovq: the destination is [rdi]. */
void insn_mask_bytes(struct insn_decode *d)
{
	const struct insn_reg *mask = &d->operand[1].reg;
	struct insn_operand to = {
		.kind = INSN_MEM,
		.base = { INSN_GPR, 7, d->asize, false },
	};
	uint64_t chosen = 0;
	unsigned i;

	if (mask->class != INSN_VEC || d->regs->vec_known[mask->no] < 16) {
		insn_add_unknown(d, "destination", INSN_W, vector_unknown);
		return;
	}
	for (i = 0; i < 16; i++)
		chosen |= (uint64_t)top_bit(d, mask->no, i, 1) << i;
	add_chosen(d, chosen, 16, &to, INSN_W, 1);
	if (!chosen)
		d->insn->unknown = "whether a mask of zeros faults depends on "
				   "the processor";
}

/* Moves under an AVX-512 mask: what is not chosen cannot fault. */
void insn_masked(struct insn_decode *d)
{
	bool store = d->operand[0].kind == INSN_MEM;
	const struct insn_operand *op = &d->operand[store ? 0 : 1];
	unsigned what = store ? INSN_W : INSN_R;
	unsigned size = element_size(d->mnemonic);
	struct pmap_mem *mem;

	if (op->kind != INSN_MEM)
		return;
	if (!d->mask) {
		mem = insn_add_offset(d, "operand", what, insn_segment(d, op),
				  insn_offset(d, op), op->size);
		if (d->row->flags & INSN_ALIGNED)
			mem->align = op->size;
		return;
	}
	if (d->row->flags & INSN_ALIGNED) {
		mem = insn_add_offset(d, "operand", what, insn_segment(d, op),
				      insn_offset(d, op), op->size);
		mem->align = op->size;
		mem->unknown = mask_aligned;
	} else if (!(d->regs->k_known & 1 << d->mask)) {
		insn_add_unknown(d, "operand", what, vector_unknown);
	} else {
		add_chosen(d, d->regs->k[d->mask], op->size / size, op, what,
			   size);
	}
}

static uint64_t index_value(const struct insn_decode *d,
			    const struct insn_operand *op, unsigned i,
			    unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, d->regs->vec[op->index.no] + i * size, size);
	return insn_extend(value, size) * op->scale;
}

/* vgatherDps, vpscatterQd ..: the index's size follows the word. */
void insn_gather(struct insn_decode *d)
{
	bool store = d->operand[0].kind == INSN_MEM;
	const struct insn_operand *op = &d->operand[store ? 0 : 1];
	const struct insn_reg *data = &d->operand[store ? 1 : 0].reg;
	const struct insn_reg *mask = &d->operand[2].reg;
	const char *word = strstr(d->mnemonic, "er");
	unsigned what = store ? INSN_W : INSN_R;
	unsigned i, n, size = element_size(d->mnemonic);
	unsigned isize = word && word[2] == 'q' ? 8 : 4;
	bool known, chosen;

	n = data->size / size < op->index.size / isize ?
	    data->size / size : op->index.size / isize;
	known = d->regs->vec_known[op->index.no] >= n * isize &&
		(d->mask ? d->regs->k_known & 1 << d->mask :
			   d->regs->vec_known[mask->no] >= n * size);
	if (!known) {
		insn_add_unknown(d, "elements", what, vector_unknown);
		return;
	}
	for (i = 0; i < n; i++) {
		chosen = d->mask ? d->regs->k[d->mask] >> i & 1 :
				   top_bit(d, mask->no, i, size);
		if (chosen)
			insn_add_offset(d, "element", what, insn_segment(d, op),
				    insn_offset(d, op) +
				    index_value(d, op, i, isize), size);
	}
}

/* --- The rest ------------------------------------------------------------ */

static void at_register(struct insn_decode *d, unsigned no, unsigned what,
			unsigned size, unsigned align)
{
	struct insn_operand op = {
		.kind = INSN_MEM,
		.base = { INSN_GPR, no, d->asize, false },
	};
	uint64_t off = insn_offset(d, &op) & ~(uint64_t)(align - 1);

	insn_add_offset(d, "operand", what, insn_segment(d, &op), off, size);
}

/* clzero: the cache line around rAX. */
void insn_line_rax(struct insn_decode *d)
{
	at_register(d, 0, INSN_W, 64, 64);
}

/* monitor: as a load of one byte. */
void insn_byte_rax(struct insn_decode *d)
{
	at_register(d, 0, INSN_R, 1, 1);
}

/* Behind it, FXSAVE's area has nothing that a processor needs. */
void insn_fx_end(struct insn_decode *d)
{
	const struct pmap_mem *used = &d->insn->mem[d->insn->mems - 1];
	uint64_t size = used->size, off = used->off + size;
	struct pmap_mem *mem;

	mem = insn_add_offset(d, "unused end", used->what, used->seg, off,
			      512 - size);
	mem->perhaps = "whether it touches the unused end is the processor's own";
}

/* umonitor: the same, by its operand. */
void insn_byte_reg(struct insn_decode *d)
{
	insn_add_offset(d, "operand", INSN_R,
			insn_segment_or(d, PMAP_DS),
			insn_gpr(d, &d->operand[0].reg), 1);
}

/* movdir64b, enqcmd: 64 bytes from memory to where a register points. */
void insn_direct_store(struct insn_decode *d)
{
	const struct insn_operand *from = &d->operand[1];
	struct pmap_mem *mem;

	insn_add_offset(d, "source", INSN_R, insn_segment(d, from),
		    insn_offset(d, from), 64);
	mem = insn_add_offset(d, "destination", INSN_W, PMAP_ES,
			  insn_gpr(d, &d->operand[0].reg), 64);
	mem->align = 64;
}
