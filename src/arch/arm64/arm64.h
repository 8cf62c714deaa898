/*
 * The hooks of AArch64, see target/arch.h: one section a file.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_ARM64_H
#define PMAP_ARM64_H

#include <pml/access-arm64.h>

#include "arch/arm64/insn/insn.h"
#include "arch/arm64/registers.h"
#include "target/nesting.h"
#include "target/query.h"
#include "target/rule.h"

/*
 * space.c: what the registers and the options of this command select.  The
 * target's formats are in it; there is one, as there is one command at a time.
 */
extern struct pml_arm64_mmu pmap_arm64_mmu;

extern const enum pmap_option pmap_arm64_options[];
extern const struct pmap_outer_option pmap_arm64_outer_options[];
int pmap_arm64_space(struct pmap_target *target, const struct pmap_options *opt,
		     char *why, size_t why_size);
bool pmap_arm64_has_format(const struct pml_format *fmt);
bool pmap_arm64_is_own(const struct pml_format *fmt);

/* info.c */
const char *pmap_arm64_memory_type(const struct pmap_target *target,
				   const struct pml_format *fmt, int level,
				   uint64_t raw);
bool pmap_arm64_memory_type_assumed(const struct pmap_target *target,
				    const struct pml_format *fmt);
const char *pmap_arm64_outer_tables(const struct pmap_target *target);
const char *pmap_arm64_root_name(const struct pmap_target *target,
				 const struct pml_space *space);
void pmap_arm64_info_outer(struct pmap_query *q);
void pmap_arm64_info_mode(struct pmap_query *q);
void pmap_arm64_info_registers(struct pmap_query *q);
void pmap_arm64_info_assumptions(struct pmap_query *q);

/* roots.c */
extern const char *const pmap_arm64_root_exprs[];
extern const struct pml_format *const pmap_arm64_root_formats[];
void pmap_arm64_roots_cpus(struct pmap_roots *roots);
const struct pml_format *pmap_arm64_scan_outer(const struct pmap_target *target,
					       const char **from_ret);
bool pmap_arm64_is_outer_entry(const struct pmap_target *target,
			       const struct pml_format *fmt, int level, uint64_t raw);

/* rules.c */
extern const struct pmap_rule pmap_arm64_rules[];
extern const struct pmap_rule_section pmap_arm64_sections[];

/* layout.c */
extern const char *const pmap_arm64_layout_exprs[];
void pmap_arm64_layout(const struct pmap_evidence *evidence,
		       struct pmap_layout *layout);

/* Where Linux has what in its half, by the size of addresses and pages. */
struct pmap_arm64_linux {
	uint64_t linear, linear_last;	/* PAGE_OFFSET to PAGE_END */
	uint64_t pages;		/* bytes of a struct page for each of its pages */
	uint64_t vmemmap_before, vmemmap_now;	/* before Linux 6.9, and since */
	uint64_t vmemmap_now_last;
};
void pmap_arm64_linux_places(const struct pml_format *upper, struct pmap_arm64_linux *at);

/* linux.c */
const char *pmap_arm64_linux_signs(const struct pmap_target *target);
bool pmap_arm64_linux_entry(const struct pml_space *space, int level, uint64_t raw,
			    unsigned release, struct pmap_kept *kept);

/* judge.c */
void pmap_arm64_judge_init(struct pmap_judge *judge, bool *knows_user_ret);
bool pmap_arm64_judge(struct pmap_judge *judge, const struct pmap_access *access,
		      struct pmap_verdict *verdict);
void pmap_arm64_refuse(struct pmap_verdict *verdict, unsigned exception,
		       uint64_t error, uint64_t va);
void pmap_arm64_no_verdict(struct pmap_verdict *verdict,
			   enum pmap_outcome outcome, uint64_t va);

/* What pmap_arm64_refuse() refuses: does EL0 do it? */
void pmap_arm64_refuse_of(bool user);

/* verdict.c */
void pmap_arm64_add_verdict(struct pmap_text *out, const struct pmap_judge *judge,
			    const struct pmap_verdict *verdict);
void pmap_arm64_short_verdict(const struct pmap_verdict *verdict, char *to,
			      size_t size);
bool pmap_arm64_same_fault(const struct pmap_verdict *a,
			   const struct pmap_verdict *b);
const char *pmap_arm64_verdict_name(const struct pmap_verdict *verdict);
void pmap_arm64_json_verdict(struct pmap_text *out,
			     const struct pmap_judge *judge,
			     const struct pmap_verdict *verdict);
void pmap_arm64_add_culprit(struct pmap_text *out, const struct pmap_judge *judge,
			    const struct pmap_access *access,
			    const struct pmap_verdict *verdict);
void pmap_arm64_add_assumed(struct pmap_text *out, const struct pmap_judge *judge,
			    const char *indent);
void pmap_arm64_results(struct pmap_query *q, const struct pmap_verdict *verdict);
void pmap_arm64_exits(struct pmap_query *q, const struct pmap_verdict *verdict);
/* "data abort, permission fault at level 3" */
void pmap_arm64_add_syndrome(struct pmap_text *out, uint64_t esr);

/* fault.c */
int pmap_arm64_find_fault(struct pmap_query *q, struct pmap_judge *judge,
			  struct pmap_fault *fault_ret);
void pmap_arm64_add_fault(struct pmap_text *out, const struct pmap_judge *judge,
			  const struct pmap_fault *fault);
void pmap_arm64_add_elsewhere(struct pmap_text *out,
			      const struct pmap_fault *fault);
bool pmap_arm64_explains(const struct pmap_verdict *verdict,
			 const struct pmap_fault *fault);
void pmap_arm64_fault_results(struct pmap_query *q,
			      const struct pmap_fault *fault);

/* explain.c */
struct pmap_arm64_processor {
	struct pmap_arm64_cpu cpu;
	uint64_t sctlr;
	bool assumed_zva;	/* the block of DC ZVA is a guess */
	bool assumed_lse2;	/* and so is FEAT_LSE2 */
};

extern const char pmap_arm64_no_aarch32[];	/* why no instruction is explained */
int pmap_arm64_cpu_init(void *cpu, struct pmap_query *q, struct pmap_judge *judge);
int pmap_arm64_cpu_at_fault(void *cpu, struct pmap_query *q,
			    struct pmap_judge *judge);
void pmap_arm64_cpu_level(void *cpu, bool user);
void pmap_arm64_cpu_set_pc(void *cpu, uint64_t pc);
uint64_t pmap_arm64_cpu_pc(const void *cpu);
const char *pmap_arm64_cpu_code(const void *cpu, unsigned *bits_ret);
int pmap_arm64_cpu_decode(void *cpu, struct pmap_query *q,
			  struct pmap_insn *insn_ret);
const char *pmap_arm64_cpu_doubt(const void *cpu, const struct pmap_judge *judge,
				 const struct pmap_mem *mem);
struct pmap_code;
int pmap_arm64_disassemble(const struct pmap_query *q, uint64_t va,
			   const uint8_t *bytes, size_t avail,
			   struct pmap_code *code);
void pmap_arm64_add_cpu_assumed(struct pmap_text *out, const void *cpu);
void pmap_arm64_add_exception(struct pmap_text *out, unsigned exception,
			      uint64_t error);
const char *pmap_arm64_exception_name(unsigned exception);

#endif
