/*
 * Every public function of the core in a kernel's own dialect: compiled by
 * freestanding.sh, never linked.  What remains undefined in the object is what
 * a kernel would have to provide.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pml/pml.h>

bool k_translate(const struct pml_space *space, uint64_t va,
		 struct pml_target *target, struct pml_steps *steps);
int k_for_each(const struct pml_space *space, uint64_t first, uint64_t last,
	       pml_visit_fn *visit, void *arg);
uint64_t k_cursor(const struct pml_space *space, uint64_t first, uint64_t last,
		  unsigned flags);
int k_map(const struct pml_editor *ed, uint64_t first, uint64_t last,
	  uint64_t pa, const struct pml_attr *attr, unsigned flags,
	  struct pml_pending *pending);
int k_unmap(const struct pml_editor *ed, uint64_t first, uint64_t last,
	    unsigned flags, struct pml_pending *pending);
int k_protect(const struct pml_editor *ed, uint64_t first, uint64_t last,
	      unsigned rights, unsigned flags, struct pml_pending *pending);
uint64_t k_store(void *ctx, const struct pml_change *change);
int k_replace(const struct pml_space *space, const struct pml_ops *ops,
	      uint64_t va, uint64_t size, uint64_t pa,
	      void (*flush)(uint64_t first, uint64_t last),
	      const char **name_ret);
int k_add_tables(const struct pml_editor *ed, uint64_t first, uint64_t last,
		 int level);
int k_free_tables(const struct pml_editor *ed, uint64_t first, uint64_t last,
		  bool root);
bool k_access(const struct pml_space *space,
	      const struct pml_x86_controls *controls,
	      const struct pml_x86_access *access,
	      struct pml_x86_verdict *verdict);
bool k_access_2d(struct pml_nested *n, const struct pml_x86_controls *controls,
		 const struct pml_x86_access *access,
		 struct pml_x86_verdict_2d *verdict);
bool k_translate_2d(struct pml_nested *n, uint64_t gva,
		    struct pml_target_2d *target, struct pml_walk_2d *walk);
uint64_t k_product(struct pml_nested *n, uint64_t first, uint64_t last);
unsigned k_mirror(const struct pml_space *own, const struct pml_space *other,
		  uint64_t first, uint64_t last, unsigned flags);
const struct pml_format *k_format(const struct pml_x86_regs *regs,
				  uint64_t *rsvd_ret);

bool k_translate(const struct pml_space *space, uint64_t va,
		 struct pml_target *target, struct pml_steps *steps)
{
	return pml_translate(space, va, target, steps);
}

int k_for_each(const struct pml_space *space, uint64_t first, uint64_t last,
	       pml_visit_fn *visit, void *arg)
{
	return pml_for_each(space, first, last, visit, arg);
}

uint64_t k_cursor(const struct pml_space *space, uint64_t first, uint64_t last,
		  unsigned flags)
{
	struct pml_cursor c;
	struct pml_record r;
	uint64_t sum = 0;

	pml_cursor_init(&c, space, first, last, flags);
	while (pml_next(&c, &r)) {
		sum += r.pa;
		if (r.kind == PML_TABLE && !r.leaving && r.level == 2)
			pml_skip(&c, &r);
	}
	return sum;
}

int k_map(const struct pml_editor *ed, uint64_t first, uint64_t last,
	  uint64_t pa, const struct pml_attr *attr, unsigned flags,
	  struct pml_pending *pending)
{
	return pml_map(ed, first, last, pa, attr, flags, pending);
}

int k_unmap(const struct pml_editor *ed, uint64_t first, uint64_t last,
	    unsigned flags, struct pml_pending *pending)
{
	int status = pml_unmap(ed, first, last, flags, pending);

	pml_release(ed, pending);
	return status;
}

int k_protect(const struct pml_editor *ed, uint64_t first, uint64_t last,
	      unsigned rights, unsigned flags, struct pml_pending *pending)
{
	return pml_protect(ed, first, last, rights, flags, pending);
}

uint64_t k_store(void *ctx, const struct pml_change *change)
{
	(void)ctx;
	return pml_store_entry(&pml_x86_64_4, change);
}

/* The example of pml.h. */
int k_replace(const struct pml_space *space, const struct pml_ops *ops,
	      uint64_t va, uint64_t size, uint64_t pa,
	      void (*flush)(uint64_t first, uint64_t last),
	      const char **name_ret)
{
	struct pml_editor ed = {
		.space = space, .ops = ops, .free_level = 3
	};
	struct pml_attr attr = { .rights = PML_R | PML_W };
	struct pml_pending pending;
	int status;

	pml_pending_init(&pending);
	status = pml_map(&ed, va, va + size - 1, pa, &attr, PML_REPLACE,
			 &pending);
	if (status)
		*name_ret = pml_status_name(status);
	if (pending.flush)
		flush(pending.first, pending.last);
	pml_release(&ed, &pending);
	return status;
}

int k_add_tables(const struct pml_editor *ed, uint64_t first, uint64_t last,
		 int level)
{
	return pml_add_tables(ed, first, last, level);
}

int k_free_tables(const struct pml_editor *ed, uint64_t first, uint64_t last,
		  bool root)
{
	return pml_free_tables(ed, first, last, root);
}

bool k_access(const struct pml_space *space,
	      const struct pml_x86_controls *controls,
	      const struct pml_x86_access *access,
	      struct pml_x86_verdict *verdict)
{
	return pml_x86_access(space, controls, access, verdict);
}

bool k_access_2d(struct pml_nested *n, const struct pml_x86_controls *controls,
		 const struct pml_x86_access *access,
		 struct pml_x86_verdict_2d *verdict)
{
	return pml_x86_access_2d(n, controls, access, verdict);
}

bool k_translate_2d(struct pml_nested *n, uint64_t gva,
		    struct pml_target_2d *target, struct pml_walk_2d *walk)
{
	return pml_translate_2d(n, gva, target, walk);
}

uint64_t k_product(struct pml_nested *n, uint64_t first, uint64_t last)
{
	struct pml_product p;
	struct pml_product_record r;
	uint64_t sum = 0;

	pml_product_init(&p, n, first, last);
	while (pml_product_next(&p, &r))
		sum += r.gpa;
	return sum;
}

unsigned k_mirror(const struct pml_space *own, const struct pml_space *other,
		  uint64_t first, uint64_t last, unsigned flags)
{
	struct pml_mirror m;
	struct pml_mirror_record r;
	unsigned differs = 0;

	pml_mirror_init(&m, own, other, first, last, flags);
	while (pml_mirror_next(&m, &r))
		differs |= r.differs;
	return differs;
}

const struct pml_format *k_format(const struct pml_x86_regs *regs,
				  uint64_t *rsvd_ret)
{
	const struct pml_format *fmt = pml_x86_format(regs);

	*rsvd_ret = fmt ? pml_x86_rsvd(fmt, regs) : 0;
	return fmt;
}
