/*
 * Page table isolation: a kernel's root and the one that user mode runs on are
 * neighbours, and CR3's bit 12 tells them apart (Linux: Documentation/arch/x86/pti).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "arch/x86/registers.h"
#include "arch/x86/x86.h"
#include "memory/cache.h"

#define OTHER_ROOT	(1ULL << 12)
#define LOWER_HALF	256	/* entries of a root that are user mode's */

/*
 * Both roots lead to the same tables of user mode.  Other bits may differ: the
 * kernel's entries forbid execution.
 */
static bool is_pair(struct pmap_query *q, uint64_t a_pa, uint64_t b_pa)
{
	uint64_t a[LOWER_HALF];
	const uint64_t *page = pmap_cache_at(q->cache, a_pa, sizeof(a));
	unsigned used = 0;

	if (!page)
		return false;
	/* The next read may move it. */
	memcpy(a, page, sizeof(a));
	page = pmap_cache_at(q->cache, b_pa, sizeof(a));
	for (int i = 0; page && i < LOWER_HALF; i++) {
		if ((a[i] ^ page[i]) & (PML_BITS(12, 51) | PML_X86_P))
			return false;
		used += a[i] & PML_X86_P;
	}
	return page && used;
}

int pmap_x86_user_root(struct pmap_query *q, uint64_t *root_ret)
{
	uint64_t pa = pml_root_pa(&q->target.space);

	*root_ret = pa ^ OTHER_ROOT;
	if (q->target.space.fmt->levels >= 4 && is_pair(q, pa, *root_ret))
		return 0;
	return pmap_fail(q, PMAP_STATUS_USAGE,
			 "--user-root: 0x%" PRIx64 " is not the root of a pair with CR3's 0x%" PRIx64 ", the lower halves differ: no page table isolation here",
			 *root_ret, pa);
}
