/*
 * Who is at the other end of GDB's connections: which processes of this host.
 *
 * Nothing is guessed by name.  The kernel knows the peer of each socket that
 * GDB's process, which is ours, has open.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_PEER_H
#define PMAP_MEMORY_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PMAP_PEERS_MAX	8

struct pmap_peers {
	size_t count;
	pid_t pid[PMAP_PEERS_MAX];
	char why[160];		/* count == 0: why there is none */
};

void pmap_peers_find(struct pmap_peers *peers);

/* Another value when GDB has other connections than before. */
uint64_t pmap_peers_fingerprint(void);

/* Does a child of GDB's read what GDB prints: `pipe COMMAND | PROGRAM'? */
bool pmap_peer_reads_output(void);

#endif
