/*
 * ELF core files with physical addresses: QEMU's dump-guest-memory, kdump's
 * vmcore, /proc/kcore.
 *
 * Chosen when GDB has such a file open as its core (`gdb vmlinux vmcore`):
 * which one is seen in GDB's own files, not guessed; and its program counters
 * must be what GDB shows.  By name, any file.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <ctype.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory/notes.h"
#include "memory/segments.h"
#include "target/target.h"

#define NOTES_MAX	(64UL << 20)
#define PHNUM_MAX	(1UL << 20)

struct elfcore {
	struct pmap_source source;
	char *file;		/* given by name; NULL: GDB's */
	int fd;
	struct pmap_segments segments;
	struct pmap_notes notes;
};

/* --- Headers: of 64 and of 32 bits, read as the former -------------------- */

static bool is_core(const Elf64_Ehdr *head)
{
	return memcmp(head->e_ident, ELFMAG, SELFMAG) == 0 &&
	       head->e_ident[EI_DATA] == ELFDATA2LSB && head->e_type == ET_CORE;
}

static bool is_64(const Elf64_Ehdr *head)
{
	return head->e_ident[EI_CLASS] == ELFCLASS64;
}

static int read_head(int fd, Elf64_Ehdr *head)
{
	Elf32_Ehdr head32;
	int error = pmap_read_at(fd, 0, head, sizeof(*head));

	if (error || is_64(head))
		return error;
	memcpy(&head32, head, sizeof(head32));
	head->e_machine = head32.e_machine;
	head->e_phoff = head32.e_phoff;
	head->e_shoff = head32.e_shoff;
	head->e_phnum = head32.e_phnum;
	head->e_phentsize = head32.e_phentsize;
	return 0;
}

/* More than 65,534 segments: the first section says how many. */
static uint64_t segment_count(int fd, const Elf64_Ehdr *head)
{
	Elf64_Shdr section;
	Elf32_Shdr section32;

	if (head->e_phnum != PN_XNUM)
		return head->e_phnum;
	if (is_64(head))
		return pmap_read_at(fd, head->e_shoff, &section, sizeof(section)) ?
		       0 : section.sh_info;
	return pmap_read_at(fd, head->e_shoff, &section32, sizeof(section32)) ?
	       0 : section32.sh_info;
}

static int read_segment(int fd, const Elf64_Ehdr *head, uint64_t index,
			Elf64_Phdr *segment)
{
	uint64_t at = head->e_phoff + index * head->e_phentsize;
	Elf32_Phdr segment32;
	int error;

	if (is_64(head))
		return pmap_read_at(fd, at, segment, sizeof(*segment));
	error = pmap_read_at(fd, at, &segment32, sizeof(segment32));
	*segment = (Elf64_Phdr){
		.p_type = segment32.p_type, .p_offset = segment32.p_offset,
		.p_vaddr = segment32.p_vaddr, .p_paddr = segment32.p_paddr,
		.p_filesz = segment32.p_filesz,
	};
	return error;
}

/* --- Contents ------------------------------------------------------------- */

static void add_notes(struct elfcore *core, const Elf64_Phdr *segment)
{
	void *text;

	if (!segment->p_filesz || segment->p_filesz > NOTES_MAX)
		return;
	text = malloc(segment->p_filesz);
	if (text && !pmap_read_at(core->fd, segment->p_offset, text,
				  segment->p_filesz))
		pmap_notes_parse(&core->notes, text, segment->p_filesz);
	free(text);
}

/* Cores of programs have no physical addresses, and all of theirs are 0. */
static bool add_memory(struct elfcore *core, const Elf64_Phdr *segment,
		       bool *physical)
{
	/* What /proc/kcore has of memory that is not linearly mapped. */
	if (segment->p_paddr == UINT64_MAX)
		return true;
	*physical |= segment->p_paddr != 0;
	return pmap_segments_add(&core->segments, segment->p_paddr,
				 segment->p_filesz, segment->p_offset);
}

static enum pmap_open load(struct elfcore *core, const char *name)
{
	bool physical = false, fine = true;
	Elf64_Ehdr head;
	Elf64_Phdr segment;
	uint64_t count;
	int error = read_head(core->fd, &head);

	if (error || !is_core(&head))
		return pmap_source_decline(&core->source, "%s is no ELF core file%s",
			name, error ? ", or cannot be read" : "; kdump-compressed ones are for `pmap source kdump', others for `pmap source file'");
	if (head.e_machine != EM_X86_64 && head.e_machine != EM_386)
		return pmap_source_decline(&core->source, "%s is of another architecture",
					   name);
	core->notes.long_mode = head.e_machine == EM_X86_64;
	count = segment_count(core->fd, &head);
	for (uint64_t i = 0; i < count && i < PHNUM_MAX && fine; i++) {
		if (read_segment(core->fd, &head, i, &segment))
			return pmap_source_decline(&core->source, "%s is cut off in its headers",
						   name);
		if (segment.p_type == PT_NOTE)
			add_notes(core, &segment);
		else if (segment.p_type == PT_LOAD)
			fine = add_memory(core, &segment, &physical);
	}
	pmap_segments_sort(&core->segments);
	if (!fine || !core->segments.count ||
	    (!physical && core->segments.count > 1))
		return pmap_source_decline(&core->source, "%s has no physical addresses: it is the core of a program",
					   name);
	return PMAP_OPEN_DONE;
}

/* --- Which file ----------------------------------------------------------- */

/* Is GDB's descriptor a core?  Then the same file, opened anew. */
static int reopen_core(const char *path)
{
	struct stat st;
	Elf64_Ehdr head;
	int fd;

	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (read_head(fd, &head) == 0 && is_core(&head))
		return fd;
	close(fd);
	return -1;
}

static bool shows_pc(const struct pmap_notes *notes, uint64_t pc)
{
	for (size_t i = 0; i < notes->rips; i++)
		if (notes->rip[i] == pc)
			return true;
	for (size_t i = 0; i < notes->cpus; i++)
		if (notes->cpu[i].rip == pc)
			return true;
	return false;
}

static void forget(struct elfcore *core)
{
	if (core->fd >= 0)
		close(core->fd);
	core->fd = -1;
	pmap_segments_free(&core->segments);
	pmap_notes_free(&core->notes);
}

/* GDB's core: the one whose program counters GDB shows. */
static enum pmap_open find_core(struct elfcore *core,
				const struct pmap_target *target)
{
	enum pmap_open answer = pmap_source_decline(&core->source,
		"GDB has no core file with physical addresses open; give one by name");
	struct dirent *entry;
	char path[300];
	DIR *dir = opendir("/proc/self/fd");

	while (dir && answer != PMAP_OPEN_DONE && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%s", entry->d_name);
		forget(core);
		core->fd = reopen_core(path);
		if (core->fd < 0)
			continue;
		answer = load(core, "GDB's core file");
		if (answer == PMAP_OPEN_DONE && target->has[PMAP_REG_RIP] &&
		    !shows_pc(&core->notes, target->reg[PMAP_REG_RIP]))
			answer = pmap_source_decline(&core->source,
				"the core file that GDB has open is not of the selected inferior");
	}
	if (dir)
		closedir(dir);
	return answer;
}

static enum pmap_open elfcore_open(struct pmap_source *source,
				   const struct pmap_open_round *round)
{
	struct elfcore *core = (struct elfcore *)source;
	enum pmap_open answer;
	char registers[128];

	forget(core);
	if (core->file) {
		core->fd = open(core->file, O_RDONLY | O_CLOEXEC);
		if (core->fd < 0)
			return pmap_source_decline(source, "%s: %s", core->file,
						   strerror(errno));
		answer = load(core, core->file);
	} else {
		answer = find_core(core, round->target);
	}
	if (answer != PMAP_OPEN_DONE)
		return answer;
	pmap_notes_describe(&core->notes, registers, sizeof(registers));
	snprintf(source->why, sizeof(source->why),
		 "%s; %zu pieces, %" PRIu64 " MiB; %s",
		 core->file ? core->file : "GDB's core file",
		 core->segments.count,
		 pmap_segments_size(&core->segments) >> 20, registers);
	return PMAP_OPEN_DONE;
}

static enum pmap_read elfcore_read(struct pmap_source *source, uint64_t pa,
				   void *buf, size_t len)
{
	struct elfcore *core = (struct elfcore *)source;

	return pmap_segments_read(&core->segments, core->fd, pa, buf, len);
}

static void elfcore_read_pages(struct pmap_source *source, const uint64_t *pa,
			       void *const *page, size_t count,
			       enum pmap_read *status_ret)
{
	struct elfcore *core = (struct elfcore *)source;

	pmap_segments_read_pages(&core->segments, core->fd, pa, page, count,
				 status_ret);
}

static void elfcore_registers(struct pmap_source *source, int thread,
			      struct pmap_target *target)
{
	pmap_notes_registers(&((struct elfcore *)source)->notes, thread, target);
}

static void elfcore_close(struct pmap_source *source)
{
	struct elfcore *core = (struct elfcore *)source;

	forget(core);
	free(core->file);
	free(core);
}

static struct pmap_source *elfcore_create(const struct pmap_source_args *args)
{
	struct elfcore *core = calloc(1, sizeof(*core));

	if (!core)
		return NULL;
	core->fd = -1;
	core->file = args->file ? strdup(args->file) : NULL;
	return &core->source;
}

const struct pmap_source_ops pmap_source_elfcore = {
	.name = "elfcore",
	.title = "an ELF core file with physical addresses",
	.usage = "[FILE]",
	.file = PMAP_WORD_OPTIONAL,
	.automatic = true,
	.create = elfcore_create,
	.open = elfcore_open,
	.read = elfcore_read,
	.read_pages = elfcore_read_pages,
	.registers = elfcore_registers,
	.close = elfcore_close,
};
