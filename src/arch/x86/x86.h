/*
 * The hooks of x86, see target/arch.h: one section a file.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_X86_H
#define PMAP_X86_H

#include "target/arch.h"
#include "target/layout.h"
#include "target/nesting.h"
#include "target/query.h"
#include "target/rule.h"

/* pmap_access.how */
#define PMAP_X86_STACK	1u	/* through SS */
#define PMAP_X86_SHADOW	2u	/* of a shadow stack */
#define PMAP_X86_AC	4u	/* as with EFLAGS.AC=1: SMAP does not stop it */

/* space.c, outer.c */
extern const enum pmap_option pmap_x86_options[];
extern const struct pmap_outer_option pmap_x86_outer_options[];
int pmap_x86_space(struct pmap_target *target, const struct pmap_options *opt,
		   char *why, size_t why_size);
bool pmap_x86_has_format(const struct pml_format *fmt);
bool pmap_x86_is_own(const struct pml_format *fmt);
const char *pmap_x86_outer_tables(const struct pmap_target *target);
/* Set up target->outer, if the options ask for one; 0 or a status. */
int pmap_x86_outer(struct pmap_target *target, const struct pmap_options *opt,
		   char *why, size_t why_size);

/* processor.c */
bool pmap_x86_view(struct pmap_target *target, const char *monitor, unsigned cpu);

/* isolation.c */
int pmap_x86_user_root(struct pmap_query *q, uint64_t *root_ret);

/* info.c */
extern const char *const pmap_x86_memory_types[];
const char *pmap_x86_memory_type(const struct pmap_target *target,
				 const struct pml_format *fmt, int level,
				 uint64_t raw);
bool pmap_x86_memory_type_assumed(const struct pmap_target *target,
				  const struct pml_format *fmt);
const char *pmap_x86_root_name(const struct pmap_target *target,
			       const struct pml_space *space);
void pmap_x86_info_outer(struct pmap_query *q);
void pmap_x86_info_mode(struct pmap_query *q);
void pmap_x86_info_registers(struct pmap_query *q);
void pmap_x86_info_assumptions(struct pmap_query *q);

/* roots.c, hypervisor.c */
extern const char *const pmap_x86_root_exprs[];
void pmap_x86_roots_cpus(struct pmap_roots *roots);
void pmap_x86_roots_page(struct pmap_roots *roots, uint64_t pa, const void *page);

/* layout.c */
extern const char *const pmap_x86_layout_exprs[];
void pmap_x86_layout(const struct pmap_evidence *evidence,
		     struct pmap_layout *layout);

void pmap_x86_reload(const struct pmap_target *target, struct pmap_reload *reload);

/* rules.c */
extern const struct pmap_rule pmap_x86_rules[];
extern const struct pmap_rule_section pmap_x86_sections[];

/* judge.c */
void pmap_x86_judge_init(struct pmap_judge *judge, bool *knows_user_ret);
bool pmap_x86_judge(struct pmap_judge *judge, const struct pmap_access *access,
		    struct pmap_verdict *verdict);
void pmap_x86_refuse(struct pmap_verdict *verdict, unsigned exception,
		     uint64_t error, uint64_t va);
void pmap_x86_no_verdict(struct pmap_verdict *verdict, enum pmap_outcome outcome,
			 uint64_t va);

/* verdict.c */
void pmap_x86_add_verdict(struct pmap_text *out, const struct pmap_judge *judge,
			  const struct pmap_verdict *verdict);
void pmap_x86_short_verdict(const struct pmap_verdict *verdict, char *to,
			    size_t size);
bool pmap_x86_same_fault(const struct pmap_verdict *a,
			 const struct pmap_verdict *b);
const char *pmap_x86_verdict_name(const struct pmap_verdict *verdict);
void pmap_x86_json_verdict(struct pmap_text *out, const struct pmap_judge *judge,
			   const struct pmap_verdict *verdict);
void pmap_x86_add_culprit(struct pmap_text *out, const struct pmap_judge *judge,
			  const struct pmap_access *access,
			  const struct pmap_verdict *verdict);
void pmap_x86_add_assumed(struct pmap_text *out, const struct pmap_judge *judge,
			  const char *indent);
void pmap_x86_results(struct pmap_query *q, const struct pmap_verdict *verdict);
void pmap_x86_exits(struct pmap_query *q, const struct pmap_verdict *verdict);
void pmap_x86_add_exception(struct pmap_text *out, unsigned exception,
			    uint64_t error);
const char *pmap_x86_exception_name(unsigned exception);

/* fault.c, fault-2d.c */
int pmap_x86_find_fault(struct pmap_query *q, struct pmap_judge *judge,
			struct pmap_fault *fault_ret);
void pmap_x86_add_fault(struct pmap_text *out, const struct pmap_judge *judge,
			const struct pmap_fault *fault);
void pmap_x86_add_elsewhere(struct pmap_text *out,
			    const struct pmap_fault *fault);
bool pmap_x86_explains(const struct pmap_verdict *verdict,
		       const struct pmap_fault *fault);
void pmap_x86_fault_results(struct pmap_query *q, const struct pmap_fault *fault);
int pmap_x86_fault_2d(struct pmap_query *q);

/* explain.c */
int pmap_x86_cpu_init(void *cpu, struct pmap_query *q, struct pmap_judge *judge);
int pmap_x86_cpu_at_fault(void *cpu, struct pmap_query *q,
			  struct pmap_judge *judge);
void pmap_x86_cpu_level(void *cpu, bool user);
void pmap_x86_cpu_set_pc(void *cpu, uint64_t pc);
uint64_t pmap_x86_cpu_pc(const void *cpu);
const char *pmap_x86_cpu_code(const void *cpu, unsigned *bits_ret);
int pmap_x86_cpu_decode(void *cpu, struct pmap_query *q,
			struct pmap_insn *insn_ret);
struct pmap_code;
int pmap_x86_disassemble(const struct pmap_query *q, uint64_t va,
			 const uint8_t *bytes, size_t avail,
			   struct pmap_code *code);
const char *pmap_x86_cpu_doubt(const void *cpu, const struct pmap_judge *judge,
			       const struct pmap_mem *mem);
void pmap_x86_add_cpu_assumed(struct pmap_text *out, const void *cpu);

/* linux.c */
struct pmap_kept;
const char *pmap_x86_linux_signs(const struct pmap_target *target);
bool pmap_x86_linux_entry(const struct pml_space *space, int level, uint64_t raw,
			  unsigned release, struct pmap_kept *kept);

#endif
