/*
 * pmap gva2gpa: where does an address lead?
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "describe.h"
#include "query.h"
#include "run.h"

int pmap_gva2gpa(struct pmap_query *q)
{
	const struct pml_space *space = &q->target.space;
	uint64_t va = q->opt.start.value;
	struct pml_target end;
	char rights[5];

	pml_translate(space, va, &end, NULL);
	pmap_query_set_target(q, &end);
	if (pmap_query_canonical(q, va))
		return PMAP_STATUS_NONCANONICAL;
	pmap_text_add(q->out, "0x%" PRIx64 " -> ", va);
	if (end.kind == PML_LEAF) {
		pmap_text_add(q->out, "0x%" PRIx64 "  (", end.pa);
		pmap_text_size(q->out, 1ULL << end.shift);
		pmap_text_add(q->out, " page, %s)\n",
			      pmap_rights_name(end.rights, rights));
	} else {
		pmap_text_puts(q->out, "nothing: ");
		pmap_add_reason(q->out, space, &end);
		pmap_text_puts(q->out, "\n");
	}
	return pmap_kind_status(end.kind);
}
