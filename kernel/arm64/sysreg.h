/*
 * AArch64's system registers, by the names that the assembler knows.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KERNEL_ARM64_SYSREG_H
#define KERNEL_ARM64_SYSREG_H

#include <stdint.h>

#define read_reg(name) ({ \
	uint64_t reg_value; \
	__asm__ volatile("mrs %0, " #name : "=r"(reg_value) : : "memory"); \
	reg_value; })
#define write_reg(name, value) \
	__asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)) : "memory")

#endif
