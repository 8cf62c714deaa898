/*
 * A command's values and results: what GDB is asked, in which words, again with
 * more care, what its answers become, and what it is told.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/call.h"
#include "bridge/chain.h"
#include "bridge/environment.h"
#include "tap.h"

static uint64_t epoch = 1;
static struct pmap_text out;

uint64_t pmap_bridge_epoch(void)
{
	return epoch;
}

static void is_out(const char *expected, const char *what)
{
	is_str(out.len ? out.data : "", expected, what);
	pmap_text_free(&out);
}

/* What is asked is code of GDB's in a string: quotes and blanks are numbers there. */
static void is_asked(struct pmap_call *call, const char *expected, const char *what)
{
	size_t from, to;

	pmap_call_ask_values(call, &out, ";g");
	for (from = to = 0; from < out.len; to++) {
		char *at = out.data + from;

		from += *at == '\\' ? 4 : 1;
		if (*at == '\\')
			*at = (at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0');
		out.data[to] = *at;
	}
	out.data[to] = '\0';
	is_out(expected, what);
}

static void take(struct pmap_call *call, const char *text)
{
	pmap_call_take_value(call, text);
}

/* --- Values --------------------------------------------------------------- */

static void test_quiet(void)
{
	struct pmap_call *call = pmap_call_create();

	ok(!pmap_call_wants(call), "a command that asks nothing");
	is_asked(call, ",$pmap__question=\"_pm_put g\"", "for which GDB is told to go on");
	pmap_want(call, PMAP_QUIET, "$cr3");
	pmap_want(call, PMAP_QUIET, "$pmap_pat");
	pmap_want(call, PMAP_QUIET, "(long)sym");
	ok(pmap_call_wants(call), "one that asks three");
	is_asked(call, ",$pmap__question=\"eval \"_pm_put v0=%llu,1?%d,2=%llu;g\", $cr3, $_isvoid($pmap_pat), (long)sym\"",
		 "all in one command, trusting that they are there");
	ok(pmap_call_wants(call), "until they have come");
	/* None has come: one was an error. */
	is_asked(call, ",$pmap__question=\"eval \"_pm_put v0=%d:%llu,1=%d:%llu,2=%d:%llu;g\", $_isvoid($cr3), ($_isvoid($cr3) ? 0 : ($cr3)), $_isvoid($pmap_pat), ($_isvoid($pmap_pat) ? 0 : ($pmap_pat)), $_isvoid((long)sym), ($_isvoid((long)sym) ? 0 : ((long)sym))\"",
		 "then with more care");
	is_asked(call, ",$pmap__question=\"eval \"_pm_put v0=%d:%llu;g\", $_isvoid($cr3), ($_isvoid($cr3) ? 0 : ($cr3))\"",
		 "and at last one by one");
	take(call, "0=0:4096");
	is_asked(call, ",$pmap__question=\"eval \"_pm_put v1=%d:%llu;g\", $_isvoid($pmap_pat), ($_isvoid($pmap_pat) ? 0 : ($pmap_pat))\"",
		 "the next");
	take(call, "1=1:0");
	is_asked(call, ",$pmap__question=\"eval \"_pm_put v2=%d:%llu;g\", $_isvoid((long)sym), ($_isvoid((long)sym) ? 0 : ((long)sym))\"",
		 "and the last");
	ok(!pmap_call_wants(call), "which is all that can be asked");
	ok(call->values[0].present && call->values[0].value == 4096, "one that has a value");
	ok(!call->values[1].present && !call->values[2].present, "and two that have none");
	pmap_call_note_failed(call);
	pmap_call_destroy(call);
	/* The next command at this stop. */
	call = pmap_call_create();
	pmap_want(call, PMAP_QUIET, "(long)sym");
	ok(!pmap_call_wants(call), "what was an error is not asked again");
	pmap_call_forget_failed(call);
	ok(pmap_call_wants(call), "unless the target has run");
	pmap_call_destroy(call);
	call = pmap_call_create();
	pmap_want(call, PMAP_QUIET, "$pmap_pat");
	pmap_want(call, PMAP_QUIET, "$cr4");
	is_asked(call, ",$pmap__question=\"eval \"_pm_put v0?%d,1=%llu;g\", $_isvoid($pmap_pat), $cr4\"",
		 "a variable that was void may be there now");
	take(call, "0?0");
	take(call, "1=7");
	ok(call->values[1].present && call->values[1].value == 7 && pmap_call_wants(call),
	   "and is: its value is asked for");
	is_asked(call, ",$pmap__question=\"eval \"_pm_put v0=%d:%llu;g\", $_isvoid($pmap_pat), ($_isvoid($pmap_pat) ? 0 : ($pmap_pat))\"",
		 "alone");
	take(call, "0=0:5");
	take(call, "2=1");
	take(call, "0+1");
	ok(!pmap_call_wants(call) && call->values[0].value == 5, "what was not asked is no answer");
	pmap_call_destroy(call);
}

/* The user's are evaluated one by one, the first of them with the highest number. */
static void test_user(void)
{
	struct pmap_call *call = pmap_call_create();

	pmap_want(call, PMAP_USER, "$x");
	pmap_want(call, PMAP_USER, "f(1, 2)");
	pmap_want_known(call, true, 9);
	is_asked(call, ",$pmap__question=\"_pm_put g\""
		 ",$pmap__expression0=\"eval \"_pm_put v1=%llu\", (f(1, 2))\""
		 ",$pmap__expression0x1=\"_pm_put_name 0 $x\""
		 ",$pmap__after0x1=\"_pm_evaluate 0\"", "two of the user's");
	ok(pmap_call_wants_user(call), "which are waited for");
	take(call, "0=0:1");
	take(call, "1=2");
	ok(!pmap_call_wants_user(call), "until they are there");
	ok(call->values[2].present && call->values[2].value == 9, "and what was known before");
	ok(!pmap_call_ask_at_once(call, &out, "cmd"), "two cannot be asked for at once");
	pmap_call_destroy(call);
	call = pmap_call_create();
	pmap_want(call, PMAP_QUIET, "$cr3");
	pmap_want(call, PMAP_USER, "1 + 1");
	ok(pmap_call_ask_at_once(call, &out, "cmd"), "one can");
	is_out(",$pmap__question=\"eval\\040\\042_pm_put\\040v0=\\045llu\\073g\\042,\\040$cr3\",$pmap__next=\"eval\\040\\042thread\\040apply\\040$pmap__thread\\040-q\\040-s\\040cmd\\040v1=\\045llu\\042,\\0401\\040+\\0401\"",
	       "with pmap's own");
	pmap_call_destroy(call);
	pmap_call_destroy(NULL);
}

static void test_may_write(void)
{
	static const struct {
		const char *expr;
		bool writes;
	} cases[] = {
		{ "x", false }, { "a+b", false }, { "-x", false }, { "(long)x", false },
		{ "$a++", true }, { "--$a", true }, { "x=1", true }, { "a==b", true },
		{ "f(1)", true }, { "x (1)", true }, { "a[1](2)", false }, { "(f)(2)", true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(pmap_call_may_write(cases[i].expr) == cases[i].writes, "may `%s' write?",
		   cases[i].expr);
}

/* --- Results -------------------------------------------------------------- */

static void test_results(void)
{
	struct pmap_call *call = pmap_call_create();
	static const char *const names[PMAP_RESULTS_MAX] = {
		"", "", "", "", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p",
		"q", "r", "s", "t",
	};
	static const unsigned char bytes[] = { 1, 2, 3, 0xff, 5, 6, 7, 8 };

	pmap_result_declare(call, "gpa", true);
	pmap_result_declare(call, "page", false);
	pmap_result_u64(call, "gpa", 0x10);
	pmap_result_u64(call, "page", 0x1000);
	pmap_result_str(call, "rights", "rw");
	pmap_call_put_results(call, true, &out);
	is_out(",$pmap_gpa=(sizeof(void*)==0x8?(void*)0x10:0x10ull),$pmap_page=0x1000ull,$pmap_rights=\"rw\"",
	       "an address is a pointer, a number is none");
	pmap_result_void(call, "rights");
	pmap_call_put_results(call, true, &out);
	is_out(",$pmap_gpa=(sizeof(void*)==0x8?(void*)0x10:0x10ull),$pmap_page=0x1000ull,$pmap_rights=(void)0",
	       "the last that is said of one counts");
	pmap_call_put_results(call, false, &out);
	is_out(",$pmap_gpa=(void)0,$pmap_page=(void)0,$pmap_rights=(void)0",
	       "before they are known they are void");
	pmap_result_bytes(call, "raw", bytes, 8);
	pmap_result_bytes(call, "page", bytes, 4);
	pmap_result_bytes(call, "rights", bytes + 2, 2);
	pmap_call_put_results(call, true, &out);
	is_out(",$pmap_gpa=(sizeof(void*)==0x8?(void*)0x10:0x10ull)"
	       ",$pmap_page={0xff030201u},$pmap_page=(unsigned char[])$pmap_page"
	       ",$pmap_rights={(char)0x3,(char)0xff},$pmap_rights=(unsigned char[])$pmap_rights"
	       ",$pmap_raw={0x8070605ff030201ull},$pmap_raw=(unsigned char[])$pmap_raw",
	       "bytes, in as few elements as there are");
	for (size_t i = call->nresults; i < PMAP_RESULTS_MAX; i++)
		pmap_result_u64(call, names[i], 1);
	ok(!call->no_memory, "there may be %d", PMAP_RESULTS_MAX);
	pmap_result_u64(call, "one more", 1);
	ok(call->no_memory && call->nresults == PMAP_RESULTS_MAX, "and no more");
	pmap_call_destroy(call);
}

/* Results of the command before, in the words of this one. */
static void test_chain(void)
{
	struct pmap_call *call = pmap_call_create();

	pmap_result_declare(call, "gpa", true);
	pmap_result_declare(call, "page", false);
	pmap_want(call, PMAP_QUIET, "$pmap_page");
	pmap_want(call, PMAP_USER, "$pmap_gpa + $pmap_gpas");
	pmap_want(call, PMAP_QUIET, "$pmap_page");
	pmap_want(call, PMAP_USER, "$pmap_status");
	pmap_chain_keep(call, &out);
	is_out(",$pmap__was_gpa=$_isvoid($pmap_gpa)?$pmap_gpa:(unsigned long long)$pmap_gpa"
	       ",$pmap__was_status=$pmap_status",
	       "those that the user names are kept, an address as a number");
	pmap_chain_rename(call, "$pmap_gpa + $pmap_gpas", &out);
	is_out("$pmap__was_gpa + $pmap_gpas", "and are meant; what is no result is not");
	pmap_call_destroy(call);
}

/* --- The environment ------------------------------------------------------ */

static void test_environment(void)
{
	const size_t len = 1 << 20;
	char *text = malloc(len + 1);

	memset(text, 'x', len);
	text[len] = '\0';
	setenv("DEBUGINFOD_URLS", "the user's", 1);
	ok(pmap_environment_put("a text", 6) && pmap_environment_is("a text") &&
	   !pmap_environment_is("a") && !pmap_environment_is("a text, too"), "a text for GDB");
	ok(pmap_environment_put(text, len) && pmap_environment_is(text), "one of 1M");
	ok(pmap_environment_put(text, 3) && pmap_environment_is("xxx"), "a part of one");
	pmap_environment_release();
	ok(!getenv("DEBUGINFOD_URLS"), "none is left");
	free(text);
}

/* All but what GDB turned out to have: that is remembered. */
static void test_others(void)
{
	test_user();
	test_may_write();
	test_results();
	test_chain();
	test_environment();
}

int main(void)
{
	test_quiet();
	test_others();
	holds_nothing(test_others, "their memory is given back");
	return tap_done();
}
