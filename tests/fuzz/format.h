/*
 * Which format an input is about.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_FUZZ_FORMAT_H
#define PMAP_FUZZ_FORMAT_H

#include "fuzz.h"
#include "world.h"

/* How many real ones there are. */
#define FORMATS	(sizeof(pml_formats) / sizeof(pml_formats[0]) - 1)

/* The first byte says it: the invented ones are the last. */
static inline const struct pml_format *take_format(struct input *in)
{
	unsigned which = take(in, 1);

	return which < 0xd0 ? pml_formats[which % FORMATS]
			    : invented[which % INVENTED];
}

#endif
