/*
 * mode=ept: a guest under Intel's VMX with extended page tables.  SDM vol. 3C,
 * 25 (the VMCS), 27 (VM entry), 28 (VM exits) and appendix B (field encodings).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "machine/trap.h"
#include "machine/x86.h"
#include "nested/nested.h"
#include "oracle/oracle.h"

#define MSR_FEATURE_CONTROL	0x3a
#define MSR_VMX_BASIC		0x480
#define MSR_VMX_PIN		0x481
#define MSR_VMX_PROC		0x482
#define MSR_VMX_EXIT		0x483
#define MSR_VMX_ENTRY		0x484
#define MSR_VMX_CR0_FIXED0	0x486
#define MSR_VMX_CR4_FIXED0	0x488
#define MSR_VMX_PROC2		0x48b
#define MSR_VMX_EPT_CAP		0x48c
#define CR4_VMXE		(1UL << 13)

#define EPT_CAP_EXEC_ONLY	(1UL << 0)
#define EPT_CAP_1G		(1UL << 17)
#define EPT_CAP_AD		(1UL << 21)
#define EPT_CAP_ADVANCED	(1UL << 22)

#define PROC_SECONDARY		(1u << 31)
#define PROC2_EPT		(1u << 1)
#define PROC2_UNRESTRICTED	(1u << 7)
#define EXIT_HOST_64		(1u << 9)
#define EXIT_SAVE_EFER		(1u << 20)
#define EXIT_LOAD_EFER		(1u << 21)
#define ENTRY_GUEST_64		(1u << 9)
#define ENTRY_LOAD_EFER		(1u << 15)

#define REASON_EXCEPTION	0
#define REASON_CPUID		10
#define REASON_EPT_VIOLATION	48
#define REASON_EPT_MISCONFIG	49

/* Fields of the VMCS. */
enum field {
	GUEST_ES = 0x800, HOST_ES = 0xc00,
	EPT_POINTER = 0x201a, GUEST_PHYSICAL = 0x2400, LINK_POINTER = 0x2800,
	GUEST_PAT = 0x2804, GUEST_EFER = 0x2806, GUEST_PDPTE = 0x280a,
	HOST_EFER = 0x2c02,
	CTL_PIN = 0x4000, CTL_PROC = 0x4002, EXCEPTIONS = 0x4004,
	PF_MASK = 0x4006, PF_MATCH = 0x4008, CTL_EXIT = 0x400c,
	CTL_ENTRY = 0x4012, ENTRY_EVENT = 0x4016, CTL_PROC2 = 0x401e,
	VM_ERROR = 0x4400, EXIT_REASON = 0x4402, EXIT_EVENT = 0x4404,
	EXIT_ERROR = 0x4406,
	GUEST_LIMIT = 0x4800, GUEST_GDTR_LIMIT = 0x4810, GUEST_RIGHTS = 0x4814,
	GUEST_INTERRUPTIBILITY = 0x4824, GUEST_ACTIVITY = 0x4826,
	QUALIFICATION = 0x6400,
	GUEST_CR0 = 0x6800, GUEST_CR3 = 0x6802, GUEST_CR4 = 0x6804,
	GUEST_BASE = 0x6806, GUEST_GDTR_BASE = 0x6816, GUEST_DR7 = 0x681a,
	GUEST_RSP = 0x681c, GUEST_RIP = 0x681e, GUEST_RFLAGS = 0x6820,
	HOST_CR0 = 0x6c00, HOST_CR3 = 0x6c02, HOST_CR4 = 0x6c04,
	HOST_FS_BASE = 0x6c06, HOST_TR_BASE = 0x6c0a, HOST_GDTR_BASE = 0x6c0c,
	HOST_IDTR_BASE = 0x6c0e, HOST_RIP = 0x6c16,
};

/* Segments, in the order of their fields. */
enum segment { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEG_LDTR, SEG_TR };

#define RIGHTS_UNUSABLE	0x10000u

struct table_register {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

extern const char vmx_exit[];
bool vmx_enter(uint64_t rdi, uint64_t *rax, bool resume);

static uint64_t eptp;
static uint32_t entry_controls;
static bool launched;

static void vmwrite(enum field field, uint64_t v)
{
	bool failed;

	__asm__ volatile("vmwrite %2, %1" : "=@ccna"(failed)
			 : "r"((uint64_t)field), "r"(v) : "memory");
	if (failed)
		panic("VMWRITE of field %x", field);
}

static uint64_t vmread(enum field field)
{
	uint64_t v = 0;

	__asm__ volatile("vmread %1, %0" : "=r"(v) : "r"((uint64_t)field) : "cc");
	return v;
}

/* What is wanted, with the bits that must be 1, and without those that must be 0.
 * Losing one that is wanted would make the guest another one: panic. */
static uint32_t controls(uint32_t msr, uint32_t wanted)
{
	uint64_t v = rdmsr(msr);
	uint32_t must = v, may = v >> 32;

	if (wanted & ~may)
		panic("VMX control %x of MSR %x is not there", wanted & ~may, msr);
	return wanted | must;
}

/* A page that begins with the revision: for VMXON and the VMCS. */
static uint64_t new_region(void)
{
	uint64_t pa = page_alloc(1, 1);

	if (!pa)
		panic("no memory for VMX");
	memset(kaddr(pa), 0, PGSIZE);
	*(uint32_t *)kaddr(pa) = rdmsr(MSR_VMX_BASIC) & 0x7fffffff;
	return pa;
}

static bool vmx_enable(void)
{
	uint64_t vmxon, vmcs;
	bool failed;

	if (!cpu.vmx || (rdmsr(MSR_FEATURE_CONTROL) & 5) != 5)
		return false;
	vmxon = new_region();
	vmcs = new_region();
	wcr0(rcr0() | rdmsr(MSR_VMX_CR0_FIXED0));
	wcr4(rcr4() | CR4_VMXE);
	__asm__ volatile("vmxon %1" : "=@ccna"(failed) : "m"(vmxon) : "memory");
	if (failed)
		panic("VMXON");
	__asm__ volatile("vmclear %1" : "=@ccna"(failed) : "m"(vmcs) : "memory");
	if (failed)
		panic("VMCLEAR");
	__asm__ volatile("vmptrld %1" : "=@ccna"(failed) : "m"(vmcs) : "memory");
	if (failed)
		panic("VMPTRLD");
	return true;
}

static void write_controls(void)
{
	vmwrite(CTL_PIN, controls(MSR_VMX_PIN, 0));
	vmwrite(CTL_PROC, controls(MSR_VMX_PROC, PROC_SECONDARY));
	vmwrite(CTL_PROC2, controls(MSR_VMX_PROC2, PROC2_EPT | PROC2_UNRESTRICTED));
	vmwrite(CTL_EXIT, controls(MSR_VMX_EXIT, EXIT_HOST_64 | EXIT_SAVE_EFER |
						 EXIT_LOAD_EFER));
	entry_controls = controls(MSR_VMX_ENTRY, ENTRY_LOAD_EFER);
	vmwrite(EXCEPTIONS, ~0u);
	vmwrite(PF_MASK, 0);
	vmwrite(PF_MATCH, 0);
	vmwrite(LINK_POINTER, ~0UL);
	vmwrite(EPT_POINTER, eptp);
}

/* The TSS' base, out of its descriptor. */
static uint64_t tss_base(const struct table_register *gdtr)
{
	const uint64_t *d = (const uint64_t *)(gdtr->base + SEL_TSS);

	return (d[0] >> 16 & 0xffffff) | (d[0] >> 56 & 0xff) << 24 | d[1] << 32;
}

static void write_host(void)
{
	static const uint16_t selectors[7] = { 0, SEL_KCODE, SEL_KDATA, 0, 0, 0, SEL_TSS };
	struct table_register gdtr, idtr;

	__asm__ volatile("sgdt %0\n\tsidt %1" : "=m"(gdtr), "=m"(idtr));
	for (unsigned int i = 0; i < 7; i++)
		vmwrite(HOST_ES + 2 * i, selectors[i]);
	vmwrite(HOST_CR0, rcr0());
	vmwrite(HOST_CR3, rcr3());
	vmwrite(HOST_CR4, rcr4());
	vmwrite(HOST_EFER, rdmsr(MSR_EFER));
	vmwrite(HOST_FS_BASE, 0);
	vmwrite(HOST_FS_BASE + 2, 0);
	vmwrite(HOST_TR_BASE, tss_base(&gdtr));
	vmwrite(HOST_GDTR_BASE, gdtr.base);
	vmwrite(HOST_IDTR_BASE, idtr.base);
	vmwrite(HOST_RIP, (uint64_t)vmx_exit);
}

static void write_segment(enum segment seg, uint16_t selector, uint32_t rights,
			  uint32_t limit)
{
	vmwrite(GUEST_ES + 2 * seg, selector);
	vmwrite(GUEST_LIMIT + 2 * seg, limit);
	vmwrite(GUEST_RIGHTS + 2 * seg, rights);
	vmwrite(GUEST_BASE + 2 * seg, 0);
}

/* Rights as in a descriptor: 0x9b is code, 0x93 data, 0x60 the privilege level,
 * 0xa000 64-bit, 0xc000 32-bit. */
static void write_segments(bool wide, bool user)
{
	uint32_t dpl = user ? 0x60 : 0;

	for (enum segment seg = SEG_ES; seg <= SEG_GS; seg++)
		write_segment(seg, user ? SEL_UDATA : SEL_KDATA, 0xc093 | dpl, ~0u);
	write_segment(SEG_CS, user ? SEL_UCODE : SEL_KCODE,
		      (wide ? 0xa09b : 0xc09b) | dpl, ~0u);
	write_segment(SEG_LDTR, 0, RIGHTS_UNUSABLE, 0);
	write_segment(SEG_TR, SEL_TSS, 0x8b, 0x67);
}

static void write_guest(const struct nested_case *c)
{
	bool wide = c->controls.efer & EFER_LMA;
	uint64_t fixed = rdmsr(MSR_VMX_CR0_FIXED0) &
			 ~(PML_X86_CR0_PE | PML_X86_CR0_PG);

	write_segments(wide, c->access.user);
	vmwrite(CTL_ENTRY, entry_controls | (wide ? ENTRY_GUEST_64 : 0));
	vmwrite(ENTRY_EVENT, 0);
	vmwrite(GUEST_CR0, c->controls.cr0 | fixed);
	vmwrite(GUEST_CR3, c->cr3);
	vmwrite(GUEST_CR4, c->controls.cr4 | rdmsr(MSR_VMX_CR4_FIXED0));
	vmwrite(GUEST_EFER, c->controls.efer);
	vmwrite(GUEST_GDTR_LIMIT, 0xffff);
	vmwrite(GUEST_GDTR_LIMIT + 2, 0xffff);
	vmwrite(GUEST_GDTR_BASE, 0);
	vmwrite(GUEST_GDTR_BASE + 2, 0);
	vmwrite(GUEST_DR7, 0x400);
	vmwrite(GUEST_RSP, 0);
	vmwrite(GUEST_RIP, c->code);
	vmwrite(GUEST_RFLAGS, RFLAGS_FIXED | (c->controls.ac ? RFLAGS_AC : 0));
	vmwrite(GUEST_INTERRUPTIBILITY, 0);
	vmwrite(GUEST_ACTIVITY, 0);
}

/* PAE's top entries are registers, which CR3's writer has to fill. */
static void write_pdptes(const struct nested_world *w,
			 const struct nested_case *c)
{
	struct pml_nested n;
	const uint64_t *top;

	nested_guest(w, c, &n);
	if (!pml_keeps_top(&n))
		return;
	top = pml_nested_at(&n, pml_root_pa(&n.inner), 32);
	for (unsigned int i = 0; i < 4; i++)
		vmwrite(GUEST_PDPTE + 2 * i, top ? top[i] : 0);
}

/* Forget what was cached of the EPT: all of it. */
static void invept(void)
{
	const struct { uint64_t eptp, zero; } all = { 0, 0 };

	__asm__ volatile("invept %0, %1" : : "m"(all), "r"(2UL) : "memory", "cc");
}

static void outcome_of(struct nested_outcome *o)
{
	uint64_t reason = vmread(EXIT_REASON), event = vmread(EXIT_EVENT);

	*o = (struct nested_outcome){ .exit = PML_X86_EXIT_UNKNOWN,
				      .info = reason,
				      .rip = vmread(GUEST_RIP) };
	if (reason == REASON_CPUID) {
		o->exit = PML_X86_EXIT_NONE;
		o->info = 0;
	} else if (reason == REASON_EPT_VIOLATION) {
		o->exit = PML_X86_EXIT_EPT_VIOLATION;
		o->info = vmread(QUALIFICATION);
		o->address = vmread(GUEST_PHYSICAL);
	} else if (reason == REASON_EPT_MISCONFIG) {
		o->exit = PML_X86_EXIT_EPT_MISCONFIG;
		o->info = 0;
		o->address = vmread(GUEST_PHYSICAL);
	} else if (reason == REASON_EXCEPTION) {
		o->exit = PML_X86_EXIT_EXCEPTION;
		o->vector = event & 0xff;
		o->info = event & 0x800 ? vmread(EXIT_ERROR) : 0;
		o->address = o->vector == VEC_PF ? vmread(QUALIFICATION) : 0;
	}
}

static void run(const struct nested_world *w, const struct nested_case *c,
		struct nested_outcome *outcome_ret)
{
	uint64_t rax = c->value;

	write_guest(c);
	write_pdptes(w, c);
	invept();
	if (!vmx_enter(c->access.va, &rax, launched))
		panic("the guest cannot be entered: VMX error %lu", vmread(VM_ERROR));
	launched = true;
	outcome_of(outcome_ret);
	/* SDM 3C, table 28-7: without that information, bits 11:9 are undefined. */
	if (outcome_ret->exit == PML_X86_EXIT_EPT_VIOLATION && !w->ept_advanced)
		outcome_ret->info &= ~(uint64_t)(PML_X86_EPT_Q_USER |
						 PML_X86_EPT_Q_RW |
						 PML_X86_EPT_Q_NX);
	outcome_ret->rax = rax;
}

/* Bochs reports a violation for a guest's table as a write, without the read. */
static const char *mask(const struct nested_case *c,
			const struct pml_x86_verdict_2d *v,
			struct nested_outcome *e)
{
	(void)c;
	if (!oracle_is_bochs())
		return NULL;
	if (v->exit == PML_X86_EXIT_EPT_VIOLATION && v->where == PML_IN_TABLE &&
	    (eptp & PML_EPTP_AD)) {
		e->info &= ~(uint64_t)PML_X86_EPT_Q_READ;
		return "ad-walk-is-write-only";
	}
	return NULL;
}

void ept_main(void)
{
	static const struct nested_judge judge = { "ept", run, mask };
	static const struct pml_format *const guests[] = {
		&pml_x86_64_4, &pml_x86_pae, &pml_x86_32_pse, &pml_x86_32, NULL,
	};
	static struct nested_world w;
	bool ad = cmdline_flag("ad");
	uint64_t cap;

	if (!vmx_enable()) {
		kprintf("1..0 # SKIP no VMX\n");
		machine_exit(EXIT_PASS);
	}
	cap = rdmsr(MSR_VMX_EPT_CAP);
	if (ad && !(cap & EPT_CAP_AD))
		panic("EPT has no accessed and dirty flags here");
	nested_world_init(&w, ad ? PML_EPT_AD : PML_EPT, &pml_ept_4);
	w.outer.no_leaf = cap & EPT_CAP_1G ? 0 : PML_LEVEL(3);
	w.outer.options = cap & EPT_CAP_EXEC_ONLY ? 0 : PML_NO_EXEC_ONLY;
	w.ept_advanced = cap & EPT_CAP_ADVANCED;
	w.bochs = oracle_is_bochs();
	eptp = w.outer.root | PML_MT_WB | 3 << PML_EPTP_WALK_SHIFT |
	       (ad ? PML_EPTP_AD : 0);
	write_controls();
	write_host();
	machine_exit(nested_judge(&w, &judge, guests, 5) ? EXIT_PASS : EXIT_FAIL);
}
