/*
 * pmap version: this pmap, the GDB that it runs in, and what it was built with.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <inttypes.h>

#include "target/query.h"
#include "walkers/walkers.h"

#ifndef HAVE_LIBOPCODES
#define OPCODES "not built in"
#elif defined(LIBOPCODES_FILE)
#define OPCODES "loaded when it is needed: " LIBOPCODES_FILE
#else
#define OPCODES "built in"
#endif

#ifdef HAVE_LIBKDUMPFILE
#define KDUMPFILE "built in"
#else
#define KDUMPFILE "not built in"
#endif

#ifdef HAVE_SNAPPY
#define SNAPPY "built in"
#else
#define SNAPPY "not built in"
#endif

/* What GDB was asked for: indices of call->values. */
struct asked {
	size_t major, minor;
};

static int ask(struct pmap_query *q)
{
	struct asked *asked = pmap_call_alloc(q->call, sizeof(*asked));

	if (!asked)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	asked->major = pmap_want(q->call, PMAP_QUIET, "$_gdb_major");
	asked->minor = pmap_want(q->call, PMAP_QUIET, "$_gdb_minor");
	q->own = asked;
	q->asks = PMAP_NEED_VALUES;
	return PMAP_STATUS_OK;
}

static void add_gdb(struct pmap_query *q, const struct asked *asked)
{
	const struct pmap_value *major = &q->call->values[asked->major];
	const struct pmap_value *minor = &q->call->values[asked->minor];

	if (!major->present || !minor->present)
		pmap_text_puts(q->out, "GDB           not known\n");
	else
		pmap_text_add(q->out, "GDB           %" PRIu64 ".%" PRIu64 "\n",
			      major->value, minor->value);
}

int pmap_version(struct pmap_query *q)
{
	if (!q->own)
		return ask(q);
	pmap_text_puts(q->out, "pmap          " PACKAGE_VERSION "\n");
	add_gdb(q, q->own);
	pmap_text_puts(q->out, "libopcodes    " OPCODES "\n");
	pmap_text_puts(q->out, "libkdumpfile  " KDUMPFILE "\n");
	pmap_text_puts(q->out, "snappy        " SNAPPY "\n");
	pmap_result_str(q->call, "version", PACKAGE_VERSION);
	return PMAP_STATUS_OK;
}
