/*
 * What QEMU's monitor prints for `info registers -a`: the CPUs in their order,
 * each with lines of "NAME=value", or "NAME value".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_ARCH_MONITOR_H
#define PMAP_ARCH_MONITOR_H

#include <stdbool.h>
#include <stdint.h>

/* One CPU's part of the text, which stays the caller's. */
struct pmap_monitor_cpu {
	const char *text;
	const char *next;	/* its end, where the next CPU's part begins */
};

/* The next part; the first after `*cpu = { .next = text }'.  False: none is left. */
bool pmap_monitor_next(struct pmap_monitor_cpu *cpu);

/*
 * The hexadecimal numbers behind `name' ("CR3=", "satp "), spaces between: how many
 * there were, `max' at most, which are in number[].
 */
unsigned pmap_monitor_numbers(const struct pmap_monitor_cpu *cpu,
			      const char *name, uint64_t *number, unsigned max);

/* One number; false if it is not there, and *number is as it was. */
static inline bool pmap_monitor_number(const struct pmap_monitor_cpu *cpu,
				       const char *name, uint64_t *number)
{
	return pmap_monitor_numbers(cpu, name, number, 1) == 1;
}

#endif
