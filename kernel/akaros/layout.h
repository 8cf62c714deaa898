/*
 * The virtual layout: that of the kernel whose page-table code pmap grew from,
 * on four levels.  With five, the same slots are those of the PML4s below the
 * first and the last PML5 entry.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef KERNEL_LAYOUT_H
#define KERNEL_LAYOUT_H

#define PGSHIFT		12
#define PGSIZE		0x1000UL
#define PTSIZE		0x200000UL

#define PML1_SHIFT	12
#define PML2_SHIFT	21
#define PML3_SHIFT	30
#define PML4_SHIFT	39
#define BITS_PER_PML	9
#define NPTENTRIES	512

/* What one entry, and what a whole table, of a level covers. */
#define PML1_PTE_REACH	(1UL << PML1_SHIFT)
#define PML2_PTE_REACH	(1UL << PML2_SHIFT)
#define PML3_PTE_REACH	(1UL << PML3_SHIFT)
#define PML4_PTE_REACH	(1UL << PML4_SHIFT)
#define PML1_REACH	(NPTENTRIES * PML1_PTE_REACH)
#define PML2_REACH	(NPTENTRIES * PML2_PTE_REACH)
#define PML3_REACH	(NPTENTRIES * PML3_PTE_REACH)

#define PMLx(va, shift)	(((va) >> (shift)) & (NPTENTRIES - 1))
#define PML4(va)	PMLx(va, PML4_SHIFT)

#define BRK_START	0x0000100000000000UL
#define BRK_END		0x0000400000000000UL
#define USTACKTOP	0x00007f7fff9ff000UL
#define UMAPTOP		0x00007f7fff9ff000UL
#define UGDATA		0x00007f7fff9ff000UL
#define UDATA		0x00007f7fffa00000UL
#define UINFO		0x00007f7fffc00000UL
#define UWLIM		0x00007f7fffc00000UL
#define UGINFO		0x00007f7fffe00000UL
#define UVPT		0x00007f8000000000UL
#define ULIM		0x0000800000000000UL
#define KERNBASE	0xffff800000000000UL
#define VPT		0xfffffe8000000000UL
#define KERN_VMAP_TOP	VPT
#define VPT_TOP		0xffffff0000000000UL
#define KERN_DYN_BOT	0xfffffff000000000UL
#define KERN_DYN_TOP	0xffffffff80000000UL
#define IOAPIC_PBASE	0xfec00000UL
#define LAPIC_PBASE	0xfee00000UL
#define APIC_SIZE	0x100000UL
#define KERN_LOAD_ADDR	0xffffffffc0000000UL
#define IOAPIC_BASE	(KERN_LOAD_ADDR - APIC_SIZE)

#endif
