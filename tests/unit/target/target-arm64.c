/*
 * AArch64: from registers, options and Linux's VMCOREINFO to what is walked.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/arm64/arm64.h"
#include "given.h"
#include "tap.h"

static const struct pmap_arch arch = {
	.exprs = pmap_arm64_exprs,
	.outer_options = pmap_arm64_outer_options,
	.pc = PMAP_ARM64_PC,
	.space = pmap_arm64_space,
	.has_format = pmap_arm64_has_format, .is_own = pmap_arm64_is_own,
};

/* Linux at EL1, 48 bits, 4 KiB. */
static void begin(void)
{
	begin_empty(&arch);
	set(PMAP_ARM64_CPSR, 5);
	set(PMAP_ARM64_SCTLR, PML_ARM64_SCTLR_M);
	set(PMAP_ARM64_TCR, 0x5b5503510);
	set(PMAP_ARM64_TTBR0, 0x41000000);
	set(PMAP_ARM64_TTBR1, 0x42000000);
}

static void levels(void)
{
	static char two[] = "2", five[] = "5";

	begin();
	ok(init() == 0 && target.halves && target.space.fmt->va_bits == 48 &&
	   pml_root_pa(&target.upper) == 0x42000000 && !target.nested,
	   "EL1: two halves");
	ok(pmap_arm64_exprs_for(&opt) == pmap_arm64_exprs, "registers by the current level");
	opt.el = two;
	set(PMAP_ARM64_TCR, 0x80823510);
	ok(init() == 0 && !target.halves && pmap_arm64_is_elsewhere(&target),
	   "--el 2: one half");
	ok(strstr(pmap_arm64_exprs_for(&opt)[PMAP_ARM64_TCR], "2 == 2"),
	   "registers by that");
	begin();
	opt.el = five;
	ok(init() == PMAP_STATUS_USAGE && strstr(why, "there are 0, 1, 2 and 3"),
	   "there is no level 5");
}

static void stage2(void)
{
	static char two[] = "2";

	begin();
	give(&opt.stage2, 0x43000000);
	ok(init() == PMAP_STATUS_USAGE && strstr(why, "--vtcr"), "--stage2 needs VTCR_EL2");
	give(&opt.vtcr, 0x802d3558);
	ok(init() == 0 && target.nested && target.outer.fmt->va_bits == 40 &&
	   target.outer.root == 0x43000000 && target.halves, "which --vtcr gives");
	set(PMAP_ARM64_VTCR, 0x802d3558);
	opt.vtcr.text = NULL;
	ok(init() == 0 && target.nested, "or the register has");
	set(PMAP_ARM64_CPSR, 9);
	ok(init() == 0 && target.nested && pmap_arm64_el(&target) == 1,
	   "at EL2 it is for EL1");
	opt.el = two;
	ok(init() == PMAP_STATUS_USAGE, "and not for EL2");
	begin();
	give(&opt.vtcr, 1);
	ok(init() == PMAP_STATUS_USAGE && strstr(why, "--vtcr is for --stage2"),
	   "--vtcr alone is for nothing");
	begin();
	set(PMAP_ARM64_HCR, PML_ARM64_HCR_VM);
	set(PMAP_ARM64_VTCR, 0x802d3558);
	set(PMAP_ARM64_VTTBR, 0x44000000);
	ok(init() == 0 && target.nested && target.outer.root == 0x44000000,
	   "HCR_EL2.VM: by registers alone");
}

/* Formats of its own, and those of which it has the table of bits alone. */
static void formats(void)
{
	static const struct {
		const char *name;
		bool has, own;
	} c[] = {
		{ "arm64-4k", true, true }, { "arm64-s2-4k", true, false },
		{ "x86-64-4", false, false }, { "sv48", false, false },
	};

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		const struct pml_format *fmt = pmap_option_format(c[i].name);

		ok(fmt && pmap_arm64_has_format(fmt) == c[i].has &&
		   pmap_arm64_is_own(fmt) == c[i].own, "%s", c[i].name);
	}
}

static int dump_init(const char *text)
{
	const struct pmap_dump dump = { .is_64bit = true, .vmcoreinfo = text };

	begin_empty(&arch);
	pmap_arm64_dump_registers(&target, &dump);
	return init();
}

static void dumps(void)
{
	ok(dump_init("OSRELEASE=6.1\nPAGESIZE=4096\n"
		     "SYMBOL(swapper_pg_dir)=ffffa3e7de901000\n"
		     "NUMBER(VA_BITS)=48\nNUMBER(kimage_voffset)=0xffffa3e79da00000\n"
		     "NUMBER(TCR_EL1_T1SZ)=0x10\n") == 0 && !target.space.fmt &&
	   target.upper.fmt && target.upper.fmt->va_bits == 48 &&
	   pml_root_pa(&target.upper) == 0x40f01000, "VMCOREINFO: the upper half");
	ok(dump_init("OSRELEASE=6.12\nPAGESIZE=4096\n"
		     "SYMBOL(swapper_pg_dir)=ffffa3e7de901000\n"
		     "NUMBER(kimage_voffset)=0xffffa3e79da00000\n"
		     "NUMBER(TCR_EL1_T1SZ)=0xc\n") == 0 &&
	   target.upper.fmt->va_bits == 52 && target.upper.fmt->levels == 5,
	   "LPA2, by its size");
	ok(dump_init("PAGESIZE=65536\nSYMBOL(swapper_pg_dir)=ffffa3e7de910000\n"
		     "NUMBER(kimage_voffset)=0xffffa3e79da00000\n"
		     "NUMBER(VA_BITS)=48\n") == 0 && target.upper.fmt->levels == 3 &&
	   target.upper.fmt->level[1].shift == 16, "64 KiB, by VA_BITS");
	ok(dump_init("OSRELEASE=5.10\nPAGESIZE=4096\n") == PMAP_STATUS_NO_PAGING,
	   "without a root nothing is known");
}

int main(void)
{
	levels();
	stage2();
	formats();
	dumps();
	return tap_done();
}
