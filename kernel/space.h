/*
 * The kernel's side of the core: where tables are, where new ones come from,
 * and what this processor keeps reserved.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KERNEL_SPACE_H
#define KERNEL_SPACE_H

#include <pml/pml.h>

#include "kernel.h"
#include "machine/x86.h"

/* Long mode as this processor should have it. */
const struct pml_format *cpu_format(void);

/* The address space at `root', as the processor walks it now. */
struct pml_space space_of(uint64_t root);

/* Bits that are reserved in every entry, with EFER as given. */
uint64_t reserved_bits(uint64_t efer);

/* A space's `at': the direct map, as far as there is memory. */
const void *space_at(void *ctx, uint64_t pa, size_t size);

/* Tables of one page each, for any format with entries of eight bytes. */
extern const struct pml_ops space_ops;

#endif
