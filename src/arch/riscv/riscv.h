/*
 * The hooks of RISC-V, see target/arch.h: one section a file.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_RISCV_H
#define PMAP_RISCV_H

#include <pml/access-riscv.h>

#include "arch/riscv/insn/insn.h"
#include "arch/riscv/registers.h"
#include "target/nesting.h"
#include "target/query.h"
#include "target/rule.h"

/*
 * space.c: what the registers and the options of this command select.  There is
 * one, as there is one command at a time.
 */
extern struct pml_riscv_mmu pmap_riscv_mmu;

extern const enum pmap_option pmap_riscv_options[];
extern const struct pmap_outer_option pmap_riscv_outer_options[];
int pmap_riscv_space(struct pmap_target *target, const struct pmap_options *opt,
		     char *why, size_t why_size);
bool pmap_riscv_has_format(const struct pml_format *fmt);
bool pmap_riscv_is_own(const struct pml_format *fmt);

/* info.c */
extern const char *const pmap_riscv_memory_types[];
const char *pmap_riscv_memory_type(const struct pmap_target *target,
				   const struct pml_format *fmt, int level,
				   uint64_t raw);
bool pmap_riscv_memory_type_assumed(const struct pmap_target *target,
				    const struct pml_format *fmt);
const char *pmap_riscv_outer_tables(const struct pmap_target *target);
const char *pmap_riscv_root_name(const struct pmap_target *target,
				 const struct pml_space *space);
void pmap_riscv_info_outer(struct pmap_query *q);
void pmap_riscv_info_mode(struct pmap_query *q);
void pmap_riscv_info_registers(struct pmap_query *q);
void pmap_riscv_info_assumptions(struct pmap_query *q);

/* roots.c */
extern const char *const pmap_riscv_root_exprs[];
extern const struct pml_format *const pmap_riscv_root_formats[];
void pmap_riscv_reload(const struct pmap_target *target,
		       struct pmap_reload *reload);
void pmap_riscv_roots_cpus(struct pmap_roots *roots);

/* rules.c */
extern const struct pmap_rule pmap_riscv_rules[];
extern const struct pmap_rule_section pmap_riscv_sections[];

/* layout.c */
extern const char *const pmap_riscv_layout_exprs[];
void pmap_riscv_layout(const struct pmap_evidence *evidence,
		       struct pmap_layout *layout);

/* Linux' linear map, by the size of addresses; false: it has no such. */
bool pmap_riscv_linux_linear(const struct pml_format *fmt, uint64_t *first_ret,
			     uint64_t *last_ret);
#define PMAP_RISCV_LINUX_IMAGE	0xffffffff80000000ULL	/* to the top */

/* linux.c */
const char *pmap_riscv_linux_signs(const struct pmap_target *target);
bool pmap_riscv_linux_entry(const struct pml_space *space, int level, uint64_t raw,
			    unsigned release, struct pmap_kept *kept);

/* judge.c */
void pmap_riscv_judge_init(struct pmap_judge *judge, bool *knows_user_ret);
bool pmap_riscv_judge(struct pmap_judge *judge, const struct pmap_access *access,
		      struct pmap_verdict *verdict);
const char *pmap_riscv_who(const struct pmap_judge *judge,
			   const struct pmap_access *access);
/* Is it M mode's, not by MPRV another mode's? */
bool pmap_riscv_by_machine(const struct pmap_judge *judge,
			   const struct pmap_access *access);
void pmap_riscv_refuse(struct pmap_verdict *verdict, unsigned exception,
		       uint64_t error, uint64_t va);
void pmap_riscv_no_verdict(struct pmap_verdict *verdict,
			   enum pmap_outcome outcome, uint64_t va);

/* verdict.c */
void pmap_riscv_add_verdict(struct pmap_text *out, const struct pmap_judge *judge,
			    const struct pmap_verdict *verdict);
void pmap_riscv_short_verdict(const struct pmap_verdict *verdict, char *to,
			      size_t size);
bool pmap_riscv_same_fault(const struct pmap_verdict *a,
			   const struct pmap_verdict *b);
const char *pmap_riscv_verdict_name(const struct pmap_verdict *verdict);
void pmap_riscv_json_verdict(struct pmap_text *out,
			     const struct pmap_judge *judge,
			     const struct pmap_verdict *verdict);
void pmap_riscv_add_culprit(struct pmap_text *out, const struct pmap_judge *judge,
			    const struct pmap_access *access,
			    const struct pmap_verdict *verdict);
void pmap_riscv_add_assumed(struct pmap_text *out, const struct pmap_judge *judge,
			    const char *indent);
void pmap_riscv_results(struct pmap_query *q, const struct pmap_verdict *verdict);
void pmap_riscv_exits(struct pmap_query *q, const struct pmap_verdict *verdict);
/* "load page fault"; "cause 24" */
void pmap_riscv_add_cause(struct pmap_text *out, uint64_t cause);
void pmap_riscv_add_exception(struct pmap_text *out, unsigned exception,
			      uint64_t error);
const char *pmap_riscv_exception_name(unsigned exception);

/* fault.c */
int pmap_riscv_find_fault(struct pmap_query *q, struct pmap_judge *judge,
			  struct pmap_fault *fault_ret);
void pmap_riscv_add_fault(struct pmap_text *out, const struct pmap_judge *judge,
			  const struct pmap_fault *fault);
void pmap_riscv_add_elsewhere(struct pmap_text *out,
			      const struct pmap_fault *fault);
bool pmap_riscv_explains(const struct pmap_verdict *verdict,
			 const struct pmap_fault *fault);
void pmap_riscv_fault_results(struct pmap_query *q,
			      const struct pmap_fault *fault);

/* explain.c */
struct pmap_riscv_processor {
	struct pmap_riscv_cpu cpu;
	const char *needs;	/* an extension that is taken to be there; or NULL */
	bool misaligned;	/* and so is it that misaligned accesses are done */
	bool block;		/* the size of a cache block counts, and is a guess */
	bool host_state;	/* V=1: the host's own FS and VS are not known */
};

int pmap_riscv_cpu_init(void *cpu, struct pmap_query *q, struct pmap_judge *judge);
int pmap_riscv_cpu_at_fault(void *cpu, struct pmap_query *q,
			    struct pmap_judge *judge);
void pmap_riscv_cpu_level(void *cpu, bool user);
void pmap_riscv_cpu_set_pc(void *cpu, uint64_t pc);
uint64_t pmap_riscv_cpu_pc(const void *cpu);
const char *pmap_riscv_cpu_code(const void *cpu, unsigned *bits_ret);
int pmap_riscv_cpu_decode(void *cpu, struct pmap_query *q,
			  struct pmap_insn *insn_ret);
const char *pmap_riscv_cpu_doubt(const void *cpu, const struct pmap_judge *judge,
				 const struct pmap_mem *mem);
void pmap_riscv_add_cpu_assumed(struct pmap_text *out, const void *cpu);
struct pmap_code;
int pmap_riscv_disassemble(const struct pmap_query *q, uint64_t va,
			   const uint8_t *bytes, size_t avail,
			   struct pmap_code *code);

#endif
