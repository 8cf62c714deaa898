/*
 * Cores of machines other than x86: GDB's own is found by the program counter
 * that it shows, and one made for GDB is of the dump's machine.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch/arm64/registers.h"
#include "arch/riscv/registers.h"
#include "memory/corefile.h"
#include "memory/source.h"
#include "tap.h"

#define PC	0xffff800081234560ULL

static const struct pmap_arch arm64 = {
	.pc = PMAP_ARM64_PC,
	.prstatus_pc = PMAP_ARM64_PRSTATUS_PC,
};
static const struct pmap_arch riscv = {
	.pc = PMAP_RISCV_PC,
	.prstatus_pc = PMAP_RISCV_PRSTATUS_PC,
	.prstatus_pc_32 = PMAP_RISCV_PRSTATUS_PC_32,
};

/* What a dump asks of GDB while it looks through memory. */
bool pmap_bridge_interrupted(void)
{
	return false;
}

/* Where Linux' struct elf_prstatus has what, by its headers. */
static const struct machine {
	const char *name;
	const struct pmap_arch *arch;
	uint16_t number;
	bool is_64bit;
	size_t size, pid_at, pc_at;
} machines[] = {
	{ "AArch64", &arm64, EM_AARCH64, true, 392, 32, 112 + 32 * 8 },
	{ "RISC-V of 64 bits", &riscv, EM_RISCV, true, 376, 32, 112 },
	{ "RISC-V of 32 bits", &riscv, EM_RISCV, false, 204, 24, 72 },
};

/* A core of two CPUs with the same number, and a page at 0x80000000. */
static size_t put_core(const struct machine *m, uint64_t pc,
		       unsigned char file[8192])
{
	Elf64_Ehdr head = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
		.e_type = ET_CORE, .e_machine = m->number, .e_version = 1,
		.e_phoff = sizeof(head), .e_ehsize = sizeof(head),
		.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 2,
	};
	Elf32_Ehdr head32 = {
		.e_type = ET_CORE, .e_machine = m->number, .e_version = 1,
		.e_phoff = sizeof(head32), .e_ehsize = sizeof(head32),
		.e_phentsize = sizeof(Elf32_Phdr), .e_phnum = 2,
	};
	Elf64_Phdr part[2] = {
		{ .p_type = PT_NOTE, .p_offset = 512, .p_filesz = 2 * (20 + m->size) },
		{ .p_type = PT_LOAD, .p_offset = 4096, .p_filesz = 4096,
		  .p_paddr = 0x80000000 },
	};
	Elf32_Phdr part32[2] = {
		{ .p_type = PT_NOTE, .p_offset = 512, .p_filesz = 2 * (20 + m->size) },
		{ .p_type = PT_LOAD, .p_offset = 4096, .p_filesz = 4096,
		  .p_paddr = 0x80000000 },
	};
	Elf64_Nhdr note = { 5, m->size, NT_PRSTATUS };

	memset(file, 0, 8192);
	memcpy(head32.e_ident, head.e_ident, sizeof(head32.e_ident));
	head32.e_ident[EI_CLASS] = ELFCLASS32;
	memcpy(file, m->is_64bit ? (void *)&head : (void *)&head32,
	       m->is_64bit ? sizeof(head) : sizeof(head32));
	if (m->is_64bit)
		memcpy(file + sizeof(head), part, sizeof(part));
	else
		memcpy(file + sizeof(head32), part32, sizeof(part32));
	for (int cpu = 0; cpu < 2; cpu++) {
		unsigned char *at = file + 512 + cpu * (20 + m->size);
		uint64_t value = cpu ? pc : 0x1234;

		memcpy(at, &note, sizeof(note));
		memcpy(at + 12, "CORE", 5);
		at[20 + m->pid_at] = 7;
		memcpy(at + 20 + m->pc_at, &value, m->is_64bit ? 8 : 4);
	}
	return 8192;
}

/* The source that finds GDB's core among this process's descriptors. */
static struct pmap_source *find(const struct machine *m, uint64_t pc,
				bool *found_ret)
{
	struct pmap_target target = { .arch = m->arch };
	const struct pmap_open_round round = { .first = true, .target = &target };
	const struct pmap_source_args none = { 0 };
	struct pmap_source *source = pmap_source_elfcore.create(&none);

	source->ops = &pmap_source_elfcore;
	target.reg[m->arch->pc] = (struct pmap_reg){ pc, PMAP_FROM_GDB };
	*found_ret = source->ops->open(source, &round) == PMAP_OPEN_DONE;
	return source;
}

/* What GDB gets instead, where it would take the two CPUs for one. */
static void test_made(const struct machine *m, const struct pmap_notes *notes,
		      uint64_t pc)
{
	struct pmap_notes got = { .machine = m->number, .long_mode = m->is_64bit };
	size_t begin = m->is_64bit ? 64 + 56 : 52 + 32;
	unsigned char file[4096];
	uint64_t shown = 0;
	Elf64_Ehdr head;
	ssize_t size;

	ok(pmap_corefile_of(notes), "%s: a core file for GDB", m->name);
	size = pread(PMAP_COREFILE_FD, file, sizeof(file), 0);
	memcpy(&head, file, sizeof(head));
	ok(head.e_machine == m->number, "%s: of that machine", m->name);
	ok(file[EI_CLASS] == (m->is_64bit ? ELFCLASS64 : ELFCLASS32),
	   "%s: and its width", m->name);
	ok((size_t)size == begin + 2 * (20 + m->size),
	   "%s: notes of its size", m->name);
	pmap_notes_parse(&got, file + begin, size - begin);
	ok(pmap_notes_numbered(&got), "%s: numbered", m->name);
	ok(pmap_notes_pc(&got, m->arch, 1, &shown) && shown == pc,
	   "%s: with the program counters", m->name);
	pmap_notes_free(&got);
	close(PMAP_COREFILE_FD);
}

static void test_machine(const struct machine *m)
{
	uint64_t pc = m->is_64bit ? PC : 0xc0123456;
	unsigned char file[8192];
	char path[] = "/tmp/pmap-unit.XXXXXX";
	int fd = mkstemp(path);
	struct pmap_source *source;
	uint64_t shown;
	bool found;

	if (fd < 0 || write(fd, file, put_core(m, pc, file)) != sizeof(file))
		abort();
	source = find(m, pc, &found);
	ok(found, "%s: the core with GDB's program counter", m->name);
	if (found) {
		const struct pmap_notes *notes = source->ops->notes(source);

		ok(pmap_notes_cpus(notes) == 2, "%s: has two CPUs", m->name);
		ok(!pmap_notes_numbered(notes), "%s: of one number", m->name);
		ok(pmap_notes_pc(notes, m->arch, 0, &shown) && shown == 0x1234,
		   "%s: where the other is", m->name);
		test_made(m, notes, pc);
	}
	source->ops->close(source);
	source = find(m, pc + 4, &found);
	ok(!found && strstr(source->why, "not of the selected inferior"),
	   "%s: with another one it is not GDB's", m->name);
	source->ops->close(source);
	close(fd);
	unlink(path);
}

/* A note that ends before the program counter has none, and is not read on. */
static void test_cut(const struct machine *m)
{
	struct pmap_notes notes = { .machine = m->number, .long_mode = m->is_64bit };
	unsigned char file[8192];
	Elf64_Nhdr head;
	uint64_t pc;

	put_core(m, PC, file);
	memcpy(&head, file + 512, sizeof(head));
	head.n_descsz = m->pc_at;
	memcpy(file + 512, &head, sizeof(head));
	pmap_notes_parse(&notes, file + 512, 20 + m->pc_at);
	ok(!notes.threads || !pmap_notes_pc(&notes, m->arch, 0, &pc),
	   "%s: a note that is cut off has no program counter", m->name);
	pmap_notes_free(&notes);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		test_machine(&machines[i]);
		test_cut(&machines[i]);
	}
	return tap_done();
}
