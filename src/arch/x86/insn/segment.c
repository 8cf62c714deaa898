/*
 * Where an operand lies: which segment, from which offset on, how much of it is
 * inside.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/x86/insn/impl.h"

/* In the second word of a descriptor.  Intel SDM vol. 3A, 3.4.5. */
#define DESC_PRESENT	(1u << 15)
#define DESC_CODE	(1u << 11)
#define DESC_DOWN	(1u << 10)	/* of data: the offsets above the limit */
#define DESC_RW		(1u << 9)	/* data that can be written, code that can be read */
#define DESC_BIG	(1u << 22)

/* In 64-bit code the prefixes of ES, CS, SS and DS do nothing. */
unsigned insn_segment_or(const struct insn_decode *d, unsigned otherwise)
{
	int seg = d->prefix.seg;

	return seg >= (d->regs->bits == 64 ? PMAP_FS : 0) ? (unsigned)seg :
							    otherwise;
}

/* Intel SDM vol. 1, 3.7.4: the stack's segment for what is based on it. */
unsigned insn_segment(const struct insn_decode *d,
		      const struct insn_operand *op)
{
	unsigned base = op->base.no;

	return insn_segment_or(d, op->base.class == INSN_GPR &&
				  (base == 4 || base == 5) ? PMAP_SS : PMAP_DS);
}

static const char *base_unknown(unsigned seg)
{
	static const char *const why[PMAP_SEGS] = {
		"the base of ES is not known", "the base of CS is not known",
		"the base of SS is not known", "the base of DS is not known",
		"the base of FS is not known", "the base of GS is not known",
	};

	return why[seg];
}

/* How many of the accesses lie within the offsets bottom..top, from the first on. */
static uint64_t fitting(const struct pmap_mem *mem, uint64_t bottom,
			uint64_t top)
{
	uint64_t tail = mem->size ? mem->size - 1 : 0, room, step;

	if (mem->off < bottom || mem->off > top || top - mem->off < tail)
		return 0;
	if (!mem->step)
		return mem->count;
	room = mem->step > 0 ? top - mem->off - tail : mem->off - bottom;
	step = mem->step > 0 ? (uint64_t)mem->step : -(uint64_t)mem->step;
	return room / step < mem->count - 1 ? room / step + 1 : mem->count;
}

static void keep(struct pmap_mem *mem, uint64_t fits, const char *rest)
{
	if (fits >= mem->fits)
		return;
	mem->fits = fits;
	mem->rest = rest;
}

/* A segment without its descriptor's consent.  Intel SDM vol. 3A, 5.3 to 5.5. */
static void keep_to_segment(const struct pmap_regs *regs, struct pmap_mem *mem)
{
	const struct pmap_segment *seg = &regs->seg[mem->seg];
	uint32_t type = seg->flags & (DESC_CODE | DESC_DOWN | DESC_RW);
	bool down = (type & ~DESC_RW) == DESC_DOWN;

	if (!(regs->seg_known & 1 << mem->seg))
		return;
	if (!regs->real && !(seg->flags & DESC_PRESENT))
		keep(mem, 0, "its segment is null: #GP (#SS for the stack), which QEMU's TCG does not check");
	else if (!regs->real && mem->what & PMAP_MEM_W &&
		 (type & (DESC_CODE | DESC_RW)) != DESC_RW)
		keep(mem, 0, "its segment must not be written: #GP, which QEMU's TCG does not check");
	else if (!regs->real && mem->what & PMAP_MEM_R &&
		 (type & (DESC_CODE | DESC_RW)) == DESC_CODE)
		keep(mem, 0, "its segment must only be executed: #GP, which QEMU's TCG does not check");
	keep(mem, down ? fitting(mem, (uint64_t)seg->limit + 1,
				 seg->flags & DESC_BIG ? 0xffffffff : 0xffff) :
			 fitting(mem, 0, seg->limit),
	     "it is beyond its segment's limit: #GP (#SS for the stack), which QEMU's TCG does not check");
}

/* What of the accesses can be told; an offset that wraps leads elsewhere. */
static void keep_inside(const struct pmap_regs *regs, struct pmap_mem *mem)
{
	bool is64 = regs->bits == 64;
	uint64_t top = mem->wrap == 64 ? ~0ULL : (1ULL << mem->wrap) - 1;
	uint64_t fits = fitting(mem, 0, top);

	mem->fits = mem->count;
	mem->rest = NULL;
	/* The linear address of one access may be anywhere. */
	if (is64 && mem->count)
		fits = fits ? fits : 1;
	keep(mem, fits, is64 ? "the operand wraps around the end of the address space" :
	     mem->step < 0 ? "the operand runs below the segment's start" :
	     "the operand wraps around the end of the segment");
	if (!is64)
		keep_to_segment(regs, mem);
}

/* Place mem->count accesses of mem->size at an offset of `wrap` bits in a segment. */
void insn_locate(struct insn_decode *d, struct pmap_mem *mem, unsigned seg,
		 uint64_t off, unsigned wrap)
{
	const struct pmap_regs *regs = d->regs;
	bool is64 = regs->bits == 64;

	mem->seg = seg;
	mem->wrap = wrap;
	mem->off = mem->va = insn_truncate(off, wrap / 8);
	if (!is64 || seg >= PMAP_FS) {
		if (!(regs->base_known & 1 << seg))
			mem->unknown = base_unknown(seg);
		mem->va += regs->base[seg];
	}
	if (!is64)
		mem->va = insn_truncate(mem->va, 4);
	keep_inside(regs, mem);
}
