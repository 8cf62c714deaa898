/*
 * pmap expect: do these addresses have these rights?  For scripts.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "show/run.h"
#include "target/query.h"
#include "walkers/walkers.h"

/* "rw-s", "r-x", "none"; a ? stands for anything, and so does what is not there. */
static bool valid(const char *rights)
{
	static const char *const fields[] = { "r-?", "w-?", "x-?", "us?" };
	size_t i;

	if (strcmp(rights, "none") == 0)
		return true;
	for (i = 0; rights[i]; i++)
		if (i == 4 || !strchr(fields[i], rights[i]))
			return false;
	return i >= 3;
}

static bool holds(const char *expected, const char *got)
{
	if (strcmp(expected, "none") == 0 || strcmp(got, "none") == 0)
		return strcmp(expected, got) == 0;
	for (size_t i = 0; expected[i]; i++)
		if (expected[i] != '?' && expected[i] != got[i])
			return false;
	return true;
}

/* Neighbours that differ alike are one line. */
struct part {
	uint64_t va, last;
	char rights[5];
	uint8_t kind;
};

static void add_part(struct pmap_query *q, const struct part *p)
{
	pmap_text_add(q->out, "0x%016" PRIx64 "-0x%016" PRIx64 "  %s",
		      p->va, p->last, p->rights);
	if (p->kind != PML_LEAF)
		pmap_text_add(q->out, " (%s)", pmap_kind_name(p->kind));
	pmap_text_add(q->out, ", expected %s\n", q->opt.rights);
}

static void part_from(struct part *p, const struct pml_record *r)
{
	p->va = r->va;
	p->last = r->last;
	p->kind = r->kind;
	if (r->kind == PML_LEAF)
		pmap_rights_name(r->rights, p->rights);
	else
		strcpy(p->rights, "none");
}

/* Prints what differs; how many parts that were. */
static unsigned compare(struct pmap_query *q)
{
	struct part now, held = { .kind = PML_TABLE };
	struct pml_cursor c;
	struct pml_record r;
	unsigned parts = 0;

	pml_cursor_init(&c, &q->target.space, q->first, q->last,
			PML_ENTER_RECURSIVE);
	while (!pmap_bridge_interrupted() && pml_next(&c, &r)) {
		part_from(&now, &r);
		if (holds(q->opt.rights, now.rights))
			continue;
		if (held.kind == now.kind && held.last + 1 == now.va &&
		    strcmp(held.rights, now.rights) == 0) {
			held.last = now.last;
			continue;
		}
		if (parts++)
			add_part(q, &held);
		held = now;
	}
	if (parts)
		add_part(q, &held);
	return parts;
}

int pmap_expect(struct pmap_query *q)
{
	unsigned parts;
	int status;

	if (!q->opt.rights || !valid(q->opt.rights))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "expect what? RIGHTS are like rw-s, r-x (of user or supervisor), r-x? or none; see `help pmap expect'");
	status = pmap_query_range(q);
	if (!status)
		status = pmap_query_canonical(q, q->first);
	if (status)
		return status;
	parts = compare(q);
	if (pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_INTERRUPTED, "interrupted");
	pmap_result_u64(q->call, "ok", parts == 0);
	if (!parts)
		pmap_result_void(q->call, "_stop");
	return parts ? PMAP_STATUS_UNEXPECTED : PMAP_STATUS_OK;
}
