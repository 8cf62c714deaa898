/*
 * Runs as aligned columns, for people.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "render/render.h"

#include <inttypes.h>
#include <stdio.h>

const char pmap_text_legend[] =
	"START-LAST  addresses, both included\n"
	"SIZE        of the run\n"
	"RIGHTS      r read, w write, x execute, u user or s supervisor only:\n"
	"            what every level of the tables allows\n"
	"PAGE        the smallest page in the run\n"
	"MT          memory type, after IA32_PAT ($pmap_pat, else its reset value)\n"
	"G A D       global; accessed, dirty: + on some pages only, - on none\n"
	"PHYSICAL    where START is mapped; ... the frames are not contiguous\n";

static void text_begin(struct pmap_text *out)
{

	pmap_text_add(out, "%-*s %6s  %-6s %4s  %-3s %s %s\n", 33,
		      "START-LAST", "SIZE", "RIGHTS", "PAGE", "MT", "G A D",
		      "PHYSICAL");
}

/* + where only a part of the run has the flag. */
static char flag(const struct pmap_run *run, unsigned differs, bool set,
		 char letter)
{
	if (run->differs & differs)
		return '+';
	return set ? letter : '-';
}

/* "4K" into a field of `width` columns, to the right. */
static void add_size(struct pmap_text *out, uint64_t bytes, int width)
{
	struct pmap_text size = { 0 };

	pmap_text_size(&size, bytes);
	pmap_text_add(out, "%*s", width, size.data ? size.data : "?");
	pmap_text_free(&size);
}

static void text_run(struct pmap_text *out, const struct pmap_run *run)
{
	char rights[5];

	pmap_text_add(out, "%016" PRIx64 "-%016" PRIx64 " ", run->va, run->last);
	add_size(out, run->last - run->va + 1, 6);
	if (run->kind != PML_LEAF) {
		pmap_text_add(out, "  %s", pmap_kind_name(run->kind));
		if (!(run->differs & PMAP_DIFFERS_RAW) && run->level)
			pmap_text_add(out, ", level %d, entry 0x%" PRIx64,
				      run->level, run->raw);
		pmap_text_puts(out, "\n");
		return;
	}
	pmap_text_add(out, "  %-6s ", pmap_rights_name(run->rights, rights));
	add_size(out, run->page, 4);
	pmap_text_add(out, "  %-3s %c %c %c ", run->mt ? run->mt : "-",
		      run->global ? 'G' : '-',
		      flag(run, PMAP_DIFFERS_ACCESSED, run->accessed, 'A'),
		      flag(run, PMAP_DIFFERS_DIRTY, run->dirty, 'D'));
	if (run->differs & PMAP_DIFFERS_PA)
		pmap_text_puts(out, "...");
	else
		pmap_text_add(out, "%016" PRIx64, run->pa);
	if (run->pkey > 0 && !(run->differs & PMAP_DIFFERS_PKEY))
		pmap_text_add(out, " pkey %d", run->pkey);
	pmap_text_puts(out, "\n");
}

const struct pmap_renderer pmap_render_text = {
	.begin = text_begin,
	.run = text_run,
};
