/*
 * Accesses and what becomes of them, in the words of no architecture.
 *
 * The decision is the architecture's (arch.h, which calls the core's access
 * functions); what is here is what commands need of a question and an answer.
 * src/arch/judge.h has the functions that commands call.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TARGET_ACCESS_H
#define PMAP_TARGET_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pml/pml.h>

struct pmap_arch;
struct pmap_query;

/* One access to memory.  A read-modify-write is a write. */
struct pmap_access {
	uint64_t va;
	uint64_t size;		/* bytes, 1 to 4096: it lies in two pages at most */
	uint8_t kind;		/* PML_R, PML_W or PML_X */
	bool user;		/* by the least privileged mode: CPL 3, EL0, U */
	bool implicit;		/* by the processor itself, whoever runs: descriptor tables */
	/*
	 * Bits of the architecture's own: on x86, through SS or to a
	 * shadow stack; AArch64: unprivileged (LDTR); RISC-V: HLVX, an AMO's read.
	 */
	unsigned how;
};

/* `count` accesses, `step` bytes apart, of which access.va has the first. */
struct pmap_accesses {
	struct pmap_access access;
	uint64_t count;
	int64_t step;
};

enum pmap_outcome {
	PMAP_ALLOWED,
	PMAP_FAULTS,		/* an exception, `exception', of the code itself */
	PMAP_EXITS,		/* the second dimension stops it: the hypervisor is told */
	PMAP_UNTOLD,		/* the tables cannot be read: there is no telling */
};

#define PMAP_VERDICT_OWN	384	/* bytes of the architecture's, in an answer */

/* The answer. */
struct pmap_verdict {
	uint8_t outcome;	/* of enum pmap_outcome */
	bool by_tables;		/* the reason is in the tables: add_culprit() names it, if
				 * add_verdict() does not */
	bool guests;		/* two dimensions: that is in the guest's own */
	unsigned exception;	/* FAULTS: $pmap_exception, the architecture's number; never 0 */
	uint64_t va;		/* the first address that faults: CR2, FAR, stval */
	struct pml_target target;	/* where `va', or the last page, leads */
	_Alignas(uint64_t) unsigned char own[PMAP_VERDICT_OWN];
};

#define PMAP_JUDGE_OWN	256	/* bytes of the architecture's, in a judge */

/*
 * Who judges: what is known of the processor, as of one command.  The first
 * part is made by pmap_judge_init(), the second by the architecture.
 */
struct pmap_judge {
	const struct pmap_arch *arch;
	struct pmap_query *q;
	bool off;		/* no tables are asked: paging is off, in one dimension */
	bool two;		/* a second dimension is asked, too */

	bool user;		/* who accesses: by the options, or in the current mode */
	bool says_user;		/* the latter is not known: answers say who was assumed */
	bool asked;		/* there was an answer that depends on it */
	/*
	 * Assumptions, as bits of the architecture's own: inputs that the target did
	 * not provide; and
	 * what of these the answers so far depended on, which add_assumed() says.
	 */
	unsigned unknown, assumed;
	_Alignas(uint64_t) unsigned char own[PMAP_JUDGE_OWN];
};

#endif
