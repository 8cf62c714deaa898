/*
 * Would an access fault?  What commands ask of the target's architecture.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_ARCH_JUDGE_H
#define PMAP_ARCH_JUDGE_H

#include "target/access.h"
#include "target/arch.h"
#include "target/query.h"
#include "traverse/contents.h"

/* From the target's registers and the options. */
void pmap_judge_init(struct pmap_judge *judge, struct pmap_query *q);

/* 0, or the status of pmap_fail(): there must be tables to ask, or no paging. */
int pmap_judge_possible(struct pmap_query *q);

/* One access, of at most 4096 bytes; true if it is allowed. */
bool pmap_judge(struct pmap_judge *judge, const struct pmap_access *access,
		struct pmap_verdict *verdict);

/*
 * The first of several that is not allowed: its number in *which_ret.  True if
 * all are allowed.  Asks once for each page-table entry, not for each access.
 */
bool pmap_judge_all(struct pmap_judge *judge, const struct pmap_accesses *all,
		    uint64_t *which_ret, struct pmap_verdict *verdict);

/* Anything that needs more than one access, in pieces of a byte. */
bool pmap_judge_bytes(struct pmap_judge *judge, const struct pmap_access *access,
		      uint64_t len, struct pmap_verdict *verdict);

/* $pmap_fault and all that belongs to it; the status that the command returns. */
int pmap_judge_results(struct pmap_query *q, const struct pmap_verdict *verdict);

/* "user", "supervisor", or another mode's name; `access' NULL: the current mode. */
const char *pmap_judge_who(const struct pmap_judge *judge,
			   const struct pmap_access *access);

/* "0x1008 (0x1000+8): write of 8 bytes by the user: ": what was asked for. */
void pmap_add_question(const struct pmap_judge *judge,
		       const struct pmap_access *access, uint64_t len,
		       const char *what);

/* $pmap_exit where the second dimension can be left in one way only, by `name'. */
const char *pmap_exit_name(const struct pmap_verdict *verdict, const char *name);

/* A line for each assumption that counted, each after `indent`. */
void pmap_add_assumptions(struct pmap_text *out, const struct pmap_judge *judge,
			  const char *indent);

/*
 * Which entry leads to the table that cannot be read, and why it cannot: "the
 * PML4E 0x8000000003 at 0x1000 leads to 0x8000000000, which is not in RAM".
 */
void pmap_add_unreadable(struct pmap_text *out, const struct pml_space *space,
			 uint64_t va);

/* "r", "w" or "x" as one of enum pml_rights; that as "read", "write", "fetch". */
unsigned pmap_access_kind(const char *word);
const char *pmap_access_name(unsigned kind);

#endif
