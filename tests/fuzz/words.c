/*
 * The words of a command line, for every kind of operands: they are taken, or
 * refused with a reason, and nothing is kept of them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "fuzz.h"
#include "target/options.h"

#define WORDS	24

static void count(struct pmap_expr *expr, void *arg)
{
	MUST(expr->text);
	++*(int *)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint64_t kind = take(&in, 1);
	enum pmap_option all[PMAP_OPTIONS + 1];
	const struct pmap_syntax syntax = {
		.operands = kind % (PMAP_OPERANDS_RANGE + 1),
		.required = kind & 0x40, .rights = kind & 0x80, .options = all,
	};
	char *text = strndup((const char *)in.data, in.size), *rest = text;
	struct pmap_options opt = { 0 };
	char *argv[WORDS], *error;
	int argc = 0, exprs = 0;

	MUST(text);
	for (int i = 0; i <= PMAP_OPTIONS; i++)
		all[i] = i;
	while (argc < WORDS && (argv[argc] = strsep(&rest, "\n")))
		argc++;
	error = pmap_options_parse(&opt, &syntax, argc, argv);
	MUST(!error || error[0]);
	pmap_options_exprs(&opt, count, &exprs);
	MUST(exprs <= (int)size + 1);
	pmap_options_free(&opt);
	free(error);
	free(text);
	return 0;
}
