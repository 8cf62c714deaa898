/*
 * The values that a command wants of GDB: how they are asked for, and taken.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/call.h"
#include "bridge/chain.h"
#include "bridge/script.h"

/* struct pmap_value's `asked` */
enum {
	ASK_NEVER,
	ASK_TRUSTING,		/* together, as if all registers were there */
	ASK_THERE,		/* is not void, which was all that was asked */
	ASK_TOGETHER,		/* an absent one is seen; an error spoils all */
	ASK_ALONE,
	ASK_ANSWERED,
	ASK_NOTHING,		/* it has no value: see seen.failed */
};

#define ABSENT_MAX 32
#define FAILED_MAX 64

#define IN_SCOPE "thread apply $pmap__thread -q -s "

/* What GDB turned out to have: is asked for in this way from then on. */
static struct {
	bool variables;		/* one of $pmap_maxphyaddr and so on */
	uint64_t absent[ABSENT_MAX];	/* registers that were void: hashes */
	size_t nabsent;
	/*
	 * What was an error when it was asked for alone, in this epoch: symbols that
	 * GDB does not have.  Each would cost a round again in each command.
	 */
	uint64_t failed[FAILED_MAX], failed_in;
	size_t nfailed;
} seen;

/* Two that are alike cost a moment, and nothing else. */
static uint64_t hash_of(const char *expr)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *expr; expr++)
		hash = (hash ^ (unsigned char)*expr) * 0x100000001b3;
	return hash;
}

static bool has_failed(const char *expr)
{
	uint64_t hash = hash_of(expr);

	if (seen.failed_in != pmap_bridge_epoch())
		return false;
	for (size_t i = 0; i < seen.nfailed; i++)
		if (seen.failed[i] == hash)
			return true;
	return false;
}

void pmap_call_note_failed(const struct pmap_call *call)
{
	if (seen.failed_in != pmap_bridge_epoch())
		seen.nfailed = 0;
	seen.failed_in = pmap_bridge_epoch();
	for (size_t i = 0; i < call->nvalues; i++) {
		const struct pmap_value *v = &call->values[i];

		if (v->kind == PMAP_QUIET && v->asked == ASK_ALONE &&
		    !has_failed(v->expr) && seen.nfailed < FAILED_MAX)
			seen.failed[seen.nfailed++] = hash_of(v->expr);
	}
}

void pmap_call_forget_failed(struct pmap_call *call)
{
	for (size_t i = 0; i < call->nvalues; i++)
		if (call->values[i].asked == ASK_NOTHING)
			call->values[i].asked = ASK_NEVER;
}

size_t pmap_want(struct pmap_call *call, enum pmap_want_kind kind,
		 const char *expr)
{
	struct pmap_value *values;
	char *copy = pmap_call_strdup(call, expr);

	values = realloc(call->values, (call->nvalues + 1) * sizeof(*values));
	if (values)
		call->values = values;
	if (!values || !copy) {
		call->no_memory = true;
		return call->nvalues;
	}
	values[call->nvalues] = (struct pmap_value){
		.expr = copy,
		.kind = kind,
		.asked = kind == PMAP_QUIET && has_failed(expr) ? ASK_NOTHING :
								  ASK_NEVER,
	};
	return call->nvalues++;
}

size_t pmap_want_known(struct pmap_call *call, bool present, uint64_t value)
{
	size_t index = pmap_want(call, PMAP_QUIET, "");

	if (index >= call->nvalues)
		return index;
	call->values[index].asked = ASK_ANSWERED;
	call->values[index].present = present;
	call->values[index].value = value;
	return index;
}

static bool was_absent(const char *expr)
{
	uint64_t hash = hash_of(expr);

	for (size_t i = 0; i < seen.nabsent; i++)
		if (seen.absent[i] == hash)
			return true;
	return false;
}

static void note_absent(const char *expr)
{
	if (!was_absent(expr) && seen.nabsent < ABSENT_MAX)
		seen.absent[seen.nabsent++] = hash_of(expr);
}

void pmap_call_take_value(struct pmap_call *call, const char *text)
{
	struct pmap_value *v;
	size_t index;
	char *end;
	bool is_void = false;

	index = strtoull(text, &end, 10);
	if ((*end != '=' && *end != '?') || index >= call->nvalues)
		return;
	v = &call->values[index];
	text = end + 1;
	if (*end == '?') {
		is_void = *text != '0';
		v->asked = is_void ? ASK_ANSWERED : ASK_THERE;
		seen.variables |= !is_void;
		return;
	}
	if (strchr(text, ':')) {
		is_void = *text != '0';
		text = strchr(text, ':') + 1;
	}
	v->value = strtoull(text, NULL, 10);
	v->present = !is_void;
	if (is_void && v->kind == PMAP_QUIET)
		note_absent(v->expr);
	v->asked = ASK_ANSWERED;
}

/* A command of GDB's that evaluates EXPRS and hands over ANSWERS. */
static void ask(struct pmap_text *command, const char *answers, const char *exprs)
{
	pmap_text_puts(command, "eval \"");
	pmap_text_puts(command, answers);
	pmap_text_puts(command, "\"");
	pmap_text_puts(command, exprs);
}

/*
 * $_isvoid tells an absent register, whose value would be an error, for three
 * times the price: each name in an expression costs GDB a search through all
 * registers.  pmap's own convenience variables are mostly void: that is all that
 * is asked at first.
 */
static void question_add(struct pmap_value *v, size_t index,
			 struct pmap_text *answers, struct pmap_text *exprs)
{
	bool variable = strncmp(v->expr, "$pmap_", 6) == 0;

	pmap_text_puts(answers, answers->len ? "," : "_pm_put v");
	if (v->asked == ASK_TRUSTING && !variable && !was_absent(v->expr)) {
		pmap_text_add(answers, "%zu=%%llu", index);
		pmap_text_add(exprs, ", %s", v->expr);
		return;
	}
	if (v->asked == ASK_TRUSTING && variable && !seen.variables) {
		pmap_text_add(answers, "%zu?%%d", index);
		pmap_text_add(exprs, ", $_isvoid(%s)", v->expr);
		return;
	}
	pmap_text_add(answers, "%zu=%%d:%%llu", index);
	pmap_text_add(exprs, ", $_isvoid(%s), ($_isvoid(%s) ? 0 : (%s))",
		      v->expr, v->expr, v->expr);
}

static void question_end(struct pmap_text *script, struct pmap_text *answers,
			 struct pmap_text *exprs, const char *end)
{
	struct pmap_text command = { 0 };

	if (answers->len) {
		pmap_text_puts(answers, end);
		ask(&command, answers->data, exprs->data);
		pmap_script_set_string(script, "pmap__question", command.data);
		pmap_text_free(&command);
	}
	answers->len = exprs->len = 0;
}

/*
 * What pmap wants to know goes in one command; if one of the values was an
 * error, none has arrived: the next round asks with more care, and at last for
 * one after the other.
 */
static bool ask_quiet(struct pmap_call *call, int before, int how,
		      struct pmap_text *script, const char *end)
{
	struct pmap_text answers = { 0 }, exprs = { 0 };
	bool any = false;
	size_t i;

	for (i = 0; i < call->nvalues; i++) {
		struct pmap_value *v = &call->values[i];

		if (v->kind != PMAP_QUIET || v->asked != before)
			continue;
		v->asked = how;
		question_add(v, i, &answers, &exprs);
		any = true;
		if (how == ASK_ALONE)
			break;
	}
	question_end(script, &answers, &exprs, end);
	pmap_text_free(&answers);
	pmap_text_free(&exprs);
	return any;
}

/* "$cr3", "$x": one name of GDB's.  A misspelt one is void and no error. */
static bool is_gdb_name(const char *expr)
{
	if (*expr++ != '$')
		return false;
	while (isalnum((unsigned char)*expr) || *expr == '_')
		expr++;
	return !*expr;
}

/* GDB's command that evaluates one expression of the user's. */
static void ask_one(const struct pmap_call *call, size_t index,
		    struct pmap_text *command)
{
	struct pmap_text exprs = { 0 }, renamed = { 0 };
	const char *expr = call->values[index].expr;
	char answer[48];

	pmap_chain_rename(call, expr, &renamed);
	expr = renamed.data ? renamed.data : expr;
	if (is_gdb_name(expr)) {
		pmap_text_add(command, "_pm_put_name %zu %s", index, expr);
	} else {
		snprintf(answer, sizeof(answer), "_pm_put v%zu=%%llu",
			 index);
		/* GDB tells of a syntax error "near" what follows. */
		pmap_text_add(&exprs, strchr(expr, ',') ? ", (%s)" : ", %s",
			      expr);
		ask(command, answer, exprs.data);
	}
	pmap_text_free(&exprs);
	pmap_text_free(&renamed);
}

/* The last comes first: see pmap_script_step().  Returns their number. */
static unsigned int ask_user(struct pmap_call *call, struct pmap_text *script)
{
	unsigned int left = 0;
	size_t i;

	for (i = call->nvalues; i-- > 0;) {
		struct pmap_value *v = &call->values[i];
		struct pmap_text command = { 0 };

		if (v->kind != PMAP_USER || v->asked != ASK_NEVER)
			continue;
		v->asked = ASK_ALONE;
		ask_one(call, i, &command);
		pmap_script_step(script, left++, command.data);
		pmap_text_free(&command);
	}
	return left;
}

static void ask_all_quiet(struct pmap_call *call, struct pmap_text *script,
			  const char *end)
{
	if (ask_quiet(call, ASK_TOGETHER, ASK_ALONE, script, end))
		return;
	if (!ask_quiet(call, ASK_TRUSTING, ASK_TOGETHER, script, end) &&
	    !ask_quiet(call, ASK_THERE, ASK_TOGETHER, script, end) &&
	    !ask_quiet(call, ASK_NEVER, ASK_TRUSTING, script, end))
		pmap_script_set_string(script, "pmap__question", *end ?
				       "_pm_put g" : "_pm_nothing");
}

unsigned int pmap_call_ask_values(struct pmap_call *call,
				  struct pmap_text *script, const char *end)
{
	ask_all_quiet(call, script, end);
	return ask_user(call, script);
}

/* GDB has these for each frame. */
static bool is_never_void(const char *name)
{
	return strcmp(name, "$pc") == 0 || strcmp(name, "$sp") == 0;
}

/* The command that evaluates one, and hands it to COMMAND in a scope. */
static void ask_one_in(const struct pmap_call *call, size_t index,
		       const char *command, struct pmap_text *text)
{
	struct pmap_text renamed = { 0 };
	const char *expr = call->values[index].expr;

	pmap_chain_rename(call, expr, &renamed);
	expr = renamed.data ? renamed.data : expr;
	if (is_gdb_name(expr) && !is_never_void(expr))
		pmap_text_add(text, "_pm_ask_name $pmap__thread %s %zu %s",
			      command, index, expr);
	else
		/* See ask_one(). */
		pmap_text_add(text, strchr(expr, ',') ?
			      "eval \"" IN_SCOPE "%s v%zu=%%llu\", (%s)" :
			      "eval \"" IN_SCOPE "%s v%zu=%%llu\", %s",
			      command, index, expr);
	pmap_text_free(&renamed);
}

bool pmap_call_ask_at_once(struct pmap_call *call, struct pmap_text *script,
			   const char *command)
{
	struct pmap_text next = { 0 };
	size_t user = 0, index = 0;

	for (size_t i = 0; i < call->nvalues; i++) {
		if (call->values[i].kind != PMAP_USER)
			continue;
		user++;
		index = i;
	}
	if (user > 1)
		return false;
	ask_all_quiet(call, script, ";g");
	if (user) {
		call->values[index].asked = ASK_ALONE;
		ask_one_in(call, index, command, &next);
	} else {
		pmap_text_add(&next, IN_SCOPE "%s g", command);
	}
	pmap_script_set_string(script, "pmap__next", next.data);
	pmap_text_free(&next);
	return true;
}

bool pmap_call_wants(const struct pmap_call *call)
{
	for (size_t i = 0; i < call->nvalues; i++)
		if (call->values[i].asked < (call->values[i].kind == PMAP_USER ?
					     ASK_TRUSTING : ASK_ALONE))
			return true;
	return false;
}

bool pmap_call_wants_user(const struct pmap_call *call)
{
	for (size_t i = 0; i < call->nvalues; i++)
		if (call->values[i].kind == PMAP_USER &&
		    call->values[i].asked != ASK_ANSWERED)
			return true;
	return false;
}

bool pmap_call_may_write(const char *expr)
{
	const char *p;

	if (strchr(expr, '=') || strstr(expr, "++") || strstr(expr, "--"))
		return true;
	/* A call of a function of the target's; `(long)x' is none. */
	for (p = expr; *p; p++)
		if (*p == '(' && p > expr && (isalnum((unsigned char)p[-1]) ||
					       strchr("_) ", p[-1])))
			return true;
	return false;
}
