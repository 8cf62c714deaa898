/*
 * SVM: the VMCB, as much of it as is used (APM vol. 2, appendix B), and what
 * svm.c offers.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KERNEL_SVM_H
#define KERNEL_SVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SVM_EXIT_EXCEPTION	0x40
#define SVM_EXIT_CPUID		0x72
#define SVM_EXIT_VMMCALL	0x81
#define SVM_EXIT_NPF		0x400

#define SVM_I_CPUID		(1u << 18)	/* of the first word */
#define SVM_I_SHUTDOWN		(1u << 31)
#define SVM_I_VMRUN		(1u << 0)	/* of the second */
#define SVM_I_VMMCALL		(1u << 1)

struct vmcb_segment {
	uint16_t selector, attributes;
	uint32_t limit;
	uint64_t base;
};

struct vmcb {
	uint32_t crs, drs, exceptions, intercept[2];
	uint8_t reserved1[0x58 - 0x14];
	uint32_t asid, tlb_control;
	uint8_t reserved2[0x70 - 0x60];
	uint64_t exit_code, exit_info1, exit_info2, exit_int_info;
	uint64_t np_enable;
	uint8_t reserved3[0xa8 - 0x98];
	uint64_t event, n_cr3;
	uint8_t reserved4[0x400 - 0xb8];
	struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
	uint8_t reserved5[0x4cb - 0x4a0];
	uint8_t cpl;
	uint8_t reserved6[4];
	uint64_t efer;
	uint8_t reserved7[0x548 - 0x4d8];
	uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
	uint8_t reserved8[0x5d8 - 0x580];
	uint64_t rsp;
	uint8_t reserved9[0x5f8 - 0x5e0];
	uint64_t rax;
	uint8_t reserved10[0x640 - 0x600];
	uint64_t cr2;
	uint8_t reserved11[0x668 - 0x648];
	uint64_t g_pat;
};

_Static_assert(offsetof(struct vmcb, n_cr3) == 0xb0 &&
	       offsetof(struct vmcb, efer) == 0x4d0 &&
	       offsetof(struct vmcb, rip) == 0x578 &&
	       offsetof(struct vmcb, rax) == 0x5f8 &&
	       offsetof(struct vmcb, g_pat) == 0x668, "the VMCB's layout");

struct svm_guest {
	uint64_t n_cr3, cr0, cr3, cr4, efer, rip, rsp, rax;
	bool user, ac;
};

bool svm_enable(void);
struct vmcb *svm_prepare(const struct svm_guest *g);
void svm_run(uint64_t rdi);

#endif
