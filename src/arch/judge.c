/*
 * Would an access fault?
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/judge.h"

#include <inttypes.h>
#include <string.h>

#include "memory/cache.h"
#include "show/words.h"
#include "target/nesting.h"

int pmap_judge_possible(struct pmap_query *q)
{
	const struct pmap_target *target = &q->target;

	if (target->paging_off)
		return 0;
	if (q->no_space[0])
		return pmap_fail(q, PMAP_STATUS_NO_PAGING, "%s", q->no_space);
	if (!q->cache)
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
				 "physical memory cannot be read: see `pmap source'");
	if (target->guest_off || !target->space.fmt ||
	    target->arch->is_own(target->space.fmt))
		return 0;
	if (!target->arch->has_format(target->space.fmt))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "no instruction of %s makes an access by %s: of another architecture's tables there are entries and rights alone (pmap walk, dump, perms)",
				 target->arch->title, target->space.fmt->title);
	return pmap_fail(q, PMAP_STATUS_USAGE,
			 "no instruction makes an access by %s alone: give the guest's --root, and these tables by %s",
			 target->space.fmt->title,
			 pmap_nesting_names(target->arch));
}

void pmap_judge_init(struct pmap_judge *judge, struct pmap_query *q)
{
	bool knows_user = true;

	memset(judge, 0, sizeof(*judge));
	judge->arch = q->target.arch;
	judge->q = q;
	judge->two = q->target.nested && q->cache;
	judge->off = !judge->two && (q->no_space[0] || q->target.guest_off);
	judge->arch->judge_init(judge, &knows_user);
	if (q->opt.user || q->opt.supervisor)
		judge->user = q->opt.user;
	judge->says_user = !knows_user && !q->opt.user && !q->opt.supervisor;
}

bool pmap_judge(struct pmap_judge *judge, const struct pmap_access *access,
		struct pmap_verdict *v)
{
	if (!judge->off) {
		judge->asked = true;
		return judge->arch->judge(judge, access, v);
	}
	judge->arch->no_verdict(v, PMAP_ALLOWED, access->va);
	return true;
}

/* How many more of them lie in the page of the last byte of number `i`. */
static uint64_t same_page(const struct pmap_accesses *all, uint64_t va,
			  unsigned shift)
{
	uint64_t size = all->access.size ? all->access.size : 1;
	uint64_t mask = shift >= 64 ? ~0ULL : (1ULL << shift) - 1;
	uint64_t last = va + size - 1;

	if (!all->step)
		return 0;
	if (all->step > 0)
		return ((last | mask) - last) / all->step;
	if ((va ^ last) & ~mask)
		return 0;
	return (va & mask) / -all->step;
}

bool pmap_judge_all(struct pmap_judge *judge, const struct pmap_accesses *all,
		    uint64_t *which_ret, struct pmap_verdict *v)
{
	struct pmap_access one = all->access;
	uint64_t i, more;

	for (i = 0; i < all->count; i += more) {
		one.va = all->access.va + i * all->step;
		*which_ret = i;
		if (pmap_bridge_interrupted() || !pmap_judge(judge, &one, v))
			return false;
		if (judge->off)
			break;
		/* The pages of the second dimension may be smaller. */
		more = same_page(all, one.va, judge->two ? 12 :
				 v->target.shift) + 1;
	}
	return true;
}

bool pmap_judge_bytes(struct pmap_judge *judge, const struct pmap_access *access,
		      uint64_t len, struct pmap_verdict *v)
{
	struct pmap_accesses all = { .access = *access, .count = len, .step = 1 };
	uint64_t which;

	all.access.size = 1;
	return pmap_judge_all(judge, &all, &which, v);
}

int pmap_judge_results(struct pmap_query *q, const struct pmap_verdict *verdict)
{
	const struct pmap_arch *arch = q->target.arch;

	if (q->target.nested)
		arch->exit_results(q, verdict);
	if (verdict->outcome == PMAP_UNTOLD)
		return PMAP_STATUS_UNTOLD;
	pmap_result_u64(q->call, "fault", verdict->outcome != PMAP_ALLOWED);
	arch->results(q, verdict);
	return verdict->outcome == PMAP_ALLOWED ? PMAP_STATUS_OK : PMAP_STATUS_FAULT;
}

/* --- In words ------------------------------------------------------------- */

const char *pmap_access_name(unsigned kind)
{
	return kind == PML_W ? "write" : kind == PML_X ? "fetch" : "read";
}

unsigned pmap_access_kind(const char *word)
{
	return *word == 'r' ? PML_R : *word == 'w' ? PML_W : PML_X;
}

static const char *other_mode(const struct pmap_judge *judge,
			      const struct pmap_access *access)
{
	return judge->arch->who ? judge->arch->who(judge, access) : NULL;
}

const char *pmap_judge_who(const struct pmap_judge *judge,
			   const struct pmap_access *access)
{
	const char *other = other_mode(judge, access);
	bool user = access ? access->user : judge->user;

	return other ? other : user ? "user" : "supervisor";
}

/* Repeats an expression: ADDR+LEN without a blank is one as well, and means one byte. */
void pmap_add_question(const struct pmap_judge *judge, const struct pmap_access *a,
		       uint64_t len, const char *what)
{
	struct pmap_query *q = judge->q;
	const char *text = q->opt.start.text;

	pmap_text_add(q->out, "0x%" PRIx64, a->va);
	if (text[strspn(text, "0123456789abcdefABCDEFxX")])
		pmap_text_add(q->out, " (%s)", text);
	pmap_text_add(q->out, ": %s of %" PRIu64 " byte%s %sby %s%s: ",
		      pmap_access_name(a->kind), len, len == 1 ? "" : "s",
		      what, other_mode(judge, a) ? "" : "the ", pmap_judge_who(judge, a));
}

const char *pmap_exit_name(const struct pmap_verdict *verdict, const char *name)
{
	switch ((enum pmap_outcome)verdict->outcome) {
	case PMAP_ALLOWED:
		return "none";
	case PMAP_FAULTS:
		return "exception";
	case PMAP_EXITS:
		return name;
	case PMAP_UNTOLD:
		break;
	}
	return "unknown";
}

void pmap_add_assumptions(struct pmap_text *out, const struct pmap_judge *judge,
			  const char *indent)
{
	judge->arch->add_assumed(out, judge, indent);
	if (judge->says_user && judge->asked)
		pmap_text_add(out, "%sassuming the %s: say --user or --supervisor\n",
			      indent, judge->user ? "user" : "supervisor");
}

void pmap_add_unreadable(struct pmap_text *out, const struct pml_space *space,
			 uint64_t va)
{
	struct pml_steps steps;
	const struct pml_step *step;
	struct pml_target end;

	pml_translate(space, va, &end, &steps);
	if (steps.count < 2 || steps.step[steps.count - 1].kind != PML_UNREADABLE) {
		pmap_add_reason(out, space, &end);
		return;
	}
	step = &steps.step[steps.count - 2];
	pmap_text_add(out, "the %s 0x%" PRIx64 " at 0x%" PRIx64 " leads to a table at 0x%" PRIx64 ", which",
		      space->fmt->level[step->level].name, step->raw,
		      step->slot_pa,
		      pml_table_pa(space, step->level, step->raw));
	if (space->at == pmap_cache_at)
		pmap_text_add(out, " %s",
			      pmap_read_verb(pmap_cache_status(space->ctx)));
	else
		pmap_text_puts(out, " cannot be read");
}
