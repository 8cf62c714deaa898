/*
 * Would an access fault?  The core's answer, asked with what is known.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "arch/x86/judge.h"

#include <inttypes.h>
#include <string.h>

#include "arch/x86/insn/insn.h"
#include "memory/cache.h"
#include "show/words.h"

/* Addresses that no processor in use lacks; above, MAXPHYADDR counts. */
#define MAXPHYADDR_AT_LEAST	36

static uint32_t told(const struct pmap_judge *judge, const struct pmap_query *q,
		     enum pmap_reg reg, enum pmap_assumption assumption)
{
	return judge->unknown & assumption ? 0 : q->target.reg[reg];
}

int pmap_judge_possible(struct pmap_query *q)
{
	if (pmap_target_paging_off(&q->target))
		return 0;
	if (q->no_space[0])
		return pmap_fail(q, PMAP_STATUS_NO_PAGING, "%s", q->no_space);
	if (!q->cache)
		return pmap_fail(q, PMAP_STATUS_NO_MEMORY,
				 "physical memory cannot be read: see `pmap source'");
	if (!q->target.guest_off && !pml_x86_is_own(q->target.space.fmt))
		return pmap_fail(q, PMAP_STATUS_USAGE,
				 "no instruction makes an access by %s alone: give the guest's --root, and these tables by --npt or --ept",
				 q->target.space.fmt->title);
	return 0;
}

/*
 * CPL 3?  In virtual-8086 mode always, in real mode never, whatever CS is.
 * SDM 3A, 5.5 and 20.2.
 */
static bool is_user(const struct pmap_target *t)
{
	if (t->has[PMAP_REG_CR0] && !(t->reg[PMAP_REG_CR0] & PML_X86_CR0_PE))
		return false;
	return (t->reg[PMAP_REG_EFLAGS] & PML_X86_EFLAGS_VM) ||
	       (t->reg[PMAP_REG_CS] & 3) == 3;
}

void pmap_judge_init(struct pmap_judge *judge, struct pmap_query *q)
{
	static const struct {
		enum pmap_reg reg;
		enum pmap_assumption assumption;
	} needed[] = {
		{ PMAP_REG_CR0, PMAP_ASSUMED_CONTROLS },
		{ PMAP_REG_CR4, PMAP_ASSUMED_CONTROLS },
		{ PMAP_REG_EFER, PMAP_ASSUMED_EFER },
		{ PMAP_REG_CS, PMAP_ASSUMED_CPL },
		{ PMAP_REG_MAXPHYADDR, PMAP_ASSUMED_MAXPHYADDR },
		{ PMAP_REG_PKRU, PMAP_ASSUMED_PKRU },
		{ PMAP_REG_PKRS, PMAP_ASSUMED_PKRS },
	};
	const struct pmap_target *t = &q->target;
	struct pml_x86_controls *c = &judge->controls;

	memset(judge, 0, sizeof(*judge));
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!t->has[needed[i].reg])
			judge->unknown |= needed[i].assumption;
	judge->space = q->no_space[0] || t->guest_off ? NULL : &t->space;
	judge->pair = t->nested && q->cache ? &q->target.pair : NULL;
	c->cr0 = t->has[PMAP_REG_CR0] ? t->reg[PMAP_REG_CR0] : PML_X86_CR0_WP;
	c->cr4 = t->reg[PMAP_REG_CR4];
	c->efer = t->has[PMAP_REG_EFER] ? t->reg[PMAP_REG_EFER] :
					  PML_X86_EFER_NXE;
	c->ac = t->reg[PMAP_REG_EFLAGS] & PML_X86_EFLAGS_AC;
	c->pkru = told(judge, q, PMAP_REG_PKRU, PMAP_ASSUMED_PKRU);
	c->pkrs = told(judge, q, PMAP_REG_PKRS, PMAP_ASSUMED_PKRS);
	judge->user = is_user(t);
	if (q->opt.user || q->opt.supervisor) {
		judge->user = q->opt.user;
		judge->unknown &= ~(unsigned)PMAP_ASSUMED_CPL;
	}
}

/* Would a key that is not known have denied this? */
static unsigned key_assumed(const struct pmap_judge *judge,
			    const struct pml_x86_access *a,
			    const struct pml_target *t)
{
	bool user_page = t->rights & PML_U;
	struct pml_x86_controls c = judge->controls;

	c.pkru = c.pkrs = ~0u;
	if (t->kind != PML_LEAF ||
	    !pml_x86_key_denies(judge->space->fmt, &c, a, t))
		return 0;
	return user_page ? PMAP_ASSUMED_PKRU : PMAP_ASSUMED_PKRS;
}

/* Address bits that a processor may lack, in an entry that is used. */
static bool has_high_bits(const struct pmap_judge *judge,
			  const struct pml_step *step)
{
	const struct pml_level *lv = &judge->space->fmt->level[step->level];
	uint64_t pa = step->raw & lv->table_pa;

	if (step->kind == PML_LEAF)
		pa = pml_leaf_pa(judge->space, step->level, step->raw);
	else if (step->kind != PML_TABLE)
		return false;
	return pa & pml_x86_rsvd_above(MAXPHYADDR_AT_LEAST) &
	       ~judge->space->encrypted;
}

static unsigned maxphyaddr_assumed(const struct pmap_judge *judge, uint64_t va)
{
	struct pml_steps steps;
	struct pml_target t;

	pml_translate(judge->space, va, &t, &steps);
	for (int i = 0; i < steps.count; i++)
		if (has_high_bits(judge, &steps.step[i]))
			return PMAP_ASSUMED_MAXPHYADDR;
	return 0;
}

/* Does it matter whether EFER.NXE is on: where NX is set, and for I of an error code? */
static bool nxe_counts(const struct pmap_judge *judge,
		       const struct pml_x86_access *access, uint64_t va,
		       bool allowed)
{
	uint64_t nx = judge->space->fmt->nx;
	struct pml_steps steps;
	struct pml_target t;

	if (!nx || !(judge->unknown & PMAP_ASSUMED_EFER))
		return false;
	pml_translate(judge->space, va, &t, &steps);
	for (int i = 0; i < steps.count; i++)
		if (steps.step[i].raw & nx && steps.step[i].kind != PML_NONPRESENT)
			return true;
	return access->kind == PML_X && !allowed &&
	       !(judge->controls.cr4 & PML_X86_CR4_SMEP);
}

/* The guest's tables, then what its memory goes through. */
static bool judge_pair(struct pmap_judge *judge,
		       const struct pml_x86_access *access,
		       struct pml_x86_verdict *v)
{
	bool allowed = pml_x86_access_2d(judge->pair, &judge->controls, access,
					 &judge->exit);

	*v = judge->exit.guest;
	if (judge->exit.exit == PML_X86_EXIT_EXCEPTION || allowed)
		return allowed;
	v->exception = PML_X86_NO_FAULT;
	v->reason = judge->exit.exit == PML_X86_EXIT_UNKNOWN ?
		    PML_X86_WHY_UNREADABLE : PML_X86_WHY_ALLOWED;
	return false;
}

bool pmap_judge(struct pmap_judge *judge, const struct pml_x86_access *access,
		struct pml_x86_verdict *v)
{
	unsigned assumed = PMAP_ASSUMED_CONTROLS | PMAP_ASSUMED_CPL;
	bool allowed;

	if (!judge->space && !judge->pair) {
		pml_x86_verdict_init(v, access->va);
		return true;
	}
	allowed = judge->pair ? judge_pair(judge, access, v) :
		  pml_x86_access(judge->space, &judge->controls, access, v);
	if (!judge->space)
		return allowed;
	if (nxe_counts(judge, access, v->va, allowed))
		assumed |= PMAP_ASSUMED_EFER;
	assumed |= key_assumed(judge, access, &v->target);
	if (judge->unknown & PMAP_ASSUMED_MAXPHYADDR)
		assumed |= maxphyaddr_assumed(judge, v->va);
	judge->assumed |= assumed & judge->unknown;
	return allowed;
}

/* How many more of them lie in the page of the last byte of number `i`. */
static uint64_t same_page(const struct pmap_accesses *all, uint64_t va,
			  unsigned shift)
{
	uint64_t size = all->access.size ? all->access.size : 1;
	uint64_t mask = shift >= 64 ? ~0ULL : (1ULL << shift) - 1;
	uint64_t last = va + size - 1;

	if (!all->step)
		return 0;
	if (all->step > 0)
		return ((last | mask) - last) / all->step;
	if ((va ^ last) & ~mask)
		return 0;
	return (va & mask) / -all->step;
}

bool pmap_judge_all(struct pmap_judge *judge, const struct pmap_accesses *all,
		    uint64_t *which_ret, struct pml_x86_verdict *v)
{
	struct pml_x86_access one = all->access;
	uint64_t i, more;

	for (i = 0; i < all->count; i += more) {
		one.va = all->access.va + i * all->step;
		*which_ret = i;
		if (pmap_bridge_interrupted() || !pmap_judge(judge, &one, v))
			return false;
		if (!judge->space && !judge->pair)
			break;
		/* The second dimension may have smaller pages. */
		more = same_page(all, one.va, judge->pair ? 12 :
				 v->target.shift) + 1;
	}
	return true;
}

bool pmap_judge_bytes(struct pmap_judge *judge,
		      const struct pml_x86_access *access, uint64_t len,
		      struct pml_x86_verdict *v)
{
	struct pmap_accesses all = { .access = *access, .count = len, .step = 1 };
	uint64_t which;

	all.access.size = 1;
	return pmap_judge_all(judge, &all, &which, v);
}

/* --- In words ------------------------------------------------------------ */

const char *pmap_access_name(unsigned kind)
{
	return kind == PML_W ? "write" : kind == PML_X ? "fetch" : "read";
}

/* An expression is repeated, since ADDR+LEN is one, too, of a single byte. */
void pmap_add_question(struct pmap_query *q, const struct pml_x86_access *a,
		       uint64_t len)
{
	const char *text = q->opt.start.text;

	pmap_text_add(q->out, "0x%" PRIx64, a->va);
	if (text[strspn(text, "0123456789abcdefABCDEFxX")])
		pmap_text_add(q->out, " (%s)", text);
	pmap_text_add(q->out, ": %s of %" PRIu64 " byte%s %sby the %s: ",
		      pmap_access_name(a->kind), len, len == 1 ? "" : "s",
		      a->shadow ? "of a shadow stack " : "",
		      a->user ? "user" : "supervisor");
}

unsigned pmap_access_kind(const char *word)
{
	return *word == 'r' ? PML_R : *word == 'w' ? PML_W : PML_X;
}

void pmap_add_error_code(struct pmap_text *out, uint32_t error)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} bits[] = {
		{ PML_X86_PF_P, "P" }, { PML_X86_PF_W, "W" }, { PML_X86_PF_U, "U" },
		{ PML_X86_PF_RSVD, "RSVD" }, { PML_X86_PF_I, "I" }, { PML_X86_PF_PK, "PK" },
		{ PML_X86_PF_SS, "SS" }, { PML_X86_PF_HLAT, "HLAT" },
		{ PML_X86_PF_SGX, "SGX" }, { PML_X86_PF_RMP, "RMP" },
	};
	const char *space = "";

	pmap_text_add(out, "0x%x (", error);
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		if (!(error & bits[i].bit))
			continue;
		pmap_text_add(out, "%s%s", space, bits[i].name);
		space = " ";
	}
	pmap_text_puts(out, *space ? ")" : "no bit set)");
}

const char *pmap_exception_name(unsigned exception)
{
	static const char *const name[] = {
		[PMAP_UD] = "#UD",    [PMAP_NM] = "#NM",
		[PMAP_NP] = "#NP",    [PML_X86_SS] = "#SS",
		[PML_X86_GP] = "#GP", [PML_X86_PF] = "#PF",
	};

	return name[exception];
}

/* SDM 3A, table 6-1. */
static bool has_error_code(unsigned exception)
{
	return exception >= 10;
}

void pmap_add_exception(struct pmap_text *out, unsigned exception,
			uint32_t error)
{
	pmap_text_puts(out, pmap_exception_name(exception));
	if (exception == PML_X86_PF) {
		pmap_text_puts(out, ", error code ");
		pmap_add_error_code(out, error);
	} else if (has_error_code(exception)) {
		pmap_text_add(out, ", error code 0x%x", error);
	}
}

void pmap_add_verdict(struct pmap_text *out, const struct pml_x86_verdict *v)
{
	if (!v->exception) {
		pmap_text_puts(out, v->reason == PML_X86_WHY_UNREADABLE ?
			       "cannot tell" : "allowed");
		return;
	}
	pmap_add_exception(out, v->exception, v->error);
	if (v->exception == PML_X86_PF)
		pmap_text_add(out, ", CR2 0x%" PRIx64, v->va);
}

/* The name of one bit of an entry; "bit" if it has none. */
static const char *bit_name(const struct pml_format *fmt, int level,
			    uint64_t raw, uint64_t bit)
{
	bool leaf = pml_is_leaf(&fmt->level[level], raw);

	for (const struct pml_flag *f = fmt->flags; f->name; f++)
		if (f->mask == bit &&
		    (leaf ? f->leaves : f->tables) & PML_LEVEL(level))
			return f->name;
	return "bit";
}

/* "RW=0 in the level-2 entry 0x… at 0x… (PDE)" */
static void add_bit_of_entry(struct pmap_text *out, const struct pml_format *fmt,
			     const struct pml_x86_verdict *v)
{
	pmap_text_add(out, "%s=%d in the level-%d entry 0x%" PRIx64 " at 0x%" PRIx64 " (%s)",
		      bit_name(fmt, v->level, v->raw, v->bits),
		      (v->raw & v->bits) != 0, v->level, v->raw, v->slot_pa,
		      fmt->level[v->level].name);
	if (v->level != v->target.level && v->target.kind == PML_LEAF &&
	    ((v->target.raw ^ fmt->invert) & v->bits))
		pmap_text_puts(out, "; the leaf itself allows it");
}

static void add_key(struct pmap_text *out, const struct pmap_judge *judge,
		    const struct pml_x86_verdict *v)
{
	bool user_page = v->target.rights & PML_U;
	unsigned key = v->raw >> judge->space->fmt->pkey_shift & 15;
	uint32_t reg = user_page ? judge->controls.pkru : judge->controls.pkrs;

	pmap_text_add(out, "protection key %u, %s by %s=0x%x, of the level-%d entry 0x%" PRIx64 " at 0x%" PRIx64,
		      key, reg >> 2 * key & 1 ? "denied" : "not to be written",
		      user_page ? "PKRU" : "PKRS", reg, v->level, v->raw,
		      v->slot_pa);
}

static void add_shadow(struct pmap_text *out, const struct pmap_judge *judge,
		       const struct pml_x86_access *a,
		       const struct pml_x86_verdict *v)
{
	bool user_page = v->target.rights & PML_U;

	pmap_text_add(out, "no shadow stack of the %s: the level-%d entry 0x%" PRIx64 " at 0x%" PRIx64 " (%s) ",
		      pml_x86_as_user(a) ? "user's" : "supervisor's",
		      v->level, v->raw, v->slot_pa,
		      judge->space->fmt->level[v->level].name);
	if (user_page != pml_x86_as_user(a))
		pmap_text_puts(out, "leads to a user page");
	else
		pmap_text_puts(out, "must be dirty and have RW=0, those above it RW=1");
}

void pmap_add_culprit(struct pmap_text *out, const struct pmap_judge *judge,
		      const struct pml_x86_access *a,
		      const struct pml_x86_verdict *v)
{
	const struct pml_format *fmt = judge->space ? judge->space->fmt : NULL;

	switch (v->reason) {
	case PML_X86_WHY_NONCANONICAL:
		pmap_text_add(out, "0x%" PRIx64 " is not canonical (%s)",
			      pml_canonical(fmt, v->va) ?
			      a->va + a->size - 1 : v->va, fmt->title);
		return;
	case PML_X86_WHY_NOT_PRESENT:
	case PML_X86_WHY_RESERVED:
	case PML_X86_WHY_UNREADABLE:
		pmap_add_reason(out, judge->space, &v->target);
		return;
	case PML_X86_WHY_USER:
		pmap_text_puts(out, "user mode denied: ");
		break;
	case PML_X86_WHY_WRITE:
		pmap_text_puts(out, pml_x86_as_user(a) ? "write denied: " :
			       "write denied (CR0.WP=1): ");
		break;
	case PML_X86_WHY_NX:
		pmap_text_puts(out, "execution denied: ");
		break;
	case PML_X86_WHY_SMEP:
		pmap_text_puts(out, "the supervisor must not execute user pages (CR4.SMEP=1): ");
		break;
	case PML_X86_WHY_SMAP:
		pmap_text_add(out, "the supervisor must not touch user pages (CR4.SMAP=1, %s): ",
			      a->implicit ? "an implicit access" : "EFLAGS.AC=0");
		break;
	case PML_X86_WHY_PKEY:
		add_key(out, judge, v);
		return;
	case PML_X86_WHY_SHADOW:
		add_shadow(out, judge, a, v);
		return;
	default:
		return;
	}
	add_bit_of_entry(out, fmt, v);
}

void pmap_add_assumptions(struct pmap_text *out,
			  const struct pmap_judge *judge, const char *indent)
{
	static const struct {
		unsigned bit;
		const char *text;
	} texts[] = {
		{ PMAP_ASSUMED_PKRU, "assuming PKRU=0, which the target does not show: set $pmap_pkru" },
		{ PMAP_ASSUMED_PKRS, "assuming PKRS=0, which the target does not show: set $pmap_pkrs" },
		{ PMAP_ASSUMED_MAXPHYADDR, "assuming that no address bit is reserved: set $pmap_maxphyaddr" },
		{ PMAP_ASSUMED_CONTROLS, "assuming CR0.WP=1 and CR4=0, which the target does not show" },
		{ PMAP_ASSUMED_EFER, "assuming EFER.NXE=1, which the target does not show" },
		{ PMAP_ASSUMED_CPL, "assuming the supervisor: say --user or --supervisor" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (judge->assumed & texts[i].bit)
			pmap_text_add(out, "%s%s\n", indent, texts[i].text);
}

int pmap_verdict_results(struct pmap_query *q, const struct pml_x86_verdict *v)
{
	struct pmap_call *call = q->call;

	if (v->reason == PML_X86_WHY_UNREADABLE)
		return PMAP_STATUS_UNTOLD;
	pmap_result_u64(call, "fault", v->exception != PML_X86_NO_FAULT);
	pmap_result_u64(call, "exception", v->exception);
	if (has_error_code(v->exception))
		pmap_result_u64(call, "error", v->error);
	if (v->exception == PML_X86_PF) {
		pmap_result_u64(call, "cr2", v->va);
		pmap_result_u64(call, "level", v->level);
	}
	return v->exception ? PMAP_STATUS_FAULT : PMAP_STATUS_OK;
}

/* --- Reading what instructions read -------------------------------------- */

/* Where an address of the guest's, or of the only dimension, leads. */
static bool where(struct pmap_query *q, uint64_t va, uint64_t *pa_ret)
{
	struct pml_target_2d both;
	struct pml_target t;
	bool mapped = true;

	if (q->target.nested) {
		mapped = pml_translate_2d(&q->target.pair, va, &both, NULL);
		*pa_ret = both.pa;
	} else if (q->no_space[0]) {
		*pa_ret = va;
	} else {
		mapped = pml_translate(&q->target.space, va, &t, NULL);
		*pa_ret = t.pa;
	}
	return mapped;
}

size_t pmap_read_virtual(struct pmap_query *q, uint64_t va, void *buf,
			 size_t len)
{
	size_t done = 0, part;
	uint64_t pa;
	const void *bytes;

	while (done < len) {
		part = 0x1000 - ((va + done) & 0xfff);
		if (part > len - done)
			part = len - done;
		if (!q->cache || !where(q, va + done, &pa))
			break;
		bytes = pmap_cache_at(q->cache, pa, part);
		if (!bytes)
			break;
		memcpy((char *)buf + done, bytes, part);
		done += part;
	}
	return done;
}
