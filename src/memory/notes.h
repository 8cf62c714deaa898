/*
 * The notes of a dump: what it knows of its CPUs' registers, and of the kernel.
 *
 * QEMU and VirtualBox write a note of their own for each CPU, with the control
 * registers.  Linux has none of these; but its VMCOREINFO tells where the
 * kernel's own tables are.
 *
 * Manual: "Dumps and images".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_NOTES_H
#define PMAP_MEMORY_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "memory/vmcoreinfo.h"

#define PMAP_NOTES_CPUS		1024
#define PMAP_PRSTATUS_SIZE	392	/* of AArch64, which has the largest */
#define PMAP_NOTES_FOUND	4	/* texts of VMCOREINFO in memory */

struct pmap_arch;
struct pmap_target;

/* A CPU's registers, from a note that has its control registers. */
struct pmap_note_cpu {
	uint64_t rip, rflags, cs, cr[5];
	uint64_t efer, pat;
	bool has_efer, has_pat;
};

/* Registers of x86-64's struct user_regs_struct that others than GDB look at. */
#define PMAP_USER_REGS	27

/* An NT_PRSTATUS note as it is in the file: what GDB shows of a thread. */
struct pmap_note_thread {
	size_t size;
	unsigned char bytes[PMAP_PRSTATUS_SIZE];
};

struct pmap_notes {
	size_t cpus;
	struct pmap_note_cpu *cpu;
	size_t threads;
	struct pmap_note_thread *thread;
	const char *author;	/* of the CPUs' notes: "QEMU"; NULL: there are none */
	bool long_mode;		/* the dump is of a 64-bit machine */
	/* ELF's number; 0: not told, which is x86 unless threads are of another size */
	uint16_t machine;
	uint32_t virtualbox;	/* the version of its form; 0: it is not its dump */
	bool as_in_file;	/* the file has the threads' notes itself */
	struct pmap_vmcoreinfo info;
	char *vmcoreinfo;	/* its text; NULL: there is none */
	/* What pmap_notes_search() found instead: different ones, NULL ends. */
	char *found[PMAP_NOTES_FOUND + 1];
	/* How the dump's memory is read, as a pml_space does; NULL: nobody said. */
	const void *(*at)(void *ctx, uint64_t pa, size_t size);
	void *ctx;
};

/*
 * `text`..+len: notes as in a PT_NOTE segment.  May be called several times;
 * `long_mode` and `machine` are the caller's to set before.  What cannot be understood is left
 * out.
 */
void pmap_notes_parse(struct pmap_notes *notes, const void *text, size_t len);

/* `author` is a constant.  Beyond PMAP_NOTES_CPUS, or without memory, no more. */
void pmap_notes_add_cpu(struct pmap_notes *notes, const char *author,
			const struct pmap_note_cpu *cpu);

/* `text' is VMCOREINFO's, and the notes' from now on. */
void pmap_notes_take_vmcoreinfo(struct pmap_notes *notes, char *text);

/* 27 registers in the order of x86-64's struct user_regs_struct. */
void pmap_notes_add_thread(struct pmap_notes *notes, const uint64_t *regs);
void pmap_notes_free(struct pmap_notes *notes);

/*
 * QEMU's dumps of machines other than x86 have no control registers, and
 * VMCOREINFO only if the guest told QEMU where it is.  Then it is looked for in
 * pages from `first' to `last'; more than one is that of an earlier kernel.  Reads
 * by notes->at.
 */
void pmap_notes_search(struct pmap_notes *notes, uint64_t first, uint64_t last);
/* Is there nothing else to know tables by? */
bool pmap_notes_wants_search(const struct pmap_notes *notes);

/* Does it tell a root, or where one is? */
bool pmap_notes_tells_root(const struct pmap_notes *notes);
/*
 * For GDB's thread number: is that root no CPU's, but the kernel's own, by VMCOREINFO?
 * It may be assumed: info.proven.
 */
bool pmap_notes_is_kernel_root(const struct pmap_notes *notes, int thread, uint64_t root);
/* Of x86, or not told. */
bool pmap_notes_is_x86(const struct pmap_notes *notes);

/* How many CPUs can be chosen; 0: the dump knows of none. */
size_t pmap_notes_cpus(const struct pmap_notes *notes);

/*
 * A thread's program counter, from its NT_PRSTATUS note; thread < threads.
 * False: by that architecture the note has none.
 */
bool pmap_notes_pc(const struct pmap_notes *notes, const struct pmap_arch *arch,
		   size_t thread, uint64_t *pc_ret);

/* Has each thread a number of its own, by which GDB tells them apart? */
bool pmap_notes_numbered(const struct pmap_notes *notes);

/* Fill in what the target lacks: for GDB's thread number, 1 and up. */
void pmap_notes_registers(const struct pmap_notes *notes, int thread,
			  struct pmap_target *target);

/* For `why`: what of this there is. */
void pmap_notes_describe(const struct pmap_notes *notes, char *text,
			 size_t size);

#endif
