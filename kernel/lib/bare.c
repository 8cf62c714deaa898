/*
 * Memory, a serial line and TAP, for a kernel that has nothing else.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "lib/bare.h"

static unsigned count, failed;

/* volatile: or compilers make of the loop a call of the function that it is in. */
void *memcpy(void *to, const void *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile char *)to)[i] = ((const char *)from)[i];
	return to;
}

void *memset(void *to, int c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile char *)to)[i] = (char)c;
	return to;
}

void print(const char *text)
{
	for (; *text; text++)
		put_char(*text);
}

static void print_number(unsigned long n, unsigned base)
{
	char digits[24];
	int i = 24;

	do {
		digits[--i] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n);
	for (; i < 24; i++)
		put_char(digits[i]);
}

void ok(bool pass, const char *what, unsigned long n)
{
	failed += !pass;
	print(pass ? "ok " : "not ok ");
	print_number(++count, 10);
	print(" - ");
	print(what);
	print(": 0x");
	print_number(n, 16);
	print("\n");
}

void print_plan(void)
{
	print("1..");
	print_number(count, 10);
	print(failed ? "\nFAILED\n" : "\nREADY\n");
}
