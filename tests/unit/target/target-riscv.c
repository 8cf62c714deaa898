/*
 * RISC-V: from registers, options, the monitor and Linux's VMCOREINFO to what is
 * walked.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/monitor.h"
#include "arch/riscv/riscv.h"
#include "given.h"
#include "tap.h"

static const struct pmap_arch arch = {
	.exprs = pmap_riscv_exprs,
	.outer_options = pmap_riscv_outer_options,
	.pc = PMAP_RISCV_PC,
	.space = pmap_riscv_space,
	.has_format = pmap_riscv_has_format, .is_own = pmap_riscv_is_own,
};

/* In S mode, Sv48. */
static void begin(void)
{
	begin_empty(&arch);
	set(PMAP_RISCV_PRIV, 1);
	set(PMAP_RISCV_SATP, 0x9000100000082d4a);
	set(PMAP_RISCV_MENVCFG, 0);
}

static bool walks(const struct pml_format *fmt, uint64_t root)
{
	return init() == 0 && !strcmp(target.space.fmt->name, fmt->name) &&
	       pml_root_pa(&target.space) == root && !target.nested;
}

static void modes(void)
{
	begin();
	ok(walks(&pml_sv48, 0x82d4a000), "satp: MODE 9 is Sv48, with an ASID");
	ok(target.space.rsvd == PML_RISCV_PBMT, "PBMTE=0: memory types are reserved");
	set(PMAP_RISCV_MENVCFG, PML_RISCV_ENVCFG_PBMTE);
	ok(walks(&pml_sv48, 0x82d4a000) && !target.space.rsvd, "PBMTE=1: they are not");
	set(PMAP_RISCV_SATP, 0x8000000000081005);
	ok(walks(&pml_sv39, 0x81005000), "MODE 8 is Sv39");
	set(PMAP_RISCV_SATP, 0);
	ok(init() == PMAP_STATUS_NO_PAGING && target.paging_off &&
	   strstr(why, "Bare"), "MODE 0 is none");
	set(PMAP_RISCV_SATP, 11ULL << 60);
	ok(init() == PMAP_STATUS_NO_PAGING && !target.paging_off &&
	   strstr(why, "MODE"), "MODE 11 is not known");
	begin();
	forget(PMAP_RISCV_SATP);
	ok(init() == PMAP_STATUS_NO_PAGING && !target.paging_off &&
	   strstr(why, "--format sv39"), "no satp: --format is the way out");
	begin();
	set(PMAP_RISCV_PRIV, 3);
	ok(walks(&pml_sv48, 0x82d4a000), "in M mode: S mode's tables");
}

static void roots(void)
{
	begin();
	give(&opt.root, 0x8000100000012345);
	ok(walks(&pml_sv39, 0x12345000), "--root as satp has it: of its MODE");
	give(&opt.root, 0x12345000);
	ok(walks(&pml_sv48, 0x12345000), "--root as an address: of satp's");
	opt.format = &pml_sv57;
	ok(walks(&pml_sv57, 0x12345000), "or of --format's");
	give(&opt.root, 0x8000100000012345);
	ok(init() == PMAP_STATUS_USAGE && strstr(why, "--format says sv57"),
	   "which must agree with a MODE");
	opt.format = NULL;
	give(&opt.root, 0x5000000000000000);
	ok(init() == PMAP_STATUS_USAGE && strstr(why, "MODE"), "a MODE that is none");
	set(PMAP_RISCV_SATP, 0);
	give(&opt.root, 0x12345000);
	ok(init() == PMAP_STATUS_USAGE && strstr(why, "add --format"),
	   "an address alone, and paging is off");
	opt.format = &pml_sv39x4;
	pmap_riscv_mmu.regs.satp = 5;
	ok(walks(&pml_sv39x4, 0x12344000), "the G stage's tables, 16 KiB aligned");
	is_u64(pmap_riscv_mmu.regs.satp, 0, "and the registers are those of now");
	opt.format = &pml_x86_64_4;
	ok(walks(&pml_x86_64_4, 0x12345000) && !target.space.rsvd,
	   "another architecture's format: its own table of bits alone");
	opt.root = (struct pmap_expr){ 0 };
	ok(init() == PMAP_STATUS_USAGE && strstr(why, "needs --root"),
	   "whose root no register has");
	ok(pmap_target_root(&pml_sv48, 0x12345000) == 0x12345 &&
	   pmap_target_root(&pml_sv48, 9ULL << 60 | 5) == (9ULL << 60 | 5) &&
	   pmap_target_root(&pml_x86_64_4, 0x12345000) == 0x12345000,
	   "a root by its address, as the register has it");
}

static void guests(void)
{
	static const char monitor[] =
		"\nCPU#0\n V      =   0\n pc       0000000000001234\n satp     9000100000082d4a\n"
		"\nCPU#1\n V      =   0\n pc       0000000000005678\n satp     9000100000082d4a\n";
	static const char qemu_11[] =
		"\nCPU#0\n priv          S\n V             1\n pc            0000000000005678\n satp          9000100000082d4a\n";

	begin();
	set(PMAP_RISCV_PRIV, 5);
	set(PMAP_RISCV_HGATP, 8ULL << 60 | 0x90000);
	ok(init() == 0 && target.nested && target.nesting == PML_STAGE2 &&
	   pml_root_pa(&target.outer) == 0x90000000 &&
	   !strcmp(target.space.fmt->name, "sv48"), "V=1: both stages");
	ok(!strcmp(pmap_riscv_exprs[PMAP_RISCV_VIRT], "$pmap_virt"), "V has a name");
	set(PMAP_RISCV_SATP, 0);
	ok(init() == 0 && target.nested && target.guest_off, "the guest does not page");
	begin();
	set(PMAP_RISCV_HGATP, 8ULL << 60 | 0x90000);
	set(PMAP_RISCV_VSATP, 0x9000100000082d4a);
	set(PMAP_RISCV_PC, 0x5678);
	ok(init() == 0 && target.nested && pmap_riscv_asks_monitor(&target),
	   "satp is vsatp, a G stage is on: V=1 is likely, the monitor knows");
	pmap_riscv_monitor_registers(&target, monitor);
	ok(init() == 0 && !target.nested && !pmap_riscv_asks_monitor(&target),
	   "which says that it is 0");
	begin();
	set(PMAP_RISCV_HGATP, 8ULL << 60 | 0x90000);
	set(PMAP_RISCV_VSATP, 0x9000100000082d4a);
	set(PMAP_RISCV_PC, 0x5678);
	pmap_riscv_monitor_registers(&target, qemu_11);
	ok(init() == 0 && target.nested && !pmap_riscv_asks_monitor(&target),
	   "or 1, as QEMU 11 has it");
	begin();
	set(PMAP_RISCV_HGATP, 8ULL << 60 | 0x90000);
	set(PMAP_RISCV_VSATP, 0x8000000000000777);
	give(&opt.hgatp, 9ULL << 60 | 0xa0000);
	opt.combined = true;
	ok(init() == 0 && target.nested && pml_root_pa(&target.space) == 0x777000 &&
	   !strcmp(target.outer.fmt->name, "sv48x4"), "--hgatp: vsatp's tables through it");
	opt.combined = false;
	shows_both = true;
	ok(init() == 0 && !target.nested && pml_root_pa(&target.space) == 0xa0000000 &&
	   !strcmp(target.space.fmt->name, "sv48x4"), "--hgatp alone: its tables alone");
	shows_both = false;
	give(&opt.hgatp, 0x1000);
	ok(init() == PMAP_STATUS_USAGE && strstr(why, "ROOT >> 12"),
	   "--hgatp without a MODE");
}

/* Numbers end where something else begins. */
static void monitor(void)
{
	static const char text[] =
		"\nCPU#0\nES =0010 00000000 ffffffff 00c09300 DPL=0 DS\n"
		"CR0=80050033 CR2=0\nIDT= fffffe00 00000fff\n";
	struct pmap_monitor_cpu cpu = { .next = text };
	uint64_t number[8];

	ok(pmap_monitor_next(&cpu), "a CPU's registers");
	is_u64(pmap_monitor_numbers(&cpu, "ES =", number, 8), 4, "four numbers, then a word");
	is_u64(number[3], 0xc09300, "the last of them");
	is_u64(pmap_monitor_numbers(&cpu, "IDT=", number, 8), 2, "two at a line's end");
	is_u64(pmap_monitor_numbers(&cpu, "IDT=", number, 1), 1, "no more than are wanted");
	ok(pmap_monitor_number(&cpu, "CR2=", number) && !number[0], "a single one");
	ok(!pmap_monitor_number(&cpu, "CR8=", number), "one that is not there");
}

static void dumps(void)
{
	static const char text[] =
		"SYMBOL(swapper_pg_dir)=ffffffff81c05000\nNUMBER(VA_BITS)=57\n"
		"NUMBER(va_kernel_pa_offset)=0xfffffffeffe00000\n";
	const struct pmap_dump dump = { .is_64bit = true, .vmcoreinfo = text };
	const struct pmap_dump none = { .is_64bit = true };
	const struct pmap_dump narrow = { .vmcoreinfo = text };

	begin();
	forget(PMAP_RISCV_SATP);
	pmap_riscv_dump_registers(&target, &none);
	ok(init() == PMAP_STATUS_NO_PAGING, "a dump that tells nothing");
	pmap_riscv_dump_registers(&target, &narrow);
	ok(init() == PMAP_STATUS_NO_PAGING, "nor of what 32 bits are, which it does not say");
	pmap_riscv_dump_registers(&target, &dump);
	ok(walks(&pml_sv57, 0x81e05000), "VMCOREINFO: swapper_pg_dir, VA_BITS");
}

/* Sv32: a physical address may look like satp. */
static void roots_32(void)
{
	begin();
	target.reg[PMAP_RISCV_XLEN].value = 32;
	target.reg[PMAP_RISCV_SATP].value = 0x80081000;
	give(&opt.root, 0x80081000);
	ok(walks(&pml_sv32, 0x81000000), "Sv32: --root $satp");
	give(&opt.root, 0x80082000);
	ok(walks(&pml_sv32, 0x80082000),
	   "a physical address with that bit");
	give(&opt.root, 0x80081001);
	ok(walks(&pml_sv32, 0x81001000),
	   "no multiple of 4 KiB: a value for satp");
}

int main(void)
{
	modes();
	roots();
	roots_32();
	guests();
	monitor();
	dumps();
	return tap_done();
}
