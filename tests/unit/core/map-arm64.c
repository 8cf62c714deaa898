/*
 * Random changes in AArch64's formats: map, protect and unmap against a plain
 * array of pages, in all granules and both halves; and no store changes a valid
 * entry in a way for which the architecture wants it broken first, unless the
 * core says so.
 *
 * Environment: SEED, ROUNDS.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include <pml/pml.h>

#include "lib/random.h"
#include "tap.h"

#define MEMORY		0x40000000ULL	/* tables, up to */
#define MEMORY_SIZE	(48ULL << 20)
#define PAGES		96		/* that the model knows */

/* D8.16.1: what may change in an entry that is in use. */
#define MAY_CHANGE	(3ULL << 6 | 1ULL << 10 | 1ULL << 51 | 3ULL << 53 | \
			 0xfULL << 55)

struct page {
	uint64_t pa;
	unsigned rights;	/* 0: nothing is there */
};

static struct pml_format fmt;
static struct pml_space space;
static struct page model[PAGES];
static uint64_t base, next_table, free_list[64];
static unsigned free_count, wrong_stores, breaks;
static unsigned char *memory;

static const void *at(void *ctx, uint64_t pa, size_t size)
{
	(void)ctx;
	return pa >= MEMORY && pa + size <= MEMORY + MEMORY_SIZE ?
	       memory + (pa - MEMORY) : NULL;
}

/* Tables of one size, but for the root's, which is made once. */
static bool alloc(void *ctx, int level, uint64_t *pa_ret)
{
	uint64_t size = 1ULL << fmt.level[1].shift;

	(void)ctx, (void)level;
	if (free_count) {
		*pa_ret = free_list[--free_count];
	} else {
		*pa_ret = next_table;
		next_table += size;
	}
	if (*pa_ret + size > MEMORY + MEMORY_SIZE)
		return false;
	memset(memory + (*pa_ret - MEMORY), 0, size);
	return true;
}

static void give_back(void *ctx, int level, uint64_t pa)
{
	(void)ctx, (void)level;
	if (free_count < 64)
		free_list[free_count++] = pa;
}

static uint64_t store(void *ctx, const struct pml_change *change)
{
	uint64_t *slot = change->slot, old = *slot;

	(void)ctx;
	breaks += change->break_first;
	if ((old & 1) && (change->raw & 1) && !change->break_first)
		wrong_stores += ((old ^ change->raw) & ~MAY_CHANGE) != 0;
	*slot = change->raw;
	return old;
}

static const struct pml_ops ops = { alloc, give_back, store };
static struct pml_editor ed = { .space = &space, .ops = &ops, .free_level = 3 };

static uint64_t page_size(void)
{
	return 1ULL << fmt.level[1].shift;
}

static unsigned pick_rights(struct random *r)
{
	static const uint8_t some[] = {
		PML_R, PML_R | PML_W, PML_R | PML_X, PML_R | PML_U,
		PML_R | PML_W | PML_U, PML_R | PML_U | PML_XU,
	};

	return some[random_below(r, sizeof(some))];
}

/* What the tables say of all pages, one by one. */
static unsigned differences(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < PAGES; i++) {
		struct pml_target t;
		bool mapped = pml_translate(&space, base + i * page_size(), &t, NULL);

		if (mapped != (model[i].rights != 0) ||
		    (mapped && (t.pa != model[i].pa || t.rights != model[i].rights)))
			n++;
	}
	return n;
}

static bool any(unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++)
		if (model[i].rights)
			return true;
	return false;
}

/* The same by the cursor: as many bytes as the model has. */
static bool same_bytes(void)
{
	struct pml_cursor c;
	struct pml_record r;
	uint64_t bytes = 0, want = 0;

	pml_cursor_init(&c, &space, base, base + PAGES * page_size() - 1, 0);
	while (pml_next(&c, &r))
		if (r.kind == PML_LEAF)
			bytes += r.last - r.va + 1;
	for (unsigned i = 0; i < PAGES; i++)
		want += model[i].rights ? page_size() : 0;
	return bytes == want;
}

static int do_map(struct random *r, unsigned first, unsigned n,
		  struct pml_pending *pending)
{
	uint64_t va = base + first * page_size();
	unsigned flags = random_percent(r, 60) ? PML_REPLACE : 0;
	/* Often so that blocks are possible. */
	uint64_t pa = random_percent(r, 60) ? 0x80000000ULL + (va & 0x3fffffff) :
		      0x80000000ULL + random_below(r, 4096) * page_size();
	struct pml_attr attr = {
		.rights = pick_rights(r), .accessed = true, .dirty = true
	};
	int status = pml_map(&ed, va, va + n * page_size() - 1, pa, &attr, flags,
			     pending);

	if (!flags && any(first, n))
		return status == PML_EEXIST ? 0 : -1;
	for (unsigned i = 0; i < n && !status; i++)
		model[first + i] = (struct page){ pa + i * page_size(), attr.rights };
	return status;
}

static int do_protect(struct random *r, unsigned first, unsigned n,
		      struct pml_pending *pending)
{
	uint64_t va = base + first * page_size();
	unsigned rights = pick_rights(r);
	int status = pml_protect(&ed, va, va + n * page_size() - 1, rights, 0, pending);

	for (unsigned i = first; i < first + n && !status; i++)
		if (model[i].rights)
			model[i].rights = rights;
	return status;
}

static int do_unmap(unsigned first, unsigned n, struct pml_pending *pending)
{
	uint64_t va = base + first * page_size();
	int status = pml_unmap(&ed, va, va + n * page_size() - 1, 0, pending);

	for (unsigned i = first; i < first + n && !status; i++)
		model[i].rights = 0;
	return status;
}

static unsigned one_round(struct random *r)
{
	unsigned first = (unsigned)random_below(r, PAGES);
	unsigned n = 1 + (unsigned)random_below(r, PAGES - first);
	struct pml_pending pending;
	int status;

	pml_pending_init(&pending);
	switch (random_below(r, 4)) {
	case 0: case 1:
		status = do_map(r, first, n, &pending);
		break;
	case 2:
		status = do_protect(r, first, n, &pending);
		break;
	default:
		status = do_unmap(first, n, &pending);
	}
	pml_release(&ed, &pending);
	return (status != 0) + (differences() != 0) + !same_bytes();
}

/* Around the end of a table of the last level. */
static void set_up(const struct pml_arm64_config *c)
{
	pml_arm64_format(c, &fmt);
	space = (struct pml_space){ .fmt = &fmt, .at = at };
	next_table = MEMORY;
	free_count = wrong_stores = breaks = 0;
	memset(model, 0, sizeof(model));
	alloc(NULL, fmt.levels, &space.root);
	base = pml_bottom(&fmt) + (1ULL << (fmt.level[2].shift + 1)) -
	       PAGES / 2 * page_size();
}

static void one_format(const char *name, struct pml_arm64_config c, uint64_t seed,
		       unsigned rounds)
{
	struct random r = random_fork(seed, c.granule + 100u * c.upper);
	unsigned wrong = 0, i;

	set_up(&c);
	for (i = 0; i < rounds && !wrong; i++)
		wrong = one_round(&r);
	if (!ok(!wrong, "%s%s: %u changes", name, c.upper ? ", upper half" : "", i))
		printf("# seed %" PRIu64 ", change %u\n", seed, i);
	ok(!wrong_stores && breaks, "%u broken first, no store that should have been",
	   breaks);
}

int main(void)
{
	static const struct {
		const char *name;
		struct pml_arm64_config c;
	} formats[] = {
		{ "4 KiB", { .granule = 12, .va_bits = 48, .pa_bits = 48 } },
		{ "16 KiB", { .granule = 14, .va_bits = 47, .pa_bits = 48 } },
		{ "64 KiB", { .granule = 16, .va_bits = 48, .pa_bits = 48 } },
		{ "4 KiB, LPA2", { .granule = 12, .va_bits = 52, .pa_bits = 52, .ds = true } },
		{ "16 KiB, LPA2", { .granule = 14, .va_bits = 52, .pa_bits = 52, .ds = true } },
		{ "64 KiB, LPA", { .granule = 16, .va_bits = 52, .pa_bits = 52, .lpa = true } },
		{ "4 KiB, 39 bits", { .granule = 12, .va_bits = 39, .pa_bits = 40 } },
	};
	const char *seed = getenv("SEED"), *rounds = getenv("ROUNDS");

	memory = aligned_alloc(0x10000, MEMORY_SIZE);
	if (!memory)
		return 1;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct pml_arm64_config c = formats[i].c;

		c.regime = PML_ARM64_EL10;
		for (int upper = 0; upper < 2; upper++) {
			c.upper = upper;
			one_format(formats[i].name, c, seed ? strtoull(seed, NULL, 0) : 1,
				   rounds ? (unsigned)strtoul(rounds, NULL, 0) : 3000);
		}
	}
	free(memory);
	return tap_done();
}
