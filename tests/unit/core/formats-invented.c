/*
 * What a format can say, over random tables of formats that are made up for
 * it: pml_translate(), the cursor and pml_for_each() against the naive walk,
 * with tables of several pages some of which are not there.  And by hand: runs
 * of entries, the edges of an upper half, tags, what takes rights away.
 * Arguments: a seed and the number of rounds.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "image.h"
#include "tap.h"
#include "world.h"

#define TABLES		8
#define ADDRESSES	60
#define RECORDS		300

struct random_space {
	struct image *img;
	struct geometry g;
	struct pml_space s;
	uint64_t rng;
};

static bool chance(struct random_space *r, unsigned percent)
{
	return rnd_below(&r->rng, 100) < percent;
}

/* Anywhere, far above 4 GiB too; of 64 KiB each, the root of 128. */
static uint64_t table_pa(const struct random_space *r, unsigned i)
{
	int top = r->g.inv.family == INV_A ? 50 : r->g.inv.family == INV_S ? 48
									   : 45;

	return 0x12340000ULL + i * 0x1360000ULL + ((i & 3ULL) << top);
}

/* An entry's bits for an address, whatever the rest of it means. */
static uint64_t address_bits(const struct random_space *r, uint64_t pa)
{
	switch (r->g.inv.family) {
	case INV_V:
		return pa >> 12 << 10;
	case INV_A:
		return (pa & oracle_ones(12, 49)) | (pa >> 50 & 3) << 8;
	default:
		return (pa & oracle_ones(16, 47)) | (pa >> 48 & 15) << 12;
	}
}

static uint64_t random_entry(struct random_space *r, int level)
{
	const struct geometry *g = &r->g;
	bool v = g->inv.family == INV_V, leaf = level == 1 || chance(r, 20);
	uint64_t raw = rnd(&r->rng), pa = table_pa(r, rnd_below(&r->rng, TABLES + 1));

	if (chance(r, 25))
		return chance(r, 60) ? 0 : raw & ~1ULL;
	if (leaf)
		pa = raw >> g->shift[level] << g->shift[level] &
		     oracle_ones(12, v ? 55 : 51);
	if (v) {
		raw = (raw & (leaf ? 0x3fe : 0x320)) | 1 | (leaf ? 2 : 0);
		if (leaf && level == 1 && chance(r, 30))
			pa = (pa & ~0xffffULL) | 8 << 12, raw |= 1ULL << 63;
	} else {
		raw = (raw & (oracle_ones(51, 63) | 0xcfc)) | 1 |
		      (leaf && level > 1 ? 0 : 2);
		/* What tables deny, they do not always. */
		if (chance(r, 80))
			raw &= oracle_ones(0, 58);
	}
	raw |= address_bits(r, pa);
	if (chance(r, 6))
		raw ^= 1ULL << rnd_below(&r->rng, 64);
	return raw;
}

/* Entries near both ends of a table, and of its pieces. */
static bool is_likely(unsigned index, unsigned count)
{
	return (index + 4) % 512 < 8 || (index + 4) % count < 8;
}

static void random_tables(struct random_space *r)
{
	unsigned i, j;

	for (i = 0; i < TABLES; i++) {
		int level = i ? 1 + (int)rnd_below(&r->rng, r->g.levels)
			      : r->g.levels;
		unsigned count = 1u << r->g.bits[level];
		bool missing = chance(r, 50);

		for (j = 0; j < count; j++) {
			uint64_t slot_pa = table_pa(r, i) + j * 8;

			if (missing && j >> 9 && ((j >> 9) * 7 + i) % 3 == 0)
				continue;
			image_poke(r->img, slot_pa);
			if (is_likely(j, count) || chance(r, 4))
				image_set(r->img, table_pa(r, i), j,
					  random_entry(r, level));
		}
	}
}

static uint64_t random_va(struct random_space *r)
{
	const struct pml_format *fmt = r->s.fmt;
	uint64_t va = rnd(&r->rng) & oracle_ones(0, r->g.shift[1] - 1);
	int level, top = fmt->va_bits;

	for (level = 1; level <= r->g.levels; level++) {
		uint64_t n = 1ULL << r->g.bits[level];
		uint64_t index = rnd_below(&r->rng, 10) + n - 5 +
				 512 * rnd_below(&r->rng, n > 512 ? n / 512 : 1);

		va |= (index & (n - 1)) << r->g.shift[level];
	}
	if (fmt->upper || (fmt->sign_extended && va >> (top - 1) & 1))
		va |= ~0ULL << top;
	return chance(r, 2) ? rnd(&r->rng) : va;
}

static bool check_address(struct random_space *r, uint64_t va)
{
	struct verdict v = oracle_walk(&r->g, &r->s, va);
	struct pml_target t;
	struct pml_steps steps;
	bool mapped = pml_translate(&r->s, va, &t, &steps);

	if (mapped == (v.kind == PML_LEAF) && t.kind == v.kind &&
	    t.raw == v.raw && t.slot_pa == v.slot_pa && t.level == v.level &&
	    (!mapped || (t.pa == v.pa && t.rights == v.rights)) &&
	    steps.count == (v.kind == PML_NONCANONICAL ? 0 :
			    r->g.levels - v.level + 1))
		return true;
	printf("# translate %" PRIx64 ": kind %d level %d raw %" PRIx64 " pa %"
	       PRIx64 " rights %x; naive: %d %d %" PRIx64 " %" PRIx64 " %x\n",
	       va, t.kind, t.level, t.raw, t.pa, t.rights, v.kind, v.level,
	       v.raw, v.pa, v.rights);
	return false;
}

/* An address of a record, by the naive walk. */
static bool check_record(struct random_space *r, const struct pml_record *rec,
			 uint64_t va)
{
	struct verdict v = oracle_walk(&r->g, &r->s, va);

	if (rec->kind == v.kind &&
	    (rec->kind != PML_LEAF ||
	     (rec->pa + (va - rec->va) == v.pa && rec->rights == v.rights &&
	      rec->raw == v.raw && rec->slot_pa == v.slot_pa &&
	      !memcmp(rec->slot, &v.raw, 8))))
		return true;
	printf("# record %" PRIx64 "..%" PRIx64 " kind %d pa %" PRIx64
	       " rights %x at %" PRIx64 "; naive: %d %" PRIx64 " %x\n", rec->va,
	       rec->last, rec->kind, rec->pa, rec->rights, va, v.kind, v.pa,
	       v.rights);
	return false;
}

static bool check_cursor(struct random_space *r, uint64_t va, unsigned flags)
{
	struct pml_cursor c;
	struct pml_record rec;
	uint64_t next = va;
	int i;

	pml_cursor_init(&c, &r->s, va, ~0ULL, flags | PML_ENTER_RECURSIVE);
	for (i = 0; i < RECORDS && pml_next(&c, &rec); i++) {
		if (rec.kind == PML_TABLE)
			continue;
		if (rec.va != next || rec.last < rec.va)
			return false;
		if (!check_record(r, &rec, rec.va) ||
		    !check_record(r, &rec, rec.last))
			return false;
		next = rec.last + 1;
		if (next == 0)
			return !pml_next(&c, &rec) ||
			       (rec.kind == PML_TABLE && rec.leaving);
	}
	return i == RECORDS;
}

struct visiting {
	struct random_space *r;
	int count;
	bool right;
};

static int visit(const struct pml_record *rec, bool whole, void *arg)
{
	struct visiting *v = arg;

	(void)whole;
	if (rec->kind == PML_TABLE || rec->kind == PML_RECURSIVE)
		return 0;
	v->right = check_record(v->r, rec, rec->va) &&
		   check_record(v->r, rec, rec->last);
	return !v->right || v->count++ == 2 * RECORDS;
}

static bool check_visits(struct random_space *r, uint64_t va)
{
	struct visiting v = { .r = r, .right = true };

	pml_for_each(&r->s, va, ~0ULL, visit, &v);
	return v.right;
}

static bool check_round(const struct pml_format *fmt, uint64_t seed)
{
	static const uint8_t width[] = { 0, 42, 46, 49, 51 };
	struct random_space r = {
		.img = image_new(8), .rng = seed,
		.g = oracle_geometry(fmt->name, 0),
	};
	bool right = true;
	int i;

	r.g.maxphyaddr = width[rnd_below(&r.rng, 5)];
	r.g.no_1g = chance(&r, 20);
	r.s = (struct pml_space){
		.fmt = fmt, .at = image_at, .ctx = r.img,
		.root = inv_root(&r.g.inv, table_pa(&r, 0)) | 1ULL << 60,
		.pa_rsvd = r.g.maxphyaddr ? oracle_ones(r.g.maxphyaddr, 63) : 0,
		.no_leaf = r.g.no_1g ? PML_LEVEL(3) : 0,
	};
	random_tables(&r);
	for (i = 0; i < ADDRESSES && right; i++) {
		uint64_t va = random_va(&r);

		right = check_address(&r, va) &&
			(i % 8 || (check_cursor(&r, va, 0) &&
				   check_cursor(&r, va, PML_EACH | PML_PRE |
						PML_POST) &&
				   check_visits(&r, va)));
	}
	image_free(r.img);
	return right;
}

static void test_random(uint64_t seed, int rounds)
{
	size_t f;
	int i;

	for (f = 0; f < INVENTED; f++) {
		bool right = true;

		for (i = 0; i < rounds && right; i++)
			right = check_round(invented[f],
					    (seed + i) * 0x9e3779b97f4a7c15 + f);
		ok(right, "%s: %d rounds from seed %" PRIu64,
		   invented[f]->name, i, seed);
	}
}

/* --- By hand -------------------------------------------------------------- */

static void test_edges(void)
{
	struct image *img = image_new(8);
	struct pml_space s = { .fmt = &inv_a, .root = 0x1000, .at = image_at,
			       .ctx = img };
	struct pml_cursor c;
	struct pml_record r;
	struct pml_target t;

	image_load(img, "1000");
	ok(pml_bottom(&inv_a) == ~0ULL << 47 && pml_top(&inv_a) == ~0ULL &&
	   pml_bottom(&inv_v) == 0, "an upper half has a bottom");
	pml_cursor_init(&c, &s, 0, ~0ULL, 0);
	ok(pml_next(&c, &r) && r.kind == PML_NONCANONICAL && r.va == 0 &&
	   r.last == pml_bottom(&inv_a) - 1, "what is below it is no address");
	ok(pml_next(&c, &r) && r.kind == PML_HOLE && r.last == ~0ULL &&
	   !pml_next(&c, &r), "the rest is its own, to the top");
	s.ignored = oracle_ones(56, 63);
	ok(!pml_translate(&s, 0x12ff800000000000, &t, NULL) &&
	   t.kind == PML_NONCANONICAL, "an address with a tag is none");
	is_u64(pml_untagged(&s, 0x12ff800000000000), 0xffff800000000000,
	       "without it, the bit below says what was above");
	is_u64(pml_untagged(&s, 0x127f800000000000), 0x007f800000000000,
	       "and that may be zeros");
	image_free(img);
}

/* One page of inv-a, through tables that take rights away. */
static unsigned rights_of(uint64_t table, uint64_t leaf)
{
	struct image *img = image_new(8);
	struct pml_space s = { .fmt = &inv_a, .root = 0x1000, .at = image_at,
			       .ctx = img };
	struct pml_target t;

	image_set(img, 0x1000, 0, 0x2003 | table);
	image_set(img, 0x2000, 0, 0x3003);
	image_set(img, 0x3000, 0, 0x4003);
	image_set(img, 0x4000, 0, 0x5003 | leaf);
	pml_translate(&s, pml_bottom(&inv_a), &t, NULL);
	image_free(img);
	return t.kind == PML_LEAF ? t.rights : ~0u;
}

static void test_rights(void)
{
	is_u64(rights_of(0, 0), PML_R | PML_W | PML_X | PML_XU, "all but U");
	is_u64(rights_of(0, 0x40), PML_R | PML_W | PML_U | PML_XU,
	       "what user mode writes, the kernel does not execute");
	is_u64(rights_of(1ULL << 62, 0x40), PML_R | PML_U | PML_X | PML_XU,
	       "unless a table takes the right to write");
	is_u64(rights_of(1ULL << 61, 0x40), PML_R | PML_W | PML_X | PML_XU,
	       "or user mode's");
	is_u64(rights_of(3ULL << 59, 0), PML_R | PML_W, "or that to execute");
	is_u64(rights_of(0, 0x80), PML_R | PML_X | PML_XU, "a page to read");
	is_u64(rights_of(0, 0x80 | 1ULL << 51), PML_R | PML_W | PML_X | PML_XU,
	       "one to write, but clean");
	is_u64(rights_of(1ULL << 62, 0x80 | 1ULL << 51), PML_R | PML_X | PML_XU,
	       "which a table can forbid");
}

/* Four pages of a world by hand: 2 and 3 are a run. */
static struct world *world_with_run(const struct pml_format *fmt, bool far)
{
	struct world *w = world_new(fmt, 2, 40, false);
	struct pml_attr attr = { .rights = fmt->always | PML_R | PML_W,
				 .max_level = 1 };
	uint64_t first = pml_bottom(&w->fmt), run = w->fmt.level[1].run;
	struct verdict v;
	int i;

	if (pml_map(&w->ed, first, first + 0x3fff, 0x40000, &attr, 0, NULL))
		return NULL;
	for (i = 2; i < 4; i++) {
		uint64_t raw;

		v = oracle_walk(&w->g, &w->space, first + i * 0x1000);
		raw = v.raw | run;
		if (far)	/* the address says how long the run is */
			raw |= 1 << 10;
		memcpy(w->memory + world_offset(w, v.slot_pa), &raw, 8);
	}
	return w;
}

static void test_runs(const struct pml_format *fmt)
{
	struct world *w = world_with_run(fmt, fmt == &inv_v);
	uint64_t first = pml_bottom(&w->fmt), run = first + 0x2000;
	unsigned rights = fmt->always | PML_R;
	struct pml_pending pending;
	struct pml_attr attr = { .rights = rights };
	struct pml_target t;
	uint64_t hash;

	pml_pending_init(&pending);
	ok(pml_translate(&w->space, run + 0x1234, &t, NULL) && t.pa == 0x43234,
	   "%s: a run maps its pages", fmt->name);
	hash = world_hash(w);
	ok(pml_unmap(&w->ed, run, run + 0xfff, 0, &pending) == PML_EINVAL &&
	   pml_unmap(&w->ed, first, run + 0xfff, 0, &pending) == PML_EINVAL &&
	   pml_protect(&w->ed, run + 0x1000, run + 0x1fff, rights, 0,
		       &pending) == PML_EINVAL &&
	   pml_map(&w->ed, run, run + 0xfff, 0, &attr, PML_REPLACE,
		   &pending) == PML_EINVAL && hash == world_hash(w),
	   "%s: one of them cannot be changed alone", fmt->name);
	ok(!pml_protect(&w->ed, first + 0x1000, run + 0x1fff, rights, 0,
			&pending) &&
	   pml_translate(&w->space, run + 0x1234, &t, NULL) &&
	   t.pa == 0x43234 && t.rights == rights &&
	   (t.raw & w->fmt.level[1].run),
	   "%s: all can, and stay a run", fmt->name);
	ok(!pml_unmap(&w->ed, first, run + 0x1fff, 0, &pending) &&
	   w->live == 1 + pending.freed.chain[1].count +
		      pending.freed.chain[2].count +
		      pending.freed.chain[3].count,
	   "%s: all can go", fmt->name);
	world_release(w, &pending);
	world_delete(w);
}

/* The last change that a store saw, of a kind. */
static struct {
	unsigned in_place, broken;
	uint64_t raw;
} stores;

static uint64_t count_store(void *ctx, const struct pml_change *c)
{
	stores.broken += c->break_first;
	stores.in_place += c->exchange && !c->break_first;
	return world_store(ctx, c);
}

static void test_break(void)
{
	static const struct pml_ops ops = {
		.alloc = world_alloc, .free = world_free, .store = count_store
	};
	struct world *w = world_new(&inv_a, 2, 40, false);
	struct pml_attr attr = { .rights = PML_R | PML_W };
	uint64_t va = pml_bottom(&w->fmt);
	struct pml_pending pending;

	w->ed.ops = &ops;
	pml_pending_init(&pending);
	memset(&stores, 0, sizeof(stores));
	ok(!pml_map(&w->ed, va, va + 0x3fff, 0x40000, &attr, 0, &pending) &&
	   !stores.broken && !stores.in_place,
	   "a block where nothing was: nothing to break");
	pml_protect(&w->ed, va, va + 0x3fff, PML_R, 0, &pending);
	ok(!stores.broken && stores.in_place == 1, "rights change in place");
	pml_protect(&w->ed, va, va + 0xfff, PML_R | PML_W, 0, &pending);
	ok(stores.broken == 1 && pending.flush,
	   "a block that becomes a table is broken first");
	memset(&stores, 0, sizeof(stores));
	pml_map(&w->ed, va, va + 0xfff, 0x90000, &attr, PML_REPLACE, &pending);
	ok(stores.broken == 1, "and so is a page that leads elsewhere");
	world_release(w, &pending);
	world_delete(w);
}

int main(int argc, char **argv)
{
	test_random(argc > 1 ? strtoull(argv[1], NULL, 0) : 1,
		    argc > 2 ? atoi(argv[2]) : 25);
	test_edges();
	test_rights();
	test_runs(&inv_v);
	test_runs(&inv_a);
	test_break();
	return tap_done();
}
