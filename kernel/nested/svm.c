/*
 * mode=svm: a guest under AMD's SVM with nested paging.  APM vol. 2, 15 and
 * appendix B (the layout of the VMCB).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "nested/svm.h"
#include "machine/x86.h"
#include "nested/nested.h"
#include "oracle/oracle.h"

#define MSR_VM_CR	0xc0010114
#define MSR_VM_HSAVE_PA	0xc0010117
#define VM_CR_SVMDIS	0x10

static struct vmcb *vmcb;

bool svm_enable(void)
{
	uint64_t host_save;

	if (!cpu.svm || !(cpuid(0x8000000a, 0).d & 1) ||
	    (rdmsr(MSR_VM_CR) & VM_CR_SVMDIS))
		return false;
	host_save = page_alloc(1, 1);
	vmcb = kaddr(page_alloc(1, 1));
	if (!host_save || vmcb == kaddr(0))
		panic("no memory for the VMCB");
	memset(vmcb, 0, PGSIZE);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
	wrmsr(MSR_VM_HSAVE_PA, host_save);
	return true;
}

static void set_segments(struct vmcb *v, bool wide, bool user)
{
	uint16_t dpl = user ? 0x60 : 0;
	const struct vmcb_segment data = {
		user ? 0x1b : 0x10, 0xc93 | dpl, 0xffffffff, 0
	};

	v->es = v->ss = v->ds = data;
	v->cs = (struct vmcb_segment){ user ? 0x23 : 8,
				       (wide ? 0xa9b : 0xc9b) | dpl,
				       0xffffffff, 0 };
	v->cpl = user ? 3 : 0;
}

struct vmcb *svm_prepare(const struct svm_guest *g)
{
	bool wide = g->efer & EFER_LMA;

	vmcb->exceptions = ~0u;
	vmcb->intercept[0] = SVM_I_CPUID | SVM_I_SHUTDOWN;
	vmcb->intercept[1] = SVM_I_VMRUN | SVM_I_VMMCALL;
	vmcb->asid = 1;
	vmcb->tlb_control = 1;		/* flush everything */
	vmcb->np_enable = 1;
	vmcb->n_cr3 = g->n_cr3;
	vmcb->event = 0;
	vmcb->cr0 = g->cr0 | 0x10;	/* ET */
	vmcb->cr3 = g->cr3;
	vmcb->cr4 = g->cr4;
	vmcb->efer = g->efer | EFER_SVME;
	vmcb->rflags = RFLAGS_FIXED | (g->ac ? RFLAGS_AC : 0);
	vmcb->rip = g->rip;
	vmcb->rsp = g->rsp;
	vmcb->rax = g->rax;
	vmcb->dr6 = 0xffff0ff0;
	vmcb->dr7 = 0x400;
	vmcb->g_pat = rdmsr(MSR_PAT);
	set_segments(vmcb, wide, g->user);
	return vmcb;
}

/* `rdi' is the guest's; it changes no other register but RAX. */
void svm_run(uint64_t rdi)
{
	__asm__ volatile("clgi\n\t"
			 "vmrun %%rax\n\t"
			 "stgi"
			 : : "a"(paddr(vmcb)), "D"(rdi) : "memory", "cc");
}

static void outcome_of(const struct vmcb *v, struct nested_outcome *o)
{
	unsigned int vector = v->exit_code - SVM_EXIT_EXCEPTION;

	*o = (struct nested_outcome){ .exit = PML_X86_EXIT_UNKNOWN,
				      .rax = v->rax,
				      .rip = v->rip,
				      .info = v->exit_code };
	if (v->exit_code == SVM_EXIT_CPUID) {
		o->exit = PML_X86_EXIT_NONE;
		o->info = 0;
	} else if (v->exit_code == SVM_EXIT_NPF) {
		o->exit = PML_X86_EXIT_NPF;
		o->info = v->exit_info1;
		o->address = v->exit_info2;
	} else if (vector < 32) {
		o->exit = PML_X86_EXIT_EXCEPTION;
		o->vector = vector;
		o->info = v->exit_info1;
		o->address = vector == PML_X86_PF ? v->exit_info2 : 0;
	}
}

static void run(const struct nested_world *w, const struct nested_case *c,
		struct nested_outcome *outcome_ret)
{
	const struct svm_guest g = {
		.n_cr3 = w->outer.root, .cr3 = c->cr3, .cr0 = c->controls.cr0,
		.cr4 = c->controls.cr4, .efer = c->controls.efer,
		.rip = c->code, .rax = c->value,
		.user = c->access.user, .ac = c->controls.ac,
	};

	svm_prepare(&g);
	/* The host's EFER.NXE rules the nested tables' NX. */
	if (w->outer.rsvd & w->outer.fmt->nx)
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) & ~EFER_NXE);
	svm_run(c->access.va);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
	outcome_of(vmcb, outcome_ret);
}

/* As for ordinary paging, TCG leaves out P where a reserved bit is set. */
static const char *mask(const struct nested_case *c,
			const struct pml_x86_verdict_2d *v,
			struct nested_outcome *e)
{
	(void)c;
	if (!oracle_is_tcg())
		return NULL;
	if (v->exit == PML_X86_EXIT_EXCEPTION &&
	    v->guest.reason == PML_X86_WHY_RESERVED) {
		e->info &= ~(uint64_t)PML_X86_PF_P;
		return "rsvd-without-p (guest)";
	}
	if (v->exit == PML_X86_EXIT_NPF && v->kind == PML_RESERVED) {
		e->info &= ~(uint64_t)PML_X86_PF_P;
		return "rsvd-without-p (nested)";
	}
	return NULL;
}

void svm_main(void)
{
	static const struct nested_judge judge = { "svm", run, mask };
	static const struct pml_format *const guests[] = {
		&pml_x86_64_4, &pml_x86_pae, &pml_x86_32_pse, &pml_x86_32, NULL,
		&pml_x86_64_5,
	};
	static struct nested_world w;

	if (!svm_enable()) {
		kprintf("1..0 # SKIP no SVM with nested paging\n");
		machine_exit(EXIT_PASS);
	}
	nested_world_init(&w, PML_NPT, cpu.five_levels ? &pml_npt_5 : &pml_npt_4);
	w.can_lack_nx = true;
	machine_exit(nested_judge(&w, &judge, guests, cpu.la57 ? 6 : 5) ? EXIT_PASS
									: EXIT_FAIL);
}
