/*
 * The text that libopcodes prints, in Intel's syntax, taken apart:
 *
 *	[prefix ...] mnemonic [operand[,operand ...]] [# comment]
 *
 * and the prefix bytes, for what the text does not say.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "arch/x86/insn/impl.h"

static const char *const segs[PMAP_SEGS] = {
	"es", "cs", "ss", "ds", "fs", "gs",
};

/* Words that may stand before the mnemonic. */
static const char *const words[] = {
	"lock", "rep", "repz", "repnz", "repe", "repne", "data16", "data32",
	"addr16", "addr32", "xacquire", "xrelease", "notrack", "bnd",
	"{vex}", "{vex3}", "{evex}", "{rex2}",
};

static const char *const low[16] = {
	"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil",
	"r8b", "r9b", "r10b", "r11b", "r12b", "r13b", "r14b", "r15b",
};

static const char *const high[4] = { "ah", "ch", "dh", "bh" };

static const char *const legacy[8] = {
	"ax", "cx", "dx", "bx", "sp", "bp", "si", "di",
};

static bool is_prefix(const char *word, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == n && !strncmp(words[i], word, n))
			return true;
	for (i = 0; i < PMAP_SEGS; i++)
		if (n == 2 && !strncmp(segs[i], word, n))
			return true;
	return n >= 3 && !strncmp(word, "rex", 3) && (n == 3 || word[3] == '.');
}

/* "xmm12" with the prefix "xmm": 12; -1 if it is none. */
static int numbered(const char *s, size_t n, const char *prefix)
{
	size_t skip = strlen(prefix);
	int no = 0;

	if (n <= skip || strncmp(s, prefix, skip))
		return -1;
	for (; skip < n; skip++) {
		if (!isdigit((unsigned char)s[skip]))
			return -1;
		no = no * 10 + s[skip] - '0';
	}
	return no;
}

static bool named(const char *s, size_t n, const char *name)
{
	return strlen(name) == n && !strncmp(s, name, n);
}

static struct insn_reg general(int no, unsigned size)
{
	return (struct insn_reg){ INSN_GPR, no, size, false };
}

/* ax, eax, rax; r8w, r8d, r8. */
static bool parse_gpr(const char *s, size_t n, struct insn_reg *reg)
{
	unsigned size = *s == 'r' ? 8 : *s == 'e' ? 4 : 2;
	size_t skip = size != 2;
	int i, no;

	for (i = 0; i < 8; i++) {
		if (named(s + skip, n - skip, legacy[i])) {
			*reg = general(i, size);
			return true;
		}
	}
	if (*s != 'r')
		return false;
	size = s[n - 1] == 'w' ? 2 : s[n - 1] == 'd' ? 4 : 8;
	no = numbered(s, size == 8 ? n : n - 1, "r");
	if (no < 8 || no > 15)
		return false;
	*reg = general(no, size);
	return true;
}

static bool parse_byte_reg(const char *s, size_t n, struct insn_reg *reg)
{
	int i;

	for (i = 0; i < 16; i++) {
		if (named(s, n, low[i])) {
			*reg = general(i, 1);
			return true;
		}
	}
	for (i = 0; i < 4; i++) {
		if (named(s, n, high[i])) {
			*reg = general(i, 1);
			reg->high = true;
			return true;
		}
	}
	return false;
}

static bool parse_reg(const char *s, size_t n, struct insn_reg *reg)
{
	static const struct { const char *prefix; uint8_t class, size; } sets[] = {
		{ "xmm", INSN_VEC, 16 }, { "ymm", INSN_VEC, 32 },
		{ "zmm", INSN_VEC, 64 }, { "k", INSN_MASK, 8 },
		{ "mm", INSN_MMX, 8 }, { "cr", INSN_SYSTEM, 8 },
		{ "dr", INSN_SYSTEM, 8 }, { "db", INSN_SYSTEM, 8 },
		{ "tr", INSN_SYSTEM, 4 }, { "bnd", INSN_OTHER_REG, 16 },
		{ "tmm", INSN_OTHER_REG, 64 },
	};
	size_t i;
	int no;

	memset(reg, 0, sizeof(*reg));
	if (!n)
		return false;
	if (parse_gpr(s, n, reg) || parse_byte_reg(s, n, reg))
		return true;
	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		no = numbered(s, n, sets[i].prefix);
		if (no >= 0 && no < 32) {
			*reg = (struct insn_reg){ sets[i].class, no,
						  sets[i].size, false };
			return true;
		}
	}
	for (i = 0; i < PMAP_SEGS; i++) {
		if (named(s, n, segs[i])) {
			*reg = (struct insn_reg){ INSN_SREG, i, 2, false };
			return true;
		}
	}
	if (named(s, n, "rip") || named(s, n, "eip")) {
		*reg = (struct insn_reg){ INSN_IP, 0, *s == 'r' ? 8 : 4, false };
		return true;
	}
	if (n >= 2 && !strncmp(s, "st", 2)) {
		reg->class = INSN_OTHER_REG;
		return true;
	}
	/* No register at all, as an index. */
	return named(s, n, "riz") || named(s, n, "eiz");
}

/* One term of [base+index*scale+number]; `minus` if it is taken off. */
static bool parse_term(const char *s, size_t n, bool minus,
		       struct insn_operand *op)
{
	const char *star = memchr(s, '*', n);
	struct insn_reg reg;
	char *end;
	uint64_t number;

	if (isdigit((unsigned char)*s)) {
		number = strtoull(s, &end, 0);
		op->number += minus ? -number : number;
		return end == s + n;
	}
	if (minus || !parse_reg(s, star ? (size_t)(star - s) : n, &reg))
		return false;
	if (reg.class == INSN_NO_REG)
		return true;
	if (star || reg.class == INSN_VEC || op->base.class) {
		op->index = reg;
		op->scale = star ? star[1] - '0' : 1;
		return true;
	}
	op->base = reg;
	return true;
}

static bool parse_brackets(const char *s, const char *end,
			   struct insn_operand *op)
{
	bool minus = false;
	size_t n;

	while (s < end) {
		if (*s == '+' || *s == '-')
			minus = *s++ == '-';
		n = strcspn(s, "+-]");
		if (!n || !parse_term(s, n, minus, op))
			return false;
		s += n;
	}
	return true;
}

/* "QWORD PTR ": takes it off and says the size. */
static const char *parse_size(const char *s, struct insn_operand *op)
{
	static const struct { const char *name; uint8_t size; } sizes[] = {
		{ "BYTE", 1 }, { "WORD", 2 }, { "DWORD", 4 }, { "FWORD", 6 },
		{ "QWORD", 8 }, { "TBYTE", 10 }, { "OWORD", 16 },
		{ "XMMWORD", 16 }, { "YMMWORD", 32 }, { "ZMMWORD", 64 },
	};
	size_t i, n = strcspn(s, " ");

	if (strncmp(s + n, " PTR ", 5) && strncmp(s + n, " BCST ", 6))
		return s;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (named(s, n, sizes[i].name))
			op->size = sizes[i].size;
	op->broadcast = s[n + 1] == 'B';
	return s + n + (op->broadcast ? 6 : 5);
}

/* {k1}, {z}, {1to8}, {rn-sae} behind an operand. */
static void parse_braces(struct insn_decode *d, struct insn_operand *op,
			 const char *s, const char *end)
{
	for (; s < end; s++) {
		if (!strncmp(s, "{k", 2))
			d->mask = s[2] - '0';
		if (!strncmp(s, "{1to", 4))
			op->broadcast = true;
	}
}

/*
 * "es:" in front of an operand.  It says that there is memory, not in which
 * segment: which segments are printed differs from one binutils to the next.
 */
static bool skip_segment(const char **s)
{
	size_t i;

	for (i = 0; i < PMAP_SEGS; i++) {
		if (!strncmp(*s, segs[i], 2) && (*s)[2] == ':') {
			*s += 3;
			return true;
		}
	}
	return false;
}

static bool parse_operand(struct insn_decode *d, const char *s, size_t n)
{
	struct insn_operand *op = &d->operand[d->operands++];
	const char *brace, *end = s + n, *close;
	bool segment;

	memset(op, 0, sizeof(*op));
	brace = memchr(s, '{', n);
	if (brace) {
		parse_braces(d, op, brace, end);
		end = brace;
	}
	if (parse_reg(s, end - s, &op->reg)) {
		op->kind = INSN_REG;
		return true;
	}
	s = parse_size(s, op);
	segment = skip_segment(&s);
	if (*s == '[') {
		close = memchr(s, ']', end - s);
		op->kind = INSN_MEM;
		return close && parse_brackets(s + 1, close, op);
	}
	op->kind = segment || op->size ? INSN_MEM : INSN_IMM;
	op->number = strtoull(s, NULL, 0);
	return isdigit((unsigned char)*s) || (s == end && n == 0);
}

/* Returns 0, or -1 if something in the text is not understood. */
int insn_parse(struct insn_decode *d)
{
	const char *s = d->insn->text;
	size_t n;

	for (;; s += n) {
		s += strspn(s, " ");
		n = strcspn(s, " ");
		if (!is_prefix(s, n))
			break;
	}
	if (!n || n >= sizeof(d->mnemonic))
		return -1;
	memcpy(d->mnemonic, s, n);
	for (s += n + strspn(s + n, " "); *s; s += n + (s[n] == ',')) {
		n = strcspn(s, ",");
		if (d->operands == INSN_MAX_OPERANDS || !parse_operand(d, s, n))
			return -1;
	}
	return 0;
}

static bool scan_prefix(struct insn_prefixes *p, uint8_t byte)
{
	switch (byte) {
	case 0x66:
		p->opsize = true;
		return true;
	case 0x67:
		p->addrsize = true;
		return true;
	case 0xf0:
		return true;
	case 0xf2: case 0xf3:
		p->rep = true;
		p->repne = byte == 0xf2;
		return true;
	case 0x26: case 0x2e: case 0x36: case 0x3e:
		p->seg = (byte - 0x26) / 8;
		return true;
	case 0x64: case 0x65:
		p->seg = byte - 0x64 + PMAP_FS;
		return true;
	default:
		return false;
	}
}

/* Intel SDM vol. 2, 2.1.1 and 2.2.1: prefixes come first, REX last of all. */
void insn_scan_prefixes(struct insn_decode *d, const uint8_t *bytes,
			unsigned length)
{
	struct insn_prefixes *p = &d->prefix;
	bool more = true;
	unsigned i, wide = d->regs->bits == 64 ? 8 : d->regs->bits == 32 ? 4 : 2;

	p->seg = -1;
	for (i = 0; i < length && more; i++) {
		if (wide == 8 && (bytes[i] & 0xf0) == 0x40) {
			p->rexw = bytes[i] & 8;
			continue;
		}
		more = scan_prefix(p, bytes[i]);
		if (more)
			p->rexw = false;
	}
	if (!more) {
		p->opcode = bytes[i - 1];
		p->modrm = i < length ? bytes[i] : 0;
	}
	d->opsize = p->rexw ? 8 : wide == 2 ? (p->opsize ? 4 : 2) :
		    p->opsize ? 2 : 4;
	d->asize = !p->addrsize ? wide : wide == 4 ? 2 : 4;
}
