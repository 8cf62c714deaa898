/*
 * Tables that could be the root of something: what is certain.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/cache.h"
#include "memory/notes.h"
#include "memory/source.h"
#include "show/words.h"
#include "target/nesting.h"
#include "walkers/root-list.h"
#include "walkers/roots-guess.h"

void pmap_root_list_free(struct pmap_root_list *r)
{
	for (size_t i = 0; r->root && i < r->count; i++)
		pmap_text_free(&r->root[i].why);
	free(r->root);
	free(r->upper);
	free(r->table);
	pmap_guess_drop(r->guess);
	for (size_t i = 0; i < r->others; i++)
		pmap_guess_drop(r->other[i]);
	pmap_guess_drop(r->lower);
	pmap_guess_drop(r->outer);
}

static struct pmap_text *add_root(struct pmap_roots *out, uint64_t pa,
				  const struct pml_format *fmt)
{
	return pmap_root_list_add((struct pmap_root_list *)out, pa, fmt);
}

struct pmap_text *pmap_root_list_add(struct pmap_root_list *r, uint64_t pa,
				     const struct pml_format *fmt)
{
	struct pmap_root *root;

	for (size_t i = 0; i < r->count; i++) {
		root = &r->root[i];
		if (root->pa != pa || root->fmt->upper != fmt->upper ||
		    strcmp(root->fmt->name, fmt->name))
			continue;
		pmap_text_puts(&root->why, "; ");
		return &root->why;
	}
	if (r->count == PMAP_ROOTS_MAX) {
		r->full = true;
		return NULL;
	}
	root = &r->root[r->count++];
	*root = (struct pmap_root){
		.pa = pa, .fmt = fmt,
		.is_half = r->q->target.halves && r->q->target.arch->is_own(fmt),
	};
	return &root->why;
}

const void *pmap_root_list_page(const struct pmap_root_list *r, uint64_t pa)
{
	return pmap_cache_at(r->q->cache, pa, 4096);
}

static void add_guest(struct pmap_roots *out, uint64_t pa,
		      const struct pml_format *fmt,
		      const struct pmap_outer_option *by, uint64_t guest_root,
		      const struct pml_format *guest_fmt)
{
	struct pmap_root_list *r = (struct pmap_root_list *)out;

	for (size_t i = 0; i < r->count; i++)
		if (r->root[i].pa == pa && r->root[i].fmt == fmt) {
			r->root[i].guest_root = guest_root;
			r->root[i].guest_fmt = guest_fmt;
			r->root[i].by = by;
		}
}

/* One half: the registers' own size of addresses, and nothing in the other. */
static int use_half(struct pmap_query *q, const struct pmap_root *root)
{
	struct pmap_target *t = &q->target;
	int status = pmap_target_init(t, &q->opt, q->why, sizeof(q->why));
	struct pml_space *half = root->fmt->upper ? &t->upper : &t->space;
	struct pml_space *other = root->fmt->upper ? &t->space : &t->upper;

	if (status)
		return status;
	half->fmt = root->fmt;
	half->root = pml_root_value(half->fmt, root->pa);
	other->fmt = NULL;
	pmap_nesting_attach(t, pmap_cache_at, q->cache);
	return 0;
}

int pmap_root_use(struct pmap_query *q, const struct pmap_root *root, bool guest)
{
	/* Who asks whether an option was given looks at its text. */
	const struct pmap_expr pa = { .text = (char *)"", .value = root->pa };
	struct pmap_options opt = q->opt;
	int status;

	if (root->is_half)
		return use_half(q, root);
	guest = guest && root->guest_fmt;
	opt.root = pa;
	opt.format = root->fmt;
	opt.user_root = false;
	if (guest) {
		opt.outer = root->by;
		*(struct pmap_expr *)((char *)&opt +
			pmap_option_places[root->by->id].offset) = pa;
		opt.outer_format = root->fmt;
		opt.root.value = root->guest_root;
		opt.format = root->guest_fmt;
		opt.outer_alone = false;
	}
	status = pmap_target_init(&q->target, &opt, q->why, sizeof(q->why));
	if (status)
		return status;
	pmap_nesting_attach(&q->target, pmap_cache_at, q->cache);
	return 0;
}

/* --- What is certain --------------------------------------------------- */

static const struct pmap_notes *notes_of(const struct pmap_query *q)
{
	return q->source && q->source->ops->notes ? q->source->ops->notes(q->source) :
						    NULL;
}

/* Is it the kernel's, and no CPU's?  Then `why' says so. */
static bool add_kernels(const struct pmap_root_list *r, int thread, uint64_t root,
			struct pmap_text *why)
{
	const struct pmap_notes *notes = notes_of(r->q);

	if (!notes || !pmap_notes_is_kernel_root(notes, thread, root))
		return false;
	pmap_text_puts(why, notes->info.proven ?
		       "the kernel's own, by the dump's VMCOREINFO" :
		       "the kernel's own, by the dump's VMCOREINFO; assumed, since nothing proves it");
	return true;
}

static void add_own_half(struct pmap_root_list *r, const struct pml_space *space)
{
	struct pmap_text *why = space->fmt ?
		pmap_root_list_add(r, pml_root_pa(space), space->fmt) : NULL;

	if (why && r->q->target.root_given)
		pmap_text_puts(why, "--root");
	else if (why && !add_kernels(r, r->q->call->thread, pml_root_pa(space), why))
		pmap_text_add(why, "%s of the selected thread",
			      r->q->target.arch->root_name(&r->q->target, space));
}

static void add_own(struct pmap_root_list *r)
{
	add_own_half(r, &r->q->target.space);
	if (r->q->target.halves)
		add_own_half(r, &r->q->target.upper);
}

/* Inside a guest these are guest-physical: their tables are elsewhere. */
static void add_places(struct pmap_root_list *r)
{
	const struct pmap_target *t = &r->q->target;
	struct pml_target at;

	for (size_t i = 0; t->nested && i < r->count; i++) {
		struct pmap_root *root = &r->root[i];

		root->in_guest = true;
		if (pml_translate(&t->outer, root->pa, &at, NULL))
			pmap_text_add(&root->why, ", guest-physical: at 0x%" PRIx64, at.pa);
		else
			pmap_text_puts(&root->why, ", guest-physical: the second dimension does not map it");
	}
}

/*
 * A pointer to a table, in the selected CPU's address space.  NULL, or why that
 * is no root: the text is in `why'.
 */
static const char *add_pointer(struct pmap_root_list *r, uint64_t va, const char *name,
			       char *why, size_t size)
{
	struct pmap_text reason = { 0 }, *text;
	const struct pml_space *space = pmap_target_space(&r->q->target, va);
	struct pml_target t;

	if (!space->fmt || !pml_translate(space, va, &t, NULL)) {
		if (space->fmt)
			pmap_add_reason(&reason, space, &t);
		snprintf(why, size, "0x%" PRIx64 " is not mapped%s%s", va,
			 reason.len ? ": " : "", reason.len ? reason.data : "");
		pmap_text_free(&reason);
		return why;
	}
	snprintf(why, size, "0x%" PRIx64 " is mapped to 0x%" PRIx64 ", where no table begins (a root is 4K-aligned)",
		 va, t.pa);
	if (t.pa & 0xfff)
		return why;
	text = pmap_root_list_add(r, t.pa, space->fmt);
	if (text)
		pmap_text_puts(text, name);
	return NULL;
}

static void add_symbols(struct pmap_root_list *r)
{
	static const char cast[] = "(unsigned long)";
	const char *const *exprs = r->q->target.arch->root_exprs;
	char why[256];

	for (size_t i = 0; exprs[i]; i++)
		if (r->q->symbols[i].present && r->q->symbols[i].value)
			add_pointer(r, r->q->symbols[i].value,
				    exprs[i] + sizeof(cast) - 1, why,
				    sizeof(why));
}

/* The CPUs of a dump, by its notes. */
static void add_dump_cpus(struct pmap_root_list *r)
{
	struct pmap_source *source = r->q->source;
	const struct pmap_notes *notes = notes_of(r->q);
	size_t cpus = notes ? pmap_notes_cpus(notes) : 0;
	bool listed = notes && !r->q->target.root_given && r->q->target.space.fmt &&
		      pmap_notes_is_kernel_root(notes, r->q->call->thread,
						pml_root_pa(&r->q->target.space)), kernels;

	for (size_t i = 0; i < cpus; i++) {
		struct pmap_target target = { .arch = r->q->target.arch };
		const struct pmap_options plain = { .json = false };
		const struct pml_space *space;
		struct pmap_text *text;
		char why[256];

		source->ops->registers(source, i + 1, &target);
		if (pmap_target_init(&target, &plain, why, sizeof(why)))
			continue;
		/* Of halves the kernel's is what a dump can tell. */
		space = target.halves ? &target.upper : &target.space;
		if (!space->fmt)
			continue;
		kernels = pmap_notes_is_kernel_root(notes, i + 1, pml_root_pa(space));
		/* That is listed once. */
		if (kernels && listed)
			continue;
		listed |= kernels;
		text = pmap_root_list_add(r, pml_root_pa(space), space->fmt);
		if (text && kernels)
			add_kernels(r, i + 1, pml_root_pa(space), text);
		else if (text)
			pmap_text_add(text, "%s of CPU %zu, by the dump",
				      target.arch->root_name(&target, space), i);
	}
}

/* --- All of them ----------------------------------------------------------- */

/* From what is certain to what is likely. */
static void add_known(struct pmap_root_list *r)
{
	struct pmap_query *q = r->q;
	const struct pml_space *space;
	struct pml_target t;

	r->has_pc = pmap_target_pc(&q->target, &r->pc);
	space = pmap_target_space(&q->target, r->pc);
	r->has_pc = r->has_pc && space->fmt && pml_translate(space, r->pc, &t, NULL);
	r->pc_pa = r->has_pc ? t.pa : 0;
	add_own(r);
	add_places(r);
	q->target.arch->roots_cpus(&r->out);
	add_dump_cpus(r);
	add_symbols(r);
	if (q->opt.table.text &&
	    !add_pointer(r, q->opt.table.value, "--table", r->rejected,
			 sizeof(r->rejected)))
		r->rejected[0] = '\0';
	pmap_root_scan_learn(r);
}

/* Looks for tables of that format by their contents. */
static int guess_by(struct pmap_root_list *r, const struct pml_format *fmt)
{
	struct pml_space *space = &r->q->target.space;

	*space = (struct pml_space){ .fmt = fmt, .at = pmap_cache_at, .ctx = r->q->cache };
	r->guess = pmap_guess_begin(space, r->q->target.arch->halves ?
				    PMAP_GUESS_EITHER : PMAP_GUESS_WHOLE);
	return r->guess ? 0 : pmap_fail(r->q, PMAP_STATUS_INTERNAL, "out of memory");
}

/* And by the others that the architecture has, where nobody chose. */
static void guess_by_others(struct pmap_root_list *r)
{
	const struct pml_format *const *fmt = r->q->target.arch->root_formats + 1;
	struct pml_space space = r->q->target.space;

	for (; *fmt && r->others < PMAP_ROOT_FORMATS; fmt++) {
		space.fmt = *fmt;
		r->other[r->others] = pmap_guess_begin(&space, PMAP_GUESS_OTHER);
		r->others += r->other[r->others] != NULL;
	}
}

/* No register tells a root: what there is shows by its contents. */
static int begin_guess(struct pmap_root_list *r,
		       const struct pmap_root_range *range)
{
	struct pmap_query *q = r->q;
	const struct pml_format *fmt;
	int status;

	if (!range || q->target.nested ||
	    !(q->opt.format || q->target.arch->root_formats))
		return pmap_fail(q, PMAP_STATUS_NO_PAGING,
				 "%s; `pmap roots --scan' finds tables by their contents",
				 q->no_space);
	fmt = q->opt.format ? q->opt.format : q->target.arch->root_formats[0];
	status = guess_by(r, fmt);
	if (!status && !q->opt.format && !q->target.arch->halves)
		guess_by_others(r);
	return status;
}

/* Is there a root of which nothing can be read?  Then others are not known by it. */
static bool is_unreadable(const struct pmap_root_list *r)
{
	const struct pml_space *space = &r->q->target.space;

	return !r->q->target.halves && !r->q->target.nested && space->fmt &&
	       pmap_root_scan_knows(r->q, space->fmt) &&
	       !pmap_root_list_page(r, pml_root_pa(space) & ~0xfffULL);
}

/* Its trees are told from these by their entries, but for those that are known. */
static void begin_outer(struct pmap_root_list *r)
{
	const struct pmap_target *t = &r->q->target;
	struct pml_space space = { .at = pmap_cache_at, .ctx = r->q->cache };
	const char *from;

	if (!t->arch->scan_outer || r->guess)
		return;
	space.fmt = t->arch->scan_outer(t, &from);
	r->outer = space.fmt ? pmap_guess_begin(&space, PMAP_GUESS_OUTER) : NULL;
	if (!r->outer)
		return;
	r->outer_fmt = space.fmt;
	pmap_guess_outer(r->outer, t, from);
	/* No table of a known root's is one. */
	for (size_t i = 0; i < r->count; i++) {
		if (r->root[i].fmt != space.fmt)
			continue;
		space.root = pml_root_value(space.fmt, r->root[i].pa);
		pmap_guess_refer(r->outer, &space);
	}
	if (t->space.fmt && !t->nested)
		pmap_guess_refer(r->outer, &t->space);
	if (t->upper.fmt && !t->nested)
		pmap_guess_refer(r->outer, &t->upper);
}

/*
 * A tree of more levels has tables that look like roots of fewer, and what has the
 * address of a root looks like one of more levels: so what is below the roots that are
 * found is none of the next format.
 */
static void find_guesses(struct pmap_guess *const *guess, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < i; j++)
			pmap_guess_refer_all(guess[i], guess[j]);
		pmap_guess_find(guess[i]);
	}
	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count; j++)
			pmap_guess_refer_all(guess[i], guess[j]);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			if (i != j)
				pmap_guess_give_up(guess[i], guess[j]);
}

/* Of another format than the first only what is likely is worth a line. */
static void end_guess(struct pmap_root_list *r)
{
	struct pmap_guess *guess[1 + PMAP_ROOT_FORMATS] = { r->guess };

	memcpy(guess + 1, r->other, r->others * sizeof(*guess));
	find_guesses(guess, 1 + r->others);
	for (size_t i = 0; i <= r->others; i++) {
		pmap_guess_judge(guess[i]);
		pmap_guess_say(guess[i], &r->out, true);
	}
	pmap_guess_say(r->guess, &r->out, false);
}

int pmap_root_list_make(struct pmap_root_list *r, struct pmap_query *q,
			const struct pmap_root_range *range)
{
	int status = 0;

	r->out = (struct pmap_roots){
		q, add_root, add_guest, pmap_root_scan_is_outer
	};
	r->q = q;
	if (q->no_space[0])
		status = begin_guess(r, range);
	if (status)
		return status;
	r->root = calloc(PMAP_ROOTS_MAX, sizeof(*r->root));
	r->upper = calloc(PMAP_ROOT_ENTRIES, sizeof(*r->upper));
	r->table = calloc(PMAP_ROOT_ENTRIES, sizeof(*r->table));
	if (!r->root || !r->upper || !r->table)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	if (!r->guess) {
		add_known(r);
		if (range && is_unreadable(r))
			status = guess_by(r, q->target.space.fmt);
	}
	if (status)
		return status;
	if (range && q->target.halves && q->target.space.fmt && !q->target.space.fmt->upper)
		r->lower = pmap_guess_begin(&q->target.space, PMAP_GUESS_LOWER);
	if (r->lower && q->target.upper.fmt)
		pmap_guess_refer(r->lower, &q->target.upper);
	if (range) {
		begin_outer(r);
		pmap_root_scan(r, range->first, range->last);
	}
	if (r->guess)
		end_guess(r);
	if (r->lower)
		pmap_guess_end(r->lower, &r->out);
	if (r->outer)
		pmap_guess_end(r->outer, &r->out);
	return 0;
}
