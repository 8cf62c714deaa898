/*
 * pmap check: are these page tables as page tables should be?
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "walkers/check.h"

#include <stdlib.h>
#include <string.h>

#include "memory/session.h"
#include "target/arch.h"
#include "walkers/walkers.h"

/* --- Which rules ---------------------------------------------------------- */

static void collect(struct pmap_check *c, const struct pmap_rule *rule)
{
	for (; rule && rule->name && c->rules < PMAP_CHECK_RULES; rule++)
		c->rule[c->rules++] = rule;
}

/* The rules whose names are in `names', with commas between; 0: none of them. */
static int choose(struct pmap_check *c, const char *names)
{
	uint64_t on = 0;

	while (*names) {
		size_t len = strcspn(names, ",");
		unsigned i = 0;

		while (i < c->rules && (strncmp(c->rule[i]->name, names, len) != 0 ||
					c->rule[i]->name[len]))
			i++;
		if (i == c->rules)
			return pmap_fail(c->q, PMAP_STATUS_USAGE,
					 "--rule: no rule \"%.*s\" here; `pmap check --list' has them all",
					 (int)len, names);
		on |= 1ULL << i;
		names += len + (names[len] == ',');
	}
	c->on = on;
	return 0;
}

static int least_severity(struct pmap_query *q, unsigned *least_ret)
{
	static const char *const names[PMAP_SEVERITIES] = {
		[PMAP_NOTE] = "note", [PMAP_WARNING] = "warning",
		[PMAP_ERROR] = "error",
	};

	*least_ret = PMAP_NOTE;
	if (!q->opt.severity)
		return 0;
	for (unsigned i = PMAP_NOTE; i < PMAP_SEVERITIES; i++)
		if (strcmp(q->opt.severity, names[i]) == 0) {
			*least_ret = i;
			return 0;
		}
	return pmap_fail(q, PMAP_STATUS_USAGE, "--severity %s: note, warning or error",
			 q->opt.severity);
}

static int set_rules(struct pmap_check *c)
{
	const struct pmap_target *target = &c->q->target;
	unsigned least;
	int status = least_severity(c->q, &least);

	collect(c, pmap_check_rules);
	collect(c, target->arch->rules);
	c->walk.outer = !target->arch->is_own(pmap_target_format(target));
	c->on = c->rules == 64 ? ~0ULL : (1ULL << c->rules) - 1;
	if (!status && c->q->opt.rule)
		status = choose(c, c->q->opt.rule);
	for (unsigned i = 0; i < c->rules; i++) {
		const struct pmap_rule *rule = c->rule[i];
		unsigned severity = pmap_check_severity(c, rule);

		if (c->q->opt.list && rule->outer > severity)
			severity = rule->outer;
		if (severity < least)
			c->on &= ~(1ULL << i);
		for (unsigned kind = 0; kind <= PML_NONCANONICAL; kind++)
			if (rule->entry && rule->kinds >> kind & 1 &&
			    pmap_check_asks(c, i))
				c->of_kind[kind] |= 1ULL << i;
	}
	return status;
}

/* --- What is left out ----------------------------------------------------- */

static int set_except(struct pmap_check *c)
{
	const struct pmap_expr_range *except = &c->q->opt.except;
	uint64_t first = except->start.value, end = except->end.value;

	if (!except->start.text)
		return 0;
	c->has_except = true;
	c->except_first = pmap_query_va(c->q, first);
	c->except_last = c->except_first;
	if (!except->end.text)
		return 0;
	if (except->end_is_length && !end)
		return pmap_fail(c->q, PMAP_STATUS_USAGE, "--except: empty range (length 0)");
	if (!except->end_is_length)
		end = pmap_query_va(c->q, end);
	c->except_last = except->end_is_length ? c->except_first + end - 1 : end - 1;
	if (c->except_last < c->except_first)
		return pmap_query_inverted(c->q, first, end);
	return 0;
}

/* Is it known where RAM is, and are these its addresses? */
static void set_place(struct pmap_check *c)
{
	const struct pmap_query *q = c->q;
	uint64_t last;

	if (q->target.nested)
		c->no_place = "frames are the guest's, not the machine's";
	else if (pmap_source_place(q->source, 0, &last) == PMAP_PLACE_UNKNOWN)
		c->no_place = "this source of memory does not tell where RAM is";
}

/* --- Findings ------------------------------------------------------------- */

/* Does `f' go on where `last' ends, and is it of the same sort? */
static bool goes_on(const struct pmap_finding *last, const struct pmap_finding *f)
{
	uint64_t step = f->va - last->va;

	if (last->level != f->level || last->bits != f->bits ||
	    last->why != f->why)
		return false;
	if (last->spans && f->spans)
		return last->slot == f->slot && f->va > last->last;
	return last->last + 1 == f->va && last->rights == f->rights &&
	       last->mt == f->mt && last->other_rights == f->other_rights &&
	       last->other_mt == f->other_mt && last->has_other == f->has_other &&
	       (!f->has_other || (last->other + step == f->other &&
				  last->pa + step == f->pa));
}

static struct pmap_finding *new_finding(struct pmap_check *c,
					struct pmap_check_found *found)
{
	size_t room = found->room ? 2 * found->room : 16;
	struct pmap_finding *grown;

	if (found->count == PMAP_CHECK_KEPT) {
		found->more++;
		return NULL;
	}
	if (found->count < found->room)
		return &found->finding[found->count++];
	grown = realloc(found->finding, room * sizeof(*grown));
	c->no_memory |= !grown;
	if (!grown)
		return NULL;
	found->finding = grown;
	found->room = room;
	return &grown[found->count++];
}

void pmap_check_add(struct pmap_check *c, unsigned rule, struct pmap_finding *f)
{
	struct pmap_check_found *found = &c->found[rule];
	struct pmap_finding *last;

	if (!pmap_check_asks(c, rule) || pmap_check_excepted(c, f->va, f->last))
		return;
	f->rule = c->rule[rule];
	/* Two sorts may take turns, as what two bits of one entry do. */
	for (size_t i = 1; i <= 2 && i <= found->count; i++) {
		last = &found->finding[found->count - i];
		if (!goes_on(last, f))
			continue;
		last->last = f->last;
		last->count += f->count;
		return;
	}
	last = new_finding(c, found);
	if (last)
		*last = *f;
}

/* What a rule of the architecture's found after the walk. */
static void add_by_rule(struct pmap_rule_walk *walk, const struct pmap_finding *f)
{
	struct pmap_check *c = (struct pmap_check *)walk;
	struct pmap_finding copy = *f;
	unsigned i = 0;

	while (i < c->rules && c->rule[i] != f->rule)
		i++;
	if (i < c->rules)
		pmap_check_add(c, i, &copy);
}

/* --- The command ---------------------------------------------------------- */

static void free_check(struct pmap_check *c)
{
	for (unsigned i = 0; i < c->rules; i++)
		free(c->found[i].finding);
	pmap_hash_free(&c->tables);
	pmap_frames_free(&c->frames);
}

static int result(struct pmap_check *c)
{
	struct pmap_query *q = c->q;
	uint64_t lines[PMAP_SEVERITIES] = { 0 }, all;

	for (unsigned i = 0; i < c->rules; i++)
		lines[pmap_check_severity(c, c->rule[i])] +=
			c->found[i].count + c->found[i].more;
	all = lines[PMAP_NOTE] + lines[PMAP_WARNING] + lines[PMAP_ERROR];
	pmap_result_u64(q->call, "notes", lines[PMAP_NOTE]);
	pmap_result_u64(q->call, "warnings", lines[PMAP_WARNING]);
	pmap_result_u64(q->call, "errors", lines[PMAP_ERROR]);
	pmap_result_u64(q->call, "ranges", all);
	pmap_result_u64(q->call, "ok", !all);
	if (!all)
		q->call->stop = false;
	return all ? PMAP_STATUS_UNEXPECTED : PMAP_STATUS_OK;
}

static int run(struct pmap_check *c)
{
	struct pmap_query *q = c->q;
	int status = pmap_query_range(q);

	if (!status)
		status = pmap_filter_init(&c->filter, q);
	if (!status)
		status = set_except(c);
	if (!status)
		status = set_rules(c);
	if (status)
		return status;
	if (q->opt.list)
		return pmap_check_list(c);
	set_place(c);
	pmap_check_walk(c);
	if (!pmap_bridge_interrupted())
		pmap_check_frames(c);
	if (c->no_memory)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	pmap_check_report(c);
	return pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED : result(c);
}

/* Options that the other half of the command has no use for. */
static int refuse_options(struct pmap_query *q)
{
	const struct pmap_options *opt = &q->opt;

	if (opt->mirror.text && (opt->rule || opt->severity || opt->list ||
				 opt->except.start.text))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "check: --mirror compares; --rule, --severity, --except and --list are for the rules");
	if (opt->sarif && (opt->mirror.text || opt->list))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "check: --sarif is for what rules find: without --mirror and --list");
	if (!opt->mirror.text && (opt->paired.text || opt->mirror_format))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "check: %s is for --mirror ROOT: the root to compare with",
				 opt->paired.text ? "--paired" : "--mirror-format");
	return 0;
}

int pmap_check(struct pmap_query *q)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(free_check))) struct pmap_check c = {
		.q = q, .walk = { .q = q, .add = add_by_rule },
	};
	int status = refuse_options(q);

	if (status)
		return status;
	return q->opt.mirror.text ? pmap_check_mirror(q) : run(&c);
}
