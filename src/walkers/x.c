/*
 * pmap x: what is in memory, in the letters of GDB's own x.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <inttypes.h>
#include <string.h>

#include "show/letters.h"
#include "show/names.h"
#include "show/record.h"
#include "show/symbols.h"
#include "target/arch.h"
#include "traverse/contents.h"
#include "traverse/traverse.h"
#include "walkers/walkers.h"

#define DATA_MAX	4096	/* bytes of $pmap_data; commands.in says so */
#define STRING_MAX	200	/* of one line, as GDB has it */
#define INSN_MAX	16
#define CHUNK		(1u << 20)

enum { VA, PA, SIZE, VALUE, TEXT, KIND, CAUSE, FIELDS };

static const struct pmap_field fields[FIELDS] = {
	[VA] = PMAP_FIELD("va", PMAP_ADDRESS),
	[PA] = PMAP_FIELD("pa", PMAP_FRAME),
	[SIZE] = PMAP_FIELD("size", PMAP_NUMBER),
	[VALUE] = PMAP_FIELD("value", PMAP_HEX),
	[TEXT] = PMAP_FIELD("text", PMAP_WORD),
	[KIND] = PMAP_FIELD("kind", PMAP_WORD),
	[CAUSE] = PMAP_FIELD("cause", PMAP_WORD),
};
static const struct pmap_schema schema = { .fields = fields, .count = FIELDS };

struct x {
	struct pmap_query *q;
	struct pmap_letters letters;
	struct pmap_writer writer;
	uint64_t at;		/* what comes next */
	uint64_t bytes;		/* so many are there */
	unsigned char data[DATA_MAX];	/* the first of them */
};

/* What the next command goes on with. */
static struct {
	struct pmap_letters letters;
	uint64_t next;
	bool has_next;
} last = { .letters = { .format = 'x', .size = 4 } };

static bool is_text(const struct x *x)
{
	return x->writer.shape == PMAP_SHAPE_TEXT;
}

/* They have been read, and belong to the answer. */
static void take(struct x *x, const void *bytes, size_t len)
{
	if (x->bytes < DATA_MAX)
		memcpy(x->data + x->bytes, bytes,
		       len < DATA_MAX - x->bytes ? len : DATA_MAX - x->bytes);
	x->bytes += len;
	x->at += len;
}

/* "0x1000 <heap+0x10>:" */
static void add_address(struct x *x)
{
	const struct pmap_name *name = x->q->opt.physical ? NULL :
				       pmap_names_find(x->at);

	pmap_text_add(x->q->out, "0x%" PRIx64, x->at);
	if (name)
		pmap_text_add(x->q->out, " <%s+0x%" PRIx64 ">", name->text,
			      x->at - name->first);
	else
		pmap_symbols_add(x->q, x->at, PMAP_SHAPE_NONE);
	pmap_text_puts(x->q->out, ":");
}

static void begin_row(struct x *x, struct pmap_row *row, uint64_t at)
{
	pmap_row_init(row);
	pmap_row_number(row, x->q->opt.physical ? PA : VA, at);
}

static void write_row(struct x *x, const struct pmap_row *row, uint64_t at)
{
	pmap_write(&x->writer, row);
	pmap_symbols_add_row(&x->writer, at);
}

static void free_text(struct pmap_text *text)
{
	pmap_text_free(text);
}

/* The byte at `at' cannot be read: the end of the answer. */
static int say_unread(struct x *x, uint64_t at)
{
	/* A read may throw GDB's exception: cleanup frees it then, too. */
	__attribute__((cleanup(free_text))) struct pmap_text why = { 0 };
	struct pmap_query *q = x->q;
	struct pmap_row row;
	int status;

	if (pmap_bridge_interrupted())
		return PMAP_STATUS_INTERRUPTED;
	status = pmap_add_unread(&why, q, at);
	if (q->no_notes)
		return pmap_fail(q, status, "0x%" PRIx64 " cannot be read, behind %" PRIu64 " bytes that can: %s; %s left unchanged",
				 at, x->bytes, why.data, q->opt.output);
	if (is_text(x)) {
		pmap_text_add(q->out, "0x%" PRIx64 ": cannot be read: %s\n", at,
			      why.data);
		return status;
	}
	begin_row(x, &row, at);
	pmap_row_word(&row, KIND, "unreadable");
	pmap_row_word(&row, CAUSE, why.data);
	write_row(x, &row, at);
	return status;
}

/* --- Values --------------------------------------------------------------- */

static void put_value(struct x *x, uint64_t at, uint64_t value)
{
	struct pmap_row row;

	if (is_text(x)) {
		pmap_text_puts(x->q->out, "\t");
		pmap_letters_add(x->q->out, &x->letters, value);
		return;
	}
	begin_row(x, &row, at);
	pmap_row_number(&row, SIZE, x->letters.size);
	pmap_row_number(&row, VALUE, value);
	write_row(x, &row, at);
}

/* A line of up to `count' values: how many there are. */
static unsigned put_values(struct x *x, unsigned count, size_t *got_ret)
{
	unsigned char bytes[64];
	unsigned size = x->letters.size, n;

	*got_ret = pmap_read_virtual(x->q, x->at, bytes, (size_t)count * size);
	n = *got_ret / size;
	if (n && is_text(x))
		add_address(x);
	for (unsigned i = 0; i < n; i++)
		put_value(x, x->at + i * size,
			  pmap_letters_value(&x->letters, bytes + i * size));
	if (n && is_text(x))
		pmap_text_puts(x->q->out, "\n");
	*got_ret -= n * size;
	take(x, bytes, n * size);
	return n;
}

static int show_values(struct x *x)
{
	uint64_t left = x->letters.count;

	while (left && !pmap_bridge_interrupted()) {
		unsigned line = pmap_letters_per_line(&x->letters), n;
		size_t rest;

		if (line > left)
			line = left;
		n = put_values(x, line, &rest);
		left -= n;
		if (n < line)
			return say_unread(x, x->at + rest);
	}
	return left ? PMAP_STATUS_INTERRUPTED : PMAP_STATUS_OK;
}

/* --- Strings and instructions --------------------------------------------- */

static void put_string(struct x *x, const char *bytes, size_t len, bool goes_on)
{
	struct pmap_text text = { 0 };
	struct pmap_row row;

	if (is_text(x)) {
		add_address(x);
		pmap_text_puts(x->q->out, "\t\"");
		pmap_add_escaped(x->q->out, bytes, len, '"');
		pmap_text_puts(x->q->out, goes_on ? "\"...\n" : "\"\n");
		return;
	}
	pmap_add_escaped(&text, bytes, len, '"');
	begin_row(x, &row, x->at);
	pmap_row_number(&row, SIZE, len);
	pmap_row_word(&row, TEXT, text.data ? text.data : "");
	write_row(x, &row, x->at);
	pmap_text_free(&text);
}

static int show_string(struct x *x)
{
	char bytes[STRING_MAX];
	size_t got = pmap_read_virtual(x->q, x->at, bytes, sizeof(bytes));
	const char *end = memchr(bytes, 0, got);
	size_t len = end ? (size_t)(end - bytes) : got;
	bool whole = end || got == sizeof(bytes);

	if (got)
		put_string(x, bytes, len, !end && whole);
	take(x, bytes, len + !!end);
	return whole ? PMAP_STATUS_OK : say_unread(x, x->at);
}

static void put_insn(struct x *x, const struct pmap_code *code, int length)
{
	struct pmap_query *q = x->q;
	struct pmap_row row;
	uint64_t pc;

	if (is_text(x)) {
		pmap_text_puts(q->out, !q->opt.physical &&
			       pmap_target_pc(&q->target, &pc) && pc == x->at ?
			       "=> " : "   ");
		add_address(x);
		pmap_text_add(q->out, "\t%.*s", (int)code->refers, code->text);
		if (code->refers)
			pmap_symbols_add(q, code->address, PMAP_SHAPE_NONE);
		pmap_text_add(q->out, "%s\n", code->text + code->refers);
		return;
	}
	begin_row(x, &row, x->at);
	pmap_row_number(&row, SIZE, length);
	pmap_row_word(&row, TEXT, code->text);
	write_row(x, &row, x->at);
}

static int show_insn(struct x *x)
{
	const struct pmap_arch *arch = x->q->target.arch;
	uint8_t bytes[INSN_MAX];
	size_t got = pmap_read_virtual(x->q, x->at, bytes, sizeof(bytes));
	struct pmap_code code = { .refers = 0 };
	int length;

	if (!arch->disassemble)
		return pmap_fail(x->q, PMAP_STATUS_MISSING,
				 "x/i: instructions of %s are not known", arch->title);
	length = arch->disassemble(x->q, x->at, bytes, got, &code);
	if (length < 0)
		return pmap_fail(x->q, PMAP_STATUS_MISSING, "%s", code.text);
	if (!length && got < sizeof(bytes))
		return say_unread(x, x->at + got);
	if (!length)
		code = (struct pmap_code){ .text = "(bad)" };
	put_insn(x, &code, length ? length : 1);
	take(x, bytes, length ? length : 1);
	return PMAP_STATUS_OK;
}

static int show_each(struct x *x, int (*show)(struct x *x))
{
	int status = PMAP_STATUS_OK;

	for (int64_t i = 0; i < x->letters.count && !status; i++)
		status = pmap_bridge_interrupted() ? PMAP_STATUS_INTERRUPTED :
						     show(x);
	return status;
}

/* --- The bytes themselves ------------------------------------------------- */

static void end_watch(struct pmap_watch *w)
{
	pmap_watch_end(w);
}

static int write_bytes(struct x *x)
{
	struct pmap_query *q = x->q;
	uint64_t left = x->letters.count * x->letters.size;
	unsigned char *chunk = pmap_call_alloc(q->call, CHUNK);
	__attribute__((cleanup(end_watch))) struct pmap_watch watch;

	q->no_notes = true;
	pmap_watch_begin(&watch, q);
	if (!chunk)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	while (left) {
		size_t part = left < CHUNK ? left : CHUNK, got;

		if (!pmap_watch_go(&watch, x->at))
			return PMAP_STATUS_INTERRUPTED;
		got = pmap_read_virtual(q, x->at, chunk, part);
		pmap_text_put(q->out, chunk, got);
		take(x, chunk, got);
		left -= got;
		if (got < part)
			return say_unread(x, x->at);
	}
	return PMAP_STATUS_OK;
}

/* --- The command ---------------------------------------------------------- */

/* How large an address is, for the letter a. */
static unsigned pointer_size(const struct pmap_query *q)
{
	return q->target.space.fmt && q->target.space.fmt->va_bits == 32 ? 4 : 8;
}

static int begin(struct x *x)
{
	struct pmap_query *q = x->q;
	const char *wrong;

	if (!q->opt.physical && q->no_space[0] && !q->target.paging_off)
		return pmap_fail(q, PMAP_STATUS_NO_PAGING, "%s", q->no_space);
	if (!q->opt.start.text && !last.has_next)
		return pmap_fail(q, PMAP_STATUS_USAGE, "x: an address is missing");
	x->letters = last.letters;
	wrong = pmap_letters_parse(&x->letters, q->opt.letters ? q->opt.letters : "",
				   pointer_size(q));
	if (wrong)
		return pmap_fail(q, PMAP_STATUS_USAGE, "x/%s: %s",
				 q->opt.letters ? q->opt.letters : "", wrong);
	x->at = !q->opt.start.text ? last.next : q->opt.physical ?
		q->opt.start.value :
		pmap_target_untagged(&q->target, q->opt.start.value);
	if (x->letters.count < 0) {
		x->letters.count = -x->letters.count;
		x->at -= x->letters.count * x->letters.size;
	}
	return 0;
}

static int show(struct x *x)
{
	struct pmap_query *q = x->q;

	pmap_writer_begin(&x->writer, q, &schema, 0);
	if (!is_text(x))
		pmap_symbols_begin(&x->writer);
	switch (x->letters.format) {
	case 's':
		return show_each(x, show_string);
	case 'i':
		return show_each(x, show_insn);
	}
	return q->opt.output && is_text(x) ? write_bytes(x) : show_values(x);
}

int pmap_x(struct pmap_query *q)
{
	struct x *x = pmap_call_alloc(q->call, sizeof(*x));
	int status;

	if (!x)
		return pmap_fail(q, PMAP_STATUS_INTERNAL, "out of memory");
	x->q = q;
	status = begin(x);
	if (status)
		return status;
	status = show(x);
	last.letters = x->letters;
	last.next = x->at;
	last.has_next = true;
	pmap_result_u64(q->call, "bytes", x->bytes);
	if (x->bytes && x->bytes <= DATA_MAX)
		pmap_result_bytes(q->call, "data", x->data, x->bytes);
	return status;
}
