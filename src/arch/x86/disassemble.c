/*
 * An instruction in words, for `pmap x/i'.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdio.h>

#include "arch/x86/opcodes.h"
#include "arch/x86/registers.h"
#include "arch/x86/x86.h"

/*
 * By the paging mode, which options can name: that of long mode has 64-bit code,
 * though compatibility mode's segments may not.
 */
static unsigned code_bits(const struct pmap_target *t)
{
	const struct pml_format *fmt = t->space.fmt;

	if (fmt && pmap_x86_is_own(fmt) && !t->guest_off)
		return fmt->levels >= 4 ? 64 : 32;
	if (!pmap_target_has(t, PMAP_X86_CR0))
		return 64;
	if (!(pmap_target_reg(t, PMAP_X86_CR0) & PML_X86_CR0_PE))
		return 16;
	return pmap_target_reg(t, PMAP_X86_EFER) & PML_X86_EFER_LMA ? 64 : 32;
}

int pmap_x86_disassemble(const struct pmap_query *q, uint64_t va,
			 const uint8_t *bytes, size_t avail,
			   struct pmap_code *code)
{
	static bool intel;	/* GDB's setting, as it was when it was last asked for */
	const char *missing = pmap_opcodes_missing();
	int length;

	if (missing) {
		snprintf(code->text, sizeof(code->text), "%s", missing);
		return -1;
	}
	if (q->code_style)
		intel = q->code_style->present && q->code_style->value;
	length = pmap_opcodes_print(va, bytes, avail, code_bits(&q->target),
				    !intel, code);
	return length > 0 ? length : 0;
}
