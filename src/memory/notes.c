/*
 * The notes of a dump: what it knows of its CPUs' registers, and of the kernel.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/notes.h"

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/bridge.h"
#include "target/arch.h"

/*
 * QEMU's note, version 1: two words, 16 registers, RIP, RFLAGS, ten segments of
 * 24 bytes (CS first), CR0 to CR4.
 */
#define QEMU_RIP	(8 + 16 * 8)
#define QEMU_RFLAGS	(QEMU_RIP + 8)
#define QEMU_CS		(QEMU_RFLAGS + 8)
#define QEMU_CR		(QEMU_CS + 10 * 24)
/*
 * VirtualBox's, since version 4 of the form: 14 registers, RIP, RSP, RBP, RFLAGS,
 * six segments of 24 bytes (CS first, its selector at 16), CR0, 2, 3 and 4; EFER
 * behind debug, descriptor and sysenter registers; PAT behind STAR.
 */
#define VBOX_FORM	0x00010004
#define VBOX_RIP	(14 * 8)
#define VBOX_RFLAGS	(17 * 8)
#define VBOX_CS		(18 * 8 + 16)
#define VBOX_CR		(18 * 8 + 6 * 24)
#define VBOX_EFER	(VBOX_CR + 4 * 8 + 8 * 8 + 2 * 16 + 2 * 24 + 3 * 8)
#define VBOX_PAT	(VBOX_EFER + 16)
/* Where NT_PRSTATUS has the thread's number and registers, of 64 and of 32 bits. */
#define PRSTATUS_PID	32
#define PRSTATUS_PID_32	24
#define PRSTATUS_REGS	112
#define PRSTATUS_REGS_32	72
#define PRSTATUS_SIZE_X86_64	336
#define PRSTATUS_SIZE_RISCV	376	/* of 64 bits */
#define PAGE		4096UL

bool pmap_notes_is_x86(const struct pmap_notes *notes)
{
	return !notes->machine || notes->machine == EM_X86_64 ||
	       notes->machine == EM_386;
}

static uint64_t word(const unsigned char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint32_t half(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

void pmap_notes_add_cpu(struct pmap_notes *notes, const char *author,
			const struct pmap_note_cpu *cpu)
{
	struct pmap_note_cpu *grown;

	if (notes->cpus == PMAP_NOTES_CPUS)
		return;
	grown = realloc(notes->cpu, (notes->cpus + 1) * sizeof(*grown));
	if (!grown)
		return;
	notes->cpu = grown;
	notes->cpu[notes->cpus++] = *cpu;
	notes->author = author;
}

static void take_qemu(struct pmap_notes *notes, const unsigned char *desc,
		      size_t len)
{
	struct pmap_note_cpu cpu = { 0 };

	if (len < QEMU_CR + sizeof(cpu.cr))
		return;
	cpu.rip = word(desc + QEMU_RIP);
	cpu.rflags = word(desc + QEMU_RFLAGS);
	cpu.cs = half(desc + QEMU_CS);
	memcpy(cpu.cr, desc + QEMU_CR, sizeof(cpu.cr));
	pmap_notes_add_cpu(notes, "QEMU", &cpu);
}

/* From VirtualBox' order to Linux'. */
static void add_virtualbox_thread(struct pmap_notes *notes,
				  const unsigned char *desc)
{
	/* Of each of Linux' registers: its place there; segments: * 3 words. */
	static const uint8_t place[PMAP_USER_REGS] = {
		13, 12, 11, 10, 16, 1, 9, 8, 7, 6, 0, 2, 3, 4, 5, 0,
		14, 20, 17, 15, 35, 27, 30, 23, 26, 29, 32,
	};
	uint64_t regs[PMAP_USER_REGS];

	for (size_t i = 0; i < PMAP_USER_REGS; i++)
		regs[i] = word(desc + place[i] * 8);
	regs[15] = ~0ULL;	/* of no system call */
	/* Selectors are half words. */
	for (size_t i = 0; i < PMAP_USER_REGS; i++)
		if (i == 17 || i == 20 || i > 22)
			regs[i] &= 0xffff;
	pmap_notes_add_thread(notes, regs);
}

static void take_virtualbox(struct pmap_notes *notes, const unsigned char *desc,
			    size_t len)
{
	struct pmap_note_cpu cpu = { .has_efer = true, .has_pat = true };

	/* Before, the note was a structure of VirtualBox' insides. */
	if (len < VBOX_PAT + 8 || notes->virtualbox < VBOX_FORM)
		return;
	cpu.rip = word(desc + VBOX_RIP);
	cpu.rflags = word(desc + VBOX_RFLAGS);
	cpu.cs = half(desc + VBOX_CS) & 0xffff;
	cpu.cr[0] = word(desc + VBOX_CR);
	for (int i = 2; i < 5; i++)
		cpu.cr[i] = word(desc + VBOX_CR + (i - 1) * 8);
	cpu.efer = word(desc + VBOX_EFER);
	cpu.pat = word(desc + VBOX_PAT);
	pmap_notes_add_cpu(notes, "VirtualBox", &cpu);
	add_virtualbox_thread(notes, desc);
}

/* QEMU does not tell in all of its dumps which machine it is: its threads' size does. */
static void learn_machine(struct pmap_notes *notes, size_t len)
{
	if (notes->machine || !notes->long_mode)
		return;
	notes->machine = len == PMAP_PRSTATUS_SIZE ? EM_AARCH64 :
			 len == PRSTATUS_SIZE_RISCV ? EM_RISCV : 0;
}

static void take_prstatus(struct pmap_notes *notes, const unsigned char *desc,
			  size_t len)
{
	struct pmap_note_thread *grown;

	learn_machine(notes, len);
	if (len <= (notes->long_mode ? PRSTATUS_REGS : PRSTATUS_REGS_32) ||
	    notes->threads == PMAP_NOTES_CPUS)
		return;
	grown = realloc(notes->thread, (notes->threads + 1) * sizeof(*grown));
	if (!grown)
		return;
	notes->thread = grown;
	grown += notes->threads++;
	grown->size = len < sizeof(grown->bytes) ? len : sizeof(grown->bytes);
	memcpy(grown->bytes, desc, grown->size);
}

void pmap_notes_add_thread(struct pmap_notes *notes, const uint64_t *regs)
{
	unsigned char status[PRSTATUS_SIZE_X86_64] = { 0 };
	uint32_t thread = notes->threads + 1;

	memcpy(status + PRSTATUS_PID, &thread, sizeof(thread));
	memcpy(status + PRSTATUS_REGS, regs, PMAP_USER_REGS * sizeof(*regs));
	take_prstatus(notes, status, sizeof(status));
}

static void take_note(struct pmap_notes *notes, const char *name, uint32_t type,
		      const unsigned char *desc, size_t len)
{
	char *text;

	if (strcmp(name, "QEMU") == 0) {
		take_qemu(notes, desc, len);
	} else if (strcmp(name, "VBCPU") == 0) {
		take_virtualbox(notes, desc, len);
	} else if (strcmp(name, "VBCORE") == 0) {
		notes->virtualbox = len >= 8 ? half(desc + 4) : 0;
	} else if (strcmp(name, "CORE") == 0 && type == NT_PRSTATUS) {
		take_prstatus(notes, desc, len);
		notes->as_in_file = true;
	} else if (strcmp(name, "VMCOREINFO") == 0) {
		text = strndup((const char *)desc, len);
		if (text)
			pmap_notes_take_vmcoreinfo(notes, text);
	}
}

void pmap_notes_take_vmcoreinfo(struct pmap_notes *notes, char *text)
{
	pmap_vmcoreinfo_parse(&notes->info, text, notes->long_mode);
	/* The parser computes x86's root: it holds for x86 alone. */
	notes->info.has_root &= pmap_notes_is_x86(notes);
	free(notes->vmcoreinfo);
	notes->vmcoreinfo = text;
}

/* Sizes in a note are those of its fields; the fields are padded to words. */
static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

void pmap_notes_parse(struct pmap_notes *notes, const void *text, size_t len)
{
	const unsigned char *at = text, *end = at + len;

	while ((size_t)(end - at) >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr head;
		char name[16];

		memcpy(&head, at, sizeof(head));
		at += sizeof(head);
		if (head.n_namesz > (size_t)(end - at) ||
		    padded(head.n_namesz) > (size_t)(end - at) ||
		    head.n_descsz > (size_t)(end - at) - padded(head.n_namesz))
			return;
		snprintf(name, sizeof(name), "%.*s", (int)head.n_namesz,
			 (const char *)at);
		at += padded(head.n_namesz);
		take_note(notes, name, head.n_type, at, head.n_descsz);
		if (padded(head.n_descsz) > (size_t)(end - at))
			return;
		at += padded(head.n_descsz);
	}
}

void pmap_notes_free(struct pmap_notes *notes)
{
	free(notes->cpu);
	free(notes->thread);
	free(notes->vmcoreinfo);
	for (size_t i = 0; notes->found[i]; i++)
		free(notes->found[i]);
	*notes = (struct pmap_notes){ 0 };
}

size_t pmap_notes_cpus(const struct pmap_notes *notes)
{
	return notes->cpus > notes->threads ? notes->cpus : notes->threads;
}

bool pmap_notes_pc(const struct pmap_notes *notes, const struct pmap_arch *arch,
		   size_t thread, uint64_t *pc_ret)
{
	const struct pmap_note_thread *t = &notes->thread[thread];
	size_t at = notes->long_mode ? arch->prstatus_pc : arch->prstatus_pc_32;
	size_t bytes = notes->long_mode ? 8 : 4;

	*pc_ret = 0;
	if (!at || t->size < at + bytes)
		return false;
	memcpy(pc_ret, t->bytes + at, bytes);
	return true;
}

bool pmap_notes_numbered(const struct pmap_notes *notes)
{
	size_t at = notes->long_mode ? PRSTATUS_PID : PRSTATUS_PID_32;
	uint32_t last = 0, thread;

	for (size_t i = 0; i < notes->threads; i++) {
		thread = half(notes->thread[i].bytes + at);
		if (thread <= last)
			return false;
		last = thread;
	}
	return notes->threads != 0;
}

/* --- VMCOREINFO in memory -------------------------------------------------- */

bool pmap_notes_wants_search(const struct pmap_notes *notes)
{
	return !pmap_notes_is_x86(notes) && !notes->cpus && !notes->vmcoreinfo;
}

/* Keeps a text (to `end' at most) that is not kept yet.  False: there is no room. */
static bool keep_found(struct pmap_notes *notes, const char *text, const char *end)
{
	size_t len = strnlen(text, end - text), i = 0;

	for (; notes->found[i]; i++)
		if (strlen(notes->found[i]) == len &&
		    memcmp(notes->found[i], text, len) == 0)
			return true;
	notes->found[i] = strndup(text, len);
	if (i == 0 && notes->found[0])
		notes->info.moved = pmap_vmcoreinfo_address(notes->found[0],
							   "KERNELOFFSET", NULL);
	return notes->found[i] && i + 1 < PMAP_NOTES_FOUND;
}

void pmap_notes_search(struct pmap_notes *notes, uint64_t first, uint64_t last)
{
	for (uint64_t pa = (first + PAGE - 1) & -PAGE;
	     pa >= first && pa < last && last - pa >= PAGE - 1 &&
	     !pmap_bridge_interrupted(); pa += PAGE) {
		const char *page = notes->at(notes->ctx, pa, PAGE), *text;

		text = page ? pmap_vmcoreinfo_page(page, PAGE) : NULL;
		if (text && !keep_found(notes, text, page + PAGE))
			return;
	}
}

/* --- Registers ------------------------------------------------------------ */

static void cpu_registers(const struct pmap_note_cpu *cpu,
			  struct pmap_target *target)
{
	const struct {
		const char *name;
		uint64_t value;
		bool has;
	} reg[] = {
		{ "cr0", cpu->cr[0], true }, { "cr2", cpu->cr[2], true },
		{ "cr3", cpu->cr[3], true }, { "cr4", cpu->cr[4], true },
		{ "efer", cpu->efer, cpu->has_efer },
		{ "pmap_pat", cpu->pat, cpu->has_pat },
		{ "pc", cpu->rip, true }, { "eflags", cpu->rflags, true },
		{ "cs", cpu->cs, true },
	};

	for (size_t i = 0; i < sizeof(reg) / sizeof(reg[0]); i++)
		if (reg[i].has)
			pmap_target_set_named(target, reg[i].name, reg[i].value,
					      PMAP_FROM_NOTE);
}

void pmap_notes_registers(const struct pmap_notes *notes, int thread,
			  struct pmap_target *target)
{
	const struct pmap_vmcoreinfo *info = &notes->info;
	struct pmap_dump dump = {
		.is_64bit = notes->long_mode,
		.has_root = info->has_root, .root = info->root,
		.from = info->proven ? PMAP_FROM_DERIVED : PMAP_FROM_ASSUMPTION,
		.levels = info->five_levels ? 5 : info->long_mode ? 4 :
			  info->pae ? 3 : 2,
		.encrypted = info->sme_mask,
		.vmcoreinfo = notes->vmcoreinfo,
		.at = notes->at, .ctx = notes->ctx,
	};

	if (thread > 0 && (size_t)thread <= notes->cpus) {
		target->note_cpu = thread - 1;
		cpu_registers(&notes->cpu[thread - 1], target);
	}
	target->arch->dump_registers(target, &dump);
	/* A root whose tables map it to itself replaces one that does not. */
	for (size_t i = 0; notes->found[i]; i++) {
		dump.vmcoreinfo = notes->found[i];
		target->arch->dump_registers(target, &dump);
	}
}

bool pmap_notes_tells_root(const struct pmap_notes *notes)
{
	return notes->cpus || notes->info.has_root || notes->found[0] ||
	       (notes->vmcoreinfo && !pmap_notes_is_x86(notes));
}

bool pmap_notes_is_kernel_root(const struct pmap_notes *notes, int thread, uint64_t root)
{
	return notes->info.has_root && root == notes->info.root &&
	       (thread < 1 || (size_t)thread > notes->cpus);
}

void pmap_notes_describe(const struct pmap_notes *notes, char *text,
			 size_t size)
{
	if (notes->cpus)
		snprintf(text, size, "CR3 from %s's notes of %zu CPU%s",
			 notes->author, notes->cpus, notes->cpus == 1 ? "" : "s");
	else if (notes->info.has_root)
		pmap_vmcoreinfo_describe(&notes->info, text, size);
	else if (notes->vmcoreinfo)
		snprintf(text, size, "Linux's VMCOREINFO tells where its tables are");
	else if (notes->found[0])
		snprintf(text, size, "Linux's VMCOREINFO, found in its memory, tells where its tables are");
	else
		snprintf(text, size, "it tells no %s: give --root and --format",
			 pmap_notes_is_x86(notes) ? "CR3" : "root");
}
