/*
 * mode=test: everything that the kernel tests in itself, as TAP.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "akaros/akaros.h"
#include "kernel.h"
#include "lib/tap.h"
#include "test/maptest.h"

void test_main(void)
{
	if (cpu.five_levels) {
		kprintf("# the layout of akaros.h has four levels: not tested here\n");
	} else {
		vm_init();
		page_check();
	}
	maptest(cmdline_u64("seed", 1), cmdline_u64("count", 200));
	tap_exit();
}
