/*
 * The notes of a crash dump: what it knows of registers.
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

#include "target/target.h"

/* QEMU's note, version 1: two words, 16 registers, RIP, RFLAGS, 10 segments. */
#define QEMU_RIP	(8 + 16 * 8)
#define QEMU_CR		(8 + 18 * 8 + 10 * 24)
/* Where NT_PRSTATUS has the program counter, of 64 and of 32 bits. */
#define PRSTATUS_RIP	(112 + 16 * 8)
#define PRSTATUS_EIP	(72 + 12 * 4)

/* Where Linux maps its own image.  Documentation/arch/x86/x86_64/mm.rst */
#define KERNEL_MAP	0xffffffff80000000ULL

static void take_qemu(struct pmap_notes *notes, const unsigned char *desc,
		      size_t len)
{
	struct pmap_note_cpu *cpu;

	if (len < QEMU_CR + sizeof(cpu->cr) || notes->cpus == PMAP_NOTES_CPUS)
		return;
	cpu = realloc(notes->cpu, (notes->cpus + 1) * sizeof(*cpu));
	if (!cpu)
		return;
	notes->cpu = cpu;
	cpu += notes->cpus++;
	memcpy(&cpu->rip, desc + QEMU_RIP, sizeof(cpu->rip));
	memcpy(cpu->cr, desc + QEMU_CR, sizeof(cpu->cr));
}

static void take_prstatus(struct pmap_notes *notes, const unsigned char *desc,
			  size_t len)
{
	size_t at = notes->long_mode ? PRSTATUS_RIP : PRSTATUS_EIP;
	size_t size = notes->long_mode ? 8 : 4;

	if (len < at + size ||
	    notes->rips == sizeof(notes->rip) / sizeof(notes->rip[0]))
		return;
	memcpy(&notes->rip[notes->rips++], desc + at, size);
}

/* The text behind "KEY=" at the start of a line; NULL if there is none. */
static const char *find_line(const char *text, const char *key)
{
	size_t len = strlen(key);

	while (text && (strncmp(text, key, len) != 0 || text[len] != '=')) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text ? text + len + 1 : NULL;
}

static void take_vmcoreinfo(struct pmap_notes *notes, const char *text)
{
	static const char *const names[] = {
		"SYMBOL(swapper_pg_dir)", "SYMBOL(init_top_pgt)",
		"SYMBOL(init_level4_pgt)",
	};
	const char *symbol = NULL, *base = find_line(text, "NUMBER(phys_base)");
	const char *levels = find_line(text, "NUMBER(pgtable_l5_enabled)");
	uint64_t address;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !symbol; i++)
		symbol = find_line(text, names[i]);
	if (!symbol)
		return;
	address = strtoull(symbol, NULL, 16);
	if (address < KERNEL_MAP)
		return;
	notes->root = address - KERNEL_MAP + (base ? strtoll(base, NULL, 10) : 0);
	notes->five_levels = levels && strtol(levels, NULL, 10);
	notes->has_root = true;
}

static void take_note(struct pmap_notes *notes, const char *name, uint32_t type,
		      const unsigned char *desc, size_t len)
{
	char *text;

	if (strcmp(name, "QEMU") == 0) {
		take_qemu(notes, desc, len);
	} else if (strcmp(name, "CORE") == 0 && type == NT_PRSTATUS) {
		take_prstatus(notes, desc, len);
	} else if (strcmp(name, "VMCOREINFO") == 0) {
		text = strndup((const char *)desc, len);
		if (text)
			take_vmcoreinfo(notes, text);
		free(text);
	}
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
	*notes = (struct pmap_notes){ 0 };
}

static void set_reg(struct pmap_target *target, enum pmap_reg reg,
		    uint64_t value)
{
	if (target->has[reg])
		return;
	target->has[reg] = true;
	target->reg[reg] = value;
}

void pmap_notes_registers(const struct pmap_notes *notes, int thread,
			  struct pmap_target *target)
{
	const struct pmap_note_cpu *cpu;

	if (thread > 0 && (size_t)thread <= notes->cpus) {
		cpu = &notes->cpu[thread - 1];
		set_reg(target, PMAP_REG_CR0, cpu->cr[0]);
		set_reg(target, PMAP_REG_CR2, cpu->cr[2]);
		set_reg(target, PMAP_REG_CR3, cpu->cr[3]);
		set_reg(target, PMAP_REG_CR4, cpu->cr[4]);
	} else if (notes->has_root) {
		set_reg(target, PMAP_REG_CR0,
			PML_X86_CR0_PE | PML_X86_CR0_WP | PML_X86_CR0_PG);
		set_reg(target, PMAP_REG_CR3, notes->root);
		set_reg(target, PMAP_REG_CR4,
			PML_X86_CR4_PAE | PML_X86_CR4_PGE |
				(notes->five_levels ? PML_X86_CR4_LA57 : 0));
	} else {
		return;
	}
	/* No note has EFER; a 64-bit dump is of a machine in long mode. */
	set_reg(target, PMAP_REG_EFER, PML_X86_EFER_NXE |
		(notes->long_mode ? PML_X86_EFER_LME | PML_X86_EFER_LMA : 0));
}

void pmap_notes_describe(const struct pmap_notes *notes, char *text,
			 size_t size)
{
	if (notes->cpus)
		snprintf(text, size, "CR3 from QEMU's notes of %zu CPUs",
			 notes->cpus);
	else if (notes->has_root)
		snprintf(text, size, "for CR3 the kernel's own tables at 0x%" PRIx64 ", by VMCOREINFO",
			 notes->root);
	else
		snprintf(text, size, "it tells no CR3: give --root and --format");
}
