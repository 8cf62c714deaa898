/*
 * V's loads and stores: unit-stride, strided, indexed, whole registers, masks:
 * "Vector Loads and Stores".  Each is one range, or elements a stride apart;
 * what v0 masks off, and an index, no register tells.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>

#include "arch/riscv/insn/impl.h"

enum { UNIT, INDEXED_UNORDERED, STRIDED, INDEXED_ORDERED };	/* mop */
enum { PLAIN = 0, WHOLE = 8, MASK = 11, FAULT_FIRST = 16 };	/* lumop, sumop */

struct form {
	bool load, masked;
	unsigned mop, unit;	/* of the above; unit only if mop is UNIT */
	unsigned fields;	/* of a segment, or registers: 1 to 8 */
	unsigned log;		/* of a data element's bytes, or an index' */
};

static const char masks[] = "which elements v0 masks off is not known here";

/* By vtype: sizes as powers of 2; false: vill, or reserved. */
static bool take_vtype(const struct pmap_riscv_cpu *cpu, int *sew, int *lmul)
{
	*sew = (int)(cpu->vtype >> 3 & 7);
	*lmul = (int)(cpu->vtype & 7);
	if (*lmul > 4)
		*lmul -= 8;
	return !(cpu->vtype >> (cpu->xlen - 1) & 1) && *lmul != 4 && *sew < 4;
}

/* Registers that one field takes, of 2^group each; "Vector Register Grouping". */
static bool group_fits(unsigned first, int group, unsigned fields)
{
	unsigned each = group > 0 ? 1u << group : 1;

	return group >= -3 && group <= 3 && fields * each <= 8 &&
	       !(first & (each - 1)) && first + fields * each <= 32;
}

static bool is_legal(const struct pmap_rv *d, const struct form *f)
{
	int sew, lmul, emul;
	unsigned vd = pmap_rv_rd(d);
	bool indexed = f->mop & 1;

	if (!take_vtype(d->cpu, &sew, &lmul))
		return false;
	emul = (int)f->log - sew + lmul;
	if (f->mop == UNIT && f->unit == MASK)
		return true;
	/* Of what is loaded nothing may overlap the mask. */
	if (f->masked && f->load && !vd)
		return false;
	if (!indexed)
		return group_fits(vd, emul, f->fields);
	return group_fits(vd, lmul, f->fields) && group_fits(pmap_rv_rs2(d), emul, 1);
}

/* --- The range ------------------------------------------------------------- */

static struct pmap_mem *elements(struct pmap_rv *d, const struct form *f,
				 uint64_t skip, uint64_t count, unsigned size,
				 uint64_t step)
{
	uint64_t va = d->cpu->x[pmap_rv_rs1(d)] + skip * step;
	struct pmap_mem *mem = pmap_rv_access(d, f->load ? PMAP_MEM_R : PMAP_MEM_W,
					      va, size);

	mem->role = "elements";
	mem->count = mem->fits = count;
	mem->step = (int64_t)step;
	mem->perhaps = f->masked ? masks : NULL;
	return mem;
}

/* The first element may fault, those after it end the vector. */
static void fault_first(struct pmap_rv *d, const struct form *f, uint64_t count,
			unsigned bytes)
{
	if (!d->cpu->vstart)
		elements(d, f, 0, f->fields, bytes, bytes);
	if (count > f->fields)
		elements(d, f, f->fields, count - f->fields, bytes,
			 bytes)->nofault = true;
}

static void contiguous(struct pmap_rv *d, const struct form *f)
{
	const struct pmap_riscv_cpu *cpu = d->cpu;
	unsigned bytes = 1u << f->log;
	uint64_t count = cpu->vl * f->fields, skip = cpu->vstart * f->fields;

	if (f->unit == WHOLE) {
		count = f->fields * cpu->vlenb >> f->log;
		skip = cpu->vstart;
	} else if (f->unit == MASK) {
		count = (cpu->vl + 7) / 8;
		skip = cpu->vstart;
	}
	if (skip >= count)
		return;
	if (f->unit == FAULT_FIRST)
		fault_first(d, f, count, bytes);
	else
		elements(d, f, skip, count - skip, bytes, bytes);
}

static void access(struct pmap_rv *d, const struct form *f)
{
	const struct pmap_riscv_cpu *cpu = d->cpu;
	unsigned bytes = f->fields << f->log;

	if (!cpu->has_vector) {
		elements(d, f, 0, 1, 1, 1)->unknown =
			"the target does not show vl, vtype, vstart and vlenb";
		return;
	}
	if (!(f->mop == UNIT && f->unit == WHOLE) && !is_legal(d, f))
		pmap_rv_refuse(d, PMAP_RISCV_ILLEGAL,
			       "vtype does not allow these registers and sizes");
	if (f->mop == UNIT)
		contiguous(d, f);
	else if (cpu->vstart >= cpu->vl)
		return;
	else if (f->mop == STRIDED)
		elements(d, f, cpu->vstart, cpu->vl - cpu->vstart, bytes,
			 cpu->x[pmap_rv_rs2(d)]);
	else
		elements(d, f, 0, 1, 1, 1)->unknown =
			"the indices are in a vector register, which is not read here";
}

/* --- The text -------------------------------------------------------------- */

static void name_unit(const struct form *f, char *to, size_t size)
{
	char letter = f->load ? 'l' : 's';
	unsigned bits = 8u << f->log;

	if (f->unit == MASK)
		snprintf(to, size, "v%cm.v", letter);
	else if (f->unit == WHOLE && (!f->load || !f->log))
		snprintf(to, size, "v%c%ur.v", letter, f->fields);
	else if (f->unit == WHOLE)
		snprintf(to, size, "vl%ure%u.v", f->fields, bits);
	else if (f->fields > 1)
		snprintf(to, size, "v%cseg%ue%u%s.v", letter, f->fields, bits,
			 f->unit ? "ff" : "");
	else
		snprintf(to, size, "v%ce%u%s.v", letter, bits, f->unit ? "ff" : "");
}

static void name(const struct form *f, char *to, size_t size)
{
	static const char *const stems[] = { "", "ux", "s", "ox" };
	char letter = f->load ? 'l' : 's', segment[8] = "";

	if (f->mop == UNIT) {
		name_unit(f, to, size);
		return;
	}
	if (f->fields > 1)
		snprintf(segment, sizeof(segment), "seg%u", f->fields);
	snprintf(to, size, "v%c%s%se%s%u.v", letter, stems[f->mop], segment,
		 f->mop & 1 ? "i" : "", 8u << f->log);
}

static void text(struct pmap_rv *d, const struct form *f)
{
	char what[32], by[8] = "";

	name(f, what, sizeof(what));
	if (f->mop == STRIDED)
		snprintf(by, sizeof(by), ",%s", pmap_rv_reg(pmap_rv_rs2(d)));
	else if (f->mop & 1)
		snprintf(by, sizeof(by), ",v%u", pmap_rv_rs2(d));
	pmap_rv_text(d, "%s v%u,(%s)%s%s", what, pmap_rv_rd(d),
		     pmap_rv_reg(pmap_rv_rs1(d)), by, f->masked ? ",v0.t" : "");
}

/* --- The bits --------------------------------------------------------------- */

/* Of a unit stride: which combinations there are. */
static bool unit_exists(const struct form *f)
{
	unsigned n = f->fields;

	switch (f->unit) {
	case PLAIN:
		return true;
	case FAULT_FIRST:
		return f->load;
	case MASK:
		return !f->masked && n == 1 && !f->log;
	case WHOLE:
		return !f->masked && !(n & (n - 1)) && (f->load || !f->log);
	}
	return false;
}

bool pmap_rv_vector(struct pmap_rv *d)
{
	static const uint8_t logs[8] = { [0] = 0, [5] = 1, [6] = 2, [7] = 3 };
	struct form f = {
		.load = pmap_rv_opcode(d) == 0x07,
		.masked = !pmap_rv_field(d, 25, 1),
		.mop = pmap_rv_field(d, 26, 2), .unit = pmap_rv_field(d, 20, 5),
		.fields = pmap_rv_field(d, 29, 3) + 1,
		.log = logs[pmap_rv_funct3(d)],
	};

	if (pmap_rv_field(d, 28, 1) ||
	    (f.mop == UNIT && !unit_exists(&f)))
		return false;
	text(d, &f);
	if (f.mop == UNIT && f.unit == WHOLE && pmap_rv_rd(d) & (f.fields - 1))
		d->insn->unknown = pmap_rv_not_known;
	else
		access(d, &f);
	if (!pmap_rv_has(d, 'V'))
		d->insn->unknown = "misa says that the hart has no V: illegal, if it has no part of it (Zve) either";
	return true;
}
