/*
 * Memory that can be written without the target noticing: see overlay.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/overlay.h"

/* Page 0 needs a key, too. */
static uint64_t key_of(uint64_t pa)
{
	return pa / PMAP_OVERLAY_PAGE + 1;
}

static uint64_t key_of_slot(const void *slot)
{
	const struct pmap_overlay_page *page =
		*(struct pmap_overlay_page *const *)slot;

	return page ? key_of(page->pa) : 0;
}

static const struct pmap_hash_kind kind = {
	sizeof(struct pmap_overlay_page *), key_of_slot
};

struct pmap_overlay_page *pmap_overlay_page(const struct pmap_overlay *overlay,
					    uint64_t pa)
{
	struct pmap_overlay_page **slot;

	if (!overlay->hash.slots)
		return NULL;
	slot = pmap_hash_find(&overlay->hash, key_of(pa), &kind);
	return *slot;
}

/* Read it from below. */
static struct pmap_overlay_page *copy_page(struct pmap_overlay *overlay,
					   uint64_t pa)
{
	uint64_t start = pa & -(uint64_t)PMAP_OVERLAY_PAGE;
	const void *below = overlay->at(overlay->ctx, start, PMAP_OVERLAY_PAGE);
	struct pmap_overlay_page *page, **slot;

	if (!below || !pmap_hash_room(&overlay->hash, &kind))
		return NULL;
	page = malloc(sizeof(*page));
	if (!page)
		return NULL;
	page->pa = start;
	page->fresh = false;
	memcpy(page->now, below, sizeof(page->now));
	memcpy(page->was, below, sizeof(page->was));
	slot = pmap_hash_find(&overlay->hash, key_of(pa), &kind);
	*slot = page;
	overlay->hash.used++;
	return page;
}

const void *pmap_overlay_at(void *ctx, uint64_t pa, size_t size)
{
	struct pmap_overlay *overlay = ctx;
	struct pmap_overlay_page *page;

	if (!size || size > PMAP_OVERLAY_PAGE - pa % PMAP_OVERLAY_PAGE)
		return NULL;
	page = pmap_overlay_page(overlay, pa);
	if (!page)
		page = copy_page(overlay, pa);
	return page ? page->now + pa % PMAP_OVERLAY_PAGE : NULL;
}

bool pmap_overlay_take(struct pmap_overlay *overlay, uint64_t pa)
{
	struct pmap_overlay_page *page;

	if (pmap_overlay_page(overlay, pa))
		return false;
	page = copy_page(overlay, pa);
	if (!page)
		return false;
	page->fresh = true;
	memset(page->now, 0, sizeof(page->now));
	return true;
}

void pmap_overlay_give_back(struct pmap_overlay *overlay, uint64_t pa)
{
	struct pmap_overlay_page *page = pmap_overlay_page(overlay, pa);

	page->fresh = false;
	memcpy(page->now, page->was, sizeof(page->now));
}

void pmap_overlay_write(struct pmap_overlay *overlay, uint64_t pa,
			const void *bytes, size_t len)
{
	struct pmap_overlay_page *page = pmap_overlay_page(overlay, pa);

	memcpy(page->now + pa % PMAP_OVERLAY_PAGE, bytes, len);
}

void pmap_overlay_each(const struct pmap_overlay *overlay,
		       void (*each)(void *arg, const struct pmap_overlay_page *page),
		       void *arg)
{
	for (size_t i = 0; i < overlay->hash.slots; i++) {
		const struct pmap_overlay_page *page =
			*(struct pmap_overlay_page **)
			pmap_hash_slot(&overlay->hash, i, kind.size);

		if (page)
			each(arg, page);
	}
}

void pmap_overlay_free(struct pmap_overlay *overlay)
{
	for (size_t i = 0; i < overlay->hash.slots; i++)
		free(*(struct pmap_overlay_page **)
		     pmap_hash_slot(&overlay->hash, i, kind.size));
	pmap_hash_free(&overlay->hash);
}
