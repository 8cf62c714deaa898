/*
 * One access, made for real: on the tables and with the controls that the case
 * asks for, and with a look at the bytes and the entries that it leaves.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "oracle/oracle.h"
#include "space.h"

#define CR4_ORACLE	(CR4_SMEP | CR4_SMAP | CR4_PKE | CR4_PKS | CR4_PGE)
#define LDT_DESCRIPTOR	0x00cff3000000ffffUL	/* data, DPL 3, accessed */

static uint64_t saved_cr3, saved_cr0, saved_cr4, saved_efer;

/* Global pages are off, so that loading CR3 flushes everything. */
void oracle_load(const struct oracle_world *w, const struct pml_x86_controls *c)
{
	if (!saved_cr3) {
		saved_cr3 = rcr3();
		saved_cr0 = rcr0();
		saved_cr4 = rcr4();
		saved_efer = rdmsr(MSR_EFER);
	}
	if (rcr3() != w->table[0])
		wcr3(w->table[0]);
	set_control((saved_cr0 & ~CR0_WP) | c->cr0,
		    (saved_cr4 & ~CR4_ORACLE) | c->cr4,
		    (saved_efer & ~EFER_NXE) | c->efer);
	if (c->cr4 & CR4_PKE)
		wrpkru(c->pkru);
	if (cpu.pks)
		wrmsr(MSR_PKRS, c->pkrs);
}

void oracle_unload(void)
{
	if (cpu.pks)
		wrmsr(MSR_PKRS, 0);
	set_control(saved_cr0, saved_cr4, saved_efer);
	wcr3(saved_cr3);
	saved_cr3 = 0;
}

/* The entries that the access goes through, and what they were before. */
struct trail {
	struct pml_steps steps[2];
	struct pml_target target[2];
	int pages;
};

static void follow(const struct oracle_case *o, struct trail *t_ret)
{
	uint64_t va = o->access.va, last = va + o->access.size - 1;

	t_ret->pages = (va ^ last) >> PGSHIFT ? 2 : 1;
	pml_translate(&o->space, va, &t_ret->target[0], &t_ret->steps[0]);
	if (t_ret->pages == 2)
		pml_translate(&o->space, last & ~(PGSIZE - 1), &t_ret->target[1],
			      &t_ret->steps[1]);
}

/* Byte `i' of the access, through the direct map. */
static uint8_t *byte_of(const struct oracle_case *o, const struct trail *t,
			unsigned int i)
{
	uint64_t va = o->access.va, left = PGSIZE - (va & (PGSIZE - 1));

	return kaddr(i < left ? t->target[0].pa + i : t->target[1].pa + i - left);
}

static uint64_t peek(const struct oracle_case *o, const struct trail *t)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < o->access.size; i++)
		v |= (uint64_t)*byte_of(o, t, i) << 8 * i;
	return v;
}

static void poke(const struct oracle_case *o, const struct trail *t, uint64_t v)
{
	for (unsigned int i = 0; i < o->access.size; i++)
		*byte_of(o, t, i) = v >> 8 * i;
}

/* Did the access read, or leave, the right value? */
static bool data_is_right(const struct oracle_case *o, const struct trail *t,
			  uint64_t before, const struct probe_result *result)
{
	uint64_t mask = ~0UL >> (64 - 8 * o->access.size);

	switch (o->probe.how) {
	case PROBE_LOAD:
	case PROBE_POP:
		return (result->rax & mask) == before;
	case PROBE_STORE:
	case PROBE_PUSH:
		return peek(o, t) == (o->probe.value & mask);
	case PROBE_RMW:
		return peek(o, t) == (before ^ (o->probe.value & mask));
	case PROBE_FETCH:
		return result->rip == o->probe.va + 2;
	default:
		return true;
	}
}

/* The accessed and dirty bits that the processor owes an entry of the trail,
 * which may be on it more than once. */
static uint64_t bits_owed(const struct oracle_case *o, const struct trail *t,
			  uint64_t slot_pa)
{
	uint64_t bits = 0;

	for (int i = 0; i < t->pages; i++)
		for (int n = 0; n < t->steps[i].count; n++) {
			const struct pml_step *s = &t->steps[i].step[n];

			if (s->slot_pa != slot_pa)
				continue;
			bits |= PML_X86_A;
			if (s->kind == PML_LEAF && o->access.kind == PML_W)
				bits |= PML_X86_D;
		}
	return bits;
}

/* Allowed: exactly what is owed was set.  Refused: at most accessed bits; of a
 * store to two pages the first may be dirty, which manuals leave open. */
static void check_bits(const struct oracle_case *o, const struct trail *t,
		       bool allowed, struct oracle_outcome *outcome)
{
	outcome->bits_right = true;
	for (int i = 0; i < t->pages; i++)
		for (int n = 0; n < t->steps[i].count; n++) {
			struct pml_step now = t->steps[i].step[n];
			uint64_t expected = now.raw, may = PML_X86_A;

			if (t->pages == 2 && !i && now.kind == PML_LEAF)
				may |= PML_X86_D;
			now.raw = *(uint64_t *)kaddr(now.slot_pa);
			if (allowed)
				expected |= bits_owed(o, t, now.slot_pa);
			else
				expected |= now.raw & may;
			if (now.raw == expected)
				continue;
			outcome->bits_right = false;
			outcome->wrong = now;
			outcome->wrong_expected = expected;
		}
}

void oracle_run(const struct oracle_world *w, const struct oracle_case *o,
		const struct oracle_expected *e,
		struct oracle_outcome *outcome_ret)
{
	bool allowed = e->vector == VEC_DONE, done, tables;
	bool segment = o->probe.how == PROBE_SEGMENT;
	uint64_t before = 0;
	struct trail t;

	follow(o, &t);
	tables = allowed && (!is_scratch(w, t.target[0].pa) ||
			     (t.pages == 2 && !is_scratch(w, t.target[1].pa)));
	if (allowed)
		before = peek(o, &t);
	if (allowed && segment)
		poke(o, &t, LDT_DESCRIPTOR);
	if (segment)
		set_ldt(o->probe.va, 8);
	wcr3(w->table[0]);
	probe_one(&o->probe, &outcome_ret->result);
	done = outcome_ret->result.vector == VEC_DONE;
	/* A table that is read may change under the read: its accessed bits. */
	outcome_ret->data_right = !allowed || !done || tables ||
		data_is_right(o, &t, before, &outcome_ret->result);
	check_bits(o, &t, allowed && done, outcome_ret);
	if (segment)
		set_ldt(0, 8);
	if (allowed && !tables && (segment || o->access.kind == PML_W))
		poke(o, &t, before);
}
