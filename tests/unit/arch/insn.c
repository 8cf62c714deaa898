/*
 * The accesses of instructions, against what the manuals say of them.
 *
 * The assembler that builds this file assembles the instructions, each with
 * its expected accesses behind it, into a section that main() goes through.
 *
 * An access is written `r ds:1008 8`: what (r, w, x or rw), segment, linear
 * address and size in hexadecimal, `s` being the segment of a supervisor's
 * access; then `*COUNT+STEP` or `*COUNT-STEP` if it repeats, `a16` for an
 * alignment, `h` for a hint, `~` where data may end a repetition, `#13:18` for an
 * exception that what was read brings and its error code, `<N` where only N of
 * several can be told.  `?` stands for an access that cannot be told, or behind one
 * that may not be made, and `!` at
 * the end for a list that is not whole; an exception before all else is in
 * front.  The fetch is left out.
 *
 * The words of IN() change the state that FORM() has: see context().
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "arch/x86/insn/insn.h"
#include "tap.h"

#define FORM(bits, code, want)	IN("", bits, code, want)
#define IN(words, bits, code, want)					\
	__asm__(".pushsection forms,\"a\"\n"				\
		".code" #bits "\n"					\
		".byte " #bits ", 2f-1f\n"				\
		"1:\t" code "\n"					\
		"2:\t.asciz \"" want "\"\n"				\
		".asciz \"" code "\"\n"					\
		".asciz \"" words "\"\n"				\
		".code64\n"						\
		".popsection\n");

#include "insn-forms.h"

extern const uint8_t __start_forms[], __stop_forms[];

/* Each register is told apart by its value: rax 0x10000, rcx 0x11000 .. */
static struct pmap_regs registers(unsigned bits)
{
	struct pmap_regs regs = {
		.rip = bits == 16 ? 0x4000 : 0x400000, .rflags = 2,
		.bits = bits, .stack_bits = bits,
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
	n += snprintf(to + n, size - n, " %s:%llx %llx",
		      mem->supervisor ? "s" : segs[mem->seg],
		      (unsigned long long)mem->va,
		      (unsigned long long)mem->size);
	if (mem->count != 1)
		n += snprintf(to + n, size - n, "*%llu%+lld",
			      (unsigned long long)mem->count,
			      (long long)mem->step);
	if (mem->align > 1)
		n += snprintf(to + n, size - n, " a%u", mem->align);
	n += snprintf(to + n, size - n, "%s%s", mem->nofault ? " h" : "",
		      mem->may_end ? " ~" : "");
	if (mem->exception)
		n += snprintf(to + n, size - n, " #%u:%x", mem->exception,
			      mem->error);
	if (mem->perhaps)
		n += snprintf(to + n, size - n, " ?");
	if (mem->fits < mem->count)
		n += snprintf(to + n, size - n, " <%llu",
			      (unsigned long long)mem->fits);
	return n;
}

static void show(const struct pmap_insn *insn, char *to, size_t size)
{
	unsigned i;
	size_t n = 0;

	to[0] = '\0';
	if (insn->exception)
		n = snprintf(to, size, "#%u%s", insn->exception,
			     insn->mems > 1 ? " " : "");
	for (i = 1; i < insn->mems && n + 80 < size; i++) {
		if (i > 1)
			n += snprintf(to + n, size - n, ", ");
		n += show_mem(&insn->mem[i], to + n, size - n);
	}
	if (insn->unknown)
		snprintf(to + n, size - n, "%s!", n ? " " : "");
}

/* --- The state that an instruction finds --------------------------------- */

#define GDT	0x5000
#define LDT	0x6000
#define IDT	0x7000

/* By selector: 8 and 20 code, 10 and 18 data, 28 a task, 38 an LDT .. */
static const uint64_t gdt[] = {
	[0x08 / 8] = 0x00af9b000000ffff, [0x10 / 8] = 0x00cf93000000ffff,
	[0x18 / 8] = 0x00cff3000000ffff, [0x20 / 8] = 0x00affb000000ffff,
	[0x28 / 8] = 0x0000890000000067, [0x38 / 8] = 0x0000820000000067,
	[0x48 / 8] = 0x00cf9b000000ffff, [0x50 / 8] = 0x00cffb000000ffff,
	[0x58 / 8] = 0x00cff2000000ffff,	/* data, not accessed yet */
	[0x60 / 8] = 0x00cf73000000ffff,	/* not present */
	[0x68 / 8] = 0x0000ec0000080000,	/* a call gate */
	[0x70 / 8] = 0x00af9f000000ffff,	/* conforming code */
};

/* What is in memory, besides. */
static struct {
	uint16_t selector[2];	/* in the order in which they are read */
	unsigned selectors;
	uint32_t flags;		/* four bytes, of a frame */
	uint64_t target;	/* eight bytes, of a stack or a pointer */
} world;

static bool world_read(void *ctx, uint64_t va, void *to, size_t size)
{
	static const uint64_t gate[2] = { 0x00008e0000080000, 0 };
	static const uint64_t user_gate[2] = { 0x0000ee0000080000, 0 };

	(void)ctx;
	if (va >= GDT && va + size <= GDT + sizeof(gdt))
		memcpy(to, (const char *)gdt + (va - GDT), size);
	else if (va >= LDT && va < LDT + 0x100)
		memcpy(to, &gdt[0x18 / 8], size);
	else if (va >= IDT && va < IDT + 0x1000)
		memcpy(to, va == IDT + 0x80 * 16 ? user_gate : gate, size);
	else if (size == 2)
		memcpy(to, &world.selector[world.selectors++ & 1], size);
	else
		memcpy(to, size == 4 ? (void *)&world.flags :
		       (void *)&world.target, size);
	return true;
}

static bool has_word(const char *words, const char *word)
{
	const char *s = strstr(words, word);
	size_t n = strlen(word);

	return s && (s == words || s[-1] == ' ') &&
	       (!s[n] || s[n] == ' ' || word[n - 1] == '=');
}

static unsigned long long word_value(const char *words, const char *word)
{
	return has_word(words, word) ?
	       strtoull(strstr(words, word) + strlen(word), NULL, 16) : 0;
}

/* Segments with limits: ES 0xffff, DS read-only, FS grows down, GS null. */
static void limits(struct pmap_regs *regs)
{
	unsigned i;

	regs->seg_known = 0x3f;
	for (i = 0; i < PMAP_SEGS; i++)
		regs->seg[i] = (struct pmap_segment){ 0xffffffff, 0xc09300 };
	regs->seg[PMAP_CS].flags = 0xc09900;
	regs->seg[PMAP_ES].limit = 0xffff;
	regs->seg[PMAP_DS].flags = 0xc09100;
	regs->seg[PMAP_FS] = (struct pmap_segment){ 0x12fff, 0xc09700 };
	regs->seg[PMAP_GS].flags = 0;
}

static void context(const char *words, struct pmap_regs *regs)
{
	memset(&world, 0, sizeof(world));
	regs->cpl = has_word(words, "user") || has_word(words, "vm86") ? 3 : 0;
	regs->vm86 = has_word(words, "vm86");
	regs->real = regs->vm86 || has_word(words, "real");
	regs->long_mode = has_word(words, "long");
	regs->rflags |= word_value(words, "flags=");
	regs->controls_known = has_word(words, "cr0=") || has_word(words, "cr4=");
	regs->cr0 = word_value(words, "cr0=");
	regs->cr4 = word_value(words, "cr4=");
	if (has_word(words, "rcx="))
		regs->gpr[1] = word_value(words, "rcx=");
	if (has_word(words, "rbx="))
		regs->gpr[3] = word_value(words, "rbx=");
	if (has_word(words, "stack="))
		regs->stack_bits = word_value(words, "stack=");
	if (has_word(words, "rsp="))
		regs->gpr[4] = word_value(words, "rsp=");
	if (has_word(words, "limits"))
		limits(regs);
	if (has_word(words, "nofs"))
		regs->base_known &= ~(1 << PMAP_FS);
	if (!has_word(words, "tables"))
		return;
	regs->gdt = (struct pmap_table){ GDT, sizeof(gdt) - 1, true };
	regs->ldt = (struct pmap_table){ LDT, 0xff, true };
	regs->idt = (struct pmap_table){ regs->real ? 0 : IDT, 0xfff, true };
	regs->read = world_read;
	world.selector[0] = word_value(words, "sel=");
	world.selector[1] = word_value(words, "sel2=");
	world.flags = word_value(words, "image=");
	world.target = word_value(words, "target=");
}

/* --- What libopcodes prints ---------------------------------------------- */

int __real_pmap_opcodes_text(uint64_t va, const uint8_t *bytes, size_t avail,
			     unsigned bits, char *text, size_t size);

/* Whether segments in front of [..] are taken out of the text. */
static bool without_segments;

/*
 * binutils differ in which they print: no `es:` of a string's destination in
 * 64-bit code since 2.47.  What is not printed must not be missed.
 */
int __wrap_pmap_opcodes_text(uint64_t va, const uint8_t *bytes, size_t avail,
			     unsigned bits, char *text, size_t size)
{
	int length = __real_pmap_opcodes_text(va, bytes, avail, bits, text,
					      size);
	char *s;

	while (length >= 0 && without_segments && (s = strstr(text, "s:[")))
		memmove(s - 1, s + 2, strlen(s + 2) + 1);
	return length;
}

static const uint8_t *check(const uint8_t *form)
{
	unsigned bits = form[0], length = form[1];
	const char *want = (const char *)form + 2 + length;
	const char *code = want + strlen(want) + 1;
	const char *words = code + strlen(code) + 1;
	struct pmap_regs regs = registers(bits);
	struct pmap_insn insn;
	char got[1024];
	int status;

	context(words, &regs);
	/* std: the direction flag, for the strings that follow it. */
	if (!strncmp(code, "std; ", 5)) {
		regs.rflags |= 1 << 10;
		form++;
		length--;
	}
	status = pmap_insn_decode(&regs, form + 2, length, &insn);
	show(&insn, got, sizeof(got));
	if (!ok(status == 0 && !insn.truncated && insn.length == length &&
		!strcmp(got, want), "%u: %s%s%s%s%s", bits, code,
		*words ? " (" : "", words, *words ? ")" : "",
		without_segments ? ", no segments printed" : ""))
		printf("#   text %s\n#   expected %s\n#        got %s\n#   %s\n",
		       insn.text, want, got, insn.unknown ? insn.unknown : "");
	if (insn.mem[0].what != PMAP_MEM_X || insn.mem[0].size != length ||
	    insn.mem[0].va != regs.rip)
		ok(false, "%u: %s: its fetch", bits, code);
	return (const uint8_t *)words + strlen(words) + 1;
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
	ok(pmap_insn_decode(&regs, bad, 2, &insn) == 0 && insn.unknown &&
	   insn.mems == 1, "no instruction: said, after its fetch");
}

int main(void)
{
	const uint8_t *form;

	if (pmap_insn_missing()) {
		printf("1..0 # SKIP %s\n", pmap_insn_missing());
		return 0;
	}
	for (form = __start_forms; form < __stop_forms;)
		form = check(form);
	truncated();
	without_segments = true;
	for (form = __start_forms; form < __stop_forms;)
		form = check(form);
	return tap_done();
}
