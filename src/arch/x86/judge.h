/*
 * Would an access fault?  The core's answer (pml/access-x86.h), asked with what is
 * known of the target, and in words.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_JUDGE_H
#define PMAP_JUDGE_H

#include <pml/access-x86-2d.h>

#include "target/query.h"

/* What an answer depended on, and nobody told. */
enum pmap_assumption {
	PMAP_ASSUMED_PKRU = 1,		/* taken as 0 */
	PMAP_ASSUMED_PKRS = 2,		/* taken as 0 */
	PMAP_ASSUMED_MAXPHYADDR = 4,	/* no address bit is reserved */
	PMAP_ASSUMED_CONTROLS = 8,	/* CR0 and CR4: WP=1, nothing else */
	PMAP_ASSUMED_EFER = 16,		/* NXE=1 */
	PMAP_ASSUMED_CPL = 32,		/* supervisor */
};

struct pmap_judge {
	const struct pml_space *space;	/* NULL: paging is off, all is allowed */
	struct pml_x86_controls controls;
	struct pml_nested *pair;	/* a second dimension; NULL: there is none */
	struct pml_x86_verdict_2d exit;	/* with one: the whole of the last answer */
	bool user;			/* who asks, unless options say otherwise */
	unsigned unknown;		/* of enum pmap_assumption */
	unsigned assumed;		/* those that answers depended on so far */
};

/* `count` accesses, `step` bytes apart, of which access.va has the first. */
struct pmap_accesses {
	struct pml_x86_access access;
	uint64_t count;
	int64_t step;
};

/* From the target's registers and the options. */
void pmap_judge_init(struct pmap_judge *judge, struct pmap_query *q);

/* 0, or the status of pmap_fail(): there must be tables to ask, or no paging. */
int pmap_judge_possible(struct pmap_query *q);

/*
 * As pml_x86_access(); true if it is allowed.  An access that the second dimension
 * stops has no exception: see judge->exit.
 */
bool pmap_judge(struct pmap_judge *judge, const struct pml_x86_access *access,
		struct pml_x86_verdict *verdict);

/*
 * The first of several that is not allowed: its number in *which_ret.  True if
 * all are allowed.  Asks once for each page-table entry, not for each access.
 */
bool pmap_judge_all(struct pmap_judge *judge, const struct pmap_accesses *all,
		    uint64_t *which_ret, struct pml_x86_verdict *verdict);

/* Anything that needs more than one access, in pieces of a byte. */
bool pmap_judge_bytes(struct pmap_judge *judge,
		      const struct pml_x86_access *access, uint64_t len,
		      struct pml_x86_verdict *verdict);

/* "#PF, error code 0x7 (P W U), CR2 0x1000" or "allowed". */
void pmap_add_verdict(struct pmap_text *out,
		      const struct pml_x86_verdict *verdict);

/* "#GP", of PMAP_UD and its like, too; "#GP, error code 0x8", "#UD". */
const char *pmap_exception_name(unsigned exception);
void pmap_add_exception(struct pmap_text *out, unsigned exception,
			uint32_t error);

/* "P W U" */
void pmap_add_error_code(struct pmap_text *out, uint32_t error);

/* The reason in one clause, which names the entry and its bit. */
void pmap_add_culprit(struct pmap_text *out, const struct pmap_judge *judge,
		      const struct pml_x86_access *access,
		      const struct pml_x86_verdict *verdict);

/* A line for each assumption that counted, each after `indent`. */
void pmap_add_assumptions(struct pmap_text *out,
			  const struct pmap_judge *judge, const char *indent);

/* $pmap_fault, $pmap_exception, $pmap_error, $pmap_cr2; the status to return. */
int pmap_verdict_results(struct pmap_query *q,
			 const struct pml_x86_verdict *verdict);

/* "0x1008 (0x1000+8): write of 8 bytes by the user: ": what was asked for. */
void pmap_add_question(struct pmap_query *q,
		       const struct pml_x86_access *access, uint64_t len);

/* "r", "w" or "x" as one of enum pml_rights; that as "read", "write", "fetch". */
unsigned pmap_access_kind(const char *word);
const char *pmap_access_name(unsigned kind);

/* `len` bytes of virtual memory, as the supervisor; how many could be read. */
size_t pmap_read_virtual(struct pmap_query *q, uint64_t va, void *buf,
			 size_t len);

#endif
