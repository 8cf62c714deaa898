/*
 * VMCOREINFO: what a Linux kernel tells a dump's reader about itself.
 *
 * Lines of KEY=VALUE; Documentation/admin-guide/kdump/vmcoreinfo.rst.  pmap
 * wants the kernel's own page tables from it, and the bit of memory encryption.
 * Their physical address follows from where the kernel was loaded (phys_base),
 * which kernels before 4.10 do not tell.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_VMCOREINFO_H
#define PMAP_MEMORY_VMCOREINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pml_space;

/* Where the difference between virtual and physical addresses is from. */
enum pmap_base {
	PMAP_BASE_UNKNOWN,	/* 0 is assumed */
	PMAP_BASE_TOLD,		/* by NUMBER(phys_base) */
	PMAP_BASE_HEADER,	/* by the header of a kdump-compressed file */
	PMAP_BASE_TEXT,		/* by the segment that holds the kernel's text */
};

struct pmap_vmcoreinfo {
	bool has_root;
	bool long_mode, pae, five_levels;
	uint64_t root_va;	/* of the kernel's root table */
	uint64_t text_va;	/* of its text; 0: not told */
	enum pmap_base base_from;
	uint64_t base;		/* a kernel at KERNEL_MAP + x is at base + x */
	uint64_t sme_mask;	/* the C-bit; 0: none, or not told */
	uint64_t moved;		/* by KASLR, in bytes */
	/* After pmap_vmcoreinfo_settle(). */
	uint64_t root;		/* physical */
	bool proven;		/* these tables map the kernel to where it is */
};

/* `text` ends with a NUL.  False if it has no root table of a known kind. */
bool pmap_vmcoreinfo_parse(struct pmap_vmcoreinfo *info, const char *text,
			   bool long_mode);

/* Of a PT_LOAD segment: does it tell where the kernel is?  Then it is kept. */
void pmap_vmcoreinfo_segment(struct pmap_vmcoreinfo *info, uint64_t va,
			     uint64_t pa, uint64_t size);

/*
 * Where the root is, and whether it proves itself: whether its tables map the
 * kernel's text, and the root itself, to where they must be.  `at` reads as a
 * pml_space does.
 */
void pmap_vmcoreinfo_settle(struct pmap_vmcoreinfo *info,
			    const void *(*at)(void *ctx, uint64_t pa, size_t size),
			    void *ctx);

/*
 * Of the text: the address behind KEY=, or the number; 0 where there is none,
 * which *has_ret (or NULL) tells from one that is 0.
 */
uint64_t pmap_vmcoreinfo_address(const char *text, const char *key, bool *has_ret);
uint64_t pmap_vmcoreinfo_number(const char *text, const char *key, bool *has_ret);

/*
 * Is that page of memory one that has the text?  Then where the text begins,
 * else NULL.  Linux has two: the text alone, and as a note.
 */
const char *pmap_vmcoreinfo_page(const void *page, size_t size);

/* One line for people: the root, and how sure it is. */
void pmap_vmcoreinfo_describe(const struct pmap_vmcoreinfo *info, char *text,
			      size_t size);

#endif
