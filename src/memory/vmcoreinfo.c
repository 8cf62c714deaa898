/*
 * VMCOREINFO: what a Linux kernel tells a dump's reader about itself.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/vmcoreinfo.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pml/pml.h>

/* Where Linux maps its own image.  Documentation/arch/x86/x86_64/mm.rst */
#define KERNEL_MAP	0xffffffff80000000ULL
#define KERNEL_MAP_SIZE	(1ULL << 30)
/* And all of low memory, on i386 with the usual split. */
#define LOWMEM_MAP	0xc0000000ULL

/* The text behind "KEY=" at the start of a line; NULL if there is none. */
static const char *find_line(const char *text, const char *key)
{
	size_t len = strlen(key);

	while (text && (strncmp(text, key, len) != 0 || text[len] != '=')) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text ? text + len + 1 : NULL;
}

/* Numbers are decimal and signed, addresses hexadecimal. */
static uint64_t number(const char *text, const char *key)
{
	const char *value = find_line(text, key);

	return value ? (uint64_t)strtoll(value, NULL, 10) : 0;
}

static uint64_t address(const char *text, const char *key)
{
	const char *value = find_line(text, key);

	return value ? strtoull(value, NULL, 16) : 0;
}

static uint64_t map_start(const struct pmap_vmcoreinfo *info)
{
	return info->long_mode ? KERNEL_MAP : LOWMEM_MAP;
}

static bool is_kernel(const struct pmap_vmcoreinfo *info, uint64_t va)
{
	return va >= map_start(info) && va - map_start(info) < KERNEL_MAP_SIZE;
}

bool pmap_vmcoreinfo_parse(struct pmap_vmcoreinfo *info, const char *text,
			   bool long_mode)
{
	static const char *const roots[] = {
		"SYMBOL(swapper_pg_dir)", "SYMBOL(init_top_pgt)",
		"SYMBOL(init_level4_pgt)",
	};
	const char *pae = find_line(text, "CONFIG_X86_PAE");
	uint64_t mask = number(text, "NUMBER(sme_mask)");

	info->long_mode = long_mode;
	info->pae = pae && *pae == 'y';
	info->five_levels = number(text, "NUMBER(pgtable_l5_enabled)") != 0;
	info->moved = address(text, "KERNELOFFSET");
	/* One bit of an address, or the text is damaged. */
	if (mask >> 32 && mask >> 52 == 0 && (mask & (mask - 1)) == 0)
		info->sme_mask = mask;
	info->root_va = 0;
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]) && !info->root_va; i++)
		info->root_va = address(text, roots[i]);
	info->text_va = address(text, "SYMBOL(_stext)");
	if (!is_kernel(info, info->text_va))
		info->text_va = 0;
	if (find_line(text, "NUMBER(phys_base)")) {
		info->base = number(text, "NUMBER(phys_base)");
		info->base_from = PMAP_BASE_TOLD;
	} else if (!long_mode) {
		info->base_from = PMAP_BASE_TOLD;	/* it is always there */
	}
	info->has_root = is_kernel(info, info->root_va);
	return info->has_root;
}

void pmap_vmcoreinfo_segment(struct pmap_vmcoreinfo *info, uint64_t va,
			     uint64_t pa, uint64_t size)
{
	if (info->base_from != PMAP_BASE_UNKNOWN || va < KERNEL_MAP ||
	    va - KERNEL_MAP >= KERNEL_MAP_SIZE || !size)
		return;
	info->base = pa - (va - KERNEL_MAP);
	info->base_from = PMAP_BASE_TEXT;
}

static bool maps(const struct pml_space *space, uint64_t va, uint64_t pa)
{
	struct pml_target end;

	pml_translate(space, va, &end, NULL);
	return end.kind == PML_LEAF && end.pa == pa;
}

void pmap_vmcoreinfo_settle(struct pmap_vmcoreinfo *info,
			    const void *(*at)(void *ctx, uint64_t pa, size_t size),
			    void *ctx)
{
	uint64_t base = info->base - map_start(info);
	struct pml_space space = {
		.fmt = !info->long_mode ?
			(info->pae ? &pml_x86_pae : &pml_x86_32_pse) :
			info->five_levels ? &pml_x86_64_5 : &pml_x86_64_4,
		.at = at, .ctx = ctx, .encrypted = info->sme_mask,
	};

	if (!info->has_root)
		return;
	info->root = space.root = info->root_va + base;
	info->proven = maps(&space, info->root_va, info->root) &&
		       (!info->text_va ||
			maps(&space, info->text_va, info->text_va + base));
}

uint64_t pmap_vmcoreinfo_address(const char *text, const char *key, bool *has_ret)
{
	if (has_ret)
		*has_ret = find_line(text, key) != NULL;
	return address(text, key);
}

uint64_t pmap_vmcoreinfo_number(const char *text, const char *key, bool *has_ret)
{
	if (has_ret)
		*has_ret = find_line(text, key) != NULL;
	return number(text, key);
}

const char *pmap_vmcoreinfo_page(const void *page, size_t size)
{
	static const char first[] = "OSRELEASE=", root[] = "\nSYMBOL(swapper_pg_dir)=";
	/* A note's head: three words, and "VMCOREINFO" with what fills it up. */
	static const unsigned at[] = { 0, 24 };

	for (unsigned i = 0; i < 2; i++) {
		const char *text = (const char *)page + at[i];

		if (memcmp(text, first, sizeof(first) - 1) == 0 &&
		    memmem(text, size - at[i], root, sizeof(root) - 1))
			return text;
	}
	return NULL;
}

void pmap_vmcoreinfo_describe(const struct pmap_vmcoreinfo *info, char *text,
			      size_t size)
{
	static const char *const from[] = {
		[PMAP_BASE_UNKNOWN] = "phys_base is not told, 0 is assumed",
		[PMAP_BASE_TOLD] = "",
		[PMAP_BASE_HEADER] = "phys_base by the file's header",
		[PMAP_BASE_TEXT] = "phys_base by the segment of the kernel's text",
	};

	snprintf(text, size, "CR3 of VMCOREINFO: the kernel's own tables at 0x%" PRIx64 ", %s%s%s",
		 info->root,
		 info->proven ? "which map the kernel" :
		 "assumed: they do not map the kernel to where it should be",
		 from[info->base_from][0] ? "; " : "", from[info->base_from]);
}
