/*
 * What a plugin of GDB's has allocated and not freed: preloaded into GDB.
 *
 * Memory that is asked for from inside a shared object whose path ends in /pmap.so
 * is counted, and at GDB's end the file $PMAP_HELD gets a line for each place that
 * has some left: BLOCKS BYTES OFFSET.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS	(1u << 20)	/* more than are ever held at once */
#define PLACES	4096

struct block {
	void *p;		/* NULL: free; TAKEN_OUT: it was in use */
	uintptr_t from;		/* in the object */
	size_t size;
};

#define TAKEN_OUT ((void *)1)

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void __libc_free(void *p);

static struct block blocks[BLOCKS];
static uintptr_t first, last;	/* of the object; 0: it is not loaded */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static unsigned place(const void *p)
{
	return (uintptr_t)p / 16 * 0x9e3779b1u % BLOCKS;
}

static void keep(void *p, size_t size, uintptr_t from)
{
	unsigned i = place(p);

	if (!p || from < first || from > last)
		return;
	pthread_mutex_lock(&lock);
	while (blocks[i].p && blocks[i].p != TAKEN_OUT)
		i = (i + 1) % BLOCKS;
	blocks[i] = (struct block){ p, from - first, size };
	pthread_mutex_unlock(&lock);
}

static void forget(const void *p)
{
	if (!p || !first)
		return;
	pthread_mutex_lock(&lock);
	for (unsigned i = place(p); blocks[i].p; i = (i + 1) % BLOCKS) {
		if (blocks[i].p != p)
			continue;
		blocks[i].p = TAKEN_OUT;
		break;
	}
	pthread_mutex_unlock(&lock);
}

#define CALLER	((uintptr_t)__builtin_return_address(0))

void *malloc(size_t size)
{
	void *p = __libc_malloc(size);

	keep(p, size, CALLER);
	return p;
}

void *calloc(size_t n, size_t size)
{
	void *p = __libc_calloc(n, size);

	keep(p, n * size, CALLER);
	return p;
}

void *realloc(void *old, size_t size)
{
	void *p;

	forget(old);
	p = __libc_realloc(old, size);
	keep(p, size, CALLER);
	return p;
}

void free(void *p)
{
	forget(p);
	__libc_free(p);
}

char *strndup(const char *text, size_t n)
{
	size_t len = strnlen(text, n);
	char *p = __libc_malloc(len + 1);

	if (p) {
		memcpy(p, text, len);
		p[len] = '\0';
	}
	keep(p, len + 1, CALLER);
	return p;
}

char *strdup(const char *text)
{
	size_t len = strlen(text);
	char *p = __libc_malloc(len + 1);

	if (p)
		memcpy(p, text, len + 1);
	keep(p, len + 1, CALLER);
	return p;
}

/* --- Where the object is -------------------------------------------------- */

static int look(struct dl_phdr_info *info, size_t size, void *arg)
{
	size_t len = strlen(info->dlpi_name);

	(void)size, (void)arg;
	if (len < 8 || strcmp(info->dlpi_name + len - 8, "/pmap.so") != 0)
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t end = info->dlpi_addr + ph->p_vaddr + ph->p_memsz;

		if (ph->p_type == PT_LOAD && end > last)
			last = end;
	}
	first = info->dlpi_addr;
	return 1;
}

void *dlopen(const char *path, int flags)
{
	void *(*real)(const char *, int) = dlsym(RTLD_NEXT, "dlopen");
	void *object = real(path, flags);

	if (!first)
		dl_iterate_phdr(look, NULL);
	return object;
}

/* --- The end -------------------------------------------------------------- */

__attribute__((destructor)) static void report(void)
{
	static struct { uintptr_t from; size_t count, bytes; } sums[PLACES];
	const char *path = getenv("PMAP_HELD");
	FILE *out = first && path ? fopen(path, "w") : NULL;
	size_t n = 0;

	if (!out)
		return;
	for (unsigned i = 0; i < BLOCKS; i++) {
		size_t k = 0;

		if (!blocks[i].p || blocks[i].p == TAKEN_OUT)
			continue;
		while (k < n && sums[k].from != blocks[i].from)
			k++;
		if (k == PLACES)
			continue;
		n += k == n;
		sums[k].from = blocks[i].from;
		sums[k].count++;
		sums[k].bytes += blocks[i].size;
	}
	for (size_t k = 0; k < n; k++)
		fprintf(out, "%zu %zu 0x%zx\n", sums[k].count, sums[k].bytes, (size_t)sums[k].from);
	fclose(out);
}
