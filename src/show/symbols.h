/*
 * What GDB's symbol files call the addresses of an answer.
 *
 * The answer is written first, with places for what they are called; then GDB is
 * asked for all of them in one round (command/ending.c), and the places are filled.
 * It says nothing about what is mapped there: GDB may have another program's symbols.
 * So it stands in GDB's own manner, <start_kernel+0x10 in .init.text>, and in fields
 * of its own.  Manual: "Names".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_SHOW_SYMBOLS_H
#define PMAP_SHOW_SYMBOLS_H

#include "show/record.h"

/* Does the answer say them?  With --names, and to a person; not of physical addresses. */
bool pmap_symbols_wanted(const struct pmap_query *q);

/*
 * The end of q->out is a place for the symbol of `va', if it is wanted.
 * PMAP_SHAPE_NONE: as GDB's x has it, without the section.
 */
void pmap_symbols_add(struct pmap_query *q, uint64_t va, enum pmap_shape shape);

/*
 * The same of the row that was written just now.  Of a writer that does so for each
 * of its rows, pmap_symbols_begin() comes before the first.
 */
void pmap_symbols_begin(struct pmap_writer *w);
void pmap_symbols_add_row(struct pmap_writer *w, uint64_t va);

/* Fill all places, with what is known by now. */
void pmap_symbols_fill(struct pmap_query *q);

#endif
