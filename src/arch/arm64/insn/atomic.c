/*
 * Exclusive, ordered and atomic accesses: C4.1.94, "load/store exclusive", "ordered", "compare and
 * swap", "atomic memory operations", "LDAPR/STLR (unscaled immediate)".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "arch/arm64/insn/impl.h"

static const char *const sizes[] = { "b", "h", "", "" };

static const char not_monitored[] =
	"it is made only if the exclusive monitor still has the address, which no register shows";

static const char should_be_one[] =
	"bits that should be one are not, which is CONSTRAINED UNPREDICTABLE";

/* Fields of registers that there are not. */
static bool spare(const struct pmap_a64 *d, bool s, bool t2)
{
	return (s && pmap_a64_rm(d) != 31) || (t2 && pmap_a64_field(d, 10, 5) != 31);
}

/* STXR and LDXR, of one register or two. */
static bool exclusive(struct pmap_a64 *d, bool pair)
{
	static const char *const stems[2][2] = { { "stx", "stlx" }, { "ldx", "ldax" } };
	unsigned size = pmap_a64_field(d, 30, 2), bytes = 1u << size;
	bool load = pmap_a64_field(d, 22, 1), ordered = pmap_a64_field(d, 15, 1);
	unsigned s = pmap_a64_rm(d), t = pmap_a64_rt(d), t2 = pmap_a64_field(d, 10, 5);
	unsigned n = pmap_a64_rn(d), total = pair ? 2 * bytes : bytes;
	const char *status = load ? "" : pmap_a64_reg(s, 4);
	const char *comma = load ? "" : ", ";
	struct pmap_mem *mem;

	if (pair)
		pmap_a64_text(d, "%sp %s%s%s, %s, [%s]", stems[load][ordered],
			      status, comma, pmap_a64_reg(t, bytes),
			      pmap_a64_reg(t2, bytes), pmap_a64_base(n));
	else
		pmap_a64_text(d, "%sr%s %s%s%s, [%s]", stems[load][ordered],
			      sizes[size], status, comma, pmap_a64_reg(t, bytes),
			      pmap_a64_base(n));
	mem = pmap_a64_access(d, load ? PMAP_MEM_R : PMAP_MEM_W,
			      pmap_a64_address(d), total, total, PMAP_A64_ATOMIC);
	if (!load)
		mem->perhaps = not_monitored;
	else if (spare(d, true, !pair))
		mem->perhaps = should_be_one;
	else if (pair && t == t2)
		mem->perhaps = "two of its registers are the same, which is CONSTRAINED UNPREDICTABLE";
	return true;
}

/* LDAR, STLR, LDLAR, STLLR. */
static bool ordered(struct pmap_a64 *d)
{
	static const char *const stems[2][2] = { { "stllr", "stlr" }, { "ldlar", "ldar" } };
	unsigned size = pmap_a64_field(d, 30, 2), bytes = 1u << size;
	bool load = pmap_a64_field(d, 22, 1);
	struct pmap_mem *mem;

	pmap_a64_text(d, "%s%s %s, [%s]", stems[load][pmap_a64_field(d, 15, 1)],
		      sizes[size], pmap_a64_reg(pmap_a64_rt(d), bytes),
		      pmap_a64_base(pmap_a64_rn(d)));
	mem = pmap_a64_access(d, load ? PMAP_MEM_R : PMAP_MEM_W,
			      pmap_a64_address(d), bytes, bytes, PMAP_A64_ORDERED);
	if (spare(d, true, true))
		mem->perhaps = should_be_one;
	return true;
}

/* "al", by two bits of the word. */
static const char *order(const struct pmap_a64 *d, unsigned acquire,
			 unsigned release)
{
	static const char *const names[2][2] = { { "", "l" }, { "a", "al" } };

	return names[pmap_a64_field(d, acquire, 1)][pmap_a64_field(d, release, 1)];
}

static bool swap(struct pmap_a64 *d, bool pair)
{
	unsigned size = pmap_a64_field(d, 30, 2), s = pmap_a64_rm(d);
	unsigned bytes = pair ? 4u << size : 1u << size, t = pmap_a64_rt(d);
	unsigned total = pair ? 2 * bytes : bytes;
	const char *base = pmap_a64_base(pmap_a64_rn(d));

	if (pmap_a64_field(d, 10, 5) != 31 || (pair && ((s | t) & 1)))
		return false;
	if (pair)
		pmap_a64_text(d, "casp%s %s, %s, %s, %s, [%s]", order(d, 22, 15),
			      pmap_a64_reg(s, bytes), pmap_a64_reg(s + 1, bytes),
			      pmap_a64_reg(t, bytes), pmap_a64_reg(t + 1, bytes),
			      base);
	else
		pmap_a64_text(d, "cas%s%s %s, %s, [%s]", order(d, 22, 15),
			      sizes[size], pmap_a64_reg(s, bytes),
			      pmap_a64_reg(t, bytes), base);
	/* Also where the comparison fails: it is judged as a write. */
	pmap_a64_access(d, PMAP_MEM_R | PMAP_MEM_W, pmap_a64_address(d), total,
			total, PMAP_A64_ATOMIC);
	return true;
}

bool pmap_a64_exclusive(struct pmap_a64 *d)
{
	bool o2 = pmap_a64_field(d, 23, 1), o1 = pmap_a64_field(d, 21, 1);

	if (!o1)
		return o2 ? ordered(d) : exclusive(d, false);
	if (o2)
		return swap(d, false);
	return pmap_a64_field(d, 31, 1) ? exclusive(d, true) : swap(d, true);
}

/* LDAPR, and what moves 64 bytes at once. */
static bool atomic_other(struct pmap_a64 *d)
{
	unsigned size = pmap_a64_field(d, 30, 2), opc = pmap_a64_field(d, 12, 3);
	unsigned bytes = 1u << size;

	if (opc == 4 && pmap_a64_field(d, 22, 2) == 2 && pmap_a64_rm(d) == 31) {
		pmap_a64_text(d, "ldapr%s %s, [%s]", sizes[size],
			      pmap_a64_reg(pmap_a64_rt(d), bytes),
			      pmap_a64_base(pmap_a64_rn(d)));
		pmap_a64_access(d, PMAP_MEM_R, pmap_a64_address(d), bytes, bytes,
				PMAP_A64_ORDERED);
		return true;
	}
	if (size != 3 || pmap_a64_field(d, 22, 2) || !opc || opc == 4 || opc > 5)
		return false;
	d->insn->unknown = "64-byte accesses (LS64) are not known here";
	return true;
}

bool pmap_a64_atomic(struct pmap_a64 *d)
{
	static const char *const ops[] = {
		"add", "clr", "eor", "set", "smax", "smin", "umax", "umin"
	};
	unsigned size = pmap_a64_field(d, 30, 2), opc = pmap_a64_field(d, 12, 3);
	unsigned bytes = 1u << size, t = pmap_a64_rt(d), s = pmap_a64_rm(d);
	bool is_swap = pmap_a64_field(d, 15, 1);
	const char *base = pmap_a64_base(pmap_a64_rn(d));

	if (pmap_a64_field(d, 26, 1))
		return false;
	if (is_swap && opc)
		return atomic_other(d);
	/* Without a result it is named as a store. */
	if (!is_swap && t == 31 && !pmap_a64_field(d, 23, 1))
		pmap_a64_text(d, "st%s%s%s %s, [%s]", ops[opc], order(d, 23, 22),
			      sizes[size], pmap_a64_reg(s, bytes), base);
	else
		pmap_a64_text(d, "%s%s%s%s %s, %s, [%s]", is_swap ? "swp" : "ld",
			      is_swap ? "" : ops[opc], order(d, 23, 22),
			      sizes[size], pmap_a64_reg(s, bytes),
			      pmap_a64_reg(t, bytes), base);
	pmap_a64_access(d, PMAP_MEM_R | PMAP_MEM_W, pmap_a64_address(d), bytes,
			bytes, PMAP_A64_ATOMIC);
	return true;
}

/* What shares bits 29:24 with LDAPUR: tags, copies, and newer things. */
static bool ordered_other(struct pmap_a64 *d)
{
	bool vector = pmap_a64_field(d, 26, 1), tags = pmap_a64_field(d, 21, 1);

	if (tags && !vector && pmap_a64_field(d, 30, 2) == 3)
		d->insn->unknown = "tags of memory (MTE) are not known here";
	else if (!tags && pmap_a64_field(d, 10, 2) == 1)
		d->insn->unknown = "copying and setting of memory (MOPS) is not known here";
	else
		d->insn->unknown = "a newer load or store than those that are known here, or undefined";
	return true;
}

bool pmap_a64_ordered(struct pmap_a64 *d)
{
	static const char *const names[4][4] = {
		{ "stlurb", "ldapurb", "ldapursb", "ldapursb" },
		{ "stlurh", "ldapurh", "ldapursh", "ldapursh" },
		{ "stlur", "ldapur", "ldapursw", NULL },
		{ "stlur", "ldapur", NULL, NULL },
	};
	unsigned size = pmap_a64_field(d, 30, 2), opc = pmap_a64_field(d, 22, 2);
	unsigned bytes = 1u << size;
	int64_t offset = pmap_a64_signed(d, 12, 9);
	const char *base = pmap_a64_base(pmap_a64_rn(d)), *reg;

	if (pmap_a64_field(d, 26, 1) || pmap_a64_field(d, 21, 1) ||
	    pmap_a64_field(d, 10, 2))
		return ordered_other(d);
	if (!names[size][opc])
		return false;
	reg = pmap_a64_reg(pmap_a64_rt(d), opc == 2 || size == 3 ? 8 : 4);
	if (offset)
		pmap_a64_text(d, "%s %s, [%s, #%" PRId64 "]", names[size][opc],
			      reg, base, offset);
	else
		pmap_a64_text(d, "%s %s, [%s]", names[size][opc], reg, base);
	pmap_a64_access(d, opc ? PMAP_MEM_R : PMAP_MEM_W,
			pmap_a64_address(d) + (uint64_t)offset, bytes, bytes,
			PMAP_A64_ORDERED);
	return true;
}
