/*
 * Loads and stores of one register: C4.1.94, groups "load register (literal)",
 * "unscaled immediate" to "unsigned immediate".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>

#include "arch/arm64/insn/impl.h"

enum mode { UNSCALED, POST, UNPRIVILEGED, PRE, OFFSET, REGISTER };

/* What size, V and opc say. */
struct form {
	const char *suffix;	/* of the mnemonic: "b", "sh", .. */
	unsigned bytes;		/* in memory */
	unsigned reg;		/* of the register; 16 and less where it is vector's */
	bool load, vector, prefetch;
};

static bool find_form(const struct pmap_a64 *d, struct form *f)
{
	static const char *const unsigned_names[] = { "b", "h", "", "" };
	static const char *const signed_names[] = { "sb", "sh", "sw", NULL };
	unsigned size = pmap_a64_field(d, 30, 2), opc = pmap_a64_field(d, 22, 2);

	*f = (struct form){ .suffix = "", .load = opc & 1 };
	f->vector = pmap_a64_field(d, 26, 1);
	if (f->vector) {
		/* 128 bits are opc<1> with a size of 0. */
		f->bytes = f->reg = opc & 2 ? 16 : 1u << size;
		return !(opc & 2) || !size;
	}
	f->bytes = 1u << size;
	f->reg = size == 3 ? 8 : 4;
	if (opc < 2) {
		f->suffix = unsigned_names[size];
		return true;
	}
	f->load = true;
	if (size == 3) {
		f->prefetch = true;
		return opc == 2;
	}
	f->suffix = signed_names[size];
	f->reg = opc == 2 ? 8 : 4;
	return opc == 2 || size < 2;
}

static const char *stem(enum mode mode, bool load)
{
	if (mode == UNSCALED)
		return load ? "ldur" : "stur";
	if (mode == UNPRIVILEGED)
		return load ? "ldtr" : "sttr";
	return load ? "ldr" : "str";
}

/* "pldl1keep"; C6.2.246. */
static const char *prefetch_name(unsigned op)
{
	static const char *const what[] = { "pld", "pli", "pst" };
	static char name[16];

	if (op >> 3 > 2 || (op >> 1 & 3) == 3)
		snprintf(name, sizeof(name), "#0x%02x", op);
	else
		snprintf(name, sizeof(name), "%sl%u%s", what[op >> 3],
			 (op >> 1 & 3) + 1, op & 1 ? "strm" : "keep");
	return name;
}

/* The extension of an index register: "uxtw #2". */
static void add_extension(const struct pmap_a64 *d, unsigned bytes, char *to,
			  size_t size)
{
	static const char *const names[8] = {
		[2] = "uxtw", [3] = "lsl", [6] = "sxtw", [7] = "sxtx"
	};
	unsigned option = pmap_a64_field(d, 13, 3), shift = 0;

	while (1u << shift < bytes)
		shift++;
	if (pmap_a64_field(d, 12, 1))
		snprintf(to, size, ", %s #%u", names[option], shift);
	else if (option != 3)
		snprintf(to, size, ", %s", names[option]);
	else
		*to = '\0';
}

static uint64_t index_of(const struct pmap_a64 *d, unsigned bytes)
{
	unsigned m = pmap_a64_rm(d), option = pmap_a64_field(d, 13, 3);
	uint64_t value = m == 31 ? 0 : d->cpu->x[m];

	if (option == 2)
		value = (uint32_t)value;
	else if (option == 6)
		value = (uint64_t)(int64_t)(int32_t)value;
	return pmap_a64_field(d, 12, 1) ? value * bytes : value;
}

/* "[x1, #8]!" */
static void place(const struct pmap_a64 *d, enum mode mode,
		  const struct form *f, int64_t offset, char *to, size_t size)
{
	const char *base = pmap_a64_base(pmap_a64_rn(d));
	unsigned option = pmap_a64_field(d, 13, 3);
	char extension[16];

	switch (mode) {
	case POST:
		snprintf(to, size, "[%s], #%" PRId64, base, offset);
		return;
	case PRE:
		snprintf(to, size, "[%s, #%" PRId64 "]!", base, offset);
		return;
	case REGISTER:
		add_extension(d, f->bytes, extension, sizeof(extension));
		snprintf(to, size, "[%s, %s%s]", base,
			 pmap_a64_reg(pmap_a64_rm(d), option & 1 ? 8 : 4), extension);
		return;
	default:
		if (offset)
			snprintf(to, size, "[%s, #%" PRId64 "]", base, offset);
		else
			snprintf(to, size, "[%s]", base);
	}
}

/* The mnemonic and the register, or the hint. */
static void name(struct pmap_a64 *d, enum mode mode, const struct form *f,
		 const char *where)
{
	unsigned t = pmap_a64_rt(d);

	if (f->prefetch)
		pmap_a64_text(d, "%s %s, %s", mode == UNSCALED ? "prfum" : "prfm",
			      prefetch_name(t), where);
	else
		pmap_a64_text(d, "%s%s %s, %s", stem(mode, f->load), f->suffix,
			      f->vector ? pmap_a64_vreg(t, f->reg) :
			      pmap_a64_reg(t, f->reg), where);
}

static void access(struct pmap_a64 *d, enum mode mode, const struct form *f,
		   uint64_t va)
{
	unsigned t = pmap_a64_rt(d), n = pmap_a64_rn(d);
	struct pmap_mem *mem;

	mem = pmap_a64_access(d, f->load ? PMAP_MEM_R : PMAP_MEM_W, va, f->bytes,
			      f->bytes, PMAP_A64_ANY);
	mem->nofault = f->prefetch;
	mem->how = mode == UNPRIVILEGED ? PMAP_ARM64_UNPRIVILEGED : 0;
	/* A hint does not look at SP. */
	if (f->prefetch)
		d->insn->exception = 0;
	if ((mode == PRE || mode == POST) && !f->vector && n == t && n != 31)
		mem->perhaps = "it changes the register that it also loads or stores, which is CONSTRAINED UNPREDICTABLE";
}

/* LDR, LDRSW and PRFM of what is near the program counter. */
static bool literal(struct pmap_a64 *d)
{
	static const uint8_t bytes[] = { 4, 8, 4 };
	unsigned opc = pmap_a64_field(d, 30, 2), t = pmap_a64_rt(d);
	bool vector = pmap_a64_field(d, 26, 1);
	uint64_t va = d->cpu->pc + (uint64_t)(pmap_a64_signed(d, 5, 19) * 4);
	unsigned size = vector ? 4u << opc : opc == 3 ? 8 : bytes[opc];
	struct pmap_mem *mem;

	if (vector && opc == 3)
		return false;
	if (!vector && opc == 3)
		pmap_a64_text(d, "prfm %s, 0x%" PRIx64, prefetch_name(t), va);
	else
		pmap_a64_text(d, "%s %s, 0x%" PRIx64,
			      !vector && opc == 2 ? "ldrsw" : "ldr",
			      vector ? pmap_a64_vreg(t, size) :
			      pmap_a64_reg(t, opc ? 8 : 4), va);
	mem = pmap_a64_access(d, PMAP_MEM_R, va, size, size, PMAP_A64_ANY);
	mem->nofault = !vector && opc == 3;
	/* Rn is a part of the number. */
	mem->unknown = NULL;
	return true;
}

/* The mode, by bits 24, 21 and 11:10; false: of another group. */
static bool find_mode(struct pmap_a64 *d, enum mode *mode)
{
	unsigned low = pmap_a64_field(d, 10, 2);

	if (pmap_a64_field(d, 24, 1))
		*mode = OFFSET;
	else if (!pmap_a64_field(d, 21, 1))
		*mode = (enum mode)low;
	else if (low == 2)
		*mode = REGISTER;
	else
		return false;
	return true;
}

/* LDRAA, LDRAB: bits 31:30 are 11, no vectors. */
static bool authenticated(struct pmap_a64 *d)
{
	if (pmap_a64_field(d, 30, 2) != 3 || pmap_a64_field(d, 26, 1))
		return false;
	d->insn->unknown = "its address is a signed pointer, of which no register tells the key";
	return true;
}

bool pmap_a64_single(struct pmap_a64 *d)
{
	enum mode mode;
	struct form f;
	int64_t offset;
	uint64_t base;
	char where[48];

	if (pmap_a64_field(d, 27, 3) == 3)
		return literal(d);
	if (!find_mode(d, &mode))
		return authenticated(d);
	if (!find_form(d, &f))
		return false;
	if (f.prefetch && (mode == POST || mode == PRE || mode == UNPRIVILEGED))
		return false;
	if ((mode == UNPRIVILEGED && f.vector) ||
	    (mode == REGISTER && !pmap_a64_field(d, 14, 1)))
		return false;
	offset = mode == OFFSET ? (int64_t)pmap_a64_field(d, 10, 12) * f.bytes :
		 mode == REGISTER ? (int64_t)index_of(d, f.bytes) :
		 pmap_a64_signed(d, 12, 9);
	place(d, mode, &f, offset, where, sizeof(where));
	name(d, mode, &f, where);
	base = pmap_a64_address(d);
	access(d, mode, &f, mode == POST ? base : base + (uint64_t)offset);
	return true;
}
