/*
 * What an operating system keeps in an entry that is not present.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target/kept.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "target/arch.h"
#include "target/query.h"

const char *pmap_kept_words(const char *os)
{
	return !os || strcmp(os, "linux") == 0 || strcmp(os, "none") == 0 ? NULL :
	       "--os: linux or none";
}

static bool has_memory(const struct pmap_query *q)
{
	return q->cache && !q->no_space[0] && !q->target.guest_off && q->target.space.fmt;
}

bool pmap_kept_is_linux(struct pmap_query *q, bool *guessed_ret)
{
	const struct pmap_arch *arch = q->target.arch;

	*guessed_ret = !q->opt.os;
	if (q->opt.os)
		return strcmp(q->opt.os, "linux") == 0;
	if (!q->guessed_os) {
		q->guessed_os = true;
		q->linux_signs = q->opt.root_is_task ? "its list of processes has the root" :
				 arch->linux_signs && has_memory(q) ?
				 arch->linux_signs(&q->target) : NULL;
	}
	return q->linux_signs;
}

const char *pmap_kept_signs(const struct pmap_query *q)
{
	return q->linux_signs;
}

/* --- Which Linux? ---------------------------------------------------------- */

/* What VMCOREINFO said last, and of which kernel half: its root. */
static struct {
	unsigned release;
	uint64_t root;
} told;

static uint64_t kernel_root(const struct pmap_target *t)
{
	const struct pml_space *space = !t->halves || t->selected_upper ? &t->space : &t->upper;

	return space->fmt ? pml_root_pa(space) : 0;
}

void pmap_kept_told(const struct pmap_target *target, const char *vmcoreinfo)
{
	unsigned major = 0, minor = 0;
	const char *at = strstr(vmcoreinfo, "OSRELEASE=");

	if (!at || sscanf(at, "OSRELEASE=%3u.%3u", &major, &minor) != 2)
		return;
	told.release = PMAP_LINUX(major, minor);
	told.root = kernel_root(target);
}

bool pmap_kept_entry(const struct pmap_target *target, const struct pml_format *fmt,
		     int level, uint64_t raw, struct pmap_kept *kept)
{
	const struct pmap_arch *arch = target->arch;
	const struct pml_space space = { .fmt = fmt };
	bool known = told.release && told.root == kernel_root(target);

	*kept = (struct pmap_kept){ .kind = PMAP_KEPT_NONE };
	if (!arch->linux_entry ||
	    !arch->linux_entry(&space, level, raw, known ? told.release : 0, kept))
		return false;
	if (known && kept->kind != PMAP_KEPT_PROT_NONE)
		pmap_kept_settle(kept, told.release, fmt->level[1].shift);
	return true;
}

/* --- In words --------------------------------------------------------------- */

const char *pmap_kept_name(enum pmap_kept_kind kind)
{
	static const char *const names[] = {
		[PMAP_KEPT_PROT_NONE] = "PROT_NONE",
		[PMAP_KEPT_SWAP] = "swap",
		[PMAP_KEPT_SPECIAL] = "special swap type",
		[PMAP_KEPT_MIGRATION] = "migration",
		[PMAP_KEPT_POISON] = "poison",
		[PMAP_KEPT_DEVICE] = "device memory",
		[PMAP_KEPT_MARKER] = "marker",
	};

	return names[kind];
}

const char *pmap_kept_title(enum pmap_kept_kind kind)
{
	return kind == PMAP_KEPT_PROT_NONE ? "PROT_NONE or NUMA hints" :
	       kind == PMAP_KEPT_SWAP ? "swapped out" : pmap_kept_name(kind);
}

/* "migration (read) or poison (by the kernel's configuration), frame 0x1000" */
static void add_readings(struct pmap_text *out, const struct pmap_kept *kept)
{
	unsigned n = kept->count;

	pmap_text_add(out, "swap type %u: ", kept->type);
	for (unsigned i = 0; i < n; i++) {
		pmap_text_add(out, "%s%s", i == 0 ? "" : i == n - 1 ? " or " : ", ",
			      pmap_kept_name(kept->may[i].kind));
		if (kept->may[i].how)
			pmap_text_add(out, " (%s)", kept->may[i].how);
	}
	if (n > 1)
		pmap_text_puts(out, ", by the kernel's configuration");
	if (kept->kind == PMAP_KEPT_MARKER)
		pmap_text_add(out, " 0x%" PRIx64 ", no page", kept->offset);
	else
		pmap_text_add(out, ", frame 0x%" PRIx64, kept->pa);
}

static void add_swap(struct pmap_text *out, uint8_t kind, unsigned type, uint64_t offset)
{
	if (kind == PMAP_KEPT_SWAP)
		pmap_text_add(out, "swapped out to page 0x%" PRIx64 " of swap area %u",
			      offset, type);
	else
		pmap_text_add(out, "swap type %u, no area (migration, poison, device memory or a marker, by the kernel's release), 0x%" PRIx64,
			      type, offset);
}

static void add_entry(struct pmap_text *out, const struct pmap_kept *kept)
{
	if (kept->kind == PMAP_KEPT_PROT_NONE)
		pmap_text_add(out, "PROT_NONE, or a NUMA hint, for the page 0x%" PRIx64, kept->pa);
	else if (kept->count)
		add_readings(out, kept);
	else
		add_swap(out, kept->kind, kept->type, kept->offset);
}

void pmap_kept_add(struct pmap_text *out, struct pmap_query *q, int level, uint64_t raw)
{
	struct pmap_kept kept;
	bool guessed;

	if (!pmap_kept_entry(&q->target, q->target.space.fmt, level, raw, &kept) ||
	    !pmap_kept_is_linux(q, &guessed))
		return;
	pmap_text_add(out, "; %s", guessed ? "if this is Linux: " : "");
	add_entry(out, &kept);
	if (kept.since) {
		pmap_text_add(out, " since Linux %u.%u, before it ", kept.since >> 8, kept.since & 255);
		add_swap(out, kept.kind_before, kept.type_before, kept.offset_before);
	}
	if (kept.since || (kept.kind == PMAP_KEPT_SPECIAL && !kept.count))
		pmap_text_puts(out, " (`pmap kaslr --scan' finds out which)");
}

/* --- The page of zeros ------------------------------------------------------ */

static bool is_zero(const unsigned char *bytes, size_t size)
{
	return !bytes[0] && memcmp(bytes, bytes + 1, size - 1) == 0;
}

/* All of the page; it is read no further than it is zero. */
static bool is_all_zero(struct pmap_query *q, uint64_t pa, uint64_t size)
{
	const struct pml_space *space = &q->target.space;

	for (uint64_t at = 0; at < size; at += 4096) {
		const void *page = space->at(space->ctx, pa + at, 4096);

		if (!page || !is_zero(page, 4096))
			return false;
	}
	return true;
}

void pmap_kept_add_zero(struct pmap_text *out, struct pmap_query *q,
			const struct pml_target *end)
{
	const struct pml_format *fmt = q->target.space.fmt;
	uint64_t special = q->target.arch->linux_special, size = 1ULL << end->shift;
	bool marked = end->raw & special, guessed;

	/* A large one has the mark in a few releases only. */
	if (!special || end->level > 2 || end->rights & PML_W || !q->target.arch->is_own(fmt) ||
	    !(marked || (end->level == 2 && !pml_is_dirty(fmt, end->raw))) ||
	    !is_all_zero(q, end->pa & -size, size) || !pmap_kept_is_linux(q, &guessed))
		return;
	pmap_text_add(out, "; %s", guessed ? "if this is Linux: " : "");
	if (marked)
		pmap_text_add(out, "its %spage of zeros (read-only, of no memory of its own by bit %d, and all zero)",
			      end->level == 2 ? "huge " : "", __builtin_ctzll(special));
	else
		pmap_text_puts(out, "its huge page of zeros, or one that nobody has written (read-only, clean, and all zero)");
}
