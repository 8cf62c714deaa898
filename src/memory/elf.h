/*
 * The headers of an ELF file, of 64 and of 32 bits, read as the former.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_ELF_H
#define PMAP_MEMORY_ELF_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>

#define PMAP_ELF_ENTRIES_MAX	(1UL << 20)	/* segments, or sections, that are looked at */

/* A little-endian core file's head?  The fields that pmap uses are widened. */
bool pmap_elf_core(int fd, Elf64_Ehdr *head_ret);

/* How many segments; more than 65,534 are told by the first section. */
uint64_t pmap_elf_segments(int fd, const Elf64_Ehdr *head);

/* 0, or an errno. */
int pmap_elf_segment(int fd, const Elf64_Ehdr *head, uint64_t index,
		     Elf64_Phdr *segment_ret);

/* The section of that name: false if there is none. */
bool pmap_elf_section(int fd, const Elf64_Ehdr *head, const char *name,
		      Elf64_Shdr *section_ret);

#endif
