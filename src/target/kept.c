/*
 * What an operating system keeps in an entry that is not present.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target/kept.h"

#include <inttypes.h>
#include <string.h>

#include "target/arch.h"
#include "target/query.h"

const char *pmap_kept_words(const char *os)
{
	return !os || strcmp(os, "linux") == 0 || strcmp(os, "none") == 0 ? NULL :
	       "--os: linux or none";
}

bool pmap_kept_is_linux(struct pmap_query *q, bool *guessed_ret)
{
	const struct pmap_arch *arch = q->target.arch;

	*guessed_ret = !q->opt.os;
	if (q->opt.os)
		return strcmp(q->opt.os, "linux") == 0;
	if (!q->guessed_os) {
		q->guessed_os = true;
		q->is_linux = arch->looks_like_linux && arch->looks_like_linux(&q->target);
	}
	return q->is_linux;
}

const char *pmap_kept_name(enum pmap_kept_kind kind)
{
	static const char *const names[] = {
		[PMAP_KEPT_PROT_NONE] = "PROT_NONE",
		[PMAP_KEPT_SWAP] = "swap",
		[PMAP_KEPT_SPECIAL] = "special swap type",
		[PMAP_KEPT_MIXED] = NULL,
	};

	return names[kind];
}

void pmap_kept_add(struct pmap_text *out, struct pmap_query *q, int level, uint64_t raw)
{
	const struct pmap_arch *arch = q->target.arch;
	struct pmap_kept kept;
	bool guessed;

	if (!arch->linux_entry || !arch->linux_entry(q->target.space.fmt, level, raw, &kept) ||
	    !pmap_kept_is_linux(q, &guessed))
		return;
	pmap_text_add(out, "; %s", guessed ? "if this is Linux: " : "");
	switch (kept.kind) {
	case PMAP_KEPT_PROT_NONE:
		pmap_text_add(out, "PROT_NONE, or a NUMA hint, for the page 0x%" PRIx64, kept.pa);
		break;
	case PMAP_KEPT_SWAP:
		pmap_text_add(out, "swapped out to page 0x%" PRIx64 " of swap area %u",
			      kept.offset, kept.type);
		break;
	default:
		pmap_text_add(out, "swap type %u, no area (migration, poison, device memory or a marker, by the kernel's configuration), 0x%" PRIx64,
			      kept.type, kept.offset);
	}
}
