/*
 * What GDB appends to the request file: items of one letter and a text.
 *
 * 	b SETTINGS:NAME;	a command begins
 * 	w WORD\n	its next word, byte for byte; no command line has a newline
 * 	v N=VALUE,...;	the value of expression N, or N=IS_VOID:VALUE, or N?IS_VOID
 * 	c N;		the width of what is printed, in columns; 0 unlimited
 * 	m;		the monitor has answered
 * 	n;		what addresses are called has been printed
 * 	g;		go: the round's request is complete
 * 	p;		go, once memory is physical
 * 	s;		memory is virtual again
 * 	r;		the last answer once more, as a script
 * 	t;		the next part of a long text
 * 	q;		Ctrl-C, now
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_REQUEST_H
#define PMAP_REQUEST_H

#include "base/text.h"

#define PMAP_REQUEST_BETWEEN "\1"	/* words */
#define PMAP_REQUEST_HEADER 5		/* numbers of 32 bits in a `b' */

/* The last item's letter, or 0: GDB is still writing. */
char pmap_request_kind(const struct pmap_text *request);

/* `take` gets each item, in order; they are cut apart for it. */
void pmap_request_each(struct pmap_text *request,
		       void (*take)(char kind, char *text));

#endif
