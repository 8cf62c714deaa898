/*
 * Cores of Xen's guests.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/xen.h"

#include <stdlib.h>
#include <string.h>

#include <pml/pml.h>

#define PAGE_SIZE	4096
#define ENTRIES		512	/* of the list of pages, read at once */
#define NO_FRAME	UINT64_MAX

/* struct vcpu_guest_context of x86-64: xen.git, include/public/arch-x86/xen.h. */
#define CONTEXT_SIZE	5168
#define CONTEXT_USER	520	/* struct cpu_user_regs */
#define USER_RIP	(CONTEXT_USER + 16 * 8)
#define USER_CS		(USER_RIP + 8)
#define USER_RFLAGS	(USER_CS + 8)
#define CONTEXT_CR	4984	/* ctrlreg[8] */
#define CONTEXT_FS_BASE	5144
#define USER_REG_CS	17
#define USER_REG_SS	20

static uint64_t word(const unsigned char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* Linux' order is Xen's, but for the segments behind SS and their bases. */
static size_t user_place(int reg)
{
	static const uint16_t behind_ss[] = {
		CONTEXT_FS_BASE, CONTEXT_FS_BASE + 8, CONTEXT_USER + 21 * 8 + 8,
		CONTEXT_USER + 21 * 8, CONTEXT_USER + 21 * 8 + 16,
		CONTEXT_USER + 21 * 8 + 24,
	};

	return reg <= USER_REG_SS ? CONTEXT_USER + reg * 8 :
				    behind_ss[reg - USER_REG_SS - 1];
}

/* The CPUs' registers, where the section has whole ones. */
static void load_cpus(int fd, const Elf64_Ehdr *head, bool pv,
		      struct pmap_notes *notes)
{
	unsigned char context[CONTEXT_SIZE];
	uint64_t regs[PMAP_USER_REGS];
	struct pmap_note_cpu cpu;
	Elf64_Shdr section;

	if (!pmap_elf_section(fd, head, ".xen_prstatus", &section) ||
	    section.sh_size % CONTEXT_SIZE)
		return;
	for (uint64_t at = 0; at < section.sh_size; at += CONTEXT_SIZE) {
		if (pmap_read_at(fd, section.sh_offset + at, context,
				 sizeof(context)))
			return;
		cpu = (struct pmap_note_cpu){
			.rip = word(context + USER_RIP),
			.cs = word(context + USER_CS) & 0xffff,
			.rflags = word(context + USER_RFLAGS),
		};
		for (int i = 0; i < PMAP_USER_REGS; i++)
			regs[i] = word(context + user_place(i));
		regs[USER_REG_CS] &= 0xffff;
		for (int i = 0; i < 5; i++)
			cpu.cr[i] = word(context + CONTEXT_CR + i * 8);
		/* Of these a PV guest has none of its own: Xen's hold. */
		if (pv) {
			cpu.cr[0] |= PML_X86_CR0_PG | PML_X86_CR0_WP | PML_X86_CR0_PE;
			cpu.cr[4] |= PML_X86_CR4_PAE;
		}
		pmap_notes_add_cpu(notes, "Xen", &cpu);
		pmap_notes_add_thread(notes, regs);
	}
}

/* The list says of each page of the file which frame it is. */
static bool load_pages(int fd, const Elf64_Shdr *list, const Elf64_Shdr *pages,
		       bool pv, struct pmap_segments *segments)
{
	size_t size = pv ? 16 : 8, count = list->sh_size / size, n;
	unsigned char entry[ENTRIES * 16];
	uint64_t first = NO_FRAME, run = 0, frame;

	if (count > pages->sh_size / PAGE_SIZE)
		count = pages->sh_size / PAGE_SIZE;
	for (size_t i = 0; i <= count; i++) {
		n = count - i < ENTRIES ? count - i : ENTRIES;
		if (i % ENTRIES == 0 && n &&
		    pmap_read_at(fd, list->sh_offset + i * size, entry, n * size))
			return false;
		frame = i < count ? word(entry + (i % ENTRIES + 1) * size - 8) :
				    NO_FRAME;
		if (run && first != NO_FRAME && frame == first + run) {
			run++;
			continue;
		}
		if (run && first >> 52 == 0 &&
		    !pmap_segments_add(segments, fd, first * PAGE_SIZE,
				       run * PAGE_SIZE,
				       pages->sh_offset + (i - run) * PAGE_SIZE))
			return false;
		first = frame;
		run = 1;
	}
	return true;
}

bool pmap_xen_load(int fd, const Elf64_Ehdr *head,
		   struct pmap_segments *segments, struct pmap_notes *notes,
		   const char **why_ret)
{
	Elf64_Shdr pages, list;
	bool pv;

	*why_ret = NULL;
	if (!pmap_elf_section(fd, head, ".xen_pages", &pages))
		return false;
	pv = pmap_elf_section(fd, head, ".xen_p2m", &list);
	if (!pv && !pmap_elf_section(fd, head, ".xen_pfn", &list))
		*why_ret = "a core of Xen's that does not say which page is where (no .xen_p2m, no .xen_pfn)";
	else if (!load_pages(fd, &list, &pages, pv, segments))
		*why_ret = "a core of Xen's whose list of pages is cut off";
	else
		load_cpus(fd, head, pv, notes);
	return true;
}
