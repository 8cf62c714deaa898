/*
 * The memory of another process on this host.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_PROCESS_H
#define PMAP_MEMORY_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct pmap_process {
	pid_t pid;
	int mem;		/* /proc/PID/mem, where process_vm_readv is not to be had; or -1 */
};

/* Reads at `address` as a trial.  0 or an errno; then *process needs no close. */
int pmap_process_open(struct pmap_process *process, pid_t pid, uint64_t address);
void pmap_process_close(struct pmap_process *process);

/* All of it: 0, or an errno. */
int pmap_process_read(const struct pmap_process *process, uint64_t address,
		      void *buf, size_t len);

/*
 * `count` pieces of `len` bytes each, in few calls.  Returns how many were
 * read before the first that could not be.
 */
size_t pmap_process_read_many(const struct pmap_process *process,
			      const uint64_t *address, void *const *buf,
			      size_t len, size_t count);

/*
 * The file or memfd behind a shared mapping that has all of
 * address..address+size-1: a descriptor, and where in it `address` is; -1 if
 * there is none, or it cannot be opened.  Reading it asks for less than
 * reading the process does.
 */
int pmap_process_backing(pid_t pid, uint64_t address, uint64_t size,
			 uint64_t *offset_ret);

/* One line for people: what an errno of reading a process means, and what to do. */
void pmap_process_explain(pid_t pid, int error, char *text, size_t size);

#endif
