/*
 * Included before everything else where tests/mutate compiles a copy of the
 * source: the switches of the changes that mutate.awk made in it.
 *
 * PMAP_MUTANT=N	mutant N is tried; 0, the default: none
 * PMAP_REACHED=FILE	byte N is 1 afterwards where mutant N's place was come to
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_MUTATE_H
#define TESTS_MUTATE_H

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* No more of stdlib.h: its names are others' as well. */
extern char *getenv(const char *name);

/* One of each for a program, however many files it has. */
__attribute__((weak)) int pmap_mutant = -1;
__attribute__((weak)) unsigned char *pmap_reached;

__attribute__((weak, noinline, cold)) int pmap_mutant_reached(int number)
{
	pmap_reached[number] = 1;
	return 0;
}

#define MUT(number) \
	(pmap_mutant == (number) || (pmap_mutant == 0 && pmap_mutant_reached(number)))

__attribute__((constructor)) static void pmap_mutant_init(void)
{
	const char *mutant = getenv("PMAP_MUTANT");
	const char *file = getenv("PMAP_REACHED");
	struct stat st;
	void *map;
	int fd;

	if (mutant)
		for (pmap_mutant = 0; *mutant >= '0' && *mutant <= '9'; mutant++)
			pmap_mutant = 10 * pmap_mutant + *mutant - '0';
	fd = pmap_mutant < 0 && file ? open(file, O_RDWR) : -1;
	if (fd < 0 || fstat(fd, &st))
		return;
	/* The descriptor is left open: GDB's own numbers are no matter here. */
	map = mmap(0, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return;
	pmap_reached = map;
	pmap_mutant = 0;
}

#endif
