/*
 * Runs in, bytes out: one renderer a format of output.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_RENDER_H
#define PMAP_RENDER_H

#include "base/text.h"
#include "show/run.h"

struct pmap_renderer {
	/* Before the first run; may be NULL. */
	void (*begin)(struct pmap_text *out);
	void (*run)(struct pmap_text *out, const struct pmap_run *run);
};

/* Aligned columns, for people. */
extern const struct pmap_renderer pmap_render_text;
/* One object a line: the contract that other tools build on. */
extern const struct pmap_renderer pmap_render_json;

/* What the columns and letters of pmap_render_text mean. */
extern const char pmap_text_legend[];

#endif
