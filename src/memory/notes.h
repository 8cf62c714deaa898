/*
 * The notes of a crash dump: what it knows of registers.
 *
 * QEMU writes a note of its own for each CPU, with the control registers.
 * Linux has none; but its VMCOREINFO tells where the kernel's own tables are.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_NOTES_H
#define PMAP_MEMORY_NOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PMAP_NOTES_CPUS	1024

struct pmap_target;

struct pmap_note_cpu {
	uint64_t rip, cr[5];
};

struct pmap_notes {
	size_t cpus;		/* notes of QEMU's */
	struct pmap_note_cpu *cpu;
	bool long_mode;		/* the dump is of a 64-bit machine */
	uint64_t rip[8];	/* of the first NT_PRSTATUS notes */
	size_t rips;
	bool has_root;		/* VMCOREINFO told the kernel's */
	uint64_t root;
	bool five_levels;
};

/* `text`..+len: notes as in a PT_NOTE segment.  May be called several times. */
void pmap_notes_parse(struct pmap_notes *notes, const void *text, size_t len);
void pmap_notes_free(struct pmap_notes *notes);

/* Fill in what the target lacks: for GDB's thread number, 1 and up. */
void pmap_notes_registers(const struct pmap_notes *notes, int thread,
			  struct pmap_target *target);

/* For `why`: what of this there is. */
void pmap_notes_describe(const struct pmap_notes *notes, char *text,
			 size_t size);

#endif
