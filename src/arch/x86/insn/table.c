/*
 * What a mnemonic does with its memory operand, as data.
 *
 * `dir` is for a memory operand that is printed first, where Intel's syntax
 * has the destination; one that is printed later is read.  A mnemonic that is
 * not here and has memory as its destination is reported as not known.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "arch/x86/insn/impl.h"

#define NONE	INSN_NONE
#define R	INSN_R
#define W	INSN_W
#define RW	INSN_RW

/* Shorthands for the rows. */
#define ANY	INSN_ANYWHERE
#define DONE	INSN_HANDLED
#define PRIV	INSN_PRIVILEGED
#define UNDEF	INSN_UNDEFINED
#define X87	INSN_X87

static const char xsave_size[] =
	"its size depends on XCR0, IA32_XSS and the processor";
static const char tiles[] = "the shape of the tiles is not known";
static const char bounds[] = "the bound tables are not known";
static const char shadow[] =
	"it is a shadow stack's, which may be switched off";
static const char ssp[] = "SSP is not known";
static const char guests[] = "the structures of a virtual machine are accessed";

/* A row says what there is to say. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

static const struct insn_row rows[] = {
	/* Nothing is accessed, whatever the operand looks like. */
	{ "lea", NONE, ANY },
	{ "nop*", NONE, ANY },
	{ "ud0", NONE, ANY | UNDEF }, { "ud1", NONE, ANY | UNDEF },
	{ "ud2", NONE, ANY | UNDEF },
	{ "invlpg*", NONE, ANY | PRIV },
	{ "bndmk", NONE, ANY },
	{ "bndc*", NONE, ANY },
	{ "vgatherpf*", NONE, ANY },
	{ "vscatterpf*", NONE, ANY },

	/* Hints fault on nothing; flushing does, as a load of a byte. */
	{ "prefetch*", R, ANY | INSN_HINT, 1 },
	{ "cldemote", R, ANY | INSN_HINT, 1 },
	{ "clflush*", R, ANY, 1 },
	{ "clwb", R, ANY, 1 },
	{ "clzero", .before = insn_line_rax },
	{ "monitor", NONE, INSN_HIDDEN, .before = insn_byte_rax },
	{ "monitorx", .before = insn_byte_rax },
	{ "mwait", NONE, INSN_HIDDEN },
	{ "umonitor", .before = insn_byte_reg },

	/* The stack and control transfers. */
	{ "pushf*", NONE, INSN_VM86_IOPL, .before = insn_push },
	{ "popf*", NONE, INSN_VM86_IOPL, .before = insn_pop },
	{ "pusha*", .before = insn_push_all },
	{ "popa*", .before = insn_pop_all },
	{ "push*", R, .after = insn_push },
	{ "pop", W, .before = insn_pop },
	{ "popw", W, .before = insn_pop },
	{ "popq", W, .before = insn_pop },
	{ "call*", R, DONE, .before = insn_call },
	{ "jmp*", R, DONE, .before = insn_jump },
	{ "ret", .before = insn_ret },
	{ "retw", .before = insn_ret },
	{ "retd", .before = insn_ret },
	{ "retq", .before = insn_ret },
	{ "retf*", .before = insn_ret_far },
	{ "lret*", .before = insn_ret_far },
	{ "iret*", NONE, INSN_VM86_IOPL, .before = insn_iret },
	{ "enter*", .before = insn_enter },
	{ "leave*", .before = insn_leave },
	{ "int", NONE, INSN_VM86_IOPL, .before = insn_interrupt },
	{ "int1", .before = insn_interrupt },
	{ "icebp", .before = insn_interrupt },
	{ "int3", .before = insn_interrupt },
	{ "into", .before = insn_interrupt },
	{ "uiret", .before = insn_uiret },

	/* Strings. */
	{ "movs", W, DONE, .before = insn_string },
	{ "stos", W, DONE, .before = insn_string },
	{ "ins", W, DONE, .before = insn_string },
	{ "outs", R, DONE, .before = insn_string },
	{ "lods", R, DONE, .before = insn_string },
	{ "scas", R, DONE, .before = insn_string },
	{ "cmps", R, DONE, .before = insn_string },
	{ "xlat*", R, INSN_PLUS_AL },
	{ "in", .before = insn_port },
	{ "out", .before = insn_port },

	/* Arithmetic on memory. */
	{ "adc", RW }, { "add", RW }, { "and", RW }, { "dec", RW },
	{ "inc", RW }, { "neg", RW }, { "not", RW }, { "or", RW },
	{ "rcl", RW }, { "rcr", RW }, { "rol", RW }, { "ror", RW },
	{ "sal", RW }, { "sar", RW }, { "sbb", RW }, { "shl", RW },
	{ "shld", RW }, { "shr", RW }, { "shrd", RW }, { "sub", RW },
	{ "xor", RW }, { "xadd", RW }, { "xchg", RW }, { "arpl", RW, INSN_PROTECTED },
	{ "cmpxchg", RW }, { "cmpxchg8b", RW, 0, 8 },
	{ "cmpxchg16b", RW, 0, 16, 16 },
	{ "aadd", RW }, { "aand", RW }, { "aor", RW }, { "axor", RW },
	{ "bt", R, INSN_BITS }, { "btc", RW, INSN_BITS },
	{ "btr", RW, INSN_BITS }, { "bts", RW, INSN_BITS },
	{ "cmp", R }, { "cmp*", RW }, { "test", R }, { "mul", R }, { "imul", R },
	{ "div", R }, { "idiv", R },

	/* Moves and stores. */
	{ "mov", W, INSN_LIKE_REG, .after = insn_descriptor },
	{ "movabs", W, INSN_LIKE_REG }, { "movbe", W }, { "movnti", W }, { "movdiri", W },
	{ "movdir64b", R, DONE, .before = insn_direct_store },
	{ "enqcmd", R, DONE, .before = insn_direct_store },
	{ "enqcmds", R, DONE | PRIV, .before = insn_direct_store },
	{ "setssbsy", .unknown = ssp }, { "set*", W },
	{ "movups", W, INSN_UNALIGNED }, { "movupd", W, INSN_UNALIGNED },
	{ "movdqu", W, INSN_UNALIGNED }, { "lddqu", R, INSN_UNALIGNED | INSN_LIKE_REG },
	{ "vlddqu", R, INSN_LIKE_REG },
	{ "pcmpestr*", R, INSN_UNALIGNED }, { "pcmpistr*", R, INSN_UNALIGNED },
	{ "mov*", W }, { "pextr*", W }, { "extractps", W },
	{ "maskmov*", W, .before = insn_mask_bytes },
	{ "aesenc128kl", R, INSN_SSE, 48 }, { "aesdec128kl", R, INSN_SSE, 48 },
	{ "aesenc256kl", R, INSN_SSE, 64 }, { "aesdec256kl", R, INSN_SSE, 64 },
	{ "aesencwide128kl", R, INSN_SSE, 48 },
	{ "aesdecwide128kl", R, INSN_SSE, 48 },
	{ "aesencwide256kl", R, INSN_SSE, 64 },
	{ "aesdecwide256kl", R, INSN_SSE, 64 },

	/* VEX and EVEX. */
	{ "vmovdqa", W, INSN_ALIGNED }, { "vmovntdq*", W, INSN_ALIGNED },
	{ "vmovntp*", W, INSN_ALIGNED },
	{ "vmovaps", W, DONE | INSN_ALIGNED, .before = insn_masked },
	{ "vmovapd", W, DONE | INSN_ALIGNED, .before = insn_masked },
	{ "vmovdqa*", W, DONE | INSN_ALIGNED, .before = insn_masked },
	{ "vmovup*", W, DONE, .before = insn_masked },
	{ "vmovdqu*", W, DONE, .before = insn_masked },
	{ "vmaskmovdqu", W, .before = insn_mask_bytes },
	{ "vmaskmov*", W, DONE, .before = insn_mask_move },
	{ "vpmaskmov*", W, DONE, .before = insn_mask_move },
	{ "vgather*", R, DONE, .before = insn_gather },
	{ "vpgather*", R, DONE, .before = insn_gather },
	{ "vscatter*", W, DONE, .before = insn_gather },
	{ "vpscatter*", W, DONE, .before = insn_gather },
	{ "vmov*", W }, { "vextract*", W }, { "vpextr*", W },
	{ "vcvtps2ph*", W }, { "kmov*", W },
	{ "vpmov*", W }, { "vstmxcsr", W, INSN_SSE },
	{ "vcompress*", W }, { "vpcompress*", W },

	/* x87, MMX and SSE state. */
	{ "fxsave*", W, X87, INSN_SIZE_FX, 16, .after = insn_fx_end },
	{ "fxrstor*", R, X87, INSN_SIZE_FX, 16, .after = insn_fx_end },
	{ "xsaves*", W, PRIV | INSN_XSAVE, .align = 64, .unknown = xsave_size },
	{ "xrstors*", R, PRIV | INSN_XSAVE, .align = 64, .unknown = xsave_size },
	{ "xsave*", W, INSN_XSAVE, .align = 64, .unknown = xsave_size },
	{ "xrstor*", R, INSN_XSAVE, .align = 64, .unknown = xsave_size },
	{ "ldmxcsr", R, INSN_SSE }, { "vldmxcsr", R, INSN_SSE },
	{ "stmxcsr", W, INSN_SSE },
	{ "fnstenv*", W, X87, INSN_SIZE_ENV }, { "fstenv*", W, X87, INSN_SIZE_ENV },
	{ "fldenv*", R, X87, INSN_SIZE_ENV },
	{ "fnsave*", W, X87, INSN_SIZE_STATE }, { "fsave*", W, X87, INSN_SIZE_STATE },
	{ "frstor*", R, X87, INSN_SIZE_STATE },
	{ "fst*", W, X87 }, { "fnst*", W, X87 }, { "fist*", W, X87 },
	{ "fbstp", W, X87 }, { "femms", .flags = X87 },
	{ "fwait", NONE, 0 },
	{ "f*", R, X87 },

	/* What only the supervisor may do. */
	{ "hlt", NONE, PRIV }, { "clts", NONE, PRIV },
	{ "rdmsr*", NONE, PRIV }, { "wrmsr*", NONE, PRIV },
	{ "invd", NONE, PRIV }, { "wbinvd", NONE, PRIV },
	{ "wbnoinvd", NONE, PRIV }, { "swapgs", NONE, PRIV },
	{ "sysret*", NONE, PRIV }, { "sysexit*", NONE, PRIV },
	{ "xsetbv", NONE, PRIV }, { "invlpgb", NONE, PRIV },
	{ "tlbsync", NONE, PRIV }, { "hreset", NONE, PRIV },
	{ "clac", NONE, INSN_HIDDEN }, { "stac", NONE, INSN_HIDDEN },
	{ "stgi", NONE, PRIV }, { "clgi", NONE, PRIV },
	{ "cli", NONE, INSN_IOPL }, { "sti", NONE, INSN_IOPL },

	/* Systems programming. */
	{ "sgdt*", W, INSN_UMIP, INSN_SIZE_TABLE },
	{ "sidt*", W, INSN_UMIP, INSN_SIZE_TABLE },
	{ "lgdt*", R, PRIV, INSN_SIZE_TABLE }, { "lidt*", R, PRIV, INSN_SIZE_TABLE },
	{ "sldt", W, INSN_UMIP | INSN_PROTECTED, 2 },
	{ "str", W, INSN_UMIP | INSN_PROTECTED, 2 },
	{ "smsw", W, INSN_UMIP, 2 }, { "lmsw", R, PRIV, 2 },
	{ "lldt", R, PRIV | INSN_PROTECTED, 2, .after = insn_descriptor },
	{ "ltr", R, PRIV | INSN_PROTECTED, 2, .after = insn_descriptor },
	{ "verr", R, INSN_PROTECTED, 2, .after = insn_descriptor },
	{ "verw", R, INSN_PROTECTED, 2, .after = insn_descriptor },
	{ "lar", R, INSN_PROTECTED, 2, .after = insn_descriptor },
	{ "lsl", R, INSN_PROTECTED, 2, .after = insn_descriptor },
	{ "lds", R, .after = insn_descriptor },
	{ "les", R, .after = insn_descriptor },
	{ "lfs", R, .after = insn_descriptor },
	{ "lgs", R, .after = insn_descriptor },
	{ "lss", R, .after = insn_descriptor },
	{ "inv*", R, ANY | PRIV | INSN_UNALIGNED, 16 },
	{ "ptwrite", R },
	{ "lkgs", R, PRIV, 2, .after = insn_descriptor },
	{ "ldtilecfg", R, 0, 64 }, { "sttilecfg", W, 0, 64 },
	{ "tile*", R, ANY, .unknown = tiles },
	{ "bndmov", W }, { "bndldx", R, ANY, .unknown = bounds },
	{ "bndstx", W, ANY, .unknown = bounds },
	{ "bound", R, ANY, INSN_SIZE_PAIR },
	{ "wrss*", W, ANY, .unknown = shadow },
	{ "wruss*", W, ANY | PRIV, .unknown = shadow },
	{ "rstorssp", RW, ANY, .unknown = shadow },
	{ "clrssbsy", RW, ANY, .unknown = shadow },
	{ "saveprevssp", .unknown = ssp },
	{ "incssp*", .unknown = ssp },
	{ "vmread", W }, { "vmptrst", W }, { "vmptrld", R }, { "vmclear", R },
	{ "vmxon", R },
	{ "vmlaunch", .unknown = guests }, { "vmresume", .unknown = guests },
	{ "vmrun", .unknown = guests }, { "vmload", .unknown = guests },
	{ "vmsave", .unknown = guests },
	{ "vmcall", .unknown = guests }, { "vmmcall", .unknown = guests },
	{ "encls", .unknown = "enclaves are not decoded" },
	{ "enclu", .unknown = "enclaves are not decoded" },
	{ "enclv", .unknown = "enclaves are not decoded" },
	{ "senduipi", .unknown = "user interrupts are not decoded" },
	{ "pvalidate", .unknown = "the page table of SEV is not known" },
	{ "rmp*", .unknown = "the page table of SEV is not known" },
	{ "psmash", .unknown = "the page table of SEV is not known" },
};

/* The first row that fits, or NULL. */
const struct insn_row *insn_find(const char *mnemonic)
{
	size_t i, n;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		n = strlen(rows[i].name) - 1;
		if (rows[i].name[n] == '*' ?
		    !strncmp(rows[i].name, mnemonic, n) :
		    !strcmp(rows[i].name, mnemonic))
			return &rows[i];
	}
	return NULL;
}
