/*
 * pmap kaslr: where the kernel is, and how that is known.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "show/record.h"
#include "walkers/survey.h"
#include "walkers/walkers.h"

enum { NAME, BASE, UNMOVED, MOVED, PA, FROM, CERTAIN, WHY, HOW, FIELDS };

_Static_assert(FROM + PMAP_HOW_COLUMN == HOW, "see pmap_survey_how()");

static const struct pmap_field fields[FIELDS] = {
	[NAME] = PMAP_FIELD("name", PMAP_WORD, .before = "", .width = 12, .head = "NAME"),
	[BASE] = PMAP_FIELD("base", PMAP_ADDRESS, .before = " ", .width = 16, .head = "BASE"),
	[UNMOVED] = PMAP_FIELD("unmoved", PMAP_ADDRESS, .before = " ", .width = 16,
			       .drop = 1, .head = "WITHOUT KASLR"),
	[MOVED] = PMAP_FIELD("moved", PMAP_BYTES, .before = " ", .width = 6,
			     .look = PMAP_RIGHT, .head = "MOVED"),
	[PA] = PMAP_FIELD("pa", PMAP_FRAME, .before = " ", .width = 13, .head = "PHYSICAL"),
	[FROM] = PMAP_FIELD("from", PMAP_WORD),
	[CERTAIN] = PMAP_FIELD("certain", PMAP_FLAG),
	[WHY] = PMAP_FIELD("why", PMAP_WORD, .before = " ", .look = PMAP_TRAILS),
	[HOW] = PMAP_COLUMN(PMAP_WORD, .before = "  ", .width = 11, .head = "HOW"),
};
static const uint8_t columns[] = { NAME, BASE, UNMOVED, MOVED, PA, HOW, WHY };

static const struct pmap_schema schema = {
	.fields = fields, .count = FIELDS, .columns = columns,
	.ncolumns = sizeof(columns), .note_at = sizeof(columns), .headed = true,
	.legend =
	"BASE           the first address\n"
	"WITHOUT KASLR  what it is in a kernel that is not moved\n"
	"MOVED          by so many bytes; ~ rounded down\n"
	"PHYSICAL       where BASE is mapped\n"
	"HOW            what that is known by, and the evidence; ? likely\n",
};

static void write_area(struct pmap_writer *w, const struct pmap_area *area)
{
	struct pmap_row row;

	pmap_row_init(&row);
	pmap_row_word(&row, NAME, area->name);
	pmap_row_number(&row, BASE, area->first);
	if (area->moves) {
		pmap_row_number(&row, UNMOVED, area->unmoved);
		if (area->first > area->unmoved)
			pmap_row_number(&row, MOVED, area->first - area->unmoved);
	}
	if (area->has_pa)
		pmap_row_number(&row, PA, area->pa);
	pmap_survey_how(&row, FROM, area);
	pmap_write(w, &row);
}

/* Where VMCOREINFO is, and which kernel's. */
static void write_vmcoreinfo(struct pmap_writer *w, struct pmap_survey *s)
{
	struct pmap_row row;
	char release[80];
	size_t len = strcspn(s->vmcoreinfo, "\n");

	if (!s->vmcoreinfo[0])
		return;
	len = len < sizeof(release) ? len : sizeof(release) - 1;
	memcpy(release, s->vmcoreinfo, len);
	release[len] = '\0';
	pmap_row_init(&row);
	pmap_row_word(&row, NAME, "VMCOREINFO");
	pmap_row_number(&row, PA, s->vmcoreinfo_pa);
	pmap_row_word(&row, FROM, pmap_found_name(PMAP_FOUND_VMCOREINFO));
	pmap_row_word(&row, HOW, "memory");
	pmap_row_word(&row, WHY, release);
	pmap_write(w, &row);
}

int pmap_kaslr(struct pmap_query *q)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(pmap_survey_free))) struct pmap_survey s = { .q = q };
	struct pmap_writer w;
	int status = pmap_survey_make(&s, q->opt.scan);
	unsigned found = 0;

	if (status)
		return status;
	for (unsigned i = 0; i < s.layout.count; i++)
		found += s.layout.area[i].has_pa;
	if (!found && !pmap_bridge_interrupted())
		return pmap_fail(q, PMAP_STATUS_UNTOLD,
				 "these tables show neither a direct map nor a kernel's image%s",
				 s.layout.kernel ? ": with page table isolation, user mode's have none; try --root" : "");
	pmap_writer_begin(&w, q, &schema, 0);
	for (unsigned i = 0; i < s.layout.count; i++) {
		const struct pmap_area *area = &s.layout.area[i];

		if (!area->has_pa && !area->moves)
			continue;
		write_area(&w, area);
		if (area->has_pa)
			pmap_result_u64(q->call, strcmp(area->name, "direct map") == 0 ?
					"direct" : "image", area->first);
	}
	write_vmcoreinfo(&w, &s);
	pmap_writer_end(&w);
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED
					 : PMAP_STATUS_OK;
}
