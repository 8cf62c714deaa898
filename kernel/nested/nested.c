/*
 * What the core said of a guest's access, and which exit it made.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "nested/nested.h"
#include "oracle/oracle.h"

#define ACCESSES_PER_ROUND	60
#define REPORTS			6
#define MASKS			8

static const char *const exit_names[] = {
	[PML_X86_EXIT_NONE] = "no exit",
	[PML_X86_EXIT_EXCEPTION] = "the guest's exception",
	[PML_X86_EXIT_NPF] = "nested page fault",
	[PML_X86_EXIT_EPT_VIOLATION] = "EPT violation",
	[PML_X86_EXIT_EPT_MISCONFIG] = "EPT misconfiguration",
	[PML_X86_EXIT_UNKNOWN] = "something else",
};
#define EXITS	(sizeof(exit_names) / sizeof(exit_names[0]))

static const char *const how_names[GUEST_HOWS] = {
	"load of 1", "load of 4", "store of 1", "store of 4", "fetch of 2",
};

static struct {
	unsigned long passed, failed;
} tally[EXITS];

static struct {
	const char *name;
	unsigned long count;
} masked[MASKS];

static unsigned int reports;

static void count_mask(const char *name)
{
	for (unsigned int i = 0; name && i < MASKS; i++) {
		if (masked[i].name && masked[i].name != name)
			continue;
		masked[i].name = name;
		masked[i].count++;
		break;
	}
}

static void expect(const struct pml_x86_verdict_2d *v, struct nested_outcome *e)
{
	*e = (struct nested_outcome){ .exit = v->exit };
	if (v->exit == PML_X86_EXIT_EXCEPTION) {
		e->vector = v->guest.exception;
		e->info = v->guest.error;
		e->address = v->guest.exception == PML_X86_PF ? v->guest.va : 0;
	} else if (v->exit != PML_X86_EXIT_NONE) {
		e->info = v->info;
		e->address = v->gpa;
	}
}

static bool same(const struct nested_outcome *e, const struct nested_outcome *o)
{
	return e->exit == o->exit && e->vector == o->vector &&
	       e->info == o->info && e->address == o->address;
}

/* Where the bytes of the access are, which may be in two pages.  The tables say
 * so only before: the processor sets flags in them. */
struct place {
	const uint8_t *byte[4];
};

static struct place place_of(const struct nested_case *c, struct pml_nested *n)
{
	struct place place = { { NULL } };
	struct pml_target_2d t;

	for (unsigned int i = 0; i < c->access.size; i++)
		if (pml_translate_2d(n, c->access.va + i, &t, NULL))
			place.byte[i] = kaddr(t.pa);
	return place;
}

static uint32_t peek(const struct place *place)
{
	uint32_t v = 0;

	for (unsigned int i = 0; i < 4; i++)
		if (place->byte[i])
			v |= (uint32_t)*place->byte[i] << 8 * i;
	return v;
}

static bool data_is_right(const struct nested_case *c, uint32_t before,
			  uint32_t after, const struct nested_outcome *o)
{
	uint32_t mask = ~0u >> (32 - 8 * c->access.size);

	switch (c->access.kind) {
	case PML_R:
		return (o->rax & mask) == before;
	case PML_W:
		return after == (c->value & mask);
	default:
		return o->rip == c->access.va;
	}
}

/*
 * Accessed and dirty flags.  The guest's: accessed on the way, dirty at the end
 * of a write.  The outer tables', if they have any: accessed in what maps a page,
 * dirty as well where a table of the guest's is, whose flags are written, or for
 * a write; and never in a 4 KiB page that is only read.
 */
static uint64_t owed(const struct pml_format *fmt, const struct pml_step *step,
		     bool write)
{
	if (fmt->level[step->level].in_registers)
		return 0;
	if (step->kind == PML_LEAF)
		return fmt->accessed | (write ? fmt->dirty : 0);
	return fmt->memtype == PML_MT_EPT ? 0 : fmt->accessed;
}

static bool has_flags(const struct pml_format *fmt, const struct pml_step *step,
		      uint64_t slot_pa, bool write)
{
	uint64_t now = pml_entry(fmt, kaddr(slot_pa), 0);
	uint64_t flags = fmt->accessed | fmt->dirty, want = owed(fmt, step, write);

	/* TCG takes PAE's top entries for others, see tidy_top() */
	if (fmt->level[step->level].in_registers)
		return true;
	return (now & want) == want && !((now ^ step->raw) & ~flags);
}

static bool flags_are_right(const struct nested_world *w,
			    const struct nested_case *c,
			    const struct pml_nested *nested,
			    const struct pml_walk_2d *walk)
{
	bool write = c->access.kind == PML_W;

	/* A top table that is in registers is not read. */
	for (int i = pml_keeps_top(nested); i < walk->turns; i++) {
		const struct pml_turn *turn = &walk->turn[i];
		bool table = i < walk->inner.count;
		const struct pml_steps *s = &turn->steps;
		const struct pml_step *leaf = &s->step[s->count - 1];
		uint64_t now = pml_entry(w->outer.fmt, kaddr(leaf->slot_pa), 0);

		if (table && !has_flags(w->inner, &walk->inner.step[i],
					turn->target.pa, write))
			return false;
		if (w->nesting == PML_EPT)
			continue;
		for (int n = 0; n < s->count; n++)
			if (!has_flags(w->outer.fmt, &s->step[n],
				       s->step[n].slot_pa, table || write))
				return false;
		if (!table && !write && leaf->level == 1 &&
		    (now & ~leaf->raw & w->outer.fmt->dirty))
			return false;
	}
	return true;
}

static void print_outcome(const char *who, const struct nested_outcome *o)
{
	kprintf("#   %s: %s, vector %u, info %lx, address %lx, rip %lx\n", who,
		exit_names[o->exit], o->vector, o->info, o->address, o->rip);
}

static void print_walk(struct pml_nested *n, uint64_t gva)
{
	struct pml_target_2d t;
	struct pml_walk_2d walk;

	pml_translate_2d(n, gva, &t, &walk);
	for (int i = 0; i < walk.turns; i++) {
		const struct pml_turn *turn = &walk.turn[i];

		for (int s = 0; s < turn->steps.count; s++)
			kprintf("#     gpa %lx: level %u [%u] = %016lx\n", turn->gpa,
				turn->steps.step[s].level, turn->steps.step[s].index,
				turn->steps.step[s].raw);
		if (i < walk.inner.count)
			kprintf("#   level %u: gpa %lx [%u] = %016lx\n",
				walk.inner.step[i].level,
				walk.inner.step[i].table_pa,
				walk.inner.step[i].index, walk.inner.step[i].raw);
	}
}

static void report(const struct nested_world *w, const struct nested_case *c,
		   struct pml_nested *n, const struct nested_outcome *e,
		   const struct nested_outcome *o, bool data_right,
		   uint64_t seed, uint64_t round)
{
	kprintf("# mismatch; again with: seed=%lu round=%lu\n", seed, round);
	kprintf("#   %s, guest %s, over %s, root %lx\n", how_names[c->how],
		w->inner ? w->inner->name : "without paging", w->outer.fmt->name,
		w->outer.root);
	kprintf("#   at %lx, CPL %d, AC %d, cr0 %lx cr3 %lx cr4 %lx efer %lx\n",
		c->access.va, c->access.user ? 3 : 0, c->controls.ac,
		c->controls.cr0, c->cr3, c->controls.cr4, c->controls.efer);
	print_outcome("expected", e);
	print_outcome("got", o);
	if (!data_right)
		kprintf("#   the data, or an accessed or dirty flag, is wrong\n");
	print_walk(n, c->access.va);
	if ((c->access.va & (PGSIZE - 1)) + c->access.size > PGSIZE)
		print_walk(n, c->access.va + c->access.size - 1);
}

static void judge_one(const struct nested_world *w,
		      const struct nested_judge *judge,
		      const struct nested_case *c, uint64_t seed, uint64_t round)
{
	struct nested_outcome e, o;
	struct pml_x86_verdict_2d v;
	struct pml_nested n;
	struct pml_target_2d t;
	struct pml_walk_2d walk;
	struct place place;
	uint32_t before;
	bool right = true;

	nested_guest(w, c, &n);
	pml_x86_access_2d(&n, &c->controls, &c->access, &v);
	expect(&v, &e);
	count_mask(judge->mask(c, &v, &e));
	if (oracle_is_tcg() && nested_ignores_bit_8(w, c))
		count_mask("bit-8-ignored");
	place = place_of(c, &n);
	before = peek(&place);
	pml_translate_2d(&n, c->access.va, &t, &walk);
	judge->run(w, c, &o);
	if (e.exit == PML_X86_EXIT_NONE && o.exit == PML_X86_EXIT_NONE)
		right = data_is_right(c, before, peek(&place), &o) &&
			flags_are_right(w, c, &n, &walk);
	if (same(&e, &o) && right) {
		tally[v.exit].passed++;
		return;
	}
	tally[v.exit].failed++;
	if (reports++ < REPORTS)
		report(w, c, &n, &e, &o, right, seed, round);
}

static bool print_tally(const struct nested_judge *judge, bool all)
{
	unsigned long passed = 0, failed = 0, n = 0;

	for (size_t i = 0; i < EXITS; i++) {
		unsigned long tried = tally[i].passed + tally[i].failed;

		if (!tried && (!all || i > PML_X86_EXIT_EXCEPTION))
			continue;
		kprintf("%sok %lu - %s: %s, %lu accesses, %lu mismatches\n",
			!tried || tally[i].failed ? "not " : "", ++n,
			judge->name, exit_names[i], tried, tally[i].failed);
		passed += tally[i].passed;
		failed += tally[i].failed + !tried;
	}
	for (unsigned int i = 0; i < MASKS && masked[i].name; i++)
		kprintf("# masked: %s, %lu times\n", masked[i].name, masked[i].count);
	kprintf("1..%lu\n", n);
	kprintf("# %lu passed, %lu failed\n", passed, failed);
	return !failed;
}

/* Each round has tables of its own, from the seed and its number alone, and a
 * guest in the next of the formats. */
bool nested_judge(struct nested_world *w, const struct nested_judge *judge,
		  const struct pml_format *const *inner, size_t formats)
{
	uint64_t seed = cmdline_u64("seed", 1), count = cmdline_u64("count", 20000);
	uint64_t round = cmdline_u64("round", 0);
	bool one = cmdline_flag("round");
	struct pml_x86_controls controls;
	struct nested_case c;

	kprintf("# %s: seed %lu, count %lu, %s, %u address bits%s\n",
		judge->name, seed, count, w->outer.fmt->title, cpu.phys_bits,
		w->ept_advanced ? ", advanced information" : "");
	if (one)
		count = ACCESSES_PER_ROUND;
	for (; count; round++) {
		struct random r = random_fork(seed, round);

		w->inner = inner[round % formats];
		nested_fill(w, &r);
		for (unsigned int i = 0; i < ACCESSES_PER_ROUND && count; i++, count--) {
			if (i % 6 == 0)
				nested_pick_controls(w, &r, &controls);
			nested_pick(w, &r, &controls, &c);
			judge_one(w, judge, &c, seed, round);
		}
	}
	return print_tally(judge, !one);
}
