/*
 * What `pmap use' has chosen: see context.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target/context.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pml/format.h>

#define ROOTS	PMAP_OPT_ROOT, PMAP_OPT_ROOT_VA, PMAP_OPT_USER_ROOT, \
		PMAP_OPT_ROOTS, PMAP_OPT_ALL_ROOTS
#define SECONDS	PMAP_OPT_NPT, PMAP_OPT_EPT, PMAP_OPT_GPA_SPACE, PMAP_OPT_STAGE2

/*
 * What is kept, and which options of a command's own take its place.  --root-va
 * and --user-root are a --root by the time that they are kept.
 */
static const struct member {
	enum pmap_option id;
	enum pmap_option given_way[8];	/* ends with PMAP_OPTIONS */
} members[] = {
	{ PMAP_OPT_CPU, { PMAP_OPT_CPU, PMAP_OPTIONS } },
	{ PMAP_OPT_ROOT, { ROOTS, PMAP_OPT_TTBR0, PMAP_OPT_TTBR1, PMAP_OPTIONS } },
	{ PMAP_OPT_TTBR0, { ROOTS, PMAP_OPT_TTBR0, PMAP_OPTIONS } },
	{ PMAP_OPT_TTBR1, { ROOTS, PMAP_OPT_TTBR1, PMAP_OPTIONS } },
	{ PMAP_OPT_EL, { PMAP_OPT_EL, PMAP_OPTIONS } },
	{ PMAP_OPT_FORMAT, { PMAP_OPT_FORMAT, PMAP_OPTIONS } },
	{ PMAP_OPT_C_BIT, { PMAP_OPT_C_BIT, PMAP_OPTIONS } },
	{ PMAP_OPT_NPT, { SECONDS, PMAP_OPTIONS } },
	{ PMAP_OPT_EPT, { SECONDS, PMAP_OPTIONS } },
	{ PMAP_OPT_MBEC, { SECONDS, PMAP_OPT_MBEC, PMAP_OPTIONS } },
	{ PMAP_OPT_GPA_SPACE, { SECONDS, PMAP_OPTIONS } },
	{ PMAP_OPT_STAGE2, { SECONDS, PMAP_OPTIONS } },
	{ PMAP_OPT_VTCR, { SECONDS, PMAP_OPT_VTCR, PMAP_OPTIONS } },
	{ PMAP_OPT_OUTER_FORMAT, { SECONDS, PMAP_OPT_OUTER_FORMAT, PMAP_OPTIONS } },
};
#define MEMBERS	(sizeof(members) / sizeof(members[0]))

static struct pmap_options kept;

/* The place of what is kept. */
static const void *place_of(enum pmap_option id)
{
	return (const char *)&kept + pmap_option_places[id].offset;
}

bool pmap_context_given(const struct pmap_options *opt)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (pmap_option_given(opt, members[i].id))
			return true;
	return opt->root_va.text || opt->user_root || opt->task.text;
}

void pmap_context_clear(void)
{
	pmap_options_free(&kept);
	kept = (struct pmap_options){ 0 };
}

bool pmap_context_set(const struct pmap_options *opt)
{
	struct pmap_options from = *opt;
	bool fine = true;

	/* --user-root and the like find a root without an expression: give it one. */
	if (!from.root.text && from.root.value)
		from.root.text = (char *)"--user-root";
	pmap_context_clear();
	for (size_t i = 0; fine && i < MEMBERS; i++)
		if (pmap_option_given(&from, members[i].id))
			fine = pmap_option_copy(&kept, &from, members[i].id);
	if (!fine)
		pmap_context_clear();
	return fine;
}

/* Does the command say something else itself? */
static bool gives_way(const struct pmap_options *opt, const struct member *m)
{
	for (const enum pmap_option *o = m->given_way; *o != PMAP_OPTIONS; o++)
		if (pmap_option_given(opt, *o))
			return true;
	return false;
}

static const char *fail_not_taken(enum pmap_option id)
{
	static char why[160];

	snprintf(why, sizeof(why), "it takes no %s, which `pmap use' has set: give --no-use, or `pmap use --none'",
		 pmap_option_name(id));
	return why;
}

const char *pmap_context_apply(struct pmap_options *opt,
			       const struct pmap_syntax *syntax, bool whole,
			       unsigned *applied_ret)
{
	/* The options as typed: what the context adds below must not hide them. */
	const struct pmap_options own = *opt;

	*applied_ret = 0;
	for (size_t i = 0; !own.no_use && i < MEMBERS; i++) {
		const struct member *m = &members[i];

		if (!pmap_option_given(&kept, m->id) || gives_way(&own, m))
			continue;
		if (!pmap_syntax_takes(syntax, m->id)) {
			if (whole)
				return fail_not_taken(m->id);
			continue;
		}
		if (!pmap_option_copy(opt, &kept, m->id))
			return "out of memory";
		*applied_ret |= 1u << i;
	}
	return NULL;
}

/* --- In words ------------------------------------------------------------- */

static bool is_number(const char *text)
{
	return isdigit((unsigned char)text[0]) &&
	       !text[strspn(text, "0123456789abcdefABCDEFxX")];
}

static void add_value(struct pmap_text *out, enum pmap_option id)
{
	switch (pmap_option_places[id].type) {
	case PMAP_TYPE_EXPR:
		pmap_text_add(out, "0x%" PRIx64, pmap_option_value(&kept, id));
		break;
	case PMAP_TYPE_FORMAT:
		pmap_text_puts(out, (*(const struct pml_format *const *)place_of(id))->name);
		break;
	case PMAP_TYPE_STRING:
		pmap_text_puts(out, *(char *const *)place_of(id));
		break;
	default:
		break;
	}
}

void pmap_context_add_words(struct pmap_text *out, unsigned which)
{
	const char *before = "";

	for (size_t i = 0; i < MEMBERS; i++) {
		enum pmap_option id = members[i].id;

		if (!(which >> i & 1) || !pmap_option_given(&kept, id))
			continue;
		pmap_text_add(out, "%s%s%s", before, pmap_option_name(id),
			      pmap_option_places[id].type == PMAP_TYPE_FLAG ? "" : " ");
		add_value(out, id);
		before = " ";
	}
}

void pmap_context_add_lines(struct pmap_text *out)
{
	for (size_t i = 0; i < MEMBERS; i++) {
		enum pmap_option id = members[i].id;
		const char *text = "0";

		if (!pmap_option_given(&kept, id))
			continue;
		if (pmap_option_places[id].type == PMAP_TYPE_EXPR)
			text = ((const struct pmap_expr *)place_of(id))->text;
		pmap_text_add(out, "%-15s ", pmap_option_name(id));
		add_value(out, id);
		if (!is_number(text))
			pmap_text_add(out, "  (%s)", text);
		pmap_text_puts(out, "\n");
	}
	if (!pmap_context_given(&kept))
		pmap_text_puts(out, "nothing: commands go by the registers of the selected CPU\n");
}

static void add_json_name(struct pmap_text *out, const char *name)
{
	pmap_text_puts(out, ",\"");
	for (name += strspn(name, "-"); *name; name++)
		pmap_text_put(out, *name == '-' ? "_" : name, 1);
	pmap_text_puts(out, "\":");
}

void pmap_context_add_json(struct pmap_text *out, unsigned which)
{
	pmap_text_puts(out, "{\"kind\":\"context\"");
	for (size_t i = 0; i < MEMBERS; i++) {
		enum pmap_option id = members[i].id;

		if (!(which >> i & 1) || !pmap_option_given(&kept, id))
			continue;
		add_json_name(out, pmap_option_name(id));
		if (pmap_option_places[id].type == PMAP_TYPE_FLAG) {
			pmap_text_puts(out, "true");
			continue;
		}
		pmap_text_puts(out, "\"");
		add_value(out, id);
		pmap_text_puts(out, "\"");
	}
	pmap_text_puts(out, "}\n");
}
