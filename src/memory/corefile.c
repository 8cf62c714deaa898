/*
 * A core file for GDB, so that a dump has frames and threads there.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/corefile.h"

#include <ctype.h>
#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define NAME		"pmap-core"
#define NOTE_NAME	"CORE\0\0\0"	/* padded to words */
/* What NT_PRSTATUS has of a thread's number, of 64 and of 32 bits. */
#define PRSTATUS_PID	32
#define PRSTATUS_PID_32	24

/* The file behind the descriptor that GDB opens by number; 0: none was made yet. */
static dev_t given_dev;
static ino_t given_ino;

static bool is_given(int fd)
{
	struct stat st;

	return given_ino && fstat(fd, &st) == 0 && st.st_dev == given_dev &&
	       st.st_ino == given_ino;
}

/* By this plugin, or by it before it was loaded again. */
bool pmap_corefile_is_made(int fd)
{
	char path[32], target[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	len = readlink(path, target, sizeof(target) - 1);
	target[len > 0 ? len : 0] = '\0';
	return strncmp(target, "/memfd:" NAME, strlen("/memfd:" NAME)) == 0;
}

/* Takes over fd. */
static bool publish(int fd)
{
	struct stat st;
	bool done;

	if (fd < 0)
		return false;
	done = (fcntl(PMAP_COREFILE_FD, F_GETFD) < 0 ||
		is_given(PMAP_COREFILE_FD) || pmap_corefile_is_made(PMAP_COREFILE_FD)) &&
	       fstat(fd, &st) == 0 &&
	       dup3(fd, PMAP_COREFILE_FD, O_CLOEXEC) == PMAP_COREFILE_FD;
	if (done) {
		given_dev = st.st_dev;
		given_ino = st.st_ino;
	}
	close(fd);
	return done;
}

/* GDB numbers threads in the order of the file, and tells them apart by this. */
static void number(const struct pmap_notes *notes, unsigned char *status,
		   uint32_t thread)
{
	memcpy(status + (notes->long_mode ? PRSTATUS_PID : PRSTATUS_PID_32),
	       &thread, sizeof(thread));
}

/* The machines of which there are dumps, and the size of NT_PRSTATUS there. */
struct machine {
	uint16_t number;
	bool is_64bit;
	uint16_t status_size;
	const char *name;	/* for GDB's `set architecture' */
};

static const struct machine *machine_of(const struct pmap_notes *notes)
{
	static const struct machine machines[] = {
		{ EM_X86_64, true, 336, "i386:x86-64" },
		{ EM_386, false, 144, "i386" },
		{ EM_AARCH64, true, 392, "aarch64" },
		{ EM_RISCV, true, 376, "riscv:rv64" },
		{ EM_RISCV, false, 204, "riscv:rv32" },
	};

	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (machines[i].number == notes->machine &&
		    machines[i].is_64bit == notes->long_mode)
			return &machines[i];
	return notes->long_mode ? &machines[0] : &machines[1];
}

const char *pmap_corefile_machine(const struct pmap_notes *notes)
{
	return machine_of(notes)->name;
}

static void add_threads(struct pmap_text *out, const struct pmap_notes *notes)
{
	Elf64_Nhdr head = { 5, machine_of(notes)->status_size, NT_PRSTATUS };
	size_t threads = notes->threads ? notes->threads : 1;

	for (size_t i = 0; i < threads; i++) {
		unsigned char status[PMAP_PRSTATUS_SIZE] = { 0 };

		if (i < notes->threads)
			memcpy(status, notes->thread[i].bytes, head.n_descsz);
		number(notes, status, i + 1);
		pmap_text_put(out, (const char *)&head, sizeof(head));
		pmap_text_put(out, NOTE_NAME, sizeof(NOTE_NAME));
		pmap_text_put(out, (const char *)status, head.n_descsz);
	}
}

static void add_head(struct pmap_text *out, const struct pmap_notes *notes,
		     size_t size)
{
	uint16_t machine = machine_of(notes)->number;
	Elf64_Ehdr head = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE, .e_machine = machine, .e_version = EV_CURRENT,
		.e_phoff = sizeof(head), .e_ehsize = sizeof(head),
		.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1,
	};
	Elf64_Phdr segment = {
		.p_type = PT_NOTE, .p_filesz = size, .p_align = 4,
		.p_offset = sizeof(head) + sizeof(segment),
	};
	Elf32_Ehdr head32 = {
		.e_type = ET_CORE, .e_machine = machine, .e_version = EV_CURRENT,
		.e_phoff = sizeof(head32), .e_ehsize = sizeof(head32),
		.e_phentsize = sizeof(Elf32_Phdr), .e_phnum = 1,
	};
	Elf32_Phdr segment32 = {
		.p_type = PT_NOTE, .p_filesz = size, .p_align = 4,
		.p_offset = sizeof(head32) + sizeof(segment32),
	};

	if (notes->long_mode) {
		pmap_text_put(out, (const char *)&head, sizeof(head));
		pmap_text_put(out, (const char *)&segment, sizeof(segment));
		return;
	}
	memcpy(head32.e_ident, head.e_ident, sizeof(head32.e_ident));
	head32.e_ident[EI_CLASS] = ELFCLASS32;
	pmap_text_put(out, (const char *)&head32, sizeof(head32));
	pmap_text_put(out, (const char *)&segment32, sizeof(segment32));
}

/* GDB may have the last one open: each is a file of its own. */
bool pmap_corefile_of(const struct pmap_notes *notes)
{
	struct pmap_text threads = { 0 }, all = { 0 };
	int fd = memfd_create(NAME, MFD_CLOEXEC);
	bool written;

	add_threads(&threads, notes);
	add_head(&all, notes, threads.len);
	pmap_text_put(&all, threads.data, threads.len);
	written = fd >= 0 && all.data &&
		  write(fd, all.data, all.len) == (ssize_t)all.len;
	pmap_text_free(&threads);
	pmap_text_free(&all);
	if (written)
		return publish(fd);
	if (fd >= 0)
		close(fd);
	return false;
}

bool pmap_corefile_blank(void)
{
	const struct pmap_notes none = { .long_mode = true };

	return pmap_corefile_of(&none);
}

bool pmap_corefile_is(const char *path)
{
	return publish(open(path, O_RDONLY | O_CLOEXEC));
}

bool pmap_corefile_in_use(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir))) {
		int fd = atoi(entry->d_name);

		found = isdigit((unsigned char)entry->d_name[0]) &&
			fd != PMAP_COREFILE_FD && (is_given(fd) || pmap_corefile_is_made(fd));
	}
	if (dir)
		closedir(dir);
	return found;
}
