/*
 * The monitor's word on what is RAM, which a broken or hostile QEMU says: whatever
 * it is, the ranges are inside out of nothing and only what they hold is found.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "fuzz.h"
#include "memory/ram.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct pmap_ram ram;
	size_t i;

	MUST(text);
	if (pmap_ram_parse(&ram, text)) {
		MUST(ram.count > 0);
		for (i = 0; i < ram.count; i++) {
			const struct pmap_ram_range *r = &ram.range[i], *found;

			MUST(r->first <= r->last);
			MUST(memchr(r->block, 0, sizeof(r->block)));
			found = pmap_ram_find(&ram, r->first, 1);
			MUST(!found || (found->first <= r->first &&
					r->first <= found->last));
		}
	}
	pmap_ram_free(&ram);
	free(text);
	return 0;
}
