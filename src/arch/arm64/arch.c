/*
 * AArch64.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <elf.h>

#include "arch/arch.h"
#include "arch/arm64/arm64.h"

static const char *const probes[] = { "$TTBR0_EL1", "$cpsr", NULL };
static const int machines[] = { EM_AARCH64, 0 };

const struct pmap_arch pmap_arch_arm64 = {
	.name = "arm64",
	.title = "AArch64",
	.machines = machines,

	.probes = probes,
	.exprs = pmap_arm64_exprs,
	.exprs_for = pmap_arm64_exprs_for,
	.nexprs = { PMAP_ARM64_TRANSLATE, PMAP_ARM64_JUDGE, PMAP_ARM64_JUDGE,
		    PMAP_ARM64_REGS },
	.watched = PMAP_ARM64_WATCHED,
	.fixed = PMAP_ARM64_MMFR0,
	.fixed_end = PMAP_ARM64_MMFR2 + 1,
	.pc = PMAP_ARM64_PC,
	.identity = PMAP_ARM64_TCR,
	.dump_registers = pmap_arm64_dump_registers,
	.prstatus_pc = PMAP_ARM64_PRSTATUS_PC,

	.options = pmap_arm64_options,
	.outer_options = pmap_arm64_outer_options,
	.space = pmap_arm64_space,
	.has_format = pmap_arm64_has_format,
	.is_own = pmap_arm64_is_own,

	.memory_type = pmap_arm64_memory_type,
	.memory_type_assumed = pmap_arm64_memory_type_assumed,
	.outer_tables = pmap_arm64_outer_tables,

	.root_name = pmap_arm64_root_name,
	.info_outer = pmap_arm64_info_outer,
	.info_mode = pmap_arm64_info_mode,
	.info_registers = pmap_arm64_info_registers,
	.info_assumptions = pmap_arm64_info_assumptions,

	.root_exprs = pmap_arm64_root_exprs,
	.root_formats = pmap_arm64_root_formats,
	.halves = true,
	.upper_option = "--ttbr1",
	.asks_cpus = true,
	.roots_cpus = pmap_arm64_roots_cpus,
	.scan_outer = pmap_arm64_scan_outer,
	.is_outer_entry = pmap_arm64_is_outer_entry,

	.rules = pmap_arm64_rules,
	.sections = pmap_arm64_sections,

	.layout_exprs = pmap_arm64_layout_exprs,
	.layout = pmap_arm64_layout,

	.linux_signs = pmap_arm64_linux_signs,
	.linux_entry = pmap_arm64_linux_entry,
	.linux_special = 1ULL << 56,

	.unchecked = PMAP_ARM64_NO_PAN,
	.judge_init = pmap_arm64_judge_init,
	.judge = pmap_arm64_judge,
	.refuse = pmap_arm64_refuse,
	.no_verdict = pmap_arm64_no_verdict,
	.add_verdict = pmap_arm64_add_verdict,
	.short_verdict = pmap_arm64_short_verdict,
	.same_fault = pmap_arm64_same_fault,
	.verdict_name = pmap_arm64_verdict_name,
	.json_verdict = pmap_arm64_json_verdict,
	.add_culprit = pmap_arm64_add_culprit,
	.add_assumed = pmap_arm64_add_assumed,
	.results = pmap_arm64_results,
	.exit_results = pmap_arm64_exits,

	.find_fault = pmap_arm64_find_fault,
	.add_fault = pmap_arm64_add_fault,
	.add_elsewhere = pmap_arm64_add_elsewhere,
	.explains = pmap_arm64_explains,
	.fault_results = pmap_arm64_fault_results,

	.cpu_size = sizeof(struct pmap_arm64_processor),
	.cpu_init = pmap_arm64_cpu_init,
	.cpu_at_fault = pmap_arm64_cpu_at_fault,
	.cpu_level = pmap_arm64_cpu_level,
	.cpu_set_pc = pmap_arm64_cpu_set_pc,
	.cpu_pc = pmap_arm64_cpu_pc,
	.cpu_code = pmap_arm64_cpu_code,
	.cpu_decode = pmap_arm64_cpu_decode,
	.cpu_doubt = pmap_arm64_cpu_doubt,
	.add_cpu_assumed = pmap_arm64_add_cpu_assumed,
	.add_exception = pmap_arm64_add_exception,
	.exception_name = pmap_arm64_exception_name,

	.disassemble = pmap_arm64_disassemble,
};
