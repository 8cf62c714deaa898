/*
 * What the files of the example kernel offer each other.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "akaros/layout.h"

/* serial.c: COM1, and how the machine is left */
enum exit_code {			/* QEMU's exit status is 2 * code + 1 */
	EXIT_PASS = 0x10,		/* 33 */
	EXIT_FAIL = 0x11,		/* 35 */
	EXIT_PANIC = 0x12,		/* 37 */
};

void serial_init(void);
void serial_putc(char c);
void machine_exit(enum exit_code code) __attribute__((noreturn));

/* print.c */
#define PRINTF_LIKE(f, a)	__attribute__((format(printf, f, a)))

void kvprintf(const char *f, va_list *args);
void kprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);
void panic(const char *fmt, ...) PRINTF_LIKE(1, 2) __attribute__((noreturn));

/* string.c: what compilers call on their own, and little more */
void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);

/* cmdline.c */
void cmdline_init(const char *text);
bool cmdline_flag(const char *name);
uint64_t cmdline_u64(const char *name, uint64_t otherwise);
bool cmdline_is(const char *name, const char *value);

/* cpu.c */
#define MAX_CPUS	8

struct cpu_features {
	bool nx, page1gb, la57, smep, smap, pku, pks, svm, vmx;
	bool amd;			/* AMD's, or made after it */
	bool five_levels;		/* LA57 is on */
	bool umip;
	unsigned phys_bits;
};

extern struct cpu_features cpu;
extern uint64_t memory_size;		/* what the loader found */

void cpu_init(unsigned index);		/* tables and controls of this CPU */
void cpu_detect(void);
void cpu_load_tables(void);		/* again, after legacy_run() */
void set_ldt(uint64_t base, unsigned size);	/* base 0: none */
void set_segment(unsigned selector, uint64_t descriptor);
void set_control(uint64_t cr0, uint64_t cr4, uint64_t efer);

/* page.c: physical pages, all of them in the direct map */
void page_init(uint64_t end);
uint64_t page_alloc(unsigned pages, unsigned align_pages);	/* 0: none left */
uint64_t page_zeroed(void);				/* one; panics without */
void page_free(uint64_t pa, unsigned pages);
size_t pages_free(void);
uint64_t memory_end(void);
void page_limit(size_t pages);		/* how many may still be allocated; -1: all */

static inline void *kaddr(uint64_t pa)
{
	return (void *)(KERNBASE + pa);
}

/* Of the direct map or of the kernel's image; anything else has no answer. */
static inline uint64_t paddr(const void *kva)
{
	uint64_t va = (uint64_t)kva;

	return va >= KERN_LOAD_ADDR ? va - KERN_LOAD_ADDR : va - KERNBASE;
}

/* smp.c: CPUs 1.. load the root and wait in pmapk_ap_idle */
unsigned smp_start(uint64_t root);

/* demo.c */
void broken_main(void);
void demo_main(void);

/* demo/kasan.c */
void kasan_main(void);

/* test.c */
void test_main(void);

/* oracle.c */
void oracle_main(void);

/* svm.c */
void svm_main(void);

/* vmx.c */
void ept_main(void);

/* l2.c */
void svm_stop_main(void);

/* insn.c */
void insn_main(void);

void pmapk_ready(void);			/* a place for a breakpoint */

#endif
