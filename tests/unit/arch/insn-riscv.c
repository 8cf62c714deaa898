/*
 * RISC-V's instructions: their text, what they access and where, with registers
 * as data.
 *
 *	insn-riscv SEED N FILE
 *
 * writes N random words of the classes that access memory to FILE, 16 bits ones
 * followed by a C.NOP, and each with its text to its output, for insn-riscv.sh
 * to hold against a disassembler's.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/riscv/insn/insn.h"
#include "decoder.h"

#define R	PMAP_MEM_R
#define W	PMAP_MEM_W
#define FS_VS	0x6600		/* in mstatus: both on */

#define C_NOP	0x0001

/* sp 0x9000, a0 0x1000, a1 -16; 16 bytes of a vector, 10 elements of 32 bits. */
static const struct pmap_riscv_cpu registers = {
	.x = { [2] = 0x9000, [10] = 0x1000, [11] = (uint64_t)-16 },
	.pc = 0x400000, .xlen = 64, .priv = PML_RISCV_MODE_S, .status = FS_VS,
	.has_vector = true, .vl = 10, .vtype = 2 << 3 | 2, .vlenb = 16,
	.block = 64,
};

static const struct {
	uint32_t word;
	const char *text;
	unsigned what;		/* 0: no access */
	uint64_t va, size, count;
} forms[] = {
	{ 0x00852503, "lw a0,8(a0)", R, 0x1008, 4, 1 },
	{ 0xfff00403, "lb s0,-1(zero)", R, ~0ULL, 1, 1 },
	{ 0x7ff5e003, "lwu zero,2047(a1)", R, 0x7ef, 4, 1 },
	{ 0x80153023, "sd ra,-2048(a0)", W, 0x800, 8, 1 },
	{ 0xfea51fa3, "sh a0,-1(a0)", W, 0xfff, 2, 1 },
	{ 0x00811507, "flh fa0,8(sp)", R, 0x9008, 2, 1 },
	{ 0x00812507, "flw fa0,8(sp)", R, 0x9008, 4, 1 },
	{ 0x01f53c27, "fsd ft11,24(a0)", W, 0x1018, 8, 1 },
	{ 0x00814507, "flq fa0,8(sp)", R, 0x9008, 16, 1 },
	{ 0x1605252f, "lr.w.aqrl a0,(a0)", R, 0x1000, 4, 1 },
	{ 0x1ab5352f, "sc.d.rl a0,a1,(a0)", W, 0x1000, 8, 1 },
	{ 0x04b5252f, "amoadd.w.aq a0,a1,(a0)", R | W, 0x1000, 4, 1 },
	{ 0xe0b5352f, "amomaxu.d a0,a1,(a0)", R | W, 0x1000, 8, 1 },
	{ 0x60b5052f, "amoand.b a0,a1,(a0)", R | W, 0x1000, 1, 1 },
	{ 0x28c5452f, "amocas.q a0,a2,(a0)", R | W, 0x1000, 16, 1 },
	{ 0x60054573, "hlv.b a0,(a0)", R, 0x1000, 1, 1 },
	{ 0x64354573, "hlvx.hu a0,(a0)", R, 0x1000, 2, 1 },
	{ 0x6ea54073, "hsv.d a0,(a0)", W, 0x1000, 8, 1 },
	{ 0x0015200f, "cbo.clean (a0)", R, 0x1000, 64, 1 },
	{ 0x0005a00f, "cbo.inval (a1)", R, (uint64_t)-64, 64, 1 },
	{ 0x0045200f, "cbo.zero (a0)", W, 0x1000, 64, 1 },
	{ 0x02056013, "prefetch.i 32(a0)", PMAP_MEM_X, 0x1020, 1, 1 },
	{ 0xfe356013, "prefetch.w -32(a0)", W, 0xfe0, 1, 1 },
	/* 16 bits. */
	{ 0x4522, "lw a0,8(sp)", R, 0x9008, 4, 1 },
	{ 0x60e2, "ld ra,24(sp)", R, 0x9018, 8, 1 },
	{ 0xf406, "sd ra,40(sp)", W, 0x9028, 8, 1 },
	{ 0xc12a, "sw a0,128(sp)", W, 0x9080, 4, 1 },
	{ 0x2522, "fld fa0,8(sp)", R, 0x9008, 8, 1 },
	{ 0xbfaa, "fsd fa0,504(sp)", W, 0x91f8, 8, 1 },
	{ 0x4168, "lw a0,68(a0)", R, 0x1044, 4, 1 },
	{ 0xf96c, "sd a1,240(a0)", W, 0x10f0, 8, 1 },
	{ 0x2108, "fld fa0,0(a0)", R, 0x1000, 8, 1 },
	{ 0x812c, "lbu a1,2(a0)", R, 0x1002, 1, 1 },
	{ 0x856c, "lh a1,2(a0)", R, 0x1002, 2, 1 },
	{ 0x8d2c, "sh a1,2(a0)", W, 0x1002, 2, 1 },
	/* Vectors. */
	{ 0x02050087, "vle8.v v1,(a0)", R, 0x1000, 1, 10 },
	{ 0x02056087, "vle32.v v1,(a0)", 0, 0, 0, 0 },	/* v1 is no group of 4 */
	{ 0x02056207, "vle32.v v4,(a0)", R, 0x1000, 4, 10 },
	{ 0x0ab56227, "vsse32.v v4,(a0),a1", W, 0x1000, 4, 10 },
	{ 0x22055227, "vsseg2e16.v v4,(a0)", W, 0x1000, 2, 20 },
	{ 0x6ab50227, "vssseg4e8.v v4,(a0),a1", W, 0x1000, 4, 10 },
	{ 0x62856207, "vl4re32.v v4,(a0)", R, 0x1000, 4, 16 },
	{ 0x22850227, "vs2r.v v4,(a0)", W, 0x1000, 1, 32 },
	{ 0x02b50087, "vlm.v v1,(a0)", R, 0x1000, 1, 2 },
	/* What touches nothing has no name here. */
	{ 0x00b50533, ".4byte 0x00b50533", 0, 0, 0, 0 },	/* add a0,a0,a1 */
	{ 0x00006013, ".4byte 0x00006013", 0, 0, 0, 0 },	/* prefetch? no: see below */
	{ 0x0000100f, ".4byte 0x0000100f", 0, 0, 0, 0 },	/* fence.i */
	{ 0x12000073, ".4byte 0x12000073", 0, 0, 0, 0 },	/* sfence.vma */
	{ 0x00000073, ".4byte 0x00000073", 0, 0, 0, 0 },	/* ecall */
	{ 0x02c5d533, ".4byte 0x02c5d533", 0, 0, 0, 0 },	/* divu */
	{ 0x952e, ".2byte 0x952e", 0, 0, 0, 0 },		/* c.add */
	{ 0x9002, ".2byte 0x9002", 0, 0, 0, 0 },		/* c.ebreak */
};

static const struct unknown unknown[] = {
	{ 0x00007003, "no instruction" },	/* ldu, of RV128 */
	{ 0x0000552f, "no instruction" },	/* an AMO of 32 bytes */
	{ 0x08b5402f, "no instruction" },	/* amoswap.q */
	{ 0x0035200f, "no instruction" },	/* no CBO */
	{ 0x12050087, "no instruction" },	/* mew */
	{ 0x0000000b, "vendors" },
	{ 0x0000001f, "more than 32 bits" },
	{ 0x4002, "no instruction" },		/* c.lwsp of x0 */
	{ 0x8c68, "no instruction" },		/* c.sh, with a bit that it lacks */
};

static void decode(const struct pmap_riscv_cpu *cpu, uint32_t word,
		   struct pmap_insn *insn)
{
	memset(insn, 0, sizeof(*insn));
	pmap_riscv_decode(cpu, word, insn);
}

static void known(void)
{
	struct pmap_insn insn;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct pmap_mem *mem = insn.mem;
		bool right, is_hint;

		decode(&registers, forms[i].word, &insn);
		/* ORI that looks like a prefetch has an entry, which never faults. */
		is_hint = forms[i].word == 0x00006013;
		right = is_hint || !strcmp(insn.text, forms[i].text);
		right &= !insn.unknown;
		if (forms[i].what)
			right &= insn.mems == 1 && !insn.exception &&
				 mem->what == forms[i].what &&
				 mem->va == forms[i].va &&
				 mem->size == forms[i].size && !mem->unknown &&
				 mem->count == forms[i].count;
		else
			right &= !insn.mems || insn.exception || mem->nofault;
		if (!ok(right, "%s", forms[i].text))
			printf("# %s: what %u, 0x%" PRIx64 ", %" PRIu64 " bytes x %" PRIu64 ", %s\n",
			       insn.text, mem->what, mem->va, mem->size,
			       mem->count, insn.unknown ? insn.unknown : "known");
	}
}

static void decode_plainly(uint32_t word, struct pmap_insn *insn)
{
	decode(&registers, word, insn);
}

/* One access: its exception, "?" for one that cannot be told; "" for none. */
static const char *at_base(uint32_t word, uint64_t base)
{
	struct pmap_riscv_cpu cpu = registers;
	struct pmap_insn insn;

	cpu.x[10] = base;
	decode(&cpu, word, &insn);
	return insn.mem[0].unknown ? "?" : insn.mem[0].exception == 4 ? "load" :
	       insn.mem[0].exception == 6 ? "store" : "";
}

static void alignment(void)
{
	const uint32_t lw = 0x00852503, lr = 0x1605252f, sc = 0x1ab5352f;
	const uint32_t amo = 0x04b5252f;
	struct pmap_insn insn;

	is_str(at_base(lw, 0x1001), "", "an ordinary load may be misaligned");
	is_str(at_base(lr, 0x1004), "", "LR is aligned to its size");
	is_str(at_base(lr, 0x1002), "load", "or a load's address is misaligned");
	is_str(at_base(amo, 0x100e), "store", "AMO: a store's, over 16 bytes");
	is_str(at_base(amo, 0x1002), "?", "within 16 bytes there is no telling");
	is_str(at_base(sc, 0x1001), "?", "SC's depends on the reservation");
	decode(&registers, sc, &insn);
	ok(insn.mem[0].perhaps, "and so does all of it");
	decode(&registers, amo, &insn);
	ok(insn.mem[0].how == PMAP_RISCV_AMO, "an AMO is one access");
}

/* The exception of the instruction itself. */
static unsigned refused(const struct pmap_riscv_cpu *cpu, uint32_t word)
{
	struct pmap_insn insn;

	decode(cpu, word, &insn);
	return insn.exception;
}

static void cache_blocks(void)
{
	struct pmap_riscv_cpu cpu = registers;
	const uint32_t clean = 0x0015200f, zero = 0x0045200f, inval = 0x0005a00f;

	cpu.has_envcfg = true;
	is_u64(refused(&cpu, zero), 2, "cbo.zero needs menvcfg.CBZE");
	cpu.menvcfg = 0x80;
	is_u64(refused(&cpu, zero), 0, "has it");
	is_u64(refused(&cpu, clean), 2, "cbo.clean needs another bit");
	is_u64(refused(&cpu, inval), 2, "cbo.inval a third");
	cpu.priv = PML_RISCV_MODE_U;
	is_u64(refused(&cpu, zero), 2, "user mode needs senvcfg's");
	cpu.senvcfg = 0x80;
	is_u64(refused(&cpu, zero), 0, "has it, too");
	cpu.v = true;
	is_u64(refused(&cpu, zero), 22, "in a guest henvcfg's");
	cpu.menvcfg = 0;
	is_u64(refused(&cpu, zero), 2, "menvcfg's comes first");
	cpu.priv = PML_RISCV_MODE_M;
	cpu.v = false;
	is_u64(refused(&cpu, zero), 0, "M mode needs none");
}

static void modes(void)
{
	struct pmap_riscv_cpu cpu = registers;
	const uint32_t hlv = 0x60054573, sfence = 0x12000073, satp = 0x18002573;
	const uint32_t hgatp = 0x68002573, mstatus = 0x30002573, cycle = 0xc0001073;

	is_u64(refused(&cpu, hlv), 0, "the hypervisor reads its guest");
	cpu.misa = ~0ULL & ~(1ULL << 7);
	is_u64(refused(&cpu, hlv), 2, "without H nobody does");
	cpu.misa = 0;
	cpu.v = true;
	is_u64(refused(&cpu, hlv), 22, "nor the guest");
	is_u64(refused(&cpu, hgatp), 22, "nor hgatp");
	is_u64(refused(&cpu, satp), 0, "but its satp");
	is_u64(refused(&cpu, mstatus), 2, "mstatus is M mode's");
	cpu.priv = PML_RISCV_MODE_U;
	is_u64(refused(&cpu, sfence), 22, "the guest's user does not fence");
	cpu.v = false;
	is_u64(refused(&cpu, sfence), 2, "nor any other");
	is_u64(refused(&cpu, satp), 2, "nor reads satp");
	is_u64(refused(&cpu, hlv), 2, "nor the guest");
	cpu.hstatus = 1 << 9;
	is_u64(refused(&cpu, hlv), 0, "unless hstatus.HU says so");
	is_u64(refused(&cpu, cycle), 2, "a counter is not written");
}

static void state(void)
{
	struct pmap_riscv_cpu cpu = registers;
	const uint32_t fld = 0x2522, flw = 0x00812507, fadd = 0x00b57553;
	const uint32_t vle = 0x02050087, lw = 0x00852503;
	struct pmap_insn insn;

	cpu.status = 0x600;
	is_u64(refused(&cpu, flw), 2, "FS=0: no loads of floating point");
	is_u64(refused(&cpu, fld), 2, "nor short ones");
	is_u64(refused(&cpu, fadd), 2, "nor sums");
	is_u64(refused(&cpu, lw), 0, "but others");
	is_u64(refused(&cpu, vle), 0, "and vectors");
	cpu.status = 0x6000;
	is_u64(refused(&cpu, vle), 2, "VS=0: no vectors");
	cpu.status = FS_VS;
	cpu.vtype |= 1ULL << 63;
	is_u64(refused(&cpu, vle), 2, "vill: none of that size");
	is_u64(refused(&cpu, 0x22850227), 0, "but whole registers");
	cpu.misa = 1 << 2;
	is_u64(refused(&cpu, flw), 2, "misa without F");
	cpu.xlen = 32;
	cpu.x[2] = 0xfffffffc;
	cpu.misa = 0;
	decode(&cpu, 0x4522, &insn);
	is_u64(insn.mem[0].va, 4, "32 bits: addresses wrap");
	decode(&cpu, 0x6522, &insn);
	is_str(insn.text, "flw fa0,8(sp)", "C.FLWSP in the place of C.LDSP");
	decode(&cpu, 0x00853503, &insn);
	ok(insn.unknown, "there is no LD");
}

static void vectors(void)
{
	struct pmap_riscv_cpu cpu = registers;
	struct pmap_insn insn;

	decode(&cpu, 0x03056207, &insn);	/* vle32ff.v v4,(a0) */
	ok(insn.mems == 2 && !insn.mem[0].nofault && insn.mem[0].count == 1 &&
	   insn.mem[1].nofault && insn.mem[1].count == 9,
	   "fault-only-first: %s", insn.text);
	decode(&cpu, 0x00056207, &insn);
	ok(insn.mem[0].perhaps, "a mask: %s", insn.text);
	decode(&cpu, 0x06856207, &insn);
	ok(insn.mem[0].unknown, "an index: %s", insn.text);
	cpu.vstart = 3;
	decode(&cpu, 0x0ab56227, &insn);
	ok(insn.mem[0].va == 0x1000 - 48 && insn.mem[0].count == 7 &&
	   insn.mem[0].step == -16, "vstart: from the fourth on");
	cpu.vl = 3;
	decode(&cpu, 0x0ab56227, &insn);
	ok(!insn.mems, "nothing is left");
	cpu.has_vector = false;
	decode(&cpu, 0x0ab56227, &insn);
	ok(insn.mem[0].unknown, "vl is not known");
}

/* --- For a disassembler ----------------------------------------------------- */

/* 16 bits: quadrants 0 and 2, with loads and stores alone. */
static uint32_t random_half(struct random *r)
{
	static const uint16_t groups[] = {
		0x2000, 0x4000, 0x6000, 0x8000, 0xa000, 0xc000, 0xe000
	};
	uint32_t half = (uint32_t)random_next(r) & 0x1ffc;

	half |= random_below(r, 2) << 1;
	half |= groups[random_below(r, 7)];
	return half | (uint32_t)C_NOP << 16;
}

static uint32_t random_word(struct random *r)
{
	static const uint8_t opcodes[] = {
		0x03, 0x07, 0x07, 0x07, 0x0f, 0x13, 0x23, 0x27, 0x27, 0x2f, 0x73
	};
	uint32_t word = (uint32_t)random_next(r) & ~0x7fu;
	unsigned opcode = opcodes[random_below(r, sizeof(opcodes))];

	if (random_below(r, 3) == 0)
		return random_half(r);
	/* Fields that must be zeros, or one of few, would seldom be. */
	if (opcode == 0x0f)
		word = (word & 0x000f8000) | 2 << 12 | random_below(r, 6) << 20;
	if (opcode == 0x13)
		word = (word & 0xfe0f8000) | 6 << 12 | random_below(r, 4) << 20;
	if (opcode == 0x73)
		word = (word & 0x0e0f8f80) | 0x60004000 | random_below(r, 4) << 20;
	if (opcode == 0x73 && word >> 25 & 1)
		word = (word & ~0xf80u) | random_below(r, 32) << 20;
	if (opcode == 0x2f && random_below(r, 2))
		word = (word & ~0xf8007000u) | (2 + random_below(r, 2)) << 12 |
		       random_below(r, 8) << 29;
	if ((opcode | 0x20) == 0x27 && random_below(r, 2))
		word &= ~(1u << 28);
	if ((opcode | 0x20) == 0x27 && random_below(r, 3) == 0)
		word = (word & ~0x0df00000u) | random_below(r, 3) << 23 |
		       random_below(r, 2) << 25;
	return word | opcode;
}

static const char *decode_random(uint64_t i, uint32_t *word, struct pmap_insn *insn)
{
	const char *needs = pmap_riscv_insn_needs(*word);

	(void)i;
	decode(&registers, *word, insn);
	if (insn->length == 2)
		*word &= 0xffff;
	return needs ? needs : "";
}

int main(int argc, char **argv)
{
	if (argc == 4)
		return write_words(argv, random_word, decode_random);
	known();
	check_unknown(unknown, sizeof(unknown) / sizeof(unknown[0]), decode_plainly);
	alignment();
	cache_blocks();
	modes();
	state();
	vectors();
	return tap_done();
}
