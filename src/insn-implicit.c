/*
 * The accesses that an instruction's text does not name, or not in full: the
 * stack, strings, masks, vectors of addresses, descriptors.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "insn-impl.h"

/* --- Descriptors -------------------------------------------------------- */

/* A descriptor of the GDT, read as the supervisor whatever the CPL. */
static void add_descriptor(struct insn_decode *d, uint64_t value,
			   const char *why)
{
	struct pmap_mem *mem;

	if (!why && !(value & ~3ULL))
		return;
	if (!why && (value & 4 || !d->regs->gdt_known))
		why = "the descriptor table is not known";
	mem = insn_add_unknown(d, "descriptor", PMAP_MEM_R, why);
	mem->supervisor = true;
	mem->size = 8;
	mem->seg = PMAP_DS;
	mem->va = d->regs->gdt + (value & 0xfff8);
}

/* The selector that lies in memory where `mem` begins, plus `off`. */
static void descriptor_at(struct insn_decode *d, const struct pmap_mem *mem,
			  uint64_t off)
{
	uint16_t value = 0;
	const char *why = NULL;

	if (d->regs->real)
		return;
	if (mem->unknown || !d->regs->read ||
	    !d->regs->read(d->regs->ctx, mem->va + off, &value, 2))
		why = "the selector is in memory that cannot be read";
	add_descriptor(d, value, why);
}

/* --- The stack: Intel SDM vol. 1, 6.2 ------------------------------------ */

/* Bytes that push and pop move. */
static unsigned stack_size(const struct insn_decode *d)
{
	if (d->regs->bits == 64)
		return d->prefix.opsize && !d->prefix.rexw ? 2 : 8;
	return d->opsize;
}

static struct pmap_mem *push(struct insn_decode *d, unsigned size)
{
	d->rsp -= size;
	return insn_add_at(d, "stack", PMAP_MEM_W, PMAP_SS, d->rsp, size);
}

static struct pmap_mem *pop(struct insn_decode *d, unsigned size)
{
	struct pmap_mem *mem = insn_add_at(d, "stack", PMAP_MEM_R, PMAP_SS,
					   d->rsp, size);

	d->rsp += size;
	return mem;
}

static struct pmap_mem *pop_many(struct insn_decode *d, unsigned size, unsigned count)
{
	struct pmap_mem *mem = insn_add_at(d, "stack", PMAP_MEM_R, PMAP_SS,
					   d->rsp, size);

	mem->count = count;
	mem->step = size;
	insn_locate(d, mem, PMAP_SS, d->rsp, d->regs->stack_bits);
	d->rsp += size * count;
	return mem;
}

void insn_push(struct insn_decode *d)
{
	push(d, stack_size(d));
}

void insn_pop(struct insn_decode *d)
{
	struct pmap_mem *mem = pop(d, stack_size(d));

	if (d->operands && d->operand[0].kind == INSN_REG &&
	    d->operand[0].reg.class == INSN_SREG)
		descriptor_at(d, mem, 0);
}

void insn_push_all(struct insn_decode *d)
{
	struct pmap_mem *mem = push(d, d->opsize);

	mem->count = 8;
	mem->step = -(int64_t)d->opsize;
	insn_locate(d, mem, PMAP_SS, d->rsp, d->regs->stack_bits);
}

void insn_pop_all(struct insn_decode *d)
{
	pop_many(d, d->opsize, 8);
}

static bool is_far(const struct insn_decode *d)
{
	unsigned reg = d->prefix.modrm >> 3 & 7;

	return d->prefix.opcode == 0x9a || d->prefix.opcode == 0xea ||
	       (d->prefix.opcode == 0xff && (reg == 3 || reg == 5));
}

/* The return address that a near call pushes and a near return pops. */
static unsigned near_size(struct insn_decode *d)
{
	if (d->regs->bits == 64 && d->prefix.opsize)
		d->insn->unknown = "Intel's processors ignore the operand-size "
				   "prefix here, AMD's do not";
	return d->regs->bits == 64 ? 8 : d->opsize;
}

static void shadow_stack(struct insn_decode *d, unsigned what)
{
	if (d->regs->shadow_stacks)
		insn_add_unknown(d, "shadow stack", what,
				 "whether there is one, and SSP, are not known: "
				 "`set $pmap_cet = 0' if there is none");
}

/* The pointer in memory that a far call or jump goes to. */
static void far_pointer(struct insn_decode *d)
{
	const struct insn_operand *op = &d->operand[0];

	if (d->operands && op->kind == INSN_MEM)
		insn_add_at(d, "operand", PMAP_MEM_R, insn_segment(d, op),
			    insn_offset(d, op), d->opsize + 2);
}

static void code_descriptor(struct insn_decode *d)
{
	if (!d->regs->real)
		insn_add_unknown(d, "descriptor", PMAP_MEM_R,
				 "what the selector refers to may be a gate or "
				 "a task, with accesses of its own")->supervisor = true;
}

static void jump(struct insn_decode *d, bool call)
{
	const struct insn_operand *op = &d->operand[0];
	unsigned size;

	if (is_far(d)) {
		far_pointer(d);
		code_descriptor(d);
		if (call) {
			push(d, d->opsize);
			push(d, d->opsize);
		}
	} else {
		size = near_size(d);
		if (d->operands && op->kind == INSN_MEM)
			insn_add_at(d, "operand", PMAP_MEM_R,
				    insn_segment(d, op), insn_offset(d, op),
				    size);
		if (call)
			push(d, size);
	}
	if (call)
		shadow_stack(d, PMAP_MEM_W);
}

void insn_call(struct insn_decode *d)
{
	jump(d, true);
}

void insn_jump(struct insn_decode *d)
{
	jump(d, false);
}

void insn_ret(struct insn_decode *d)
{
	pop(d, near_size(d));
	shadow_stack(d, PMAP_MEM_R);
}

void insn_ret_far(struct insn_decode *d)
{
	struct pmap_mem *mem = pop_many(d, d->opsize, 2);

	descriptor_at(d, mem, d->opsize);
	shadow_stack(d, PMAP_MEM_R);
}

/* In 64-bit mode SS:RSP are always popped: Intel SDM vol. 3A, 6.14.3. */
void insn_iret(struct insn_decode *d)
{
	struct pmap_mem *mem = pop_many(d, d->opsize,
					d->regs->bits == 64 ? 5 : 3);

	if (d->regs->bits != 64 && !d->regs->real)
		d->insn->unknown = "it may pop more, if it returns to another "
				   "privilege level or a task";
	descriptor_at(d, mem, d->opsize);
	if (d->regs->bits == 64)
		descriptor_at(d, mem, 4 * d->opsize);
	shadow_stack(d, PMAP_MEM_R);
}

void insn_enter(struct insn_decode *d)
{
	unsigned size = stack_size(d), level = d->operand[1].number & 31;
	uint64_t frame = d->regs->gpr[5];
	struct pmap_mem *from, *to;

	push(d, size);
	if (level > 1) {
		from = insn_add_at(d, "outer frame", PMAP_MEM_R, PMAP_SS,
				   frame - size, size);
		to = push(d, size);
		from->count = to->count = level - 1;
		from->step = to->step = -(int64_t)size;
		from->group = to->group = ++d->groups;
		insn_locate(d, from, PMAP_SS, frame - size,
			    d->regs->stack_bits);
		insn_locate(d, to, PMAP_SS, d->rsp, d->regs->stack_bits);
		d->rsp -= (level - 2) * size;
	}
	if (level)
		push(d, size);
	/*
	 * Intel SDM vol. 2A, ENTER: it faults if a write at the final stack
	 * pointer would.
	 */
	insn_add_at(d, "new stack top", PMAP_MEM_W, PMAP_SS,
		    d->rsp - (d->operand[0].number & 0xffff), size);
}

void insn_leave(struct insn_decode *d)
{
	d->rsp = d->regs->gpr[5];
	pop(d, stack_size(d));
}

/* --- Strings ------------------------------------------------------------- */

static void add_string(struct insn_decode *d, const struct insn_operand *op,
		       unsigned what, const char *role)
{
	struct insn_reg cx = { INSN_GPR, 1, d->asize, false };
	uint64_t count = d->prefix.rep ? insn_gpr(d, &cx) : 1;
	struct pmap_mem *mem;

	if (!count)
		return;
	mem = insn_add_at(d, role, what, insn_segment(d, op),
			  insn_offset(d, op), op->size);
	mem->count = count;
	mem->step = d->regs->rflags & 1 << 10 ? -(int64_t)op->size : op->size;
	mem->group = d->groups;
	insn_locate(d, mem, insn_segment(d, op), insn_offset(d, op),
		    8 * d->asize);
	mem->may_end = count > 1 && (!strcmp(d->mnemonic, "cmps") ||
				     !strcmp(d->mnemonic, "scas"));
	mem->any_order = !strcmp(d->mnemonic, "cmps");
}

/* Sources are read before the destination is written. */
void insn_string(struct insn_decode *d)
{
	const struct insn_operand *first = &d->operand[0];
	const struct insn_operand *second = &d->operand[1];
	bool both = first->kind == INSN_MEM && second->kind == INSN_MEM;

	insn_port(d);
	if (both)
		d->groups++;
	if (d->row->dir == INSN_R && first->kind == INSN_MEM)
		add_string(d, first, INSN_R, "source");
	if (second->kind == INSN_MEM)
		add_string(d, second, INSN_R, "source");
	if (d->row->dir == INSN_W && first->kind == INSN_MEM)
		add_string(d, first, INSN_W, "destination");
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
			insn_add_at(d, "chosen elements", what,
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
		.kind = INSN_MEM, .seg = d->prefix.seg,
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
		mem = insn_add_at(d, "operand", what, insn_segment(d, op),
				  insn_offset(d, op), op->size);
		if (d->row->flags & INSN_ALIGNED)
			mem->align = op->size;
		return;
	}
	if (!(d->regs->k_known & 1 << d->mask) || d->row->flags & INSN_ALIGNED)
		insn_add_unknown(d, "operand", what, vector_unknown);
	else
		add_chosen(d, d->regs->k[d->mask], op->size / size, op, what,
			   size);
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
			insn_add_at(d, "element", what, insn_segment(d, op),
				    insn_offset(d, op) +
				    index_value(d, op, i, isize), size);
	}
}

/* --- The rest ------------------------------------------------------------ */

static void at_register(struct insn_decode *d, unsigned no, unsigned what,
			unsigned size, unsigned align)
{
	struct insn_operand op = {
		.kind = INSN_MEM, .seg = -1,
		.base = { INSN_GPR, no, d->asize, false },
	};
	uint64_t off = insn_offset(d, &op) & ~(uint64_t)(align - 1);

	insn_add_at(d, "operand", what, insn_segment(d, &op), off, size);
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

/* movdir64b, enqcmd: 64 bytes from memory to where a register points. */
void insn_direct_store(struct insn_decode *d)
{
	const struct insn_operand *from = &d->operand[1];
	struct pmap_mem *mem;

	insn_add_at(d, "source", INSN_R, insn_segment(d, from),
		    insn_offset(d, from), 64);
	mem = insn_add_at(d, "destination", INSN_W, PMAP_ES,
			  insn_gpr(d, &d->operand[0].reg), 64);
	mem->align = 64;
}

/*
 * The descriptor that goes with the selector that an instruction loads or looks
 * at.  It is read as the supervisor: Intel SDM vol. 3A, 4.6.1.
 */
void insn_descriptor(struct insn_decode *d)
{
	const struct insn_operand *to = &d->operand[0];
	const struct insn_operand *from = &d->operand[d->operands > 1];
	const struct pmap_mem *mem = &d->insn->mem[d->insn->mems - 1];

	if (d->regs->real || !d->operands ||
	    (!strcmp(d->mnemonic, "mov") &&
	     (to->kind != INSN_REG || to->reg.class != INSN_SREG)))
		return;
	/* Of a far pointer the selector is behind the offset. */
	if (from->kind == INSN_REG)
		add_descriptor(d, insn_gpr(d, &from->reg) & 0xffff, NULL);
	else if (from->kind == INSN_MEM)
		descriptor_at(d, mem, mem->size - 2);
}
