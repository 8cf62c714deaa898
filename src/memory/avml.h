/*
 * AVML's images (Linux' memory, as Azure's people take it): ranges, each
 * compressed by snappy in frames of 64 KiB at most.
 *
 * Ranges have a header like LiME's; behind the last frame of each are eight
 * bytes with its size.  Frames are unpacked as they are asked for.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_AVML_H
#define PMAP_MEMORY_AVML_H

#include "memory/source.h"

struct pmap_avml;

/* NULL: *why_ret is a constant that says why.  `fd` stays the caller's. */
struct pmap_avml *pmap_avml_open(int fd, const char **why_ret);
void pmap_avml_close(struct pmap_avml *avml);

/* Bytes of memory in all. */
uint64_t pmap_avml_size(const struct pmap_avml *avml);

/* See pmap_source_ops.read; a range may not cross a 4 KiB page. */
enum pmap_read pmap_avml_read(struct pmap_avml *avml, uint64_t pa, void *buf,
			      size_t len);

#endif
