/*
 * The accesses of instructions, against what the manuals say of them.
 *
 * The assembler that builds this file assembles the instructions, each with
 * its expected accesses behind it, into a section that main() goes through.
 *
 * An access is written `r ds:1008 8`: what (r, w, x or rw), segment, linear
 * address and size in hexadecimal; then `*COUNT+STEP` or `*COUNT-STEP` if it repeats, `a16` for
 * an alignment, `h` for a hint, `s` for a supervisor's access, `~` where data
 * may end a repetition.  `?` stands for an access that cannot be told, and `!`
 * at the end for a list that is not whole.  The fetch is left out.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "insn.h"
#include "tap.h"

#define FORM(bits, code, want)						\
	__asm__(".pushsection forms,\"a\"\n"				\
		".code" #bits "\n"					\
		".byte " #bits ", 2f-1f\n"				\
		"1:\t" code "\n"					\
		"2:\t.asciz \"" want "\"\n"				\
		".asciz \"" code "\"\n"					\
		".code64\n"						\
		".popsection\n");

#include "insn-forms.h"

extern const uint8_t __start_forms[], __stop_forms[];

/* Each register is told apart by its value: rax 0x10000, rcx 0x11000 .. */
static struct pmap_regs registers(unsigned bits)
{
	struct pmap_regs regs = {
		.rip = bits == 16 ? 0x4000 : 0x400000, .rflags = 2, .bits = bits, .stack_bits = bits,
		.base_known = 0x3f, .k_known = 0xfe,
		.base = { [PMAP_FS] = 0x7000000, [PMAP_GS] = 0x8000000 },
	};
	unsigned i;

	for (i = 0; i < 16; i++)
		regs.gpr[i] = 0x10000 + 0x1000 * i;
	if (bits == 16)
		for (i = 0; i < 16; i++)
			regs.gpr[i] = 0x1000 * i + 0x10;
	regs.gpr[1] = 3;		/* rcx counts */
	regs.k[1] = 0x5;
	regs.k[2] = ~0ULL;
	memset(regs.vec_known, 32, sizeof(regs.vec_known));
	for (i = 0; i < 16; i++)	/* ymm1: 0, 16, 32 .. in 32-bit elements */
		regs.vec[1][4 * i] = 16 * i;
	for (i = 0; i < 8; i++)		/* ymm2: elements 0, 2, 4, 6 chosen */
		regs.vec[2][4 * i + 3] = i % 2 ? 0 : 0x80;
	memset(regs.vec[3], 0xff, 64);	/* ymm3: everything chosen */
	memset(regs.vec[5], 0xff, 8);	/* xmm5: the low half chosen */
	for (i = 0; i < 4; i++)		/* ymm6: 0, 16, 32, 48 in 64-bit elements */
		regs.vec[6][8 * i] = 16 * i;
	regs.vec_known[7] = 16;		/* ymm7: the low half known */
	return regs;
}

static const char *const segs[] = { "es", "cs", "ss", "ds", "fs", "gs" };

static int show_mem(const struct pmap_mem *mem, char *to, size_t size)
{
	int n;

	n = snprintf(to, size, "%s%s", mem->what & PMAP_MEM_R ? "r" : "",
		     mem->what & PMAP_MEM_W ? "w" : "");
	if (mem->unknown)
		return n + snprintf(to + n, size - n, " ?");
	n += snprintf(to + n, size - n, " %s:%llx %llx", segs[mem->seg],
		      (unsigned long long)mem->va,
		      (unsigned long long)mem->size);
	if (mem->count != 1)
		n += snprintf(to + n, size - n, "*%llu%+lld",
			      (unsigned long long)mem->count,
			      (long long)mem->step);
	if (mem->align > 1)
		n += snprintf(to + n, size - n, " a%u", mem->align);
	return n + snprintf(to + n, size - n, "%s%s%s",
			    mem->nofault ? " h" : "",
			    mem->supervisor ? " s" : "",
			    mem->may_end ? " ~" : "");
}

static void show(const struct pmap_insn *insn, char *to, size_t size)
{
	unsigned i;
	size_t n = 0;

	to[0] = '\0';
	for (i = 1; i < insn->mems && n + 80 < size; i++) {
		if (n)
			n += snprintf(to + n, size - n, ", ");
		n += show_mem(&insn->mem[i], to + n, size - n);
	}
	if (insn->unknown)
		snprintf(to + n, size - n, "%s!", n ? " " : "");
}

static const uint8_t *check(const uint8_t *form)
{
	unsigned bits = form[0], length = form[1];
	const char *want = (const char *)form + 2 + length;
	const char *code = want + strlen(want) + 1;
	struct pmap_regs regs = registers(bits);
	struct pmap_insn insn;
	char got[1024];
	int status;

	/* std: the direction flag, for the strings that follow it. */
	if (!strncmp(code, "std; ", 5)) {
		regs.rflags |= 1 << 10;
		form++;
		length--;
	}
	status = pmap_insn_decode(&regs, form + 2, length, &insn);
	show(&insn, got, sizeof(got));
	if (!ok(status == 0 && !insn.truncated && insn.length == length &&
		!strcmp(got, want), "%u: %s", bits, code))
		printf("#   text %s\n#   expected %s\n#        got %s\n#   %s\n",
		       insn.text, want, got, insn.unknown ? insn.unknown : "");
	if (insn.mem[0].what != PMAP_MEM_X || insn.mem[0].size != length ||
	    insn.mem[0].va != regs.rip)
		ok(false, "%u: %s: its fetch", bits, code);
	return (const uint8_t *)code + strlen(code) + 1;
}

static void truncated(void)
{
	static const uint8_t bytes[] = { 0x48, 0x8b, 0x84, 0x24, 8, 0, 0, 0 };
	static const uint8_t bad[] = { 0x06, 0x90 };
	struct pmap_regs regs = registers(64);
	struct pmap_insn insn;
	size_t n;

	for (n = 0; n < sizeof(bytes); n++)
		ok(pmap_insn_decode(&regs, bytes, n, &insn) == 0 &&
		   insn.truncated && insn.length == n + 1 && insn.mems == 1,
		   "%zu bytes of 8: cut short", n);
	ok(pmap_insn_decode(&regs, bytes, n, &insn) == 0 && !insn.truncated,
	   "8 bytes of 8: whole");
	ok(pmap_insn_decode(&regs, bad, 2, &insn) == -1 && insn.unknown,
	   "no instruction: said");
}

static bool selector(void *ctx, uint64_t va, void *to, size_t size)
{
	uint16_t value = 0x1b;

	(void)ctx, (void)va;
	memcpy(to, &value, size);
	return true;
}

/* What the privilege level and the descriptor table add. */
static void system_state(void)
{
	static const struct { uint8_t code[4]; uint8_t length, cpl; bool denied; } forms[] = {
		{ { 0xf4 }, 1, 3, true }, { { 0xf4 }, 1, 0, false },	/* hlt */
		{ { 0x0f, 0x20, 0xd8 }, 3, 3, true },		/* mov %cr3, %rax */
		{ { 0xfa }, 1, 3, true }, { { 0xfa }, 1, 0, false },	/* cli */
		{ { 0x0f, 0x01, 0x3b }, 3, 3, true },		/* invlpg (%rbx) */
		{ { 0x8b, 0x03 }, 2, 3, false },		/* mov (%rbx), %eax */
	};
	static const uint8_t load[] = { 0x8e, 0x1b }, pop[] = { 0x0f, 0xa1 };
	struct pmap_regs regs = registers(64);
	struct pmap_insn insn;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		regs.cpl = forms[i].cpl;
		pmap_insn_decode(&regs, forms[i].code, forms[i].length, &insn);
		ok(insn.denied == forms[i].denied, "%s at CPL %d: %s", insn.text,
		   regs.cpl, forms[i].denied ? "denied" : "allowed");
	}
	regs.gdt_known = true;
	regs.gdt = 0x5000;
	regs.read = selector;
	pmap_insn_decode(&regs, load, 2, &insn);
	ok(insn.mems == 3 && insn.mem[2].va == 0x5018 && insn.mem[2].size == 8 &&
	   insn.mem[2].supervisor, "mov (%%rbx), %%ds: reads the descriptor");
	pmap_insn_decode(&regs, pop, 2, &insn);
	ok(insn.mems == 3 && insn.mem[2].va == 0x5018,
	   "pop %%fs: reads the descriptor");
}

int main(void)
{
	const uint8_t *form = __start_forms;

	if (pmap_insn_missing()) {
		printf("1..0 # SKIP %s\n", pmap_insn_missing());
		return 0;
	}
	while (form < __stop_forms)
		form = check(form);
	truncated();
	system_state();
	return tap_done();
}
