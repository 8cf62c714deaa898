/*
 * A64's instructions: their text, what they access and where, with registers as
 * data.
 *
 *	insn-arm64 SEED N FILE
 *
 * writes N random words of the classes that access memory to FILE, and each
 * with its text to its output, for insn-arm64.sh to hold against a
 * disassembler's.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/arm64/insn/insn.h"
#include "decoder.h"

#define R	PMAP_MEM_R
#define W	PMAP_MEM_W

/* x2 is the base, x3 an index of -16, SP is 0x9008. */
static const struct pmap_arm64_cpu registers = {
	.x = { [2] = 0x1000, [3] = (uint64_t)-16 }, .sp = 0x9010, .pc = 0x400000,
	.zva = 64, .lse2 = true,
};

static const struct {
	uint32_t word;
	const char *text;
	unsigned what;		/* 0: no access */
	uint64_t va, size;
} forms[] = {
	{ 0xf9400441, "ldr x1, [x2, #8]", R, 0x1008, 8 },
	{ 0x38636841, "ldrb w1, [x2, x3]", R, 0xff0, 1 },
	{ 0xb8a3d841, "ldrsw x1, [x2, w3, sxtw #2]", R, 0xfc0, 4 },
	{ 0xb8a35841, "ldrsw x1, [x2, w3, uxtw #2]", R, 0x400000fc0, 4 },
	{ 0x3c9e0fe0, "str q0, [sp, #-32]!", W, 0x8ff0, 16 },
	{ 0xfc408445, "ldr d5, [x2], #8", R, 0x1000, 8 },
	{ 0xf85fd041, "ldur x1, [x2, #-3]", R, 0xffd, 8 },
	{ 0x78004841, "sttrh w1, [x2, #4]", W, 0x1004, 2 },
	{ 0x38800841, "ldtrsb x1, [x2]", R, 0x1000, 1 },
	{ 0x5800a001, "ldr x1, 0x401400", R, 0x401400, 8 },
	{ 0x9cffffe1, "ldr q1, 0x3ffffc", R, 0x3ffffc, 16 },
	{ 0xa9417bfd, "ldp x29, x30, [sp, #16]", R, 0x9020, 16 },
	{ 0x283f0861, "stnp w1, w2, [x3, #-8]", W, (uint64_t)-24, 8 },
	{ 0x68c11041, "ldpsw x1, x4, [x2], #8", R, 0x1000, 8 },
	{ 0xad7f0440, "ldp q0, q1, [x2, #-32]", R, 0xfe0, 32 },
	{ 0x885f7c41, "ldxr w1, [x2]", R, 0x1000, 4 },
	{ 0x0809fc41, "stlxrb w9, w1, [x2]", W, 0x1000, 1 },
	{ 0xc87f9041, "ldaxp x1, x4, [x2]", R, 0x1000, 16 },
	{ 0xc8291041, "stxp w9, x1, x4, [x2]", W, 0x1000, 16 },
	{ 0xc8dffc41, "ldar x1, [x2]", R, 0x1000, 8 },
	{ 0x489f7c41, "stllrh w1, [x2]", W, 0x1000, 2 },
	{ 0xb8bfc041, "ldapr w1, [x2]", R, 0x1000, 4 },
	{ 0x59dff041, "ldapursh w1, [x2, #-1]", R, 0xfff, 2 },
	{ 0x88a17c44, "cas w1, w4, [x2]", R | W, 0x1000, 4 },
	{ 0x4864fc46, "caspal x4, x5, x6, x7, [x2]", R | W, 0x1000, 16 },
	{ 0xf8e10044, "ldaddal x1, x4, [x2]", R | W, 0x1000, 8 },
	{ 0x3821305f, "stsetb w1, [x2]", R | W, 0x1000, 1 },
	{ 0x78a18044, "swpah w1, w4, [x2]", R | W, 0x1000, 2 },
	{ 0x4c402040, "ld1 {v0.16b-v3.16b}, [x2]", R, 0x1000, 64 },
	{ 0x0c9f085e, "st4 {v30.2s, v31.2s, v0.2s, v1.2s}, [x2], #32", W, 0x1000, 32 },
	{ 0x4de34841, "ld2 {v1.h, v2.h}[5], [x2], x3", R, 0x1000, 4 },
	{ 0x4d40ec41, "ld3r {v1.2d-v3.2d}, [x2]", R, 0x1000, 24 },
	{ 0xf9800853, "prfm pstl2strm, [x2, #16]", R, 0x1010, 8 },
	{ 0xf89f8040, "prfum pldl1keep, [x2, #-8]", R, 0xff8, 8 },
	{ 0xd50b7422, "dc zva, x2", W, 0x1000, 64 },
	{ 0xd50b7423, "dc zva, x3", W, (uint64_t)-16, 16 },
	{ 0xd50b7e22, "dc civac, x2", R, 0x1000, 1 },
	{ 0xd50b7522, "ic ivau, x2", R, 0x1000, 1 },
	{ 0xd5087862, "at s1e0w, x2", R, 0x1000, 1 },
	/* What touches nothing has no name here. */
	{ 0x8b020020, ".inst 0x8b020020", 0, 0, 0 },	/* add x0, x1, x2 */
	{ 0xd65f03c0, ".inst 0xd65f03c0", 0, 0, 0 },	/* ret */
	{ 0xd4000001, ".inst 0xd4000001", 0, 0, 0 },	/* svc #0 */
	{ 0xd503201f, ".inst 0xd503201f", 0, 0, 0 },	/* nop */
	{ 0xd5087ea2, ".inst 0xd5087ea2", 0, 0, 0 },	/* sys, no operand of ours */
	{ 0x1e602820, ".inst 0x1e602820", 0, 0, 0 },	/* fadd d0, d1, d0 */
	{ 0x04200000, ".inst 0x04200000", 0, 0, 0 },	/* SVE, which calculates */
};

static const struct unknown unknown[] = {
	{ 0xd9200841, "MTE" },			/* stg x1, [x2] */
	{ 0x69000841, "MTE" },			/* stgp x1, x2, [x2] */
	{ 0xd50b7462, "MTE" },			/* dc gva, x2 */
	{ 0xf8200441, "signed pointer" },	/* ldraa x1, [x2] */
	{ 0xa400a041, "SVE" },			/* ld1b */
	{ 0xe0000041, "SME" },
	{ 0x19000441, "MOPS" },			/* cpyfp */
	{ 0xf83f9041, "LS64" },			/* st64b */
	{ 0xd50b7702, "GCS" },			/* gcspushm x2 */
	{ 0x00000000, "no instruction" },	/* udf #0 */
	{ 0x4c401041, "no instruction" },
	{ 0xf87f9041, "no instruction" },	/* st64b, with an order */
	{ 0x99c00041, "no instruction" },	/* ldapursw of no register */
	{ 0xd9800041, "no instruction" },
};

static void decode(const struct pmap_arm64_cpu *cpu, uint32_t word,
		   struct pmap_insn *insn)
{
	memset(insn, 0, sizeof(*insn));
	pmap_arm64_decode(cpu, word, insn);
}

static void known(void)
{
	struct pmap_insn insn;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const struct pmap_mem *mem = insn.mem;
		bool right;

		decode(&registers, forms[i].word, &insn);
		right = !strcmp(insn.text, forms[i].text) && !insn.unknown &&
			!insn.exception && insn.mems == !!forms[i].what;
		if (forms[i].what)
			right &= mem->what == forms[i].what &&
				 mem->va == forms[i].va &&
				 mem->size == forms[i].size && !mem->unknown;
		if (!ok(right, "%s", forms[i].text))
			printf("# %s: what %u, 0x%" PRIx64 ", %" PRIu64 " bytes, %s\n",
			       insn.text, mem->what, mem->va, mem->size,
			       insn.unknown ? insn.unknown : "known");
	}
}

static void decode_plainly(uint32_t word, struct pmap_insn *insn)
{
	decode(&registers, word, insn);
}

/* What the alignment must be: 0 or 1, nothing is asked. */
static unsigned align_of(struct pmap_arm64_cpu cpu, uint32_t word, uint64_t base)
{
	struct pmap_insn insn;

	cpu.x[2] = base;
	decode(&cpu, word, &insn);
	return insn.mem[0].align;
}

static void alignment(void)
{
	struct pmap_arm64_cpu cpu = registers;
	const uint32_t ldr = 0xf9400441, ldar = 0xc8dffc41, ldadd = 0xf8e10044;
	const uint32_t ldp = 0xa9401041, ld1 = 0x4c402040;

	is_u64(align_of(cpu, ldr, 0x1001), 0, "an ordinary load may be misaligned");
	is_u64(align_of(cpu, ldar, 0x1001), 0, "LSE2: LDAR within 16 bytes, too");
	is_u64(align_of(cpu, ldar, 0x1009), 8, "but not beyond");
	is_u64(align_of(cpu, ldadd, 0x1009), 8, "nor an atomic one");
	cpu.naa = true;
	is_u64(align_of(cpu, ldar, 0x1009), 0, "nAA: LDAR anywhere");
	is_u64(align_of(cpu, ldadd, 0x1009), 8, "an atomic one not");
	cpu.lse2 = cpu.naa = false;
	is_u64(align_of(cpu, ldar, 0x1001), 8, "without LSE2: LDAR is aligned");
	cpu.align_all = true;
	is_u64(align_of(cpu, ldr, 0x1001), 8, "SCTLR.A: an ordinary load is");
	is_u64(align_of(cpu, ldp, 0x1001), 8, "of a pair each register");
	is_u64(align_of(cpu, ld1, 0x1001), 1, "of vectors each element");
}

static void stack(void)
{
	struct pmap_arm64_cpu cpu = registers;
	struct pmap_insn insn;
	const uint32_t ldp = 0xa9417bfd, prfm = 0xf98003e0;

	cpu.align_sp = true;
	decode(&cpu, ldp, &insn);
	ok(!insn.exception, "a stack pointer that is aligned");
	cpu.sp = 0x9008;
	decode(&cpu, ldp, &insn);
	ok(insn.exception == PMAP_ARM64_EC_SP, "one that is not, with SCTLR.SA");
	decode(&cpu, prfm, &insn);
	ok(!insn.exception && insn.mem[0].nofault, "a hint does not mind");
	cpu.align_sp = false;
	decode(&cpu, ldp, &insn);
	ok(!insn.exception && insn.mem[0].va == 0x9018, "without SCTLR.SA nothing does");
	cpu.sp_unknown = true;
	decode(&cpu, ldp, &insn);
	ok(insn.mem[0].unknown, "one that is not known");
	decode(&cpu, 0xf9400441, &insn);
	ok(!insn.mem[0].unknown, "and is not needed");
	cpu.pc = 0x400002;
	decode(&cpu, 0xf9400441, &insn);
	ok(insn.exception == PMAP_ARM64_EC_PC, "a program counter that is not aligned");
}

static void open_cases(void)
{
	struct pmap_insn insn;

	decode(&registers, 0xf8408442, &insn);	/* ldr x2, [x2], #8 */
	ok(insn.mem[0].perhaps, "writeback to what is loaded");
	decode(&registers, 0xa9400441, &insn);	/* ldp x1, x1, [x2] */
	ok(insn.mem[0].perhaps, "two registers that are one");
	decode(&registers, 0xc8091041, &insn);
	ok(insn.mem[0].perhaps, "a store that the monitor decides about");
	decode(&registers, 0x38800841, &insn);
	ok(insn.mem[0].how == PMAP_ARM64_UNPRIVILEGED, "LDTR goes by EL0's rights");
}

/* Of loads and stores alone, with each of their groups as likely. */
static uint32_t random_word(struct random *r)
{
	static const uint8_t groups[] = {
		0x08, 0x0c, 0x0d, 0x18, 0x19, 0x1c, 0x28, 0x29, 0x2c, 0x2d,
		0x38, 0x38, 0x38, 0x39, 0x3c, 0x3c, 0x3d
	};
	uint32_t word = (uint32_t)random_next(r) & 0xc0ffffff;

	word |= (uint32_t)groups[random_below(r, sizeof(groups))] << 24;
	/* Fields that must be ones, or zeros, would seldom be. */
	if (random_below(r, 2))
		word |= 0x7c00;
	if (random_below(r, 4) == 0)
		word &= ~0x1f0000u;
	return word;
}

static const char *decode_random(uint64_t i, uint32_t *word, struct pmap_insn *insn)
{
	const struct pmap_arm64_cpu cpu = { .pc = 4 * i };

	decode(&cpu, *word, insn);
	return insn->mems && insn->mem[0].perhaps ? "perhaps" : "";
}

int main(int argc, char **argv)
{
	if (argc == 4)
		return write_words(argv, random_word, decode_random);
	known();
	check_unknown(unknown, sizeof(unknown) / sizeof(unknown[0]), decode_plainly);
	alignment();
	stack();
	open_cases();
	return tap_done();
}
