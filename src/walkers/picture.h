/*
 * --svg FILE: the runs as a picture.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_WALKERS_PICTURE_H
#define PMAP_WALKERS_PICTURE_H

#include "target/query.h"

/*
 * All of a command that has --svg, as q's options want it; the answer is the
 * picture.  The status, after pmap_fail() where it is an error.
 */
int pmap_picture(struct pmap_query *q);

#endif
