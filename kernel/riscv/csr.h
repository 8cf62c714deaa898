/*
 * RISC-V's control and status registers, by the names that the assembler knows.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KERNEL_RISCV_CSR_H
#define KERNEL_RISCV_CSR_H

#define read_csr(name) ({ \
	unsigned long csr_value; \
	__asm__ volatile("csrr %0, " #name : "=r"(csr_value) : : "memory"); \
	csr_value; })
#define write_csr(name, value) \
	__asm__ volatile("csrw " #name ", %0" : : "r"((unsigned long)(value)) : "memory")

#endif
