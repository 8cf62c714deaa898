/*
 * From an instruction's bits to the group that it is of; integer and
 * floating-point loads and stores, atomic ones, and what the groups share.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arch/riscv/insn/impl.h"

#define STATUS_FS	PML_BITS(13, 14)
#define STATUS_VS	PML_BITS(9, 10)

const char pmap_rv_not_known[] =
	"no instruction that is known here; illegal, if the hart does not have it either";

const char *pmap_rv_reg(unsigned n)
{
	static const char *const names[32] = {
		"zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1",
		"a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3",
		"s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4",
		"t5", "t6",
	};

	return names[n & 31];
}

const char *pmap_rv_freg(unsigned n)
{
	static const char *const names[32] = {
		"ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0",
		"fs1", "fa0", "fa1", "fa2", "fa3", "fa4", "fa5", "fa6", "fa7",
		"fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10",
		"fs11", "ft8", "ft9", "ft10", "ft11",
	};

	return names[n & 31];
}

void pmap_rv_text(struct pmap_rv *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(d->insn->text, sizeof(d->insn->text), format, args);
	va_end(args);
}

static uint64_t cut(const struct pmap_riscv_cpu *cpu, uint64_t va)
{
	return cpu->xlen == 32 ? (uint32_t)va : va;
}

struct pmap_mem *pmap_rv_access(struct pmap_rv *d, unsigned what, uint64_t va,
				unsigned size)
{
	struct pmap_mem *mem = &d->insn->mem[d->insn->mems++];

	*mem = (struct pmap_mem){
		.role = "operand", .va = cut(d->cpu, va), .size = size,
		.count = 1, .fits = 1, .what = what,
	};
	return mem;
}

void pmap_rv_refuse(struct pmap_rv *d, enum pmap_riscv_cause cause,
		    const char *why)
{
	if (d->insn->exception)
		return;
	d->insn->exception = cause;
	d->insn->why = why;
}

bool pmap_rv_has(const struct pmap_rv *d, char letter)
{
	return !d->cpu->misa || d->cpu->misa >> (letter - 'A') & 1;
}

/* --- Loads and stores ------------------------------------------------------ */

static int64_t load_offset(const struct pmap_rv *d)
{
	return (int32_t)d->word >> 20;
}

static int64_t store_offset(const struct pmap_rv *d)
{
	return (int64_t)((int32_t)d->word >> 25) * 32 + pmap_rv_rd(d);
}

static void plain(struct pmap_rv *d, const char *name, const char *reg,
		  unsigned what, int64_t offset, unsigned bytes)
{
	pmap_rv_text(d, "%s %s,%d(%s)", name, reg, (int)offset,
		     pmap_rv_reg(pmap_rv_rs1(d)));
	pmap_rv_access(d, what, d->cpu->x[pmap_rv_rs1(d)] + (uint64_t)offset,
		       bytes);
}

static bool load(struct pmap_rv *d)
{
	static const char *const names[8] = {
		"lb", "lh", "lw", "ld", "lbu", "lhu", "lwu",
	};
	unsigned funct3 = pmap_rv_funct3(d);

	if (!names[funct3])
		return false;
	if (d->cpu->xlen == 32 && (funct3 == 3 || funct3 == 6))
		return false;
	plain(d, names[funct3], pmap_rv_reg(pmap_rv_rd(d)), PMAP_MEM_R,
	      load_offset(d), 1u << (funct3 & 3));
	return true;
}

static bool store(struct pmap_rv *d)
{
	static const char *const names[4] = { "sb", "sh", "sw", "sd" };
	unsigned funct3 = pmap_rv_funct3(d);

	if (funct3 > 3 || (d->cpu->xlen == 32 && funct3 == 3))
		return false;
	plain(d, names[funct3], pmap_rv_reg(pmap_rv_rs2(d)), PMAP_MEM_W,
	      store_offset(d), 1u << funct3);
	return true;
}

static void check_state(struct pmap_rv *d, uint64_t field, const char *why)
{
	if (!(d->cpu->status & field))
		pmap_rv_refuse(d, PMAP_RISCV_ILLEGAL, why);
}

static void check_fp(struct pmap_rv *d)
{
	check_state(d, STATUS_FS, "floating point is off (FS=0 in mstatus, or in vsstatus)");
}

static void check_vector(struct pmap_rv *d)
{
	check_state(d, STATUS_VS, "vectors are off (VS=0 in mstatus, or in vsstatus)");
}

static bool float_move(struct pmap_rv *d, bool is_load)
{
	static const struct {
		const char *load, *store;
		char letter;
	} sizes[8] = {
		[1] = { "flh", "fsh", 'F' }, [2] = { "flw", "fsw", 'F' },
		[3] = { "fld", "fsd", 'D' }, [4] = { "flq", "fsq", 'Q' },
	};
	unsigned funct3 = pmap_rv_funct3(d);

	if (!sizes[funct3].letter) {
		check_vector(d);
		return pmap_rv_vector(d);
	}
	plain(d, is_load ? sizes[funct3].load : sizes[funct3].store,
	      pmap_rv_freg(is_load ? pmap_rv_rd(d) : pmap_rv_rs2(d)),
	      is_load ? PMAP_MEM_R : PMAP_MEM_W,
	      is_load ? load_offset(d) : store_offset(d), 1u << funct3);
	check_fp(d);
	if (!pmap_rv_has(d, sizes[funct3].letter))
		pmap_rv_refuse(d, PMAP_RISCV_ILLEGAL,
			       "the hart has no registers of that size, says misa");
	return true;
}

/* --- Atomic ---------------------------------------------------------------- */

/* By bits 31:27. */
static const char *const amo_names[32] = {
	[0] = "amoadd", [1] = "amoswap", [2] = "lr", [3] = "sc", [4] = "amoxor",
	[5] = "amocas", [8] = "amoor", [12] = "amoand", [16] = "amomin",
	[20] = "amomax", [24] = "amominu", [28] = "amomaxu",
};

enum { LR = 2, SC = 3, AMOCAS = 5 };

static const char not_reserved[] =
	"it is made only if the reservation still stands, which no register shows";

/*
 * "Load-Reserved/Store-Conditional Instructions" and "Atomic Memory Operations":
 * what is not aligned raises an exception, but which comes first the manual
 * leaves open, and Zama16b lets AMOs go on within 16 bytes.
 */
static void check_aligned(struct pmap_mem *mem, unsigned operation)
{
	static const char *const must[] = {
		[2] = "it must be aligned to 2 bytes", [4] = "it must be aligned to 4 bytes",
		[8] = "it must be aligned to 8 bytes", [16] = "it must be aligned to 16 bytes",
	};
	uint64_t low = mem->va & 15;

	if (!(mem->va & (mem->size - 1)))
		return;
	if (operation == SC) {
		mem->unknown = "the address is misaligned, and whether a hart looks at that where no reservation stands is its own choice";
		return;
	}
	if (operation != LR && low + mem->size <= 16) {
		mem->unknown = "whether misaligned AMOs within 16 bytes are done (Zama16b) no register tells";
		return;
	}
	mem->exception = operation == LR ? PMAP_RISCV_MISALIGNED_LOAD :
					   PMAP_RISCV_MISALIGNED_STORE;
	mem->why = must[mem->size];
	mem->perhaps = "it is misaligned as well, and the manual leaves open which of the two is reported";
}

static bool atomic(struct pmap_rv *d)
{
	static const char sizes[] = "bhwdq";
	static const char *const orders[] = { "", ".rl", ".aq", ".aqrl" };
	unsigned funct3 = pmap_rv_funct3(d), operation = pmap_rv_field(d, 27, 5);
	const char *name = amo_names[operation];
	const char *order = orders[pmap_rv_field(d, 25, 2)];
	const char *rd = pmap_rv_reg(pmap_rv_rd(d));
	const char *base = pmap_rv_reg(pmap_rv_rs1(d));
	bool odd = (pmap_rv_rd(d) | pmap_rv_rs2(d)) & 1;
	unsigned bytes = 1u << funct3;
	struct pmap_mem *mem;

	if (!name || bytes > 2u * d->cpu->xlen / 8 ||
	    (operation == LR && pmap_rv_rs2(d)) ||
	    (funct3 < 2 && (operation == LR || operation == SC)))
		return false;
	/* Two registers side by side. */
	if (bytes > d->cpu->xlen / 8u && (operation != AMOCAS || odd))
		return false;
	if (operation == LR)
		pmap_rv_text(d, "lr.%c%s %s,(%s)", sizes[funct3], order, rd, base);
	else
		pmap_rv_text(d, "%s.%c%s %s,%s,(%s)", name, sizes[funct3], order,
			     rd, pmap_rv_reg(pmap_rv_rs2(d)), base);
	mem = pmap_rv_access(d, operation == LR ? PMAP_MEM_R : operation == SC ?
			     PMAP_MEM_W : PMAP_MEM_R | PMAP_MEM_W,
			     d->cpu->x[pmap_rv_rs1(d)], bytes);
	mem->perhaps = operation == SC ? not_reserved : NULL;
	mem->how = mem->what == (PMAP_MEM_R | PMAP_MEM_W) ? PMAP_RISCV_AMO : 0;
	check_aligned(mem, operation);
	if (!pmap_rv_has(d, 'A'))
		d->insn->unknown = "misa says that the hart has no A: illegal, if it has no part of it (Zaamo, Zalrsc) either";
	return true;
}

/* --- The guest's memory ---------------------------------------------------- */

static const struct {
	uint8_t funct7, rs2, bytes;
	const char *name;
	unsigned how;
} hypervisor[] = {
	{ 0x30, 0, 1, "hlv.b", 0 }, { 0x30, 1, 1, "hlv.bu", 0 },
	{ 0x32, 0, 2, "hlv.h", 0 }, { 0x32, 1, 2, "hlv.hu", 0 },
	{ 0x32, 3, 2, "hlvx.hu", PMAP_RISCV_HLVX },
	{ 0x34, 0, 4, "hlv.w", 0 }, { 0x34, 1, 4, "hlv.wu", 0 },
	{ 0x34, 3, 4, "hlvx.wu", PMAP_RISCV_HLVX },
	{ 0x36, 0, 8, "hlv.d", 0 },
	{ 0x31, 0, 1, "hsv.b", 0 }, { 0x33, 0, 2, "hsv.h", 0 },
	{ 0x35, 0, 4, "hsv.w", 0 }, { 0x37, 0, 8, "hsv.d", 0 },
};

/* Is there one for this width of registers? */
static bool fits(unsigned i, unsigned xlen)
{
	return xlen == 64 || (hypervisor[i].bytes < 8 &&
			      strcmp(hypervisor[i].name, "hlv.wu") != 0);
}

static bool guest_access(struct pmap_rv *d)
{
	unsigned funct7 = pmap_rv_field(d, 25, 7), i;
	bool is_store = funct7 & 1;
	const char *base = pmap_rv_reg(pmap_rv_rs1(d));

	for (i = 0; i < sizeof(hypervisor) / sizeof(hypervisor[0]); i++)
		if (hypervisor[i].funct7 == funct7 &&
		    (is_store ? !pmap_rv_rd(d) : hypervisor[i].rs2 == pmap_rv_rs2(d)))
			break;
	if (i == sizeof(hypervisor) / sizeof(hypervisor[0]) ||
	    !fits(i, d->cpu->xlen))
		return false;
	pmap_rv_text(d, "%s %s,(%s)", hypervisor[i].name,
		     pmap_rv_reg(is_store ? pmap_rv_rs2(d) : pmap_rv_rd(d)), base);
	pmap_rv_access(d, is_store ? PMAP_MEM_W : PMAP_MEM_R,
		       d->cpu->x[pmap_rv_rs1(d)], hypervisor[i].bytes)->how =
		PMAP_RISCV_HLV | hypervisor[i].how;
	pmap_rv_check_hlv(d);
	return true;
}

/* --- The groups ------------------------------------------------------------ */

/* FENCE, FENCE.I, and blocks of a cache; rd and funct3 of CBO are fixed. */
static bool misc_mem(struct pmap_rv *d)
{
	if (pmap_rv_funct3(d) < 2)
		return true;
	if (pmap_rv_funct3(d) > 2 || pmap_rv_rd(d))
		return false;
	pmap_rv_cache(d, pmap_rv_field(d, 20, 12));
	return true;
}

/* ORI with x0 is a hint. */
static bool op_imm(struct pmap_rv *d)
{
	static const char *const names[4] = { "i", "r", NULL, "w" };
	unsigned which = pmap_rv_rs2(d);
	int64_t offset = load_offset(d) & ~31;

	if (pmap_rv_funct3(d) != 6 || pmap_rv_rd(d) || which > 3 || !names[which])
		return true;
	pmap_rv_text(d, "prefetch.%s %d(%s)", names[which], (int)offset,
		     pmap_rv_reg(pmap_rv_rs1(d)));
	pmap_rv_access(d, which ? which == 1 ? PMAP_MEM_R : PMAP_MEM_W : PMAP_MEM_X,
		       d->cpu->x[pmap_rv_rs1(d)] + (uint64_t)offset, 1)->nofault = true;
	return true;
}

static bool system(struct pmap_rv *d)
{
	if (pmap_rv_funct3(d) == 4 && pmap_rv_field(d, 28, 4) == 6)
		return guest_access(d);
	pmap_rv_system(d);
	return true;
}

/* "Base opcode map"; false: it is not allocated. */
static bool group(struct pmap_rv *d)
{
	switch (pmap_rv_opcode(d)) {
	case 0x03:
		return load(d);
	case 0x07: case 0x27:
		return float_move(d, pmap_rv_opcode(d) == 0x07);
	case 0x0f:
		return misc_mem(d);
	case 0x13:
		return op_imm(d);
	case 0x23:
		return store(d);
	case 0x2f:
		return atomic(d);
	case 0x73:
		return system(d);
	case 0x43: case 0x47: case 0x4b: case 0x4f: case 0x53:
		check_fp(d);
		return true;
	case 0x57: case 0x77:
		check_vector(d);
		return true;
	case 0x17: case 0x1b: case 0x33: case 0x37: case 0x3b: case 0x63:
	case 0x67: case 0x6f:
		return true;
	case 0x0b: case 0x2b: case 0x5b: case 0x7b:
		d->insn->unknown = "vendors' own instructions are not known here";
		return true;
	}
	return false;
}

/* C.LDSP and others that must not name x0, and all zeros. */
static bool is_reserved(uint16_t half)
{
	unsigned funct3 = half >> 13;

	if ((half & 3) == 2)
		return (funct3 == 2 || funct3 == 3) && !(half >> 7 & 31);
	return (half & 3) == 0 && (funct3 == 4 || !(half >> 5));
}

static void decode_16(struct pmap_rv *d)
{
	uint16_t half = d->word;
	bool is_fp;

	d->word = pmap_rv_expand(half, d->cpu->xlen == 32);
	if (!half)
		pmap_rv_refuse(d, PMAP_RISCV_ILLEGAL, "16 zeros are no instruction");
	if (!d->word) {
		if (is_reserved(half))
			d->insn->unknown = pmap_rv_not_known;
		return;
	}
	is_fp = (d->word & 0x5f) == 0x07;
	/* Zcmp and Zcmt have these in the place of C.FLD and C.FSD. */
	if (is_fp && !pmap_rv_has(d, 'D'))
		d->insn->unknown = "misa says that the hart has no D, which makes it another instruction, or none";
	else
		group(d);
	if (!pmap_rv_has(d, 'C'))
		d->insn->unknown = "misa says that the hart has no C: illegal, if it has no part of it (Zca) either";
}

void pmap_riscv_decode(const struct pmap_riscv_cpu *cpu, uint32_t word,
		       struct pmap_insn *insn)
{
	struct pmap_rv d = { cpu, word, insn };

	insn->length = pmap_riscv_length(word);
	/* For what has no name here. */
	if (insn->length == 2) {
		pmap_rv_text(&d, ".2byte 0x%04x", word & 0xffff);
		decode_16(&d);
	} else if (!insn->length) {
		pmap_rv_text(&d, ".2byte 0x%04x", word & 0xffff);
		insn->unknown = "instructions of more than 32 bits are not known here";
	} else {
		pmap_rv_text(&d, ".4byte 0x%08x", word);
		if (!group(&d))
			insn->unknown = pmap_rv_not_known;
	}
}

const char *pmap_riscv_insn_needs(uint32_t word)
{
	struct pmap_rv d = { NULL, word, NULL };

	if (pmap_riscv_length(word) == 2)
		return (word & 0xe003) == 0x8000 ? "Zcb" : NULL;
	switch (pmap_rv_opcode(&d)) {
	case 0x07: case 0x27:
		return pmap_rv_funct3(&d) == 1 ? "Zfh or Zfhmin" : NULL;
	case 0x2f:
		return pmap_rv_field(&d, 27, 5) == AMOCAS ? "Zacas" :
		       pmap_rv_funct3(&d) < 2 ? "Zabha" : NULL;
	case 0x0f:
		return pmap_rv_funct3(&d) != 2 ? NULL :
		       pmap_rv_field(&d, 20, 12) == 4 ? "Zicboz" : "Zicbom";
	}
	return NULL;
}
