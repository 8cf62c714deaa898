/*
 * The kernel's own word for what it has mapped, from its own walk.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "demo/demo.h"
#include "kernel.h"
#include "space.h"

static char size_unit(unsigned int shift)
{
	return shift >= 30 ? 'G' : shift >= 20 ? 'M' : 'K';
}

static void print_rights(unsigned int rights)
{
	kprintf("%c%c%c%c", rights & PML_R ? 'r' : '-', rights & PML_W ? 'w' : '-',
		rights & PML_X ? 'x' : '-', rights & PML_U ? 'u' : 's');
}

static void print_leaf(const struct pml_record *r)
{
	kprintf("leaf %016lx-%016lx %013lx %u%c ", r->va, r->last, r->pa,
		1u << r->shift % 10, size_unit(r->shift));
	print_rights(r->rights);
	kprintf(" %016lx\n", r->raw);
}

static const char *memory_type(const struct pml_space *space,
			       const struct pml_record *r)
{
	static const char *const names[8] = {
		"uc", "wc", "", "", "wt", "wp", "wb", "uc-"
	};
	unsigned int index = pml_leaf_memtype(space->fmt, r->level, r->raw);

	return names[rdmsr(MSR_PAT) >> index * 8 & 7];
}

static const char *truth(uint64_t bits)
{
	return bits ? "true" : "false";
}

static void print_leaf_json(const struct pml_space *space,
			    const struct pml_record *r)
{
	kprintf("{\"va\":\"0x%lx\",\"last\":\"0x%lx\",\"pa\":\"0x%lx\",", r->va, r->last,
		r->pa);
	kprintf("\"page\":%lu,\"pages\":%lu,\"rights\":\"", 1UL << r->shift,
		((r->last - r->va) >> PGSHIFT) + 1);
	print_rights(r->rights);
	kprintf("\",\"level\":%u,\"mt\":\"%s\",\"global\":%s,", r->level,
		memory_type(space, r), truth(r->raw & PML_X86_G));
	kprintf("\"accessed\":%s,\"dirty\":%s,\"pkey\":%lu,\"raw\":\"0x%lx\"}\n",
		truth(r->raw & PML_X86_A), truth(r->raw & PML_X86_D),
		r->raw >> 59 & 15, r->raw);
}

static void print_other_json(const struct pml_record *r)
{
	static const char *const kinds[] = {
		[PML_NONPRESENT] = "nonpresent", [PML_RESERVED] = "reserved",
		[PML_RECURSIVE] = "recursive", [PML_UNREADABLE] = "unreadable",
	};

	kprintf("{\"va\":\"0x%lx\",\"last\":\"0x%lx\",", r->va, r->last);
	kprintf("\"kind\":\"%s\",\"level\":%u,\"raw\":\"0x%lx\"}\n", kinds[r->kind],
		r->level, r->raw);
}

void demo_print(const struct pml_space *space)
{
	bool json = cmdline_is("print", "json");
	unsigned int leaves = 0, others = 0;
	struct pml_cursor c;
	struct pml_record r;

	pml_cursor_init(&c, space, 0, pml_top(space->fmt), 0);
	while (pml_next(&c, &r)) {
		if (r.kind == PML_HOLE || r.kind == PML_NONCANONICAL)
			continue;
		if (r.kind == PML_LEAF) {
			json ? print_leaf_json(space, &r) : print_leaf(&r);
			leaves++;
		} else {
			if (json)
				print_other_json(&r);
			others++;
		}
	}
	kprintf("demo: root %lx, %s, %u leaves, %u entries of other kinds\n",
		space->root, space->fmt->title, leaves, others);
}
