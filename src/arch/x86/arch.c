/*
 * x86, 32 and 64 bits, Intel's and AMD's.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <elf.h>

#include "arch/arch.h"
#include "arch/x86/processor.h"
#include "arch/x86/registers.h"
#include "arch/x86/x86.h"

static const char *const probes[] = { "$cr0", "$rax", "$eax", NULL };
static const int machines[] = { EM_X86_64, EM_386, 0 };

static const struct pml_format *const root_formats[] = {
	&pml_x86_64_4, &pml_x86_64_5, NULL
};

const struct pmap_arch pmap_arch_x86 = {
	.name = "x86",
	.title = "x86",
	.machines = machines,

	.probes = probes,
	.exprs = pmap_x86_exprs,
	.nexprs = { PMAP_X86_TRANSLATE, PMAP_X86_JUDGE, PMAP_X86_JUDGE,
		    PMAP_X86_REGS },
	.watched = PMAP_X86_WATCHED,
	.pc = PMAP_X86_RIP,
	.identity = PMAP_X86_CR0,
	.monitor = "info registers -a",
	.view = pmap_x86_view,
	.view_ask = "info registers %u",
	.clears_note = "(the A20 gate is closed: memory was read with bit 20 of each address cleared; addresses here are those before)",
	.dump_registers = pmap_x86_dump_registers,
	.prstatus_pc = PMAP_X86_PRSTATUS_RIP,
	.prstatus_pc_32 = PMAP_X86_PRSTATUS_EIP,

	.options = pmap_x86_options,
	.outer_options = pmap_x86_outer_options,
	.space = pmap_x86_space,
	.has_format = pmap_x86_has_format,
	.is_own = pmap_x86_is_own,
	.user_root = pmap_x86_user_root,

	.memory_type = pmap_x86_memory_type,
	.memory_types = pmap_x86_memory_types,
	.memory_type_assumed = pmap_x86_memory_type_assumed,
	.outer_tables = pmap_x86_outer_tables,

	.root_name = pmap_x86_root_name,
	.info_outer = pmap_x86_info_outer,
	.info_mode = pmap_x86_info_mode,
	.info_registers = pmap_x86_info_registers,
	.info_assumptions = pmap_x86_info_assumptions,

	.root_exprs = pmap_x86_root_exprs,
	.root_formats = root_formats,
	.roots_cpus = pmap_x86_roots_cpus,
	.roots_page = pmap_x86_roots_page,

	.layout_exprs = pmap_x86_layout_exprs,
	.layout = pmap_x86_layout,
	.linux_signs = pmap_x86_linux_signs,
	.linux_entry = pmap_x86_linux_entry,
	.linux_special = 1ULL << 9,

	.reload = pmap_x86_reload,

	.rules = pmap_x86_rules,
	.sections = pmap_x86_sections,

	.shadow_stack = PMAP_X86_SHADOW,
	.unchecked = PMAP_X86_AC,
	.judge_init = pmap_x86_judge_init,
	.judge = pmap_x86_judge,
	.refuse = pmap_x86_refuse,
	.no_verdict = pmap_x86_no_verdict,
	.add_verdict = pmap_x86_add_verdict,
	.short_verdict = pmap_x86_short_verdict,
	.same_fault = pmap_x86_same_fault,
	.verdict_name = pmap_x86_verdict_name,
	.json_verdict = pmap_x86_json_verdict,
	.add_culprit = pmap_x86_add_culprit,
	.add_assumed = pmap_x86_add_assumed,
	.results = pmap_x86_results,
	.exit_results = pmap_x86_exits,

	.find_fault = pmap_x86_find_fault,
	.add_fault = pmap_x86_add_fault,
	.add_elsewhere = pmap_x86_add_elsewhere,
	.explains = pmap_x86_explains,
	.fault_results = pmap_x86_fault_results,
	.fault_2d = pmap_x86_fault_2d,

	.cpu_size = sizeof(struct pmap_processor),
	.cpu_init = pmap_x86_cpu_init,
	.cpu_at_fault = pmap_x86_cpu_at_fault,
	.cpu_level = pmap_x86_cpu_level,
	.cpu_set_pc = pmap_x86_cpu_set_pc,
	.cpu_pc = pmap_x86_cpu_pc,
	.cpu_code = pmap_x86_cpu_code,
	.cpu_decode = pmap_x86_cpu_decode,
	.cpu_doubt = pmap_x86_cpu_doubt,
	.add_cpu_assumed = pmap_x86_add_cpu_assumed,
	.add_exception = pmap_x86_add_exception,
	.exception_name = pmap_x86_exception_name,

	.code_expr = "$_gdb_setting_str(\"disassembly-flavor\")[0] == 'i'",
	.disassemble = pmap_x86_disassemble,
};
