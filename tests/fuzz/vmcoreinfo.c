/*
 * VMCOREINFO, which a guest writes: whatever it says, the answer is within its
 * ranges and the line for people ends.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/vmcoreinfo.h"
#include "fuzz.h"

/* Memory that says nothing, or everything. */
static const void *memory(void *ctx, uint64_t pa, size_t size)
{
	static uint64_t page[512];
	const uint8_t *fill = ctx;

	if (size > sizeof(page) || pa % size || *fill < 0x40)
		return NULL;
	for (size_t i = 0; i < sizeof(page) / sizeof(*page); i++)
		page[i] = *fill * 0x0001020304050607ULL + (pa ^ i << 12);
	return page;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pmap_vmcoreinfo info = { 0 };
	char *text, line[80];
	bool has;

	if (!size)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	MUST(text);
	if (pmap_vmcoreinfo_parse(&info, text, data[0] & 1)) {
		MUST(info.has_root);
		pmap_vmcoreinfo_segment(&info, info.text_va, data[0], size);
		pmap_vmcoreinfo_settle(&info, memory, (void *)data);
		pmap_vmcoreinfo_describe(&info, line, sizeof(line));
		MUST(memchr(line, 0, sizeof(line)));
	}
	pmap_vmcoreinfo_address(text, "SYMBOL(_stext)", &has);
	MUST(has || !pmap_vmcoreinfo_number(text, "NUMBER(phys_base)", &has) || has);
	free(text);
	return 0;
}
