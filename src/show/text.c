/*
 * Runs as aligned columns, for people.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "show/render.h"

#include "base/put.h"

#define LINE_MAX_BYTES	256

const char pmap_text_legend[] =
	"START-LAST  addresses, both included\n"
	"SIZE        of the run\n"
	"RIGHTS      r read, w write, x execute, u user or s supervisor only:\n"
	"            what every level of the tables allows\n"
	"PAGE        the smallest page in the run\n"
	"MT          memory type, after IA32_PAT ($pmap_pat, else its reset value)\n"
	"G A D       global; accessed, dirty: + on some pages only, - on none\n"
	"PHYSICAL    where START is mapped; ... the frames are not contiguous\n"
	"gpa         with --combined: what START is for the guest\n"
	"(guest)     it is the guest's tables that map nothing there; (table) one\n"
	"            of them has no memory, (memory) the guest maps it, but what\n"
	"            gpa leads to has none\n";

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

static char *put_size(char *at, uint64_t bytes, int width)
{
	char size[24];

	*pmap_put_size(size, bytes) = '\0';
	return pmap_put_right(at, size, width);
}

static char *put_gpa(char *at, const struct pmap_run *run)
{
	if (!run->has_gpa)
		return at;
	at = pmap_put(at, " gpa ");
	if (run->differs & PMAP_DIFFERS_GPA)
		return pmap_put(at, "...");
	return pmap_put_hex(at, run->gpa);
}

static char *put_leaf(char *at, const struct pmap_run *run)
{
	char rights[5];

	at = pmap_put(at, "  ");
	at = pmap_put_left(at, pmap_rights_name(run->rights, rights), 7);
	at = put_size(at, run->page, 4);
	at = pmap_put(at, "  ");
	at = pmap_put_left(at, run->mt ? run->mt : "-", 4);
	*at++ = run->global ? 'G' : '-';
	*at++ = ' ';
	*at++ = flag(run, PMAP_DIFFERS_ACCESSED, run->accessed, 'A');
	*at++ = ' ';
	*at++ = flag(run, PMAP_DIFFERS_DIRTY, run->dirty, 'D');
	*at++ = ' ';
	if (run->differs & PMAP_DIFFERS_PA)
		at = pmap_put(at, "...");
	else
		at = pmap_put_digits(at, run->pa, 16);
	at = put_gpa(at, run);
	if (run->pkey > 0 && !(run->differs & PMAP_DIFFERS_PKEY))
		at = pmap_put_dec(pmap_put(at, " pkey "), run->pkey);
	return at;
}

static char *put_other(char *at, const struct pmap_run *run)
{
	at = pmap_put(pmap_put(at, "  "), pmap_kind_name(run->kind));
	if (run->kind == PMAP_RUN_REPEAT) {
		at = pmap_put_digits(pmap_put(at, "s "), run->pa, 16);
		if (run->last - run->va == run->page - 1)
			return at;
		return pmap_put_size(pmap_put(at, ", every "), run->page);
	}
	if (run->cause || run->where) {
		at = pmap_put(at, " (");
		at = pmap_put(at, run->where ? run->where : run->cause);
		*at++ = ')';
	}
	at = put_gpa(at, run);
	if (!(run->differs & PMAP_DIFFERS_RAW) && run->level) {
		at = pmap_put_dec(pmap_put(at, ", level "), run->level);
		at = pmap_put_hex(pmap_put(at, ", entry "), run->raw);
	}
	return at;
}

static void text_run(struct pmap_text *out, const struct pmap_run *run)
{
	char *start = pmap_text_room(out, LINE_MAX_BYTES), *at = start;

	if (!start)
		return;
	at = pmap_put_digits(at, run->va, 16);
	*at++ = '-';
	at = pmap_put_digits(at, run->last, 16);
	*at++ = ' ';
	at = put_size(at, run->last - run->va + 1, 6);
	at = run->kind == PML_LEAF ? put_leaf(at, run) : put_other(at, run);
	*at++ = '\n';
	pmap_text_used(out, at - start);
}

const struct pmap_renderer pmap_render_text = {
	.begin = text_begin,
	.run = text_run,
};
