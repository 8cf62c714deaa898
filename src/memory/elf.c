/*
 * The headers of an ELF file.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/elf.h"

#include <string.h>

#include "memory/segments.h"

static bool is_64(const Elf64_Ehdr *head)
{
	return head->e_ident[EI_CLASS] == ELFCLASS64;
}

/* A short file ends with zeros. */
static void read_head(int fd, Elf64_Ehdr *head)
{
	Elf32_Ehdr head32;

	memset(head, 0, sizeof(*head));
	if (pmap_read_at(fd, 0, &head32, sizeof(head32)))
		return;
	memcpy(head, &head32, sizeof(head32));
	if (is_64(head)) {
		if (pmap_read_at(fd, 0, head, sizeof(*head)))
			memset(head, 0, sizeof(*head));
		return;
	}
	head->e_machine = head32.e_machine;
	head->e_phoff = head32.e_phoff;
	head->e_shoff = head32.e_shoff;
	head->e_phnum = head32.e_phnum;
	head->e_phentsize = head32.e_phentsize;
	head->e_shnum = head32.e_shnum;
	head->e_shentsize = head32.e_shentsize;
	head->e_shstrndx = head32.e_shstrndx;
}

bool pmap_elf_core(int fd, Elf64_Ehdr *head_ret)
{
	read_head(fd, head_ret);
	return memcmp(head_ret->e_ident, ELFMAG, SELFMAG) == 0 &&
	       head_ret->e_ident[EI_DATA] == ELFDATA2LSB &&
	       head_ret->e_type == ET_CORE;
}

int pmap_elf_segment(int fd, const Elf64_Ehdr *head, uint64_t index,
		     Elf64_Phdr *segment_ret)
{
	uint64_t at = head->e_phoff + index * head->e_phentsize;
	Elf32_Phdr segment32;
	int error;

	if (is_64(head))
		return pmap_read_at(fd, at, segment_ret, sizeof(*segment_ret));
	error = pmap_read_at(fd, at, &segment32, sizeof(segment32));
	if (error)
		return error;
	*segment_ret = (Elf64_Phdr){
		.p_type = segment32.p_type, .p_offset = segment32.p_offset,
		.p_vaddr = segment32.p_vaddr, .p_paddr = segment32.p_paddr,
		.p_filesz = segment32.p_filesz,
	};
	return 0;
}

static int read_section(int fd, const Elf64_Ehdr *head, uint64_t index,
			Elf64_Shdr *section)
{
	uint64_t at = head->e_shoff + index * head->e_shentsize;
	Elf32_Shdr section32;
	int error;

	if (is_64(head))
		return pmap_read_at(fd, at, section, sizeof(*section));
	error = pmap_read_at(fd, at, &section32, sizeof(section32));
	if (error)
		return error;
	*section = (Elf64_Shdr){
		.sh_name = section32.sh_name, .sh_type = section32.sh_type,
		.sh_offset = section32.sh_offset, .sh_size = section32.sh_size,
		.sh_info = section32.sh_info,
	};
	return 0;
}

uint64_t pmap_elf_segments(int fd, const Elf64_Ehdr *head)
{
	Elf64_Shdr first;

	if (head->e_phnum != PN_XNUM)
		return head->e_phnum;
	return read_section(fd, head, 0, &first) ? 0 : first.sh_info;
}

/* Is that the name at an offset of the table of strings? */
static bool is_name(int fd, const Elf64_Shdr *strings, uint32_t offset,
		    const char *name)
{
	size_t size = strlen(name) + 1;
	char text[64];

	return size <= sizeof(text) && offset < strings->sh_size &&
	       size <= strings->sh_size - offset &&
	       pmap_read_at(fd, strings->sh_offset + offset, text, size) == 0 &&
	       memcmp(text, name, size) == 0;
}

bool pmap_elf_section(int fd, const Elf64_Ehdr *head, const char *name,
		      Elf64_Shdr *section_ret)
{
	Elf64_Shdr strings;

	if (!head->e_shnum ||
	    read_section(fd, head, head->e_shstrndx, &strings))
		return false;
	for (uint64_t i = 0; i < head->e_shnum; i++)
		if (read_section(fd, head, i, section_ret) == 0 &&
		    is_name(fd, &strings, section_ret->sh_name, name))
			return true;
	return false;
}
