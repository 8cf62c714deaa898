/*
 * QEMU's `info registers -a', which a broken or hostile monitor says: the parts are
 * inside the text and follow one another, and no number is read from outside.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/monitor.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "CR3=", "ES =", "GDT=", "EFER=", "CPL=" };
	char *text = strndup((const char *)data, size);
	struct pmap_monitor_cpu cpu = { .next = text };
	const char *before = text, *end;

	MUST(text);
	end = text + strlen(text);
	while (pmap_monitor_next(&cpu)) {
		MUST(cpu.text == before);
		MUST(cpu.next > cpu.text && cpu.next <= end);
		before = cpu.next;
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
			uint64_t number[4] = { 1, 2, 3, 4 };
			unsigned n = pmap_monitor_numbers(&cpu, names[i],
							  number, 3);

			MUST(n <= 3);
			/* Beyond what was counted nothing is said. */
			MUST(number[3] == 4);
		}
	}
	MUST(before == end);
	free(text);
	return 0;
}
