/*
 * mode=oracle: what the core said of an access, and what the processor did.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "oracle/oracle.h"
#include "space.h"

#define ACCESSES_PER_ROUND	100
#define REPORTS			10

static const char *const reasons[] = {
	[PML_X86_WHY_ALLOWED] = "allowed",
	[PML_X86_WHY_NONCANONICAL] = "not a canonical address",
	[PML_X86_WHY_UNREADABLE] = "unreadable tables",
	[PML_X86_WHY_NOT_PRESENT] = "not present",
	[PML_X86_WHY_RESERVED] = "a reserved bit",
	[PML_X86_WHY_USER] = "user mode, supervisor page",
	[PML_X86_WHY_WRITE] = "write, read-only page",
	[PML_X86_WHY_NX] = "fetch, NX page",
	[PML_X86_WHY_SMEP] = "supervisor fetch, user page: SMEP",
	[PML_X86_WHY_SMAP] = "supervisor access, user page: SMAP",
	[PML_X86_WHY_PKEY] = "protection key",
};

#define REASONS	(sizeof(reasons) / sizeof(reasons[0]))

static const char *const how_names[PROBE_HOWS] = {
	"load", "store", "read-modify-write", "fetch", "push", "pop",
	"segment load",
};

static struct {
	unsigned long passed, failed;
} tally[REASONS];

/* Denied by a key: [the page is user mode's][so is the access]. */
static unsigned long keys[2][2];

static unsigned int reports;

static bool as_expected(const struct oracle_expected *e,
			const struct probe_result *r)
{
	if (e->either && r->vector == VEC_PF)
		return true;
	if (r->vector != e->vector)
		return false;
	if (r->vector == VEC_DONE)
		return true;
	return r->error == e->error &&
	       (r->vector != VEC_PF || r->cr2 == e->cr2);
}

static void print_result(const char *who, unsigned int vector, uint64_t error,
			 uint64_t cr2)
{
	if (vector == VEC_DONE)
		kprintf("#   %s: success\n", who);
	else
		kprintf("#   %s: vector %u, error %lx, address %lx\n", who, vector,
			error, cr2);
}

static void print_walk(const struct oracle_case *o, uint64_t va)
{
	struct pml_target target;
	struct pml_steps steps;

	pml_translate(&o->space, va, &target, &steps);
	for (int i = 0; i < steps.count; i++)
		kprintf("#   level %u: table %lx [%u] = %016lx, rights %x, kind %u\n",
			steps.step[i].level, steps.step[i].table_pa,
			steps.step[i].index, steps.step[i].raw,
			steps.step[i].rights, steps.step[i].kind);
}

static void report(const struct oracle_case *o, const struct pml_x86_verdict *v,
		   const struct oracle_expected *e,
		   const struct oracle_outcome *outcome, uint64_t seed,
		   uint64_t round)
{
	const struct pml_x86_controls *c = &o->controls;
	uint64_t last = o->access.va + o->access.size - 1;

	kprintf("# mismatch; again with: mode=oracle seed=%lu round=%lu\n", seed,
		round);
	kprintf("#   %s of %u bytes at %lx, CPL %d, AC %d\n",
		how_names[o->probe.how], o->access.size, o->access.va,
		o->access.user ? 3 : 0, c->ac);
	kprintf("#   cr0 %lx cr4 %lx efer %lx pkru %x pkrs %x\n", c->cr0, c->cr4,
		c->efer, c->pkru, c->pkrs);
	kprintf("#   the core: %s, level %u, bits %lx\n", reasons[v->reason],
		v->level, v->bits);
	print_result("expected", e->vector, e->error, e->cr2);
	print_result("got", outcome->result.vector, outcome->result.error,
		     outcome->result.cr2);
	if (!outcome->data_right)
		kprintf("#   the data is wrong\n");
	if (!outcome->bits_right)
		kprintf("#   the entry at %lx is %lx, should be %lx\n",
			outcome->wrong.slot_pa, outcome->wrong.raw,
			outcome->wrong_expected);
	print_walk(o, o->access.va);
	if ((o->access.va ^ last) >> PGSHIFT)
		print_walk(o, last);
}

static void judge(const struct oracle_world *w, const struct oracle_case *o,
		  uint64_t seed, uint64_t round)
{
	struct oracle_expected e;
	struct oracle_outcome outcome;
	struct pml_x86_verdict v;

	pml_x86_access(&o->space, &o->controls, &o->access, &v);
	if (v.reason == PML_X86_WHY_PKEY)
		keys[!!(v.target.rights & PML_U)]
		    [pml_x86_as_user(&o->access)]++;
	oracle_expect(o, &v, &e);
	oracle_run(w, o, &e, &outcome);
	if (as_expected(&e, &outcome.result) && outcome.data_right &&
	    outcome.bits_right) {
		tally[v.reason].passed++;
		return;
	}
	tally[v.reason].failed++;
	if (reports++ < REPORTS)
		report(o, &v, &e, &outcome, seed, round);
}

/* Its tables and accesses depend on the seed and its number alone. */
static void run_round(struct oracle_world *w, uint64_t seed, uint64_t round,
		      uint64_t accesses)
{
	struct random r = random_fork(seed, round);
	struct pml_x86_controls c;
	struct oracle_case o;

	oracle_fill(w, &r);
	for (uint64_t i = 0; i < accesses; i++) {
		if (i % 8 == 0) {
			oracle_pick_controls(&r, &c);
			oracle_load(w, &c);
		}
		oracle_pick(w, &r, &c, &o);
		judge(w, &o, seed, round);
	}
	oracle_unload();
}

/* Every reason that this processor can have must have come up. */
static bool is_expected_reason(enum pml_x86_reason reason)
{
	switch (reason) {
	case PML_X86_WHY_UNREADABLE:
		return false;
	case PML_X86_WHY_SMEP:
		return cpu.smep;
	case PML_X86_WHY_SMAP:
		return cpu.smap;
	case PML_X86_WHY_PKEY:
		return cpu.pku;
	case PML_X86_WHY_NX:
		return cpu.nx;
	default:
		return true;
	}
}

/*
 * The page decides which register counts, whoever accesses: PKRU guards user
 * mode's pages, from the supervisor, too, and PKRS the supervisor's.  Each must
 * have come up.
 */
static unsigned long print_keys(unsigned long *n)
{
	const struct {
		unsigned long denied;
		bool exists;
		const char *what;
	} row[] = {
		{ keys[1][1], cpu.pku, "PKRU denies user mode its page" },
		{ keys[1][0], cpu.pku, "PKRU denies the supervisor a user's page" },
		{ keys[0][0], cpu.pks, "PKRS denies the supervisor its page" },
	};
	unsigned long missed = 0;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		if (!row[i].exists)
			continue;
		kprintf("%sok %lu - %s: %lu accesses\n",
			row[i].denied ? "" : "not ", ++*n, row[i].what,
			row[i].denied);
		missed += !row[i].denied;
	}
	return missed;
}

static bool print_tally(bool all)
{
	unsigned long passed = 0, failed = 0, missed = 0, n = 0;

	for (size_t i = 0; i < REASONS; i++) {
		unsigned long tried = tally[i].passed + tally[i].failed;
		bool missing = all && !tried && is_expected_reason(i);

		if (!tried && !missing)
			continue;
		kprintf("%sok %lu - %s: %lu accesses, %lu mismatches\n",
			missing || tally[i].failed ? "not " : "", ++n, reasons[i],
			tried, tally[i].failed);
		passed += tally[i].passed;
		failed += tally[i].failed;
		missed += missing;
	}
	if (all)
		missed += print_keys(&n);
	kprintf("1..%lu\n", n);
	oracle_print_masks();
	kprintf("# %lu passed, %lu failed\n", passed, failed + missed);
	return !failed && !missed;
}

void oracle_main(void)
{
	uint64_t seed = cmdline_u64("seed", 1);
	uint64_t count = cmdline_u64("count", 100000);
	uint64_t round = cmdline_u64("round", 0);
	bool one = cmdline_flag("round");
	static struct oracle_world w;

	kprintf("# oracle: seed %lu, count %lu, %u levels, %u address bits%s\n",
		seed, count, cpu.five_levels ? 5 : 4, cpu.phys_bits,
		oracle_is_tcg() ? ", TCG" : oracle_is_bochs() ? ", Bochs" : "");
	if (oracle_is_bochs())
		cpu.pku = cpu.pks = false;
	oracle_world_init(&w);
	if (one)
		count = count < ACCESSES_PER_ROUND ? count : ACCESSES_PER_ROUND;
	for (; count; round++) {
		uint64_t n = count < ACCESSES_PER_ROUND ? count : ACCESSES_PER_ROUND;

		run_round(&w, seed, round, n);
		count -= n;
	}
	machine_exit(print_tally(!one) ? EXIT_PASS : EXIT_FAIL);
}
