/*
 * The processor as an instruction sees it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/x86/processor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/monitor.h"
#include "arch/x86/registers.h"
#include "arch/x86/x86.h"

/* In a segment's descriptor.  SDM 3A, 3.4.5. */
#define DESC_L	(1u << 21)
#define DESC_B	(1u << 22)

/* Does the stub show the registers of a 64-bit processor? */
static bool has_64bit(const struct pmap_query *q)
{
	return pmap_target_has(&q->target, PMAP_X86_GPR64);
}

static void take_general(struct pmap_processor *cpu, const struct pmap_query *q)
{
	const struct pmap_reg *value = q->target.reg;
	unsigned i;

	cpu->gpr_known = true;
	for (i = 0; i < 16; i++) {
		if (value[PMAP_X86_GPR64 + i].from)
			cpu->regs.gpr[i] = value[PMAP_X86_GPR64 + i].value;
		else if (i < 8 && value[PMAP_X86_GPR32 + i].from)
			cpu->regs.gpr[i] = (uint32_t)value[PMAP_X86_GPR32 + i].value;
		else if (i < 8)
			cpu->gpr_known = false;
	}
	for (i = 0; i < 2; i++) {
		if (!value[PMAP_X86_BASES + i].from)
			continue;
		cpu->regs.base[PMAP_FS + i] = value[PMAP_X86_BASES + i].value;
		cpu->regs.base_known |= 1 << (PMAP_FS + i);
	}
}

/* Real or virtual-8086 mode, and in which of them the privilege level is 3. */
static void take_mode(struct pmap_regs *regs, const struct pmap_query *q)
{
	const struct pmap_target *t = &q->target;

	regs->real = pmap_target_has(t, PMAP_X86_CR0) &&
		     !(pmap_target_reg(t, PMAP_X86_CR0) & PML_X86_CR0_PE);
	regs->vm86 = !regs->real && pmap_target_reg(t, PMAP_X86_EFLAGS) & PML_X86_EFLAGS_VM;
	regs->cpl = regs->real ? 0 : regs->vm86 ? 3 : pmap_target_reg(t, PMAP_X86_CS) & 3;
	regs->real |= regs->vm86;
	regs->long_mode = !pmap_target_has(t, PMAP_X86_EFER) ? has_64bit(q) :
			  pmap_target_reg(t, PMAP_X86_EFER) & PML_X86_EFER_LMA;
}

/* SDM 3A, 20.1.1: a segment begins at 16 times its selector. */
static void real_segments(struct pmap_regs *regs, const struct pmap_query *q)
{
	const struct pmap_reg *value = q->target.reg + PMAP_X86_SELECTORS;

	for (unsigned i = 0; i < PMAP_SEGS; i++) {
		if (!value[i].from)
			continue;
		regs->base[i] = (value[i].value & 0xffff) << 4;
		regs->base_known |= 1 << i;
	}
}

/* Without the monitor's word: what nearly every kernel does. */
static void assume_mode(struct pmap_processor *cpu, const struct pmap_query *q)
{
	const struct pmap_target *t = &q->target;
	struct pmap_regs *regs = &cpu->regs;

	if (regs->real) {
		regs->bits = regs->stack_bits = 16;
		real_segments(regs, q);
		return;
	}
	regs->bits = has_64bit(q) &&
		     (!pmap_target_has(t, PMAP_X86_EFER) ||
		      pmap_target_reg(t, PMAP_X86_EFER) & PML_X86_EFER_LMA) ? 64 : 32;
	cpu->assumed_bits = regs->bits == 32 || regs->rip >> 32 == 0;
	regs->stack_bits = regs->bits;
	if (regs->bits == 32) {
		cpu->assumed_flat = true;
		regs->base_known |= 1 << PMAP_ES | 1 << PMAP_CS |
				    1 << PMAP_SS | 1 << PMAP_DS;
	}
}

/* --- What QEMU's `info registers` prints --------------------------------- */

static bool is_this(const struct pmap_processor *cpu,
		    const struct pmap_monitor_cpu *text)
{
	uint64_t ip, sp;

	if (!pmap_monitor_number(text, "RIP=", &ip) &&
	    !pmap_monitor_number(text, "EIP=", &ip))
		return false;
	if (!pmap_monitor_number(text, "RSP=", &sp) &&
	    !pmap_monitor_number(text, "ESP=", &sp))
		return false;
	return ip == cpu->regs.rip && sp == cpu->regs.gpr[4];
}

/* "CS =0008 0000000000000000 ffffffff 00af9b00": selector, base, limit, flags. */
static bool parse_segments(struct pmap_regs *regs,
			   const struct pmap_monitor_cpu *text)
{
	static const char *const name[PMAP_SEGS] = {
		"ES =", "CS =", "SS =", "DS =", "FS =", "GS =",
	};
	uint64_t field[4];
	uint32_t code, stack;

	for (unsigned i = 0; i < PMAP_SEGS; i++) {
		if (pmap_monitor_numbers(text, name[i], field, 4) != 4)
			return false;
		regs->base[i] = field[1];
		regs->seg[i].limit = field[2];
		regs->seg[i].flags = field[3];
	}
	code = regs->seg[PMAP_CS].flags;
	stack = regs->seg[PMAP_SS].flags;
	regs->base_known = regs->seg_known = (1 << PMAP_SEGS) - 1;
	regs->bits = regs->real ? 16 : code & DESC_L ? 64 :
		     code & DESC_B ? 32 : 16;
	regs->stack_bits = regs->bits == 64 ? 64 : stack & DESC_B ? 32 : 16;
	return true;
}

static void parse_vectors(struct pmap_regs *regs,
			  const struct pmap_monitor_cpu *text)
{
	static const char *const set[] = { "XMM", "YMM", "ZMM" };
	uint64_t part[8];
	char name[16];

	for (unsigned i = 0; i < 32; i++) {
		for (unsigned s = 0; s < 3; s++) {
			unsigned n;

			snprintf(name, sizeof(name), "%s%02u=", set[s], i);
			n = pmap_monitor_numbers(text, name, part, 8);
			for (unsigned j = 0; j < n; j++)
				memcpy(regs->vec[i] + 8 * j, &part[n - 1 - j], 8);
			if (n)
				regs->vec_known[i] = 8 * n;
		}
		if (i >= 8)
			continue;
		snprintf(name, sizeof(name), "Opmask%02u=", i);
		if (pmap_monitor_number(text, name, &regs->k[i]))
			regs->k_known |= 1 << i;
	}
}

/* "GDT=     0000000000001000 0000007f", "LDT=0000 0000000000000000 0000ffff 00008200" */
static void parse_table(struct pmap_table *table,
			const struct pmap_monitor_cpu *text,
			const char *name, bool selector)
{
	uint64_t field[3];
	unsigned n = selector ? 3 : 2;

	if (pmap_monitor_numbers(text, name, field, n) != n)
		return;
	table->base = field[n - 2];
	table->limit = field[n - 1];
	table->known = true;
	/* There is none. */
	if (selector && !(field[0] & ~3ULL))
		table->limit = 0;
}

bool pmap_processor_parse(struct pmap_processor *cpu, const char *text)
{
	struct pmap_monitor_cpu part = { .next = text };

	while (pmap_monitor_next(&part)) {
		if (!is_this(cpu, &part) || !parse_segments(&cpu->regs, &part))
			continue;
		parse_vectors(&cpu->regs, &part);
		parse_table(&cpu->regs.gdt, &part, "GDT=", false);
		parse_table(&cpu->regs.ldt, &part, "LDT=", true);
		parse_table(&cpu->regs.idt, &part, "IDT=", false);
		return true;
	}
	return false;
}

/* --- Which memory it sees ------------------------------------------------- */

#define A20	(1ULL << 20)

/* By the registers that every command reads. */
static bool is_target(const struct pmap_target *t, const struct pmap_monitor_cpu *text)
{
	static const struct {
		const char *name;
		enum pmap_x86_reg reg;
		uint64_t mask;
	} same[] = {
		{ "RIP=", PMAP_X86_RIP, ~0ULL }, { "EIP=", PMAP_X86_RIP, UINT32_MAX },
		{ "CR0=", PMAP_X86_CR0, UINT32_MAX }, { "CR3=", PMAP_X86_CR3, ~0ULL },
	};
	uint64_t value;

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (pmap_monitor_number(text, same[i].name, &value) &&
		    pmap_target_has(t, same[i].reg) &&
		    (value ^ pmap_target_reg(t, same[i].reg)) & same[i].mask)
			return false;
	return true;
}

/* "CPU#1"; an answer about one CPU has no number in older QEMUs. */
static bool has_number(const struct pmap_monitor_cpu *text, unsigned cpu)
{
	const char *mark = memmem(text->text, text->next - text->text, "CPU#", 4);

	return !mark || strtoul(mark + 4, NULL, 10) == cpu;
}

bool pmap_x86_view(struct pmap_target *target, const char *monitor, unsigned cpu)
{
	struct pmap_monitor_cpu part = { .next = monitor };
	uint64_t smm, open, other_smm = 0, other_open = 1;
	bool other = false;

	while (pmap_monitor_next(&part)) {
		if (!is_target(target, &part) ||
		    !pmap_monitor_number(&part, "SMM=", &smm) ||
		    !pmap_monitor_number(&part, "A20=", &open))
			continue;
		if (has_number(&part, cpu)) {
			target->smm = smm;
			target->clears = open ? 0 : A20;
			return true;
		}
		other_smm = smm;
		other_open = open;
		other = true;
	}
	target->smm = other && other_smm;
	target->clears = other && !other_open ? A20 : 0;
	return other;
}

void pmap_processor_init(struct pmap_processor *cpu, const struct pmap_query *q)
{
	const struct pmap_target *t = &q->target;
	struct pmap_regs *regs = &cpu->regs;

	memset(cpu, 0, sizeof(*cpu));
	take_general(cpu, q);
	regs->rip = pmap_target_reg(t, PMAP_X86_RIP);
	/* GDB extends a 32-bit stub's pointers. */
	if (!has_64bit(q))
		regs->rip = (uint32_t)regs->rip;
	regs->rflags = pmap_target_reg(t, PMAP_X86_EFLAGS);
	take_mode(regs, q);
	regs->controls_known = pmap_target_has(t, PMAP_X86_CR0) && pmap_target_has(t, PMAP_X86_CR4);
	regs->cr0 = pmap_target_reg(t, PMAP_X86_CR0);
	regs->cr4 = pmap_target_reg(t, PMAP_X86_CR4);
	regs->shadow_stacks = pmap_target_has(t, PMAP_X86_CR4) &&
			      pmap_target_reg(t, PMAP_X86_CR4) & PML_X86_CR4_CET &&
			      !(pmap_target_has(t, PMAP_X86_CET) &&
				!pmap_target_reg(t, PMAP_X86_CET));
	cpu->monitor = q->monitor && pmap_processor_parse(cpu, q->monitor);
	if (!cpu->monitor)
		assume_mode(cpu, q);
}
