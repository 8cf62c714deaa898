/*
 * A filter is what the options say, whatever was in its place before.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "memory/peer.h"
#include "show/filter.h"
#include "tap.h"
#include "target/arch.h"
#include "target/query.h"

/* No output is QEMU's to read here. */
bool pmap_peer_reads_output(void)
{
	return false;
}

static const char *const types[] = { "wb", NULL };
static const struct pmap_arch arch = { .memory_types = types };

int main(void)
{
	const struct pmap_run leaf = { .kind = PML_LEAF, .last = 0xfff };
	const struct pmap_run hole = { .kind = PML_NONPRESENT, .last = 0xfff };
	struct pmap_query q = { .target = { .arch = &arch, .space.fmt = &pml_x86_64_4 } };
	struct pmap_filter f;

	memset(&f, 0xff, sizeof(f));
	ok(pmap_filter_init(&f, &q) == 0, "without options");
	ok(pmap_filter_entry(&f, &leaf) && pmap_filter_entry(&f, &hole), "all is wanted");
	ok(!f.leaves && !f.entries && !f.has_va && !f.min_size, "and nothing is asked for");
	memset(&f, 0xff, sizeof(f));
	q.opt.page = "2M";
	ok(pmap_filter_init(&f, &q) == 0 && f.leaves && f.entries, "--page 2M");
	ok(!pmap_filter_entry(&f, &leaf), "a leaf of another size");
	return tap_done();
}
