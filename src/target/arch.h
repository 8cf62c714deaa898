/*
 * An architecture, as the rest of the plugin sees it.
 *
 * Everything that has a register's name lives in src/arch/NAME/, behind one
 * constant of this type; src/arch/arch.c lists them.  Rooms to the left of
 * arch/ reach it through target->arch.  No other file asks which one it is.
 *
 * To add one: a folder with those files of x86's that it has a use for:
 *
 *	arch.c		the struct pmap_arch
 *	registers.[ch]	the registers' numbers, GDB's expressions, provenance
 *	space.c		registers and options to spaces; outer.c: the second dimension
 *	info.c		controls and assumptions; memory types and rights in words
 *	roots.c		symbols, and the roots of all CPUs; hypervisor.c: a scan's
 *			control blocks
 *	layout.c	what a kernel has where
 *	rules.c		rules of its own for `pmap check'
 *	judge.c		may this access be made?  verdict.c: the answer in words
 *	fault.c		the fault that was taken; fault-2d.c: an exit's
 *	processor.[ch]	the state that an instruction needs; explain.c, insn/
 *	disassemble.c	an instruction in words, perhaps by opcodes.h
 *
 * and its line in pmap_archs[].  Formats, and the rules that the judge asks,
 * are the core's: include/pml/format-NAME.h, regs-NAME.h, access-NAME.h.
 *
 * A hook that is marked "may be NULL" is not called then, and the command that
 * needs it says that the architecture does not have it.  All others are
 * required.  Hooks never suspend and never print; text goes to `out' or q->out.
 * Hooks run in the order of this file within a command.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TARGET_ARCH_H
#define PMAP_TARGET_ARCH_H

#include "target/access.h"
#include "target/options.h"
#include "target/target.h"

struct pmap_fault;
struct pmap_evidence;
struct pmap_insn;
struct pmap_kept;
struct pmap_layout;
struct pmap_mem;
struct pmap_outer_option;
struct pmap_query;
struct pmap_rule;
struct pmap_rule_section;
struct pmap_text;

/* What a command needs of the registers; each has those before it, too. */
enum pmap_regs_group {
	PMAP_REGS_TRANSLATE,	/* where an address leads */
	PMAP_REGS_JUDGE,	/* and what tables allow there */
	PMAP_REGS_VERDICT,	/* and what else forbids it */
	PMAP_REGS_INSN,		/* and what instructions use */
	PMAP_REGS_GROUPS
};

/* A register that was asked for before at the same stop. */
struct pmap_known {
	bool asked, present;
	uint64_t value;
};

enum pmap_use {
	PMAP_USED,
	PMAP_UNUSED,
	PMAP_USE_LATER,		/* others tell, which are not known yet */
};

/*
 * What a crash dump tells of the machine, besides registers that it names (see
 * pmap_target_set_named()): Linux's VMCOREINFO, as memory/ has read it.
 */
struct pmap_dump {
	bool is_64bit;		/* the dump is of a 64-bit machine */
	/* The kernel's own tables; `from': how sure that is. */
	bool has_root;
	uint64_t root;		/* physical */
	enum pmap_from from;
	unsigned levels;	/* of these tables, 2 to 5; 0: not told */
	uint64_t encrypted;	/* memory encryption's bit (sme_mask); 0: none */
	const char *vmcoreinfo;	/* the text itself; NULL: the dump has none */
	/* How the dump's memory is read, as a pml_space does; NULL: it cannot be. */
	const void *(*at)(void *ctx, uint64_t pa, size_t size);
	void *ctx;
};

/*
 * How sure is it that `space' has the kernel's tables?  They must map `va', the
 * root's address in the kernel, to the root itself; what is in memory may be of an
 * earlier kernel.  Where there is no memory to look at, it is taken as told.
 */
static inline enum pmap_from pmap_dump_from(const struct pmap_dump *dump,
					    struct pml_space space, uint64_t va)
{
	struct pml_target end;

	space.at = dump->at;
	space.ctx = dump->ctx;
	return !dump->at || (pml_translate(&space, va, &end, NULL) &&
			     end.pa == pml_root_pa(&space)) ?
	       PMAP_FROM_DERIVED : PMAP_FROM_ASSUMPTION;
}

/* A list of roots that is being made: `pmap roots'. */
struct pmap_roots {
	struct pmap_query *q;
	/*
	 * Add a root (a physical address) of a format: the text to add a reason
	 * to, in one clause; NULL: the list is full.
	 */
	struct pmap_text *(*add)(struct pmap_roots *roots, uint64_t pa,
				 const struct pml_format *fmt);
	/*
	 * The guest whose second dimension that root is, which the option `by'
	 * names, runs on tables of its own: their root, and format.
	 */
	void (*add_guest)(struct pmap_roots *roots, uint64_t pa,
			  const struct pml_format *fmt,
			  const struct pmap_outer_option *by, uint64_t guest_root,
			  const struct pml_format *guest_fmt);
	/* Does that look like the root of a tree?  For what leads to others. */
	bool (*plausible)(struct pmap_roots *roots, uint64_t pa,
			  const struct pml_format *fmt);
};

/* A root register, to be written: `pmap edit --flush'. */
struct pmap_reload {
	const char *reg;	/* as GDB names it, without the $ */
	/*
	 * Bits to turn and to turn back: they choose no other table, and no other
	 * format.
	 */
	uint64_t turn;
};

/* A fault that was taken: `pmap fault'. */
struct pmap_fault {
	struct pmap_access access;	/* that faulted; .va: the address reported */
	uint64_t error;		/* what the processor said of it: error code, syndrome, cause */
	bool has_pc;
	uint64_t pc;		/* of the instruction */
	const char *source;	/* where error and pc come from: "the handler's frame" */
	uint64_t at;		/* and its address; 0: none */
	bool elsewhere;		/* the reason is in no table: `error' says */
};

/* An instruction in words: `pmap x/i'. */
struct pmap_code {
	char text[256];
	/* Where in the text the address ends that it is about; 0: there is none. */
	size_t refers;
	uint64_t address;
	bool cut;		/* its bytes end before it does */
};

struct pmap_arch {
	const char *name;	/* of the folder: "x86" */
	const char *title;	/* "x86", "AArch64", "RISC-V" */
	/* ELF's e_machine numbers, 0 ends. */
	const int *machines;

	/* --- Recognition and registers ------------------------------------ */

	/*
	 * GDB expressions of which at least one has a value where the target is
	 * of this architecture, and none where it is of another; NULL ends.
	 * They are asked for once, not in each command: see command/.
	 */
	const char *const *probes;
	/*
	 * What to ask GDB for, NULL ends; exprs[i] gives reg[i].  PMAP_QUIET
	 * expressions (bridge.h): in C, absent where they have no value.  In the
	 * order of the groups: the first nexprs[GROUP] are asked for.  A name
	 * that the target lacks costs nothing more than one that it has; but on
	 * AArch64 and RISC-V each system register is a packet, so that an
	 * expression should only read what the regime needs:
	 * "($cpsr >> 2 & 3) == 2 ? $TCR_EL2 : $TCR_EL1" reads two.
	 * Names that begin with $pmap_ are the user's word: provenance
	 * PMAP_FROM_USER, all others PMAP_FROM_GDB.
	 */
	const char *const *exprs;
	uint8_t nexprs[PMAP_REGS_GROUPS];
	/*
	 * In the place of exprs, where an option asks for other registers than the
	 * current ones; as many, in the same order.  May be NULL.
	 */
	const char *const *(*exprs_for)(const struct pmap_options *opt);
	/*
	 * exprs[0..watched-1]: if these change while GDB says that the target
	 * did not run, it did.
	 */
	uint8_t watched;
	uint8_t pc;		/* the number of the program counter, $pc */
	/*
	 * exprs[fixed..fixed_end-1] do not change while a CPU is stopped, and are asked
	 * for once a stop: each is a packet.  Equal: there are none.
	 */
	uint8_t fixed, fixed_end;
	/*
	 * Is exprs[i] of these of any use?  By those that are known: known[] begins
	 * with exprs[fixed].  May be NULL: all are.
	 */
	enum pmap_use (*use)(unsigned i, const struct pmap_known *known);
	/* A register of which a value, from GDB, shows that it is this architecture. */
	uint8_t identity;
	/*
	 * The monitor's command whose answer PMAP_REGS_INSN needs besides, in
	 * q->monitor; NULL: none.
	 */
	const char *monitor;
	/*
	 * By what the registers say: does any command need that answer?  May be
	 * NULL: it does not.
	 */
	bool (*asks_monitor)(const struct pmap_target *target);
	/*
	 * Registers that only the answer has: with pmap_target_set() and
	 * PMAP_FROM_MONITOR.  The spaces are made again.  May be NULL.
	 */
	void (*monitor_registers)(struct pmap_target *target,
				  const char *monitor);
	/*
	 * What such an answer says of which memory CPU number `cpu' sees: ->smm and
	 * ->clears.  Once a stop and CPU; the question is view_ask, the CPU's number in
	 * it, or `monitor'.  False: it does not speak of the CPU whose registers these
	 * are.  NULL: no monitor tells.
	 */
	bool (*view)(struct pmap_target *target, const char *monitor, unsigned cpu);
	const char *view_ask;
	/* A line behind each answer where ->clears is not 0. */
	const char *clears_note;
	/*
	 * Registers that neither GDB nor a note of the dump has: with
	 * pmap_target_set() and PMAP_FROM_DERIVED or _ASSUMPTION.  Called after
	 * the notes' registers were set, and before a second space().
	 */
	void (*dump_registers)(struct pmap_target *target,
			       const struct pmap_dump *dump);
	/*
	 * The offset of the program counter in a note NT_PRSTATUS, of a 64-bit and of
	 * a 32-bit machine; 0: this architecture has no such machines.
	 */
	uint16_t prstatus_pc, prstatus_pc_32;

	/* --- Spaces ------------------------------------------------------- */

	/*
	 * Options that no other architecture knows, which refuses them; PMAP_OPTIONS
	 * ends.  May be NULL.
	 */
	const enum pmap_option *options;
	/* Those that name a second dimension, see nesting.h.  May be NULL. */
	const struct pmap_outer_option *outer_options;
	/*
	 * Registers and options to target->space, ->upper and ->halves, ->outer,
	 * ->nested and ->nesting, ->guest_off, ->paging_off; all are 0 before,
	 * ->root_given and ->format_given are set.  0, or PMAP_STATUS_NO_PAGING
	 * (no space from these registers; others may come) or _USAGE, with one
	 * line in `why'.  Options that this architecture has no use for are an
	 * error that says so.
	 *
	 * Half of a two-halved space: space.fmt ends below the hole, upper.fmt
	 * begins above it (pml_format.upper); a half whose walks are disabled has
	 * a `fmt' of NULL.  With --root there is one half: which one, options say.
	 * Tags that the processor ignores (TBI, pointer masking) are
	 * pml_space.ignored.
	 */
	int (*space)(struct pmap_target *target, const struct pmap_options *opt,
		     char *why, size_t why_size);
	/* A format of this architecture's, of either dimension? */
	bool (*has_format)(const struct pml_format *fmt);
	/* Does a processor run by it?  False: a second dimension's format. */
	bool (*is_own)(const struct pml_format *fmt);

	/*
	 * --user-root: the root that user mode runs on, where the kernel has
	 * another one; q->target.space has the register's, and memory.  0, or the
	 * status of pmap_fail().  May be NULL.
	 */
	int (*user_root)(struct pmap_query *q, uint64_t *root_ret);

	/* --- Words -------------------------------------------------------- */

	/* "wb", "uc-", "device-nGnRE"; a constant; NULL: the format has none. */
	const char *(*memory_type)(const struct pmap_target *target,
				   const struct pml_format *fmt, int level,
				   uint64_t raw);
	/* All that it can answer; ends with NULL. */
	const char *const *memory_types;
	/* Do they depend on a register (IA32_PAT, MAIR) that nothing tells? */
	bool (*memory_type_assumed)(const struct pmap_target *target,
				    const struct pml_format *fmt);
	/* "the nested tables", "stage 2": target->nested, or the outer tables alone. */
	const char *(*outer_tables)(const struct pmap_target *target);

	/* --- pmap info ---------------------------------------------------- */

	/* The register that has the root of `space', "CR3", "TTBR1_EL1". */
	const char *(*root_name)(const struct pmap_target *target,
				 const struct pml_space *space);
	/*
	 * Lines of `pmap info', each "%-10s " and its text: the outer tables
	 * (called if there are any); what there is to say of the mode below
	 * "paging"; registers, each marked where it is not read but assumed; the
	 * controls that are on; what is assumed and how the user can tell.
	 */
	void (*info_outer)(struct pmap_query *q);
	void (*info_mode)(struct pmap_query *q);
	void (*info_registers)(struct pmap_query *q);
	void (*info_assumptions)(struct pmap_query *q);

	/* --- pmap roots --------------------------------------------------- */

	/* Pointers to root tables by symbols, virtual addresses; NULL ends. */
	const char *const *root_exprs;
	/*
	 * Formats whose roots show by their contents, if no register tells, the most
	 * usual one first; without halves they differ in their levels, and all are
	 * tried.  NULL ends.  May be NULL.
	 */
	const struct pml_format *const *root_formats;
	/*
	 * A root is of one half of the addresses; the option for the upper one's, while
	 * --root is the lower one's.
	 */
	bool halves;
	const char *upper_option;
	/*
	 * The registers of PMAP_REGS_TRANSLATE are GDB's to tell of each CPU, and
	 * nobody else's: they are in q->cpus then.
	 */
	bool asks_cpus;
	/* The roots of all CPUs, from q->monitor or q->cpus. */
	void (*roots_cpus)(struct pmap_roots *roots);
	/*
	 * Part of a scan: is the page at `pa' a hypervisor's control block, of
	 * which a root of a second dimension is known?  May be NULL.  `page' is
	 * valid until the next read.
	 */
	void (*roots_page)(struct pmap_roots *roots, uint64_t pa,
			   const void *page);
	/*
	 * The format that a scan looks for roots of a second dimension in, by what
	 * the registers tell of it, which `from' names; NULL: they do not.  It lasts
	 * as long as the target's own.  May be NULL: roots_page() finds them.
	 */
	const struct pml_format *(*scan_outer)(const struct pmap_target *target,
					       const char **from_ret);
	/*
	 * Is an entry that is present such as only that dimension has?  Trees of the
	 * other look alike.  Required with scan_outer().
	 */
	bool (*is_outer_entry)(const struct pmap_target *target,
			       const struct pml_format *fmt, int level, uint64_t raw);

	/* --- pmap regions, pmap kaslr -------------------------------------- */

	/* Expressions that tell where a kernel has what; NULL ends.  May be NULL. */
	const char *const *layout_exprs;
	/* Areas by the evidence; `layout' is empty before.  May be NULL. */
	void (*layout)(const struct pmap_evidence *evidence,
		       struct pmap_layout *layout);

	/* --- pmap check ----------------------------------------------------- */

	/* Rules that only this architecture has, see rule.h; name NULL ends.  May be NULL. */
	const struct pmap_rule *rules;
	/* Where its manual speaks of the general ones.  May be NULL. */
	const struct pmap_rule_section *sections;

	/* --- pmap edit --flush --------------------------------------------- */

	/*
	 * The register whose writing has QEMU forget translations on a CPU.  May be
	 * NULL: there is none that GDB could write.
	 */
	void (*reload)(const struct pmap_target *target,
		       struct pmap_reload *reload_ret);

	/* --- Entries that are not present ---------------------------------- */

	/*
	 * What the tables map that only Linux maps so, in one clause; NULL: nothing.
	 * A few reads, not a walk.  May be NULL, as may the next.
	 */
	const char *(*linux_signs)(const struct pmap_target *target);
	/*
	 * What an entry is, if it is Linux's, of that release (PMAP_LINUX(); 0: which is
	 * not known); false: nothing that is known.  *kept_ret is zeros before.
	 */
	bool (*linux_entry)(const struct pml_space *space, int level, uint64_t raw,
			    unsigned release, struct pmap_kept *kept_ret);
	/* The bit of a page that Linux keeps no account of (_PAGE_SPECIAL); 0: none. */
	uint64_t linux_special;

	/* --- Judging accesses --------------------------------------------- */

	/* pmap_access.how of --shadow-stack; 0: there are none. */
	unsigned shadow_stack;
	/* The same of a read that SMAP, PAN or SUM do not stop. */
	unsigned unchecked;

	/*
	 * Sets user, unknown and own of a judge whose first part is made.  `user'
	 * is the current mode; --user and --supervisor are not its business, but
	 * `knows_user' is: does a register say who runs?
	 */
	void (*judge_init)(struct pmap_judge *judge, bool *knows_user_ret);
	/*
	 * One access, neither `off' nor size 0: by judge->q->target's spaces.
	 * Sets all of *verdict and adds to judge->assumed.  True if allowed.
	 */
	bool (*judge)(struct pmap_judge *judge, const struct pmap_access *access,
		      struct pmap_verdict *verdict);
	/*
	 * Who makes an access, where it is neither the user nor the supervisor:
	 * "M mode"; otherwise NULL.  `access' NULL: any.  May be NULL.
	 */
	const char *(*who)(const struct pmap_judge *judge,
			   const struct pmap_access *access);
	/*
	 * An exception that no table is the reason of: FAULTS, `exception' as
	 * pmap_mem.exception has it, or 0 for a misaligned address.
	 */
	void (*refuse)(struct pmap_verdict *verdict, unsigned exception,
		       uint64_t error, uint64_t va);
	/* Every access is allowed (paging is off), or can't be told. */
	void (*no_verdict)(struct pmap_verdict *verdict,
			   enum pmap_outcome outcome, uint64_t va);
	/* "#PF, error code 0x7 (P W U), CR2 0x1000"; "allowed"; an exit. */
	void (*add_verdict)(struct pmap_text *out, const struct pmap_judge *judge,
			    const struct pmap_verdict *verdict);
	/* A short form for tables, up to 20 columns: "#PF 0x7"; "yes"; "?". */
	void (*short_verdict)(const struct pmap_verdict *verdict, char *to,
			      size_t size);
	/* Do two exceptions say the same, so that nobody can tell which it was? */
	bool (*same_fault)(const struct pmap_verdict *a,
			   const struct pmap_verdict *b);
	/* What JSON calls it: "allowed", "unknown", "#PF", an exit's name. */
	const char *(*verdict_name)(const struct pmap_verdict *verdict);
	/* JSON fields, each with a comma before it, of anything but "allowed". */
	void (*json_verdict)(struct pmap_text *out,
			     const struct pmap_judge *judge,
			     const struct pmap_verdict *verdict);
	/* The reason in one clause, which names the entry and its bit; nothing if there is none. */
	void (*add_culprit)(struct pmap_text *out, const struct pmap_judge *judge,
			    const struct pmap_access *access,
			    const struct pmap_verdict *verdict);
	/*
	 * A line for each assumption that counted, each after `indent': what was
	 * assumed, and how the user can tell.  Who accesses is not its business.
	 */
	void (*add_assumed)(struct pmap_text *out, const struct pmap_judge *judge,
			    const char *indent);
	/*
	 * $pmap_exception, $pmap_error ... of a verdict that is known.  Called by
	 * pmap_judge_results() (arch/judge.h), which sets $pmap_fault.
	 */
	void (*results)(struct pmap_query *q, const struct pmap_verdict *verdict);
	/* In two dimensions: $pmap_exit, $pmap_exit_info, $pmap_exit_gpa alone. */
	void (*exit_results)(struct pmap_query *q,
			     const struct pmap_verdict *verdict);

	/* --- pmap fault --------------------------------------------------- */

	/*
	 * The fault that was taken, by --error and the operand, by registers, or
	 * by what is on the stack; adapts the judge to it.  0, or the status of
	 * pmap_fail(); PMAP_STATUS_UNTOLD: nothing shows that there was one.
	 * May be NULL, as may the following.
	 */
	int (*find_fault)(struct pmap_query *q, struct pmap_judge *judge,
			  struct pmap_fault *fault_ret);
	/* "page fault at 0x..., error code ...: write by the user, not present"; no newline */
	void (*add_fault)(struct pmap_text *out, const struct pmap_judge *judge,
			  const struct pmap_fault *fault);
	/* What `error' says that has its reason elsewhere, see fault->elsewhere. */
	void (*add_elsewhere)(struct pmap_text *out,
			      const struct pmap_fault *fault);
	/* Does a fresh walk say the same? */
	bool (*explains)(const struct pmap_verdict *verdict,
			 const struct pmap_fault *fault);
	/* $pmap_cr2, $pmap_error ... of the fault that was taken. */
	void (*fault_results)(struct pmap_query *q,
			      const struct pmap_fault *fault);
	/*
	 * All of the command where a second dimension is given; NULL: the above know
	 * both.
	 */
	int (*fault_2d)(struct pmap_query *q);

	/* --- pmap explain ------------------------------------------------- */

	/* Bytes of the state that an instruction needs: `cpu' below; 0: no explain. */
	size_t cpu_size;
	/* From the registers, q->monitor and the options; 0, or the status of pmap_fail(). */
	int (*cpu_init)(void *cpu, struct pmap_query *q, struct pmap_judge *judge);
	/* --fault: the state that an exception has saved and not yet overwritten; or as above. */
	int (*cpu_at_fault)(void *cpu, struct pmap_query *q,
			    struct pmap_judge *judge);
	/* --user, --supervisor; --at: where the instruction is. */
	void (*cpu_level)(void *cpu, bool user);
	void (*cpu_set_pc)(void *cpu, uint64_t pc);
	uint64_t (*cpu_pc)(const void *cpu);
	/* "64-bit code", "A64", for the first line, and its bits for JSON. */
	const char *(*cpu_code)(const void *cpu, unsigned *bits_ret);
	/*
	 * Reads the instruction by pmap_read_virtual(), decodes and lists its
	 * accesses, the fetch first.  0, or the status of pmap_fail().
	 */
	int (*cpu_decode)(void *cpu, struct pmap_query *q,
			  struct pmap_insn *insn_ret);
	/* Why an entry of the list cannot be judged though its address is known; or NULL. */
	const char *(*cpu_doubt)(const void *cpu, const struct pmap_judge *judge,
				 const struct pmap_mem *mem);
	/* Lines on what was assumed of the state, each after two spaces. */
	void (*add_cpu_assumed)(struct pmap_text *out, const void *cpu);
	/* The name of pmap_mem's and pmap_insn's exceptions, with what belongs to it. */
	void (*add_exception)(struct pmap_text *out, unsigned exception,
			      uint64_t error);
	const char *(*exception_name)(unsigned exception);

	/* --- pmap x/i ----------------------------------------------------- */

	/* A setting of GDB's that says how it is to look, as q->code_style; may be NULL. */
	const char *code_expr;

	/*
	 * The instruction at `va' in words, of which `avail' bytes are known, 16
	 * where it does not end before; code is that of the current mode.  Its
	 * length; 0: the bytes end inside of it; -1: there is no telling, and
	 * the text says why.  *code_ret is zeros before.  May be NULL.
	 */
	int (*disassemble)(const struct pmap_query *q, uint64_t va,
			   const uint8_t *bytes, size_t avail,
			   struct pmap_code *code_ret);
};


#endif
