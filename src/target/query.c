/*
 * What several walkers need of a query: its range, its errors.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "target/query.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/status.h"
#include "target/arch.h"

int pmap_fail(struct pmap_query *q, int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(q->why, sizeof(q->why), format, args);
	va_end(args);
	return status;
}

uint64_t pmap_query_va(const struct pmap_query *q, uint64_t value)
{
	const struct pml_format *fmt = q->target.space.fmt;

	if (!q->no_space[0] && fmt && fmt->va_bits == 32 &&
	    value >> 31 == 0x1ffffffff)
		return (uint32_t)value;
	return value;
}

#define SWAP(a, b) do { __typeof__(a) was = a; a = b; b = was; } while (0)

void pmap_query_swap(struct pmap_query *q, struct pmap_options *line)
{
	struct pmap_options *opt = &q->opt;

	SWAP(opt->start, line->start);
	SWAP(opt->end, line->end);
	SWAP(opt->end_is_length, line->end_is_length);
	SWAP(opt->rights_word, line->rights_word);
	SWAP(opt->user, line->user);
	SWAP(opt->supervisor, line->supervisor);
	SWAP(opt->shadow_stack, line->shadow_stack);
	if (!q->no_space[0]) {
		opt->start.value = pmap_target_untagged(&q->target,
				pmap_query_va(q, opt->start.value));
		if (!opt->end_is_length && opt->end.value != ~0ULL)
			opt->end.value = pmap_query_va(q, opt->end.value);
	}
}

/* start + length, whose end may be the top of the address space. */
static int set_length(struct pmap_query *q, uint64_t length, uint64_t top)
{
	if (length == 0)
		return pmap_fail(q, PMAP_STATUS_USAGE, "empty range (length 0)");
	if (length - 1 > top - q->first)
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "0x%" PRIx64 " + 0x%" PRIx64 " goes beyond the top of the address space, 0x%" PRIx64,
				 q->first, length, top);
	q->last = q->first + length - 1;
	return 0;
}

int pmap_query_inverted(struct pmap_query *q, uint64_t start, uint64_t end)
{
	return pmap_fail(q, PMAP_STATUS_USAGE,
			 "range end 0x%" PRIx64 " must be above its start 0x%" PRIx64 " (+LEN is a length)",
			 end, start);
}

/* Where a range ends that is not a length. */
static int set_end(struct pmap_query *q, uint64_t end, uint64_t top)
{
	/* 0, and -1 for those who count that way, end at the top. */
	if (end == 0 || end == ~0ULL) {
		q->last = top;
		return 0;
	}
	if (end <= q->first)
		return pmap_query_inverted(q, q->first, end);
	q->last = end - 1 < top ? end - 1 : top;
	return 0;
}

/* A half without tables of its own has any address. */
static bool is_address(const struct pmap_query *q, uint64_t va)
{
	const struct pml_format *fmt = pmap_target_space(&q->target, va)->fmt;

	return !fmt || pml_canonical(fmt, va);
}

int pmap_query_range(struct pmap_query *q)
{
	const struct pmap_options *opt = &q->opt;
	uint64_t top = q->target.halves ? ~0ULL : pml_top(q->target.space.fmt);
	int status = 0;

	q->first = opt->start.text ? opt->start.value : 0;
	q->last = opt->start.text ? q->first : top;
	if (q->first > top)
		return pmap_fail(q, PMAP_STATUS_NONCANONICAL,
				 "0x%" PRIx64 " is beyond the top of the address space, 0x%" PRIx64,
				 q->first, top);
	if (opt->end.text)
		status = (opt->end_is_length ? set_length : set_end)
			 (q, opt->end.value, top);
	/* There is one hole: then all of the range is in it. */
	if (!status && !is_address(q, q->first) && !is_address(q, q->last))
		status = pmap_query_canonical(q, q->first);
	return status;
}

int pmap_query_length(struct pmap_query *q, uint64_t *length)
{
	const struct pmap_options *opt = &q->opt;

	*length = !opt->end.text ? 1 : opt->end_is_length ? opt->end.value :
		  opt->end.value - opt->start.value;
	if (!*length)
		return pmap_fail(q, PMAP_STATUS_USAGE, "empty range (length 0)");
	if (opt->end.text && !opt->end_is_length && opt->end.value &&
	    opt->end.value < opt->start.value)
		return pmap_query_inverted(q, opt->start.value, opt->end.value);
	return 0;
}

/* The ends of two halves, of which each may be of another size, or none. */
static int in_the_hole(struct pmap_query *q, uint64_t va)
{
	const struct pml_format *low = pmap_target_space(&q->target, 0)->fmt;
	const struct pml_format *high = pmap_target_space(&q->target, ~0ULL)->fmt;

	return pmap_fail(q, PMAP_STATUS_NONCANONICAL,
			 "0x%" PRIx64 " is in the hole between the halves: valid are 0-0x%" PRIx64 " and 0x%" PRIx64 "-0xffffffffffffffff",
			 va, low ? pml_top(low) : (uint64_t)INT64_MAX,
			 high ? pml_bottom(high) : (uint64_t)INT64_MAX + 1);
}

int pmap_query_canonical(struct pmap_query *q, uint64_t va)
{
	const struct pml_format *fmt = q->target.space.fmt;

	if (is_address(q, va))
		return 0;
	if (q->target.halves)
		return in_the_hole(q, va);
	if (q->target.root_given && q->target.arch->halves && va >> 63)
		return pmap_fail(q, PMAP_STATUS_NONCANONICAL,
				 "0x%" PRIx64 " is in the upper half, and --root is the lower one's: give its root with %s",
				 va, q->target.arch->upper_option);
	if (!fmt->sign_extended)
		return pmap_fail(q, PMAP_STATUS_NONCANONICAL,
				 "0x%" PRIx64 " is beyond the address space (%s), which ends at 0x%" PRIx64,
				 va, fmt->title, pml_top(fmt));
	return pmap_fail(q, PMAP_STATUS_NONCANONICAL,
			 "0x%" PRIx64 " is not canonical (%s): valid are 0-0x%llx and 0x%llx-0xffffffffffffffff",
			 va, fmt->title, (1ULL << (fmt->va_bits - 1)) - 1,
			 -(1ULL << (fmt->va_bits - 1)));
}

int pmap_query_one_half(struct pmap_query *q)
{
	if (pmap_target_space(&q->target, q->first) ==
	    pmap_target_space(&q->target, q->last))
		return 0;
	return pmap_fail(q, PMAP_STATUS_USAGE,
			 "0x%" PRIx64 "-0x%" PRIx64 " is in both halves, which have tables of their own: ask for one at a time",
			 q->first, q->last);
}

static int fail_disabled(struct pmap_query *q, uint64_t va)
{
	return pmap_fail(q, PMAP_STATUS_NO_PAGING,
			 "walks of the half that 0x%" PRIx64 " is in are disabled",
			 va);
}

int pmap_query_areas(struct pmap_query *q)
{
	struct pmap_piece piece;
	int status;

	q->opt.start.value = pmap_query_va(q, q->opt.start.value);
	if (!pmap_target_space(&q->target, q->opt.start.value)->fmt)
		return fail_disabled(q, q->opt.start.value);
	status = pmap_query_range(q);
	if (!status)
		status = pmap_query_canonical(q, q->first);
	for (unsigned i = 0; !status &&
	     pmap_target_piece(&q->target, i, q->first, q->last, &piece); i++)
		if (!piece.space->fmt)
			status = fail_disabled(q, piece.first);
	return status;
}

int pmap_query_area(struct pmap_query *q)
{
	uint64_t start = pmap_query_va(q, q->opt.start.value);
	int status;

	q->opt.start.value = start;
	if (q->target.halves && !pmap_target_select(&q->target, start))
		return fail_disabled(q, start);
	status = pmap_query_range(q);
	if (!status)
		status = pmap_query_canonical(q, q->first);
	return status ? status : pmap_query_one_half(q);
}
