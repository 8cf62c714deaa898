/*
 * TAP on the serial port.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "lib/tap.h"
#include "kernel.h"

static unsigned int count, failed;

bool tap(bool ok, const char *fmt, ...)
{
	va_list args;

	kprintf("%sok %u - ", ok ? "" : "not ", ++count);
	va_start(args, fmt);
	kvprintf(fmt, &args);
	va_end(args);
	kprintf("\n");
	failed += !ok;
	return ok;
}

void tap_exit(void)
{
	kprintf("1..%u\n# %u passed, %u failed\n", count, count - failed, failed);
	machine_exit(failed ? EXIT_FAIL : EXIT_PASS);
}
