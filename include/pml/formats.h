/*
 * The formats: one table of data each, a header for each family of them.
 *
 * They are static, so that a walk of a known format compiles to constants; two
 * source files have two of each, so compare what they say, not where they are.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_FORMATS_H
#define PML_FORMATS_H

#include <pml/format-arm64.h>
#include <pml/format-ept.h>
#include <pml/format-riscv.h>
#include <pml/format-x86.h>

/* AArch64's, without what a register chooses: see pml_arm64_format(). */
static const struct pml_format *const pml_arm64_formats[] = {
	&pml_arm64_4k, &pml_arm64_16k, &pml_arm64_64k,
	&pml_arm64_s2_4k, &pml_arm64_s2_16k, &pml_arm64_s2_64k,
	NULL
};

/* x86's and RISC-V's, for whoever looks one up by its name; ends with NULL. */
static const struct pml_format *const pml_formats[] = {
	&pml_x86_32, &pml_x86_32_pse, &pml_x86_pae,
	&pml_x86_64_4, &pml_x86_64_5, &pml_amd64_4, &pml_amd64_5,
	&pml_npt_4, &pml_npt_5,
	&pml_ept_4, &pml_ept_5, &pml_ept_4_mbec, &pml_ept_5_mbec,
	&pml_sv32, &pml_sv39, &pml_sv48, &pml_sv57,
	&pml_sv32x4, &pml_sv39x4, &pml_sv48x4, &pml_sv57x4,
	NULL
};

#endif
