/*
 * LD1 to LD4 and ST1 to ST4, whole vectors, single lanes, one value for all lanes: C4.1.94,
 * "Advanced SIMD load/store".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>

#include "arch/arm64/insn/impl.h"

/* What is moved. */
struct form {
	unsigned structure;	/* 1 to 4: of the mnemonic */
	unsigned regs;		/* registers */
	unsigned unit, bytes;	/* bytes of an element, and of all */
	const char *lanes;	/* "16b", or "b" of one lane */
	int lane;		/* which; -1: all of them */
	bool replicate;
};

static const char *const arrangements[2][4] = {
	{ "8b", "4h", "2s", "1d" }, { "16b", "8h", "4s", "2d" }
};

/* Bits 15:12 are registers and structure. */
static bool multiple(const struct pmap_a64 *d, struct form *f)
{
	static const struct { uint8_t regs, structure; } kinds[16] = {
		[0x0] = { 4, 4 }, [0x2] = { 4, 1 }, [0x4] = { 3, 3 },
		[0x6] = { 3, 1 }, [0x7] = { 1, 1 }, [0x8] = { 2, 2 },
		[0xa] = { 2, 1 },
	};
	unsigned size = pmap_a64_field(d, 10, 2), opcode = pmap_a64_field(d, 12, 4);
	bool q = pmap_a64_field(d, 30, 1);

	*f = (struct form){
		.structure = kinds[opcode].structure, .regs = kinds[opcode].regs,
		.unit = 1u << size, .lanes = arrangements[q][size], .lane = -1,
	};
	f->bytes = f->regs * (q ? 16 : 8);
	return f->regs && (f->structure == 1 || q || size != 3);
}

static bool single(const struct pmap_a64 *d, struct form *f)
{
	static const char *const letters[] = { "b", "h", "s", "d" };
	unsigned size = pmap_a64_field(d, 10, 2), scale = pmap_a64_field(d, 14, 2);
	unsigned s = pmap_a64_field(d, 12, 1), q = pmap_a64_field(d, 30, 1);
	unsigned index = q << 3 | s << 2 | size;

	*f = (struct form){ .lane = -1 };
	f->structure = f->regs = 1 + (pmap_a64_field(d, 13, 1) << 1 |
				      pmap_a64_field(d, 21, 1));
	if (scale == 3) {
		f->replicate = true;
		f->unit = 1u << size;
		f->lanes = arrangements[q][size];
		f->bytes = f->regs * f->unit;
		return pmap_a64_field(d, 22, 1) && !s;
	}
	if ((scale == 1 && (size & 1)) || (scale == 2 && (size & 2)))
		return false;
	if (scale == 2 && (size & 1)) {
		scale = 3;
		if (s)
			return false;
	}
	f->unit = 1u << scale;
	f->lanes = letters[scale];
	f->lane = (int)(index >> scale);
	f->bytes = f->regs * f->unit;
	return true;
}

/* "{v0.8b-v3.8b}", "{v31.s, v0.s}[1]" */
static void list(const struct pmap_a64 *d, const struct form *f, char *to,
		 size_t size)
{
	unsigned first = pmap_a64_rt(d), last = (first + f->regs - 1) & 31;
	size_t n;

	if (f->regs > 2 && last > first) {
		n = snprintf(to, size, "{v%u.%s-v%u.%s}", first, f->lanes, last,
			     f->lanes);
	} else {
		n = snprintf(to, size, "{v%u.%s", first, f->lanes);
		for (unsigned i = 1; i < f->regs; i++)
			n += snprintf(to + n, size - n, ", v%u.%s",
				      (first + i) & 31, f->lanes);
		n += snprintf(to + n, size - n, "}");
	}
	if (f->lane >= 0)
		snprintf(to + n, size - n, "[%d]", f->lane);
}

bool pmap_a64_vectors(struct pmap_a64 *d)
{
	bool is_single = pmap_a64_field(d, 24, 1), post = pmap_a64_field(d, 23, 1);
	bool load = pmap_a64_field(d, 22, 1);
	unsigned m = pmap_a64_rm(d);
	struct form f;
	char regs[64], by[16] = "";

	if (pmap_a64_field(d, 31, 1) || (!post && m) ||
	    (!is_single && pmap_a64_field(d, 21, 1)) ||
	    !(is_single ? single(d, &f) : multiple(d, &f)))
		return false;
	list(d, &f, regs, sizeof(regs));
	if (post && m == 31)
		snprintf(by, sizeof(by), ", #%u", f.bytes);
	else if (post)
		snprintf(by, sizeof(by), ", %s", pmap_a64_reg(m, 8));
	pmap_a64_text(d, "%s%u%s %s, [%s]%s", load ? "ld" : "st", f.structure,
		      f.replicate ? "r" : "", regs,
		      pmap_a64_base(pmap_a64_rn(d)), by);
	pmap_a64_access(d, load ? PMAP_MEM_R : PMAP_MEM_W, pmap_a64_address(d),
			f.bytes, f.unit, PMAP_A64_ANY);
	return true;
}
