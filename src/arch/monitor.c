/*
 * QEMU's `info registers -a`, read.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/monitor.h"

#include <stdlib.h>
#include <string.h>

bool pmap_monitor_next(struct pmap_monitor_cpu *cpu)
{
	cpu->text = cpu->next;
	if (!cpu->text || !*cpu->text)
		return false;
	cpu->next = strstr(cpu->text + 1, "\nCPU#");
	if (!cpu->next)
		cpu->next = cpu->text + strlen(cpu->text);
	return true;
}

unsigned pmap_monitor_numbers(const struct pmap_monitor_cpu *cpu,
			      const char *name, uint64_t *number, unsigned max)
{
	const char *s = cpu->text, *end = cpu->next;
	size_t len = strlen(name);
	unsigned n = 0;
	char *next;

	for (;; s++) {
		s = memmem(s, end - s, name, len);
		if (!s)
			return 0;
		if (s == cpu->text || s[-1] == '\n' || s[-1] == ' ')
			break;
	}
	for (s += len; n < max && s < end && *s != '\n' && *s != '\r'; s = next) {
		number[n] = strtoull(s, &next, 16);
		if (next == s || (*next && !strchr(" \r\n", *next)))
			break;
		n++;
	}
	return n;
}
