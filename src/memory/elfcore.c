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
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory/corefile.h"
#include "memory/elf.h"
#include "memory/notes.h"
#include "memory/segments.h"
#include "memory/xen.h"
#include "target/arch.h"
#include "target/target.h"

#define NOTES_MAX	(64UL << 20)	/* bytes of all notes of a file */

struct elfcore {
	struct pmap_source source;
	const char *file;	/* given by name; NULL: GDB's */
	int fd;
	struct pmap_segments segments;
	struct pmap_notes notes;
	unsigned char bytes[4096];	/* that read_bytes() has read */
	uint64_t size;		/* of the file */
	uint64_t notes_read;	/* bytes */
	uint64_t missing;	/* bytes of memory behind the end of a file that is cut off */
};

/* --- Contents ------------------------------------------------------------- */

/* A segment that the file does not hold, or too large for notes, is left out. */
static void add_notes(struct elfcore *core, const Elf64_Phdr *segment)
{
	void *text;

	if (!segment->p_filesz || segment->p_offset > core->size ||
	    segment->p_filesz > core->size - segment->p_offset ||
	    segment->p_filesz > NOTES_MAX - core->notes_read)
		return;
	core->notes_read += segment->p_filesz;
	text = malloc(segment->p_filesz);
	if (text && !pmap_read_at(core->fd, segment->p_offset, text,
				  segment->p_filesz))
		pmap_notes_parse(&core->notes, text, segment->p_filesz);
	free(text);
}

/* The physical address of memory that has none, or is not linearly mapped. */
static bool is_nowhere(uint64_t pa)
{
	return pa == UINT64_MAX || pa == UINT32_MAX;
}

/* Cores of programs have no physical addresses, and all of theirs are 0. */
static bool add_memory(struct elfcore *core, const Elf64_Phdr *segment,
		       bool *physical)
{
	if (is_nowhere(segment->p_paddr))
		return true;
	*physical |= segment->p_paddr != 0;
	if (segment->p_offset > core->size)
		core->missing += segment->p_filesz;
	else if (segment->p_filesz > core->size - segment->p_offset)
		core->missing += segment->p_filesz - (core->size - segment->p_offset);
	pmap_vmcoreinfo_segment(&core->notes.info, segment->p_vaddr,
				segment->p_paddr, segment->p_filesz);
	return pmap_segments_add(&core->segments, core->fd, segment->p_paddr,
				 segment->p_filesz, segment->p_offset);
}

static enum pmap_open load_segments(struct elfcore *core, const Elf64_Ehdr *head,
				    const char *name)
{
	uint64_t count = pmap_elf_segments(core->fd, head);
	bool physical = false, fine = true;
	Elf64_Phdr segment;

	for (uint64_t i = 0; i < count && i < PMAP_ELF_ENTRIES_MAX && fine; i++) {
		if (pmap_elf_segment(core->fd, head, i, &segment))
			return pmap_source_decline(&core->source, "%s is cut off in its headers",
						   name);
		if (segment.p_type == PT_NOTE)
			add_notes(core, &segment);
		else if (segment.p_type == PT_LOAD)
			fine = add_memory(core, &segment, &physical);
	}
	if (fine && core->segments.count &&
	    (physical || core->segments.count == 1))
		return PMAP_OPEN_DONE;
	return pmap_source_decline(&core->source, "%s is the core of a program: it has no physical addresses",
				   name);
}

/* Up to a page, while the kernel's root is looked for and checked. */
static const void *read_bytes(void *ctx, uint64_t pa, size_t size)
{
	struct elfcore *core = ctx;

	return pmap_segments_read(&core->segments, pa, core->bytes, size) ==
	       PMAP_READ_OK ? core->bytes : NULL;
}

/* Looks for VMCOREINFO in memory, where the notes do not have it. */
static void search(struct elfcore *core)
{
	const struct pmap_segments *s = &core->segments;

	for (size_t i = 0; i < s->count && pmap_notes_wants_search(&core->notes); i++) {
		uint64_t first = s->segment[i].first, last = s->segment[i].last;

		/* The file can hold no more than its own size. */
		if (last - first >= core->size)
			last = first + core->size - 1;
		pmap_notes_search(&core->notes, first, last);
	}
}

static enum pmap_open load(struct elfcore *core, const char *name)
{
	enum pmap_open answer = PMAP_OPEN_DONE;
	Elf64_Ehdr head;
	struct stat st;
	const char *why;

	core->size = fstat(core->fd, &st) ? 0 : st.st_size;
	core->notes_read = core->missing = 0;
	if (!pmap_elf_core(core->fd, &head))
		return pmap_source_decline(&core->source, "%s is not an ELF core file: `pmap source file' reads images, and knows other formats by their marks",
					   name);
	if (head.e_machine != EM_X86_64 && head.e_machine != EM_386 &&
	    head.e_machine != EM_AARCH64 && head.e_machine != EM_RISCV)
		return pmap_source_decline(&core->source, "%s is of another architecture (ELF machine %d)",
					   name, head.e_machine);
	core->notes.machine = head.e_machine;
	core->notes.long_mode = head.e_ident[EI_CLASS] == ELFCLASS64 &&
				head.e_machine != EM_386;
	core->notes.at = read_bytes;
	core->notes.ctx = core;
	if (!pmap_xen_load(core->fd, &head, &core->segments, &core->notes, &why))
		answer = load_segments(core, &head, name);
	else if (why)
		answer = pmap_source_decline(&core->source, "%s is %s", name, why);
	pmap_segments_sort(&core->segments);
	pmap_vmcoreinfo_settle(&core->notes.info, read_bytes, core);
	if (answer == PMAP_OPEN_DONE)
		search(core);
	return answer;
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
	if (pmap_elf_core(fd, &head) && !pmap_corefile_is_made(fd))
		return fd;
	close(fd);
	return -1;
}

static bool shows_pc(const struct pmap_notes *notes,
		     const struct pmap_arch *arch, uint64_t pc)
{
	uint64_t found;

	for (size_t i = 0; i < notes->threads; i++)
		if (pmap_notes_pc(notes, arch, i, &found) && found == pc)
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
		"GDB has no core file with physical addresses open; name one: pmap source elfcore FILE");
	struct dirent *entry;
	char path[300];
	uint64_t pc;
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
		if (answer == PMAP_OPEN_DONE && pmap_target_pc(target, &pc) &&
		    !shows_pc(&core->notes, target->arch, pc))
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
	char registers[256], cut[80];
	const char *why;
	uint64_t size;

	forget(core);
	if (core->file) {
		core->fd = pmap_open_image(core->file, &size, &why);
		if (core->fd < 0)
			return pmap_source_decline(source, "%s: %s", core->file, why);
		answer = load(core, core->file);
	} else {
		answer = find_core(core, round->target);
	}
	if (answer != PMAP_OPEN_DONE)
		return answer;
	pmap_notes_describe(&core->notes, registers, sizeof(registers));
	pmap_describe_missing(cut, sizeof(cut), core->missing);
	snprintf(source->why, sizeof(source->why),
		 "%s; %zu piece%s, %" PRIu64 " MiB%s; %s",
		 core->file ? core->file : "GDB's core file",
		 core->segments.count, core->segments.count == 1 ? "" : "s",
		 pmap_segments_size(&core->segments) >> 20, cut, registers);
	return PMAP_OPEN_DONE;
}

static enum pmap_read elfcore_read(struct pmap_source *source, uint64_t pa,
				   void *buf, size_t len)
{
	struct elfcore *core = (struct elfcore *)source;

	return pmap_segments_read(&core->segments, pa, buf, len);
}

static void elfcore_read_pages(struct pmap_source *source, const uint64_t *pa,
			       void *const *page, size_t count,
			       enum pmap_read *status_ret)
{
	struct elfcore *core = (struct elfcore *)source;

	pmap_segments_read_pages(&core->segments, pa, page, count, status_ret);
}

static void elfcore_registers(struct pmap_source *source, int thread,
			      struct pmap_target *target)
{
	pmap_notes_registers(&((struct elfcore *)source)->notes, thread, target);
}

static const struct pmap_notes *elfcore_notes(const struct pmap_source *source)
{
	return &((const struct elfcore *)source)->notes;
}

static uint64_t elfcore_last(const struct pmap_source *source)
{
	return pmap_segments_last(&((const struct elfcore *)source)->segments);
}

static void elfcore_close(struct pmap_source *source)
{
	struct elfcore *core = (struct elfcore *)source;

	forget(core);
	free(core);
}

static struct pmap_source *elfcore_create(const struct pmap_source_args *args)
{
	struct elfcore *core = calloc(1, sizeof(*core));

	if (!core)
		return NULL;
	core->fd = -1;
	core->file = args->count ? args->piece[0].file : NULL;
	return &core->source;
}

const struct pmap_source_ops pmap_source_elfcore = {
	.name = "elfcore",
	.title = "an ELF core file with physical addresses",
	.usage = "[FILE]",
	.words = PMAP_WORDS_MAYBE_FILE,
	.automatic = true,
	.create = elfcore_create,
	.open = elfcore_open,
	.read = elfcore_read,
	.read_pages = elfcore_read_pages,
	.registers = elfcore_registers,
	.notes = elfcore_notes,
	.last = elfcore_last,
	.close = elfcore_close,
};
