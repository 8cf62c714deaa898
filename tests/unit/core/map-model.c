/*
 * Random sequences of map, unmap and protect against a plain array.
 *
 * The array has a cell for each stretch between two cuts of the address space.
 * For tables of a few entries each cell is one page; for the manuals' geometry
 * the cuts lie where page sizes, halves and the top meet, and every range
 * begins and ends at a cut.  After each step the tables must say what the
 * array says: to the naive oracle, to the cursor, and in the table beside.
 *
 * PML_MODEL_STEPS=N steps for each world (default: MODEL_STEPS; fewer with
 * full tables), PML_MODEL_SEED=N another sequence.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "tap.h"
#include "world.h"

#ifndef MODEL_STEPS
#define MODEL_STEPS 12500
#endif
#define MAX_CELLS 1100
#define MAX_RANGE ((1ULL << 38) - 1)	/* what physical addresses have room for */

struct cell {
	enum pml_kind kind;	/* HOLE, LEAF or NONPRESENT */
	uint64_t pa;
	struct pml_attr attr;
	uint64_t foreign;	/* NONPRESENT: not ours, its value; 0: a page */
};

struct model {
	struct world *w;
	unsigned cells;
	uint64_t cut[MAX_CELLS + 1];	/* the cell's first address; [cells] is past the last */
	bool gap[MAX_CELLS];		/* not canonical: no range includes it */
	struct cell cell[MAX_CELLS];
	bool exact;			/* each cell is a page: accessed and dirty are followed */
	bool foreign;			/* entries of others occur */
	bool widen;			/* tables may deny rights */
	unsigned long done, refused, out_of_memory, failures;
};

/* One step, so that a failure can say it. */
struct step {
	int what;
	unsigned a, b;			/* cells a..b */
	uint64_t first, last, pa;
	struct pml_attr attr;
	unsigned flags, levels;		/* may_fail: mask of 1 << -status */
};

enum { MAP, UNMAP, PROTECT, ADD_TABLES, FOREIGN, TOUCH };

static uint64_t cell_last(const struct model *m, unsigned i)
{
	return m->cut[i + 1] - 1;
}

/* The processor set flags in the page that `va` is in. */
static void model_raced(struct world *w, uint64_t va, int level, unsigned marks)
{
	struct model *m = w->arg;
	uint64_t last = va | ((1ULL << w->g.shift[level]) - 1);
	unsigned i;

	for (i = 0; m->exact && i < m->cells; i++)
		if (m->cut[i] >= va && cell_last(m, i) <= last) {
			m->cell[i].attr.accessed |= !!(marks & MARK_ACCESSED);
			m->cell[i].attr.dirty |= !!(marks & MARK_DIRTY);
		}
}

static bool same_attr(const struct model *m, const struct pml_attr *a,
		      const struct pml_attr *b)
{
	return a->rights == b->rights && a->memtype == b->memtype &&
	       a->pkey == b->pkey && a->global == b->global &&
	       a->soft == b->soft && a->encrypted == b->encrypted &&
	       (!m->exact || (a->accessed == b->accessed &&
			      a->dirty == b->dirty));
}

/* What is in one address, against its cell. */
static bool check_address(struct model *m, unsigned i, uint64_t va)
{
	const struct world *w = m->w;
	const struct cell *cell = &m->cell[i];
	struct verdict v = oracle_walk(&w->g, &w->space, va);
	struct pml_attr attr;
	uint64_t pa = cell->pa + (va - m->cut[i]);

	if (v.kind != cell->kind)
		return false;
	if (v.kind == PML_HOLE)
		return true;
	if (cell->foreign)
		return v.raw == cell->foreign;
	pml_leaf_attr(&w->space, v.level, v.raw, &attr);
	if (v.kind == PML_LEAF && (v.pa != pa || v.rights != attr.rights))
		return false;
	if (w->beside) {
		const struct beside *b = w->beside + world_offset(w, v.slot_pa) /
					 w->fmt.entry_size;

		if (b->kind != v.kind || b->rights != attr.rights ||
		    b->pa != (pa & ~oracle_ones(0, w->g.shift[v.level] - 1)))
			return false;
		attr.accessed |= !!(b->marks & MARK_ACCESSED);
		attr.dirty |= !!(b->marks & MARK_DIRTY);
	}
	return same_attr(m, &attr, &cell->attr);
}

/* Each record of the cursor must lie in cells that say the same. */
static bool check_cursor(struct model *m)
{
	const struct world *w = m->w;
	struct pml_cursor c;
	struct pml_record r;
	unsigned i = 0;

	pml_cursor_init(&c, &w->space, 0, pml_top(&w->fmt), 0);
	while (pml_next(&c, &r))
		for (;; i++) {
			const struct cell *cell = &m->cell[i];

			if (r.kind != (m->gap[i] ? PML_NONCANONICAL : cell->kind))
				return false;
			if (r.kind == PML_LEAF && r.va >= m->cut[i] && r.pa !=
			    cell->pa + (r.va - m->cut[i]))
				return false;
			if (cell_last(m, i) >= r.last) {
				i += cell_last(m, i) == r.last;
				break;
			}
		}
	return i == m->cells;
}

static bool check_model(struct model *m, const struct pml_pending *pending)
{
	struct world *w = m->w;
	size_t waiting = 0;
	unsigned i;
	int level;

	for (i = 0; i < m->cells; i++) {
		if (m->gap[i])
			continue;
		if (!check_address(m, i, m->cut[i]) ||
		    (!m->exact && !check_address(m, i, cell_last(m, i))))
			return false;
	}
	for (level = 1; level <= PML_MAX_LEVELS; level++)
		waiting += pending->freed.chain[level].count;
	return check_cursor(m) &&
	       w->live == waiting + world_count(w, w->g.levels, w->root);
}

/* Rights that the format can express. */
static unsigned random_rights(struct world *w)
{
	unsigned rights;
	uint64_t *rng = &w->rng;

	if (!rnd_below(rng, 12))
		return 0;
	rights = PML_R | w->fmt.always | (rnd_below(rng, 2) ? PML_W : 0);
	if (oracle_by_pa(&w->g)) {
		rights |= rnd(rng) & pml_deniable(&w->fmt);
		return oracle_effective(&w->g, rights);
	}
	if (!w->space.rsvd)
		rights |= rnd_below(rng, 2) ? PML_X : 0;
	else
		rights |= PML_X;
	if (!oracle_is_ept(&w->g) && rnd_below(rng, 2))
		rights |= PML_U;
	if (w->g.family == FAMILY_MBEC && rnd_below(rng, 2))
		rights |= PML_XU;
	return rights;
}

/* Where the processor notes it by a right, only what can be written to. */
static bool can_be_dirty(const struct world *w, unsigned rights)
{
	return w->fmt.dirty || (w->fmt.allow.mask && (rights & PML_W));
}

static void random_attr(struct world *w, struct pml_attr *attr)
{
	static const uint8_t ept_types[] = { 0, 1, 4, 5, 6, 8, 9, 12, 13, 14 };
	uint64_t *rng = &w->rng;
	bool ept = oracle_is_ept(&w->g);

	*attr = (struct pml_attr){ .rights = random_rights(w) };
	attr->memtype = ept ? ept_types[rnd_below(rng, 10)] :
			w->g.family == FAMILY_RISCV ?
			rnd_below(rng, w->fmt.mt_bits ? 3 : 1) :
			rnd_below(rng, 1u << (w->fmt.mt_bits +
					      !!w->fmt.level[1].pat));
	attr->pkey = w->fmt.pkey_shift ? rnd_below(rng, 16) : 0;
	attr->global = (w->fmt.global || w->fmt.not_global) && rnd_below(rng, 2);
	attr->max_level = rnd_below(rng, 4) ? 0 : 1 + rnd_below(rng, w->g.levels);
	attr->accessed = rnd_below(rng, 2);
	attr->dirty = can_be_dirty(w, attr->rights) && rnd_below(rng, 2);
	attr->encrypted = w->space.encrypted && rnd_below(rng, 2);
	attr->soft = rnd(rng) & w->fmt.soft;
}

static unsigned bad(int status)
{
	return 1u << -status;
}

/* Which refusals may a step meet?  Asked of the tables before it. */
static unsigned may_fail(const struct model *m, const struct step *s)
{
	const struct world *w = m->w;
	unsigned mask = 0, rights = s->attr.rights;
	bool own = s->flags & PML_OWN_NONPRESENT;
	struct pml_cursor c;
	struct pml_record r;

	pml_cursor_init(&c, &w->space, s->first, s->last, PML_PRE);
	while (pml_next(&c, &r)) {
		uint64_t span = (1ULL << r.shift) - 1;
		bool part = (r.va & span) || (r.last & span) != span;

		if (r.kind == PML_TABLE && s->what != UNMAP &&
		    s->what != ADD_TABLES && (rights & ~r.rights))
			mask |= bad(PML_ERIGHTS);
		if (r.kind == PML_TABLE || r.kind == PML_HOLE)
			continue;
		if (s->what == ADD_TABLES)
			mask |= r.level > (int)s->levels ? bad(PML_EEXIST) : 0;
		else if (s->what == MAP && !(s->flags & PML_REPLACE))
			mask |= bad(PML_EEXIST);
		else if (part && r.kind == PML_LEAF)
			mask |= s->flags & PML_NO_SPLIT ? bad(PML_EINVAL) : 0;
		else if (part && r.kind == PML_NONPRESENT && !own)
			mask |= s->what == PROTECT || (s->what == UNMAP &&
				(s->flags & PML_KEEP_NONPRESENT)) ? 0 :
				bad(PML_EINVAL);
		else if (part && (s->flags & PML_NO_SPLIT))
			mask |= bad(PML_EINVAL);
	}
	return mask;
}

static int run(struct model *m, const struct step *s,
	       struct pml_pending *pending)
{
	const struct pml_editor *ed = &m->w->ed;

	switch (s->what) {
	case MAP:
		return pml_map(ed, s->first, s->last, s->pa, &s->attr, s->flags,
			       pending);
	case UNMAP:
		return pml_unmap(ed, s->first, s->last, s->flags, pending);
	case PROTECT:
		return pml_protect(ed, s->first, s->last, s->attr.rights,
				   s->flags, pending);
	default:
		return pml_add_tables(ed, s->first, s->last, s->levels);
	}
}

/* What the step does to the array. */
static void apply(struct model *m, const struct step *s)
{
	unsigned i;

	for (i = s->a; i <= s->b; i++) {
		struct cell *cell = &m->cell[i];

		if (s->what == MAP) {
			cell->kind = s->attr.rights ? PML_LEAF : PML_NONPRESENT;
			cell->pa = s->pa + (m->cut[i] - s->first);
			cell->attr = s->attr;
			cell->foreign = 0;
		} else if (s->what == UNMAP) {
			if (cell->kind == PML_NONPRESENT &&
			    (s->flags & PML_KEEP_NONPRESENT))
				continue;
			*cell = (struct cell){ .kind = PML_HOLE };
		} else if (s->what == PROTECT) {
			if (cell->kind == PML_HOLE ||
			    (cell->kind == PML_NONPRESENT &&
			     !(s->flags & PML_OWN_NONPRESENT)))
				continue;
			cell->kind = s->attr.rights ? PML_LEAF : PML_NONPRESENT;
			cell->attr.rights = s->attr.rights;
			if (!can_be_dirty(m->w, s->attr.rights))
				cell->attr.dirty = false;
		}
	}
}

/* Cells a..b, in one half; few of them more often than many. */
static void random_range(struct model *m, struct step *s)
{
	uint64_t *rng = &m->w->rng;
	unsigned room;

	do
		s->a = rnd_below(rng, m->cells);
	while (m->gap[s->a] || cell_last(m, s->a) - m->cut[s->a] > MAX_RANGE);
	for (room = 1; s->a + room < m->cells && !m->gap[s->a + room]; room++)
		;
	s->b = s->a + rnd_below(rng, 1 + rnd_below(rng, room));
	s->first = m->cut[s->a];
	while (cell_last(m, s->b) - s->first > MAX_RANGE)
		s->b--;
	s->last = cell_last(m, s->b);
}

/*
 * An address to map to: congruent for large pages more often than not, and
 * always if the range would take too many tables otherwise.
 */
static void random_pa(struct model *m, struct step *s)
{
	const struct world *w = m->w;
	uint64_t *rng = &m->w->rng, high = rnd(rng), page;
	int align = 1 + rnd_below(rng, w->g.levels), top;
	uint64_t size = s->last - s->first;

	if (!m->exact && size > 16ULL << 20) {
		align = w->g.levels < 4 ? 2 : 3;
		s->attr.max_level = 0;
	}
	top = w->g.levels == 2 ? 31 : 38;
	page = oracle_ones(w->g.shift[1], w->g.shift[align] - 1) &
	       oracle_ones(0, top - 1);
	s->pa = (high & oracle_ones(w->g.shift[align], top)) | (s->first & page);
	if (align < 2)
		s->pa = high & oracle_ones(w->g.shift[1], top);
	if (s->pa + size > oracle_ones(0, top))
		s->pa = s->first & page;
}

static void random_step(struct model *m, struct step *s)
{
	struct world *w = m->w;
	uint64_t *rng = &w->rng;
	unsigned what = rnd_below(rng, 16);

	s->what = what < 6 ? MAP : what < 10 ? UNMAP : what < 14 ? PROTECT :
		  what < 15 && w->g.levels > 1 ? ADD_TABLES : TOUCH;
	random_attr(w, &s->attr);
	random_range(m, s);
	random_pa(m, s);
	s->levels = w->g.levels < 2 ? 1 : 1 + rnd_below(rng, w->g.levels - 1);
	if (!m->exact && s->last - s->first > 16ULL << 20)
		s->levels = w->g.levels - 1;
	s->flags = rnd_below(rng, 2) ? PML_REPLACE : 0;
	s->flags |= rnd_below(rng, 8) ? 0 : PML_NO_SPLIT;
	s->flags |= rnd_below(rng, 3) ? 0 : PML_KEEP_NONPRESENT;
	if (!m->foreign) {
		s->flags &= ~(unsigned)PML_KEEP_NONPRESENT;
		s->flags |= PML_OWN_NONPRESENT;
	} else if (s->what == TOUCH) {
		s->what = FOREIGN;
	}
	w->ed.free_level = rnd_below(rng, 4) ? w->g.levels - 1u :
			   rnd_below(rng, w->g.levels);
	w->ed.table_rights = m->widen && rnd_below(rng, 2) ? random_rights(w) : 0;
}

/* Someone else's entry where there is none, or the processor uses a page. */
static void outside(struct model *m, const struct step *s)
{
	struct world *w = m->w;
	struct verdict v = oracle_walk(&w->g, &w->space, s->first);
	unsigned char *slot = w->memory + world_offset(w, v.slot_pa);
	unsigned marks = world_some_marks(w, v.raw);
	uint64_t raw = world_mark(w, v.raw, marks);

	if (s->what == FOREIGN) {
		if (v.kind != PML_HOLE || v.level != 1 || !m->exact)
			return;
		raw = (s->pa << 1 | 1 << 11) & oracle_ones(11, w->g.levels == 2 ?
							    31 : 50);
		m->cell[s->a].kind = PML_NONPRESENT;
		m->cell[s->a].foreign = raw;
	} else if (v.kind == PML_LEAF) {
		model_raced(w, s->first & ~oracle_ones(0, w->g.shift[v.level] -
						       1), v.level, marks);
	} else {
		return;
	}
	memcpy(slot, &raw, w->fmt.entry_size);
}

static bool complain(struct model *m, const struct step *s, const char *what,
		     int status)
{
	if (!m->failures++)
		printf("# %s: %s after %lu steps: %s %" PRIx64 "..%" PRIx64 " pa %"
		       PRIx64 " rights %x flags %x max_level %d: status %d\n",
		       m->w->fmt.name, what, m->done,
		       (const char *[]){ "map", "unmap", "protect", "add",
					 "foreign", "touch" }[s->what],
		       s->first, s->last, s->pa, s->attr.rights, s->flags,
		       s->attr.max_level, status);
	return false;
}

/* With memory for 0, 1, 2, ... tables, until it is enough: all or nothing. */
static int starve(struct model *m, const struct step *s,
		  struct pml_pending *pending)
{
	struct world *w = m->w;
	struct pml_pending before;
	int status;
	long budget;

	for (budget = 0;; budget++) {
		uint64_t hash = world_hash(w);

		before = *pending;
		w->budget = budget;
		status = run(m, s, pending);
		w->budget = -1;
		if (status != PML_ENOMEM || budget > (long)w->tables)
			return status;
		m->out_of_memory++;
		if (world_hash(w) != hash || pending->flush != before.flush) {
			complain(m, s, "changed, but out of memory", status);
			return status;
		}
	}
}

static bool step(struct model *m, struct pml_pending *pending)
{
	struct world *w = m->w;
	unsigned allowed;
	uint64_t hash;
	struct step s;
	int status;

	random_step(m, &s);
	m->done++;
	if (s.what == FOREIGN || s.what == TOUCH) {
		outside(m, &s);
		return check_model(m, pending) || complain(m, &s, "wrong", 0);
	}
	allowed = may_fail(m, &s);
	hash = allowed ? world_hash(w) : 0;
	if (m->exact && !rnd_below(&w->rng, 8))
		status = starve(m, &s, pending);
	else
		status = run(m, &s, pending);
	if (status == PML_ENOMEM && !allowed) {
		m->out_of_memory++;
	} else if (status) {
		m->refused++;
		if (!(allowed & bad(status)))
			return complain(m, &s, "refused", status);
	} else if (allowed) {
		return complain(m, &s, "not refused", (int)allowed);
	} else {
		apply(m, &s);
	}
	if (status && hash && hash != world_hash(w))
		return complain(m, &s, "refused, but changed", status);
	if (!check_model(m, pending))
		return complain(m, &s, "wrong", status);
	if (!world_flushes(w, pending))
		return complain(m, &s, "not flushed", status);
	if (!rnd_below(&w->rng, 4))
		world_release(w, pending);
	return true;
}

/* A cell for each page of a small address space. */
static void cut_pages(struct model *m)
{
	const struct pml_format *fmt = &m->w->fmt;
	uint64_t size = 1ULL << fmt->va_bits, half = size / 2, page, va;

	m->exact = true;
	if (fmt->upper) {
		m->gap[m->cells] = true;
		m->cut[m->cells++] = 0;
	}
	page = 1ULL << m->w->g.shift[1];
	for (va = 0; va < size; va += page) {
		if (fmt->sign_extended && va == half) {
			m->gap[m->cells] = true;
			m->cut[m->cells++] = va;
		}
		m->cut[m->cells++] = pml_bottom(fmt) +
				     (fmt->sign_extended && va >= half ?
				      va - size : va);
	}
	m->cut[m->cells] = pml_top(fmt) + 1;
}

static void add_cut(struct model *m, uint64_t va)
{
	unsigned i;

	for (i = m->cells; i > 0 && m->cut[i - 1] > va; i--)
		m->cut[i] = m->cut[i - 1];
	m->cut[i] = va;
	m->cells++;
}

/* Cells around the places where something changes, to the top. */
static void cut_places(struct model *m)
{
	static const uint64_t step[] = { 0x1000, 0x3000, 0x200000, 0x201000,
		0x400000, 0x7ff000, 0x800000, 0x40000000, 0x40200000,
		0x80000000 };
	const struct pml_format *fmt = &m->w->fmt;
	uint64_t half = 1ULL << (fmt->va_bits - 1);
	uint64_t low = fmt->sign_extended ? -half : half, edge;
	unsigned i;

	add_cut(m, 0);
	add_cut(m, low);
	if (fmt->sign_extended)
		add_cut(m, half);
	for (i = 0; i < sizeof(step) / sizeof(*step); i++) {
		if (step[i] >= half)
			continue;
		add_cut(m, step[i]);
		if (half - step[i] > 0x100000000)
			add_cut(m, half - step[i]);
		if (low + step[i] < pml_top(fmt))
			add_cut(m, low + step[i]);
		edge = pml_top(fmt) + 1 - step[i];
		if (edge > low + 0x80000000)
			add_cut(m, edge);
	}
	m->cut[m->cells] = pml_top(fmt) + 1;
	for (i = 0; i < m->cells; i++)
		m->gap[i] = fmt->sign_extended && m->cut[i] == half;
}

/* One world, one sequence. */
static void play(const struct pml_format *fmt, int bits, unsigned variant,
		 unsigned long steps, uint64_t seed)
{
	struct model *m = calloc(1, sizeof(*m));
	struct pml_pending pending;
	struct world *w;
	unsigned long i;

	assert(m);
	m->w = w = world_new(fmt, bits, bits ? 900 : 160, variant & 1);
	w->rng = seed * 2 + 1;
	w->raced = model_raced;
	w->arg = m;
	w->racing = 3;
	m->foreign = variant & 2;
	m->widen = variant & 4;
	if ((variant & 8) && oracle_by_pa(&w->g) && w->g.levels > 2) {
		w->space.pa_rsvd = oracle_ones(40, 63);
		w->space.no_leaf = PML_LEVEL(3);
		w->g.maxphyaddr = 40;
		w->g.no_1g = true;
	} else if ((variant & 8) && w->g.levels > 2) {
		w->space.rsvd = oracle_ones(40, 51) | fmt->nx;
		w->space.no_leaf = w->g.levels > 3 ? PML_LEVEL(3) : 0;
		w->g.maxphyaddr = 40;
		w->g.no_nx = w->g.no_1g = true;
		w->space.encrypted = variant & 4 ? 1ULL << 39 : 0;
	}
	if (bits)
		cut_pages(m);
	else
		cut_places(m);
	pml_pending_init(&pending);
	for (i = 0; i < steps && step(m, &pending); i++)
		;
	world_release(w, &pending);
	ok(!m->failures, "%s, %s, variant %u: %lu steps, %lu refused, "
	   "%lu out of memory", fmt->name, bits ? "tables of a few" :
	   "full tables", variant, m->done, m->refused, m->out_of_memory);
	world_delete(w);
	free(m);
}

/* Bits of an index, for an address space of up to 256 pages. */
static int few_bits(const struct pml_format *fmt)
{
	if (fmt == &pml_sv48x4)
		return 1;
	return fmt->levels == 2 ? 3 : fmt->levels == 5 ? 1 : 2;
}

/* RISC-V's are alike but for their levels: three of them have every variant. */
static bool is_another(const struct pml_format *fmt, unsigned variant)
{
	return rv_of(fmt->name).levels && fmt != &pml_sv32 && fmt != &pml_sv39 &&
	       fmt != &pml_sv57x4 && variant % 5;
}

int main(void)
{
	const char *env = getenv("PML_MODEL_STEPS");
	unsigned long steps = env ? strtoul(env, NULL, 0) : MODEL_STEPS;
	uint64_t seed;
	unsigned i, variant;

	setvbuf(stdout, NULL, _IOLBF, 0);
	env = getenv("PML_MODEL_SEED");
	seed = env ? strtoull(env, NULL, 0) : 1;
	for (i = 0; pml_formats[i]; i++)
		for (variant = 0; variant < 16; variant++) {
			if (is_another(pml_formats[i], variant))
				continue;
			if (pml_formats[i] != &pml_x86_32_pse)
				play(pml_formats[i], few_bits(pml_formats[i]),
				     variant, steps, seed + variant);
			if (PML_AT_MOST >= 4096)
				play(pml_formats[i], 0, variant, steps / 60,
				     seed + variant);
		}
	for (i = 0; i < INVENTED; i++)
		for (variant = 0; variant < 16; variant++)
			play(invented[i], 2, variant, steps, seed + variant);
	return tap_done();
}
