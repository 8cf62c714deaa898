/*
 * Which root is meant: see root.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "command/root.h"

#include <inttypes.h>
#include <string.h>

#include "memory/cache.h"
#include "target/arch.h"
#include "target/nesting.h"
#include "walkers/tasks.h"

const char *pmap_root_words(struct pmap_options *opt)
{
	bool is_virtual = opt->root_va.text;

	if (is_virtual && opt->root.text)
		return "--root and --root-va exclude each other";
	if (opt->user_root && (is_virtual || opt->root.text))
		return "--user-root goes by CR3: no --root with it";
	if ((is_virtual || opt->user_root) && pmap_nesting_asked(opt))
		return "a guest's root is given as --root, a guest-physical address";
	if (opt->task.text && (opt->root.text || opt->user_root))
		return "--task is another --root: one of them";
	if (opt->task.text) {
		opt->root.text = strdup(opt->task.text);
		opt->root_is_task = opt->root.known = true;
	}
	/* `pmap use' has found the root already. */
	if (pmap_options_is_task(&opt->root) && !opt->root.known) {
		opt->root_is_task = opt->root.known = true;
		if (pmap_nesting_asked(opt))
			return "--root pid: and name: are of the kernel that runs here: a guest's root is given as a guest-physical address";
	}
	if (!is_virtual)
		return NULL;
	opt->root = opt->root_va;
	opt->root_va = (struct pmap_expr){ 0 };
	opt->root_is_virtual = true;
	return NULL;
}

/*
 * No physical address, and no value for CR3, begins with that many ones; a
 * kernel's pointer does.
 */
static bool looks_virtual(const struct pmap_query *q)
{
	const struct pml_format *fmt = q->target.space.fmt;

	return q->opt.root.text && fmt && fmt->va_bits > 32 &&
	       (int64_t)q->opt.root.value >> 47 == -1;
}

/* The target with its own root, and what this command says of its mode. */
static int own_target(const struct pmap_query *q, struct pmap_target *own,
		      char *why, size_t size)
{
	const struct pmap_options plain = {
		.format = q->opt.format, .c_bit = q->opt.c_bit,
	};
	int status;

	*own = q->target;
	status = pmap_target_init(own, &plain, why, size);
	pmap_nesting_attach(own, pmap_cache_at, q->cache);
	return status;
}

static int use_root(struct pmap_query *q)
{
	int status = pmap_target_init(&q->target, &q->opt, q->no_space,
				      sizeof(q->no_space));

	if (status)
		return pmap_fail(q, status, "%s", q->no_space);
	pmap_nesting_attach(&q->target, pmap_cache_at, q->cache);
	return 0;
}

/* Through the tables of the selected CPU, as it would read there itself. */
static int translate_root(struct pmap_query *q)
{
	uint64_t va = q->opt.root.value;
	struct pmap_target own;
	struct pml_target end;
	char why[256] = "";
	int status;

	if (pmap_nesting_asked(&q->opt))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--root 0x%" PRIx64 " is a virtual address: give the guest-physical one",
				 va);
	status = own_target(q, &own, why, sizeof(why));
	if (status)
		return pmap_fail(q, status, "the root 0x%" PRIx64 " is a virtual address, and cannot be translated: %s",
				 va, why);
	if (!pmap_target_space(&own, va)->fmt ||
	    !pml_canonical(pmap_target_space(&own, va)->fmt, va) ||
	    !pml_translate(pmap_target_space(&own, va), va, &end, NULL))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "the root 0x%" PRIx64 " is a virtual address that the CPU's tables do not map: give the physical one",
				 va);
	q->opt.root.value = end.pa;
	q->root_va = va;
	return use_root(q);
}

/* The process' root, by the list of the kernel that runs here. */
static int find_task(struct pmap_query *q)
{
	struct pmap_query own = *q;
	int status = own_target(q, &own.target, own.why, sizeof(own.why));

	if (!status)
		status = q->opt.task.text ?
			pmap_tasks_root_at(&own, q->opt.task.value, &q->opt.root.value) :
			pmap_tasks_root(&own, q->opt.root.text, &q->opt.root.value);
	return status ? pmap_fail(q, status, "%s", own.why) : use_root(q);
}

int pmap_root_resolve(struct pmap_query *q)
{
	const struct pmap_arch *arch = q->target.arch;
	int status;

	if (q->opt.root_is_task)
		return find_task(q);
	if (q->opt.root_is_virtual || looks_virtual(q))
		return translate_root(q);
	if (!q->opt.user_root)
		return 0;
	if (!arch->user_root)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "--user-root: %s has no such pairs", arch->title);
	status = arch->user_root(q, &q->opt.root.value);
	if (status)
		return status;
	return use_root(q);
}

void pmap_root_add_note(struct pmap_query *q)
{
	if (q->root_va && !q->opt.json && !q->opt.csv)
		pmap_text_add(q->out, "(root: the virtual address 0x%" PRIx64 " maps to 0x%" PRIx64 ")\n",
			      q->root_va, q->opt.root.value);
}
