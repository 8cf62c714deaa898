/*
 * RISC-V.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <elf.h>

#include "arch/arch.h"
#include "arch/riscv/riscv.h"

/* A core file without CSRs has the general registers. */
static const char *const probes[] = { "$satp", "$x31", NULL };
static const int machines[] = { EM_RISCV, 0 };

const struct pmap_arch pmap_arch_riscv = {
	.name = "riscv",
	.title = "RISC-V",
	.machines = machines,

	.probes = probes,
	.exprs = pmap_riscv_exprs,
	.nexprs = { PMAP_RISCV_TRANSLATE, PMAP_RISCV_JUDGE, PMAP_RISCV_VERDICT,
		    PMAP_RISCV_REGS },
	.fixed = PMAP_RISCV_MSECCFG,
	.fixed_end = PMAP_RISCV_VERDICT,
	.use = pmap_riscv_use,
	.watched = PMAP_RISCV_WATCHED,
	.pc = PMAP_RISCV_PC,
	.identity = PMAP_RISCV_SATP,
	.monitor = "info registers -a",
	.asks_monitor = pmap_riscv_asks_monitor,
	.monitor_registers = pmap_riscv_monitor_registers,
	.dump_registers = pmap_riscv_dump_registers,
	.prstatus_pc = PMAP_RISCV_PRSTATUS_PC,
	.prstatus_pc_32 = PMAP_RISCV_PRSTATUS_PC_32,

	.options = pmap_riscv_options,
	.outer_options = pmap_riscv_outer_options,
	.space = pmap_riscv_space,
	.has_format = pmap_riscv_has_format,
	.is_own = pmap_riscv_is_own,

	.memory_type = pmap_riscv_memory_type,
	.memory_types = pmap_riscv_memory_types,
	.memory_type_assumed = pmap_riscv_memory_type_assumed,
	.outer_tables = pmap_riscv_outer_tables,

	.root_name = pmap_riscv_root_name,
	.info_outer = pmap_riscv_info_outer,
	.info_mode = pmap_riscv_info_mode,
	.info_registers = pmap_riscv_info_registers,
	.info_assumptions = pmap_riscv_info_assumptions,

	.root_exprs = pmap_riscv_root_exprs,
	.root_formats = pmap_riscv_root_formats,
	.roots_cpus = pmap_riscv_roots_cpus,

	.rules = pmap_riscv_rules,
	.sections = pmap_riscv_sections,

	.layout_exprs = pmap_riscv_layout_exprs,
	.layout = pmap_riscv_layout,

	.reload = pmap_riscv_reload,
	.linux_signs = pmap_riscv_linux_signs,
	.linux_entry = pmap_riscv_linux_entry,
	.linux_special = 1ULL << 8,

	.unchecked = PMAP_RISCV_SUM,
	.judge_init = pmap_riscv_judge_init,
	.judge = pmap_riscv_judge,
	.who = pmap_riscv_who,
	.refuse = pmap_riscv_refuse,
	.no_verdict = pmap_riscv_no_verdict,
	.add_verdict = pmap_riscv_add_verdict,
	.short_verdict = pmap_riscv_short_verdict,
	.same_fault = pmap_riscv_same_fault,
	.verdict_name = pmap_riscv_verdict_name,
	.json_verdict = pmap_riscv_json_verdict,
	.add_culprit = pmap_riscv_add_culprit,
	.add_assumed = pmap_riscv_add_assumed,
	.results = pmap_riscv_results,
	.exit_results = pmap_riscv_exits,

	.find_fault = pmap_riscv_find_fault,
	.add_fault = pmap_riscv_add_fault,
	.add_elsewhere = pmap_riscv_add_elsewhere,
	.explains = pmap_riscv_explains,
	.fault_results = pmap_riscv_fault_results,

	.cpu_size = sizeof(struct pmap_riscv_processor),
	.cpu_init = pmap_riscv_cpu_init,
	.cpu_at_fault = pmap_riscv_cpu_at_fault,
	.cpu_level = pmap_riscv_cpu_level,
	.cpu_set_pc = pmap_riscv_cpu_set_pc,
	.cpu_pc = pmap_riscv_cpu_pc,
	.cpu_code = pmap_riscv_cpu_code,
	.cpu_decode = pmap_riscv_cpu_decode,
	.cpu_doubt = pmap_riscv_cpu_doubt,
	.add_cpu_assumed = pmap_riscv_add_cpu_assumed,
	.add_exception = pmap_riscv_add_exception,
	.exception_name = pmap_riscv_exception_name,

	.disassemble = pmap_riscv_disassemble,
};
