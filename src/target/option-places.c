/*
 * What was typed, option by option: where each has its place, and what is done
 * with all of them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "target/options.h"

const struct pmap_option_place pmap_option_places[PMAP_OPTIONS] = {
#define PMAP_OPTION(ID, place, type, name, value) \
	[PMAP_OPT_##ID] = { name, PMAP_TYPE_##type, \
			    offsetof(struct pmap_options, place) },
#include "target/option-list.h"
#undef PMAP_OPTION
};

static void *place_of(const struct pmap_options *opt, size_t id)
{
	return (char *)opt + pmap_option_places[id].offset;
}

static void free_range(struct pmap_expr_range *range)
{
	free(range->start.text);
	free(range->end.text);
}

static void free_list(struct pmap_expr_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->expr[i].text);
	free(list->expr);
}

void pmap_options_free(struct pmap_options *opt)
{
	free(opt->start.text);
	free(opt->end.text);
	free(opt->to.text);
	free(opt->rights_word);
	free(opt->text);
	free(opt->letters);
	for (size_t i = 0; i < PMAP_NAMES; i++)
		free(opt->name[i]);
	for (size_t i = 0; i < opt->nmore; i++)
		free(opt->more[i].text);
	free(opt->more);
	for (size_t i = 0; i < opt->nlines; i++)
		pmap_options_free(&opt->lines[i]);
	free(opt->lines);
	for (size_t i = 0; i < PMAP_OPTIONS; i++) {
		void *place = place_of(opt, i);

		if (pmap_option_places[i].type == PMAP_TYPE_EXPR)
			free(((struct pmap_expr *)place)->text);
		else if (pmap_option_places[i].type == PMAP_TYPE_RANGE)
			free_range(place);
		else if (pmap_option_places[i].type == PMAP_TYPE_LIST)
			free_list(place);
		else if (pmap_option_places[i].type == PMAP_TYPE_STRING)
			free(*(char **)place);
	}
}

void pmap_options_exprs(struct pmap_options *opt,
			void (*each)(struct pmap_expr *expr, void *arg),
			void *arg)
{
	if (opt->start.text && !opt->start.known)
		each(&opt->start, arg);
	if (opt->end.text && !opt->end.known)
		each(&opt->end, arg);
	if (opt->to.text && !opt->to.known)
		each(&opt->to, arg);
	for (size_t i = 0; i < opt->nmore; i++)
		if (!opt->more[i].known)
			each(&opt->more[i], arg);
	for (size_t i = 0; i < opt->nlines; i++)
		pmap_options_exprs(&opt->lines[i], each, arg);
	for (size_t i = 0; i < PMAP_OPTIONS; i++) {
		enum pmap_option_type type = pmap_option_places[i].type;
		struct pmap_expr *expr = place_of(opt, i);
		struct pmap_expr_range *range = (void *)expr;
		struct pmap_expr_list *list = (void *)expr;

		for (size_t j = 0; type == PMAP_TYPE_LIST && j < list->count; j++)
			if (list->expr[j].text)
				each(&list->expr[j], arg);
		if (type != PMAP_TYPE_EXPR && type != PMAP_TYPE_RANGE)
			continue;
		if (expr->text && !expr->known)
			each(expr, arg);
		if (type == PMAP_TYPE_RANGE && range->end.text &&
		    !range->end.known)
			each(&range->end, arg);
	}
}

const char *pmap_option_name(enum pmap_option id)
{
	return pmap_option_places[id].name;
}

bool pmap_option_given(const struct pmap_options *opt, enum pmap_option id)
{
	const void *place = place_of(opt, id);

	switch (pmap_option_places[id].type) {
	case PMAP_TYPE_FLAG:
		return *(const bool *)place;
	case PMAP_TYPE_EXPR:
	case PMAP_TYPE_RANGE:
		return ((const struct pmap_expr *)place)->text;
	case PMAP_TYPE_LIST:
		return ((const struct pmap_expr_list *)place)->count;
	case PMAP_TYPE_STRING:
	case PMAP_TYPE_FORMAT:
		return *(const void *const *)place;
	}
	return false;
}

uint64_t pmap_option_value(const struct pmap_options *opt, enum pmap_option id)
{
	const struct pmap_expr *expr = place_of(opt, id);

	return pmap_option_places[id].type == PMAP_TYPE_EXPR ? expr->value : 0;
}

bool pmap_option_copy(struct pmap_options *to, const struct pmap_options *from,
		      enum pmap_option id)
{
	const struct pmap_expr *expr = place_of(from, id);
	struct pmap_expr copy;
	char *string;

	switch (pmap_option_places[id].type) {
	case PMAP_TYPE_FLAG:
		*(bool *)place_of(to, id) = *(const bool *)place_of(from, id);
		break;
	case PMAP_TYPE_FORMAT:
		*(const struct pml_format **)place_of(to, id) =
			*(const struct pml_format *const *)place_of(from, id);
		break;
	case PMAP_TYPE_EXPR:
		copy = (struct pmap_expr){
			strdup(expr->text), expr->value, .known = true
		};
		*(struct pmap_expr *)place_of(to, id) = copy;
		return copy.text;
	case PMAP_TYPE_STRING:
		string = strdup(*(char *const *)place_of(from, id));
		*(char **)place_of(to, id) = string;
		return string;
	case PMAP_TYPE_RANGE:
	case PMAP_TYPE_LIST:
		return false;
	}
	return true;
}
