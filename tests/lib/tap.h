/*
 * TAP for the unit tests: ok(), a plan at the end, and an exit status.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <inttypes.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int tap_count, tap_failed;
static bool tap_again;		/* what passes has been said before */

/* One result.  Returns `pass`, so that a caller can print what it knows. */
__attribute__((format(printf, 2, 3)))
static inline bool ok(bool pass, const char *what, ...)
{
	va_list args;

	if (pass && tap_again)
		return true;
	printf("%sok %d - ", pass ? "" : "not ", ++tap_count);
	va_start(args, what);
	vprintf(what, args);
	va_end(args);
	putchar('\n');
	tap_failed += !pass;
	/* tests/mutate wants to know whether, not what. */
	if (!pass && getenv("TAP_STOP"))
		exit(1);
	return pass;
}

/* Expected and got, as numbers: the failure shows both. */
static inline bool is_u64(uint64_t got, uint64_t expected, const char *what)
{
	if (ok(got == expected, "%s", what))
		return true;
	printf("#   expected 0x%" PRIx64 "\n#        got 0x%" PRIx64 "\n",
	       expected, got);
	return false;
}

/* The same, as strings. */
static inline bool is_str(const char *got, const char *expected, const char *what)
{
	if (ok(strcmp(got, expected) == 0, "%s", what))
		return true;
	printf("#   expected %s\n#        got %s\n", expected, got);
	return false;
}

/* Bytes that malloc() has given and nobody has given back; 0 where no libc tells. */
static inline size_t tap_held(void)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
#else
	return 0;
#endif
}

/*
 * What has been done before is done again and again: it must not hold more memory.
 * A few times first: malloc() keeps some of what is given back.
 */
static inline bool holds_nothing(void (*again)(void), const char *what)
{
	size_t before = 0;

	tap_again = true;
	for (int i = 0; i < 20; i++) {
		if (i == 10)
			before = tap_held();
		again();
	}
	tap_again = false;
	return is_u64(tap_held(), before, what);
}

/* The plan; the value that main() returns. */
static inline int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif
