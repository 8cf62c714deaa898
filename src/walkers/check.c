/*
 * pmap check --mirror: have two sets of tables come apart?
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>

#include "show/run.h"
#include "target/query.h"
#include "traverse/pairs.h"
#include "traverse/traverse.h"
#include "walkers/walkers.h"

struct check {
	struct pmap_query *q;
	struct pml_space mirror;
	struct pmap_pairs pairs;
	struct pml_mirror_record held;	/* a difference that may go on */
	uint64_t held_as;		/* that of tables which differed there */
	bool has_held, has_held_as;
	uint64_t ranges, entries;
};

/* "rw-u 4K 0xa01000", "hole", "nonpresent 0x30": what one side has at va. */
static void add_side(struct pmap_text *out, const struct pml_record *r,
		     uint64_t va)
{
	char rights[5];

	if (r->kind != PML_LEAF) {
		pmap_text_puts(out, pmap_kind_name(r->kind));
		if (r->raw)
			pmap_text_add(out, " 0x%" PRIx64, r->raw);
		return;
	}
	pmap_text_add(out, "%s ", pmap_rights_name(r->rights, rights));
	pmap_text_size(out, 1ULL << r->shift);
	pmap_text_add(out, " 0x%" PRIx64, r->pa + (va - r->va));
}

static void add_differs(struct pmap_text *out, unsigned differs)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
		{ PML_MIRROR_MAPPED, "mapped" }, { PML_MIRROR_KIND, "entry" },
		{ PML_MIRROR_FRAME, "frame" }, { PML_MIRROR_RIGHTS, "rights" },
		{ PML_MIRROR_PAGE, "page size" },
	};
	const char *comma = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(differs & names[i].bit))
			continue;
		pmap_text_add(out, "%s%s", comma, names[i].name);
		comma = ", ";
	}
}

static void flush(struct check *c)
{
	const struct pml_mirror_record *h = &c->held;
	struct pmap_text *out = c->q->out;

	if (!c->has_held)
		return;
	c->has_held = false;
	c->ranges++;
	pmap_text_add(out, "%016" PRIx64 "-%016" PRIx64 "  ", h->va, h->last);
	if (c->has_held_as) {
		pmap_text_add(out, "as at %016" PRIx64 "\n", c->held_as);
		return;
	}
	add_differs(out, h->differs);
	pmap_text_puts(out, ": ");
	add_side(out, &h->own, h->va);
	pmap_text_puts(out, ", mirror ");
	add_side(out, &h->other, h->va);
	pmap_text_puts(out, "\n");
}

/* Does one side go on as it was: the same sort of page, in the next frame? */
static bool goes_on(const struct pml_record *held, const struct pml_record *r,
		    uint64_t va)
{
	if (held->kind != r->kind)
		return false;
	if (held->kind != PML_LEAF)
		return held->raw == r->raw;
	return held->rights == r->rights && held->shift == r->shift &&
	       held->pa + (va - held->va) == r->pa + (va - r->va);
}

static void add_difference(struct check *c, const struct pml_mirror_record *r)
{
	struct pml_mirror_record *h = &c->held;

	pmap_pairs_differ(&c->pairs);
	if (c->has_held && !c->has_held_as && h->last + 1 == r->va &&
	    h->differs == r->differs &&
	    goes_on(&h->own, &r->own, r->va) &&
	    goes_on(&h->other, &r->other, r->va)) {
		h->last = r->last;
		return;
	}
	flush(c);
	*h = *r;
	c->has_held = true;
	c->has_held_as = false;
}

/* The same tables as at `va', and something in them differs. */
static void add_repeated(struct check *c, const struct pml_mirror_record *r,
			 uint64_t va)
{
	pmap_pairs_differ(&c->pairs);
	if (c->has_held && c->has_held_as && c->held_as == va &&
	    c->held.last + 1 == r->va) {
		c->held.last = r->last;
		return;
	}
	flush(c);
	c->held = *r;
	c->held_as = va;
	c->has_held = c->has_held_as = true;
}

/* One table of the own tree: is the mirror's at its distance? */
static void check_pair(struct check *c, uint64_t va, int level, uint64_t own_pa)
{
	struct pmap_query *q = c->q;
	const struct pml_format *fmt = q->target.space.fmt;
	uint64_t expected = own_pa + q->opt.paired.value, pa;
	bool there = pml_table_of(&c->mirror, va, level, &pa);

	c->entries++;
	if (there && pa == expected)
		return;
	flush(c);
	pmap_pairs_differ(&c->pairs);
	c->ranges++;
	pmap_text_add(q->out, "%016" PRIx64 "  the table of %ss at 0x%" PRIx64
		      " should have its pair at 0x%" PRIx64 ", ", va,
		      fmt->level[level].name, own_pa, expected);
	if (there)
		pmap_text_add(q->out, "the mirror's is at 0x%" PRIx64 "\n", pa);
	else
		pmap_text_puts(q->out, "the mirror has none\n");
}

/* The rule of paired tables: for those that user mode gets to, if only it counts. */
static void check_table(struct check *c, const struct pml_record *table)
{
	const struct pmap_options *opt = &c->q->opt;

	if (opt->paired.text && table->kind == PML_TABLE &&
	    (!opt->user || (table->rights & PML_U)))
		check_pair(c, table->va, table->level - 1, table->pa);
}

/* Tables come next: what is known of them, or what is to be read. */
static void enter(struct check *c, struct pml_mirror *m,
		  const struct pml_mirror_record *r)
{
	struct pmap_query *q = c->q;
	bool differs;
	uint64_t va;

	if (pmap_pairs_met(&c->pairs, r, &va, &differs)) {
		if (differs)
			add_repeated(c, r, va);
		pml_mirror_skip(m, r);
		return;
	}
	/* Unless the mirror's table, which covers more, is to be entered first. */
	if (r->other.kind != PML_TABLE || r->own.last >= r->other.last)
		check_table(c, &r->own);
	if (r->own.kind == PML_TABLE)
		pmap_ahead(q, &q->target.space, &r->own);
	if (r->other.kind == PML_TABLE)
		pmap_ahead(q, &c->mirror, &r->other);
}

static void compare_one(struct check *c, struct pml_mirror *m,
			const struct pml_mirror_record *r)
{
	pmap_pairs_at(&c->pairs, r);
	if (r->entering) {
		enter(c, m, r);
		return;
	}
	c->entries++;
	/* A table of both, which is none of a pair. */
	check_table(c, &r->own);
	if (r->differs)
		add_difference(c, r);
}

static void compare(struct check *c)
{
	struct pmap_query *q = c->q;
	const struct pml_space *own = &q->target.space;
	struct pmap_watch watch;
	struct pml_mirror m;
	struct pml_mirror_record r;

	pmap_watch_begin(&watch, q);
	pmap_ahead_root(q, own, q->first, q->last);
	pmap_ahead_root(q, &c->mirror, q->first, q->last);
	if (q->opt.paired.text)
		check_pair(c, q->first, own->fmt->levels, pml_root_pa(own));
	pml_mirror_init(&m, own, &c->mirror, q->first, q->last,
			PML_MIRROR_TABLES | (q->opt.user ? PML_MIRROR_USER : 0));
	while (pmap_watch_go(&watch, m.va) && pml_mirror_next(&m, &r)) {
		/* What could not be read because of it is no difference. */
		if (pmap_bridge_interrupted())
			break;
		compare_one(c, &m, &r);
	}
	flush(c);
	pmap_watch_end(&watch);
}

/* What is compared if no range is given: what both can have addresses for. */
static void limit_range(struct check *c)
{
	struct pmap_query *q = c->q;
	const struct pml_format *own = q->target.space.fmt;
	const struct pml_format *other = c->mirror.fmt;
	uint64_t half = (1ULL << (own->va_bits - 1)) - 1;

	if (q->opt.start.text)
		return;
	if (own->sign_extended != other->sign_extended && q->last > half)
		q->last = half;
	if (pml_top(other) < q->last)
		q->last = pml_top(other);
}

static int set_mirror(struct check *c)
{
	struct pmap_query *q = c->q;
	const struct pmap_options *opt = &q->opt;

	c->mirror = q->target.space;
	if (opt->mirror_format)
		c->mirror.fmt = opt->mirror_format;
	c->mirror.root = opt->mirror.value;
	/* What NX=0 reserves is not what other formats have at that place. */
	if (!c->mirror.fmt->nx)
		c->mirror.rsvd &= (1ULL << 52) - 1;
	if (!c->mirror.at(c->mirror.ctx, pml_root_pa(&c->mirror),
			  c->mirror.fmt->entry_size))
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
				 "the mirror's root table at 0x%" PRIx64 " cannot be read: check --mirror",
				 pml_root_pa(&c->mirror));
	return 0;
}

static void free_pairs(struct check *c)
{
	pmap_pairs_end(&c->pairs);
}

int pmap_check(struct pmap_query *q)
{
	/* GDB's exceptions come through reads. */
	__attribute__((cleanup(free_pairs))) struct check c = { .q = q };
	int status;

	if (!q->opt.mirror.text)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "check what? --mirror EXPR names the root to compare with; see `help pmap check'");
	status = pmap_query_range(q);
	if (!status)
		status = set_mirror(&c);
	if (status)
		return status;
	limit_range(&c);
	pmap_pairs_begin(&c.pairs, &q->target.space, &c.mirror);
	compare(&c);
	if (pmap_bridge_interrupted())
		return PMAP_STATUS_INTERRUPTED;
	if (c.ranges)
		pmap_text_add(q->out, "%" PRIu64 " differences\n", c.ranges);
	else
		pmap_text_add(q->out, "the mirror agrees (%" PRIu64 " entries and holes compared)\n",
			      c.entries);
	pmap_result_u64(q->call, "ranges", c.ranges);
	pmap_result_u64(q->call, "ok", !c.ranges);
	return c.ranges ? PMAP_STATUS_UNEXPECTED : PMAP_STATUS_OK;
}
