/*
 * The first process of the guests: see main.c.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_GUEST_INIT_H
#define PMAP_GUEST_INIT_H

#include "../syscalls.h"

/* Bytes of a page, as the kernel says, and of an entry one level above. */
extern unsigned int page_shift;
#define PAGE	(1ul << page_shift)
#define BIG	(PAGE * (PAGE / 8))

/* common.c */
void say(const char *text);
void put_hex(char *at, uint64_t word);	/* sixteen digits, without an end */
void say_region(const char *what, const void *p, size_t len);
void write_file(const char *path, const char *text);
void touch(char *p, size_t len, size_t step);
char *anonymous(uintptr_t at, size_t len, int prot, int flags);
void set_page_size(long *stack);

/* map.c */
extern char *sparse_at;			/* NULL: map_sparse() has not been */
void map_runs(const char *what, uintptr_t at, size_t pages, int flags);
void map_aliases(void);
void map_moved(void);
void map_transparent(void);
void map_hugetlb(void);
void map_napot(void);			/* RISC-V's alone */
void map_with_key(void);
void map_sparse(size_t pages);
void map_marks(void);

/* kept.c: map_kept() before any fork */
void map_kept(void);
void say_kept(void);

/* tell.c: after say_pagemap() nothing is mapped any more */
void make_tasks(size_t count);
void say_symbols(void);
void say_pagemap(void);

/* change.c: unshare_moving() behind the last fork */
void map_moving(void);
void unshare_moving(void);
void move_frames(void);
void prepare_changes(void);
void change(void);
void init_changed(void);

#endif
