/*
 * Loads and stores of two registers: C4.1.94, "load/store register pair" and "no-allocate pair".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>

#include "arch/arm64/insn/impl.h"

enum mode { NO_ALLOCATE, POST, OFFSET, PRE };

static void place(const struct pmap_a64 *d, enum mode mode, int64_t offset,
		  char *to, size_t size)
{
	const char *base = pmap_a64_base(pmap_a64_rn(d));

	if (mode == POST)
		snprintf(to, size, "[%s], #%" PRId64, base, offset);
	else if (mode == PRE)
		snprintf(to, size, "[%s, #%" PRId64 "]!", base, offset);
	else if (offset)
		snprintf(to, size, "[%s, #%" PRId64 "]", base, offset);
	else
		snprintf(to, size, "[%s]", base);
}

/* Which combinations of registers the manual leaves open: C6.2, K1.2. */
static bool is_open(const struct pmap_a64 *d, enum mode mode, bool load,
		    bool vector)
{
	unsigned t = pmap_a64_rt(d), t2 = pmap_a64_field(d, 10, 5);
	unsigned n = pmap_a64_rn(d);

	if (load && t == t2)
		return true;
	return (mode == PRE || mode == POST) && !vector && n != 31 &&
	       (n == t || n == t2);
}

bool pmap_a64_pair(struct pmap_a64 *d)
{
	unsigned opc = pmap_a64_field(d, 30, 2), t2 = pmap_a64_field(d, 10, 5);
	enum mode mode = (enum mode)pmap_a64_field(d, 23, 2);
	bool vector = pmap_a64_field(d, 26, 1), load = pmap_a64_field(d, 22, 1);
	bool sw = !vector && opc == 1;
	unsigned bytes = vector ? 4u << opc : opc == 2 ? 8 : 4;
	unsigned reg = sw ? 8 : bytes, t = pmap_a64_rt(d);
	int64_t offset = pmap_a64_signed(d, 15, 7) * bytes;
	struct pmap_mem *mem;
	uint64_t base;
	char where[48];

	if (opc == 3 || (sw && mode == NO_ALLOCATE))
		return false;
	if (sw && !load) {
		d->insn->unknown = "tags of memory (MTE) are not known here";
		return true;
	}
	place(d, mode, offset, where, sizeof(where));
	pmap_a64_text(d, "%s%s%s %s, %s, %s", load ? "ld" : "st",
		      mode == NO_ALLOCATE ? "np" : "p", sw ? "sw" : "",
		      vector ? pmap_a64_vreg(t, bytes) : pmap_a64_reg(t, reg),
		      vector ? pmap_a64_vreg(t2, bytes) : pmap_a64_reg(t2, reg),
		      where);
	base = pmap_a64_address(d);
	mem = pmap_a64_access(d, load ? PMAP_MEM_R : PMAP_MEM_W,
			      mode == POST ? base : base + (uint64_t)offset,
			      2 * bytes, bytes, PMAP_A64_ANY);
	if (is_open(d, mode, load, vector))
		mem->perhaps = "two of its registers are the same, which is CONSTRAINED UNPREDICTABLE";
	return true;
}
