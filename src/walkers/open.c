/*
 * pmap open: a dump or an image, where there is no target.
 *
 * gdbinit/open.gdb gives GDB a blank core file before, so that it calls the
 * plugin at all, and the one that is made here afterwards.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "memory/corefile.h"
#include "memory/session.h"
#include "target/query.h"
#include "walkers/walkers.h"

/* What GDB opens next: the dump itself, where GDB tells its threads apart. */
static bool make_core(const struct pmap_query *q, const struct pmap_notes *notes)
{
	if (!notes)
		return pmap_corefile_blank();
	if (q->source->ops == &pmap_source_elfcore && notes->as_in_file &&
	    pmap_notes_numbered(notes))
		return pmap_corefile_is(pmap_session_choice()->args.piece[0].file);
	return pmap_corefile_of(notes);
}

static void add_cpus(struct pmap_query *q, const struct pmap_notes *notes)
{
	size_t threads = notes ? notes->threads : 0;

	if (threads == 1)
		pmap_text_puts(q->out, "its CPU is GDB's thread 1\n");
	else if (threads)
		pmap_text_add(q->out, "its CPUs are GDB's threads 1 to %zu\n",
			      threads);
	else
		pmap_text_puts(q->out, "it has no CPUs: GDB's thread 1 stands for one whose registers are not known\n");
	if (!notes || (!pmap_notes_tells_root(notes) && pmap_notes_is_x86(notes)))
		pmap_text_puts(q->out, "give --root and --format, or once `set $cr3 = ...', $cr0, $cr4 and $efer\n");
	else if (!pmap_notes_tells_root(notes))
		pmap_text_puts(q->out, "give --root and --format\n");
	if (notes && notes->info.moved)
		pmap_text_add(q->out, "the kernel was moved (KASLR): `symbol-file VMLINUX -o 0x%" PRIx64 "'\n",
			      notes->info.moved);
}

int pmap_open(struct pmap_query *q)
{
	const struct pmap_notes *notes = NULL;

	if (!q->source)
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY, "open: the file was not opened");
	if (q->source->ops->notes)
		notes = q->source->ops->notes(q->source);
	if (!make_core(q, notes))
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "open: there is no core file for GDB: descriptor %d is in use, or memory is short",
				 PMAP_COREFILE_FD);
	pmap_text_add(q->out, "%s: %s\n", q->source->ops->name, q->source->why);
	add_cpus(q, notes);
	pmap_result_str(q->call, "source", q->source->ops->name);
	pmap_result_str(q->call, "machine", notes ? pmap_corefile_machine(notes) : "auto");
	pmap_result_u64(q->call, "cpus", notes ? notes->threads : 0);
	return PMAP_STATUS_OK;
}
