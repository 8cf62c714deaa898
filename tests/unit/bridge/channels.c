/*
 * What goes between GDB's commands and the plugin: scripts in which nothing from
 * outside is a command, requests, what was printed, and the files for it.
 *
 *	channels ARGUMENT...
 *
 * says instead whether a GDB with these arguments was started for MI.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/capture.h"
#include "bridge/channel.h"
#include "bridge/request.h"
#include "bridge/script.h"
#include "tap.h"

static struct pmap_text out;

static void is_out(const char *expected, const char *what)
{
	is_str(out.len ? out.data : "", expected, what);
	pmap_text_free(&out);
}

/* --- Scripts -------------------------------------------------------------- */

static void scripts(void)
{
	static const char text[] = "a b\n c\n\n$(d)\"\\";

	pmap_script_quote(&out, "a_1 \"c\\\n\x7f\xe4@");
	is_out("\"a_1\\040\\042c\\134\\012\\177\\344\\100\"", "a string's odd characters are numbers");
	pmap_script_number(&out, 0x8000000000000010);
	is_out("0x8000000000000010ull", "a number");
	pmap_script_address(&out, 0x10);
	is_out("(sizeof(void*)==0x8?(void*)0x10:0x10ull)", "a pointer, where it fits");
	pmap_script_set(&out, "a", 0);
	pmap_script_set_string(&out, "b", "c");
	is_out(",$a=0ull,$b=\"c\"", "variables");
	pmap_script_echo(&out, text, strlen(text));
	is_out("echo a b\\n\necho \\040c\\n\necho \\n\necho $(d)\\042\\134\n",
	       "echo: no blank begins a line");
	pmap_script_echo(&out, text, 0);
	is_out("", "nothing, of nothing");
	pmap_script_echo(&out, text, 4);
	is_out("echo a b\\n\n", "a line's end ends the command");
}

/* What a terminal may see. */
static void terminal(void)
{
	static const struct {
		const char *text, *plain, *styled;
	} c[] = {
		{ "a\tb\n~", "a\tb\n~", "a\tb\n~" },
		{ "\1\x1f\x7f\r ", "???? ", "???? " },
		{ "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
		  "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\xc2\x85\xc2\xa0", "??\xc2\xa0", "??\xc2\xa0" },
		{ "\xe0\x80\x80\xe0\xa0\x80", "???\xe0\xa0\x80", "???\xe0\xa0\x80" },
		{ "\xed\xa0\x80\xed\x9f\xbf", "???\xed\x9f\xbf", "???\xed\x9f\xbf" },
		{ "\xf4\x90\x80\x80", "????", "????" },
		{ "\xf4\x8f\xbf\xbf\xf8\x80", "\xf4\x8f\xbf\xbf??", "\xf4\x8f\xbf\xbf??" },
		{ "\xe2\x82z", "??z", "??z" },
		{ "\xe2\x82", "??", "??" },
		{ "\033[1;39mx\033[m", "?[1;39mx?[m", "\033[1;39mx\033[m" },
		{ "\033[1", "?[1", "?[1" },
		{ "\033[1:m\033[/m\033]0m", "?[1:m?[/m?]0m", "?[1:m?[/m?]0m" },
		{ "\033[0K\033", "?[0K?", "?[0K?" },
	};

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		char plain[32], styled[32];

		strcpy(plain, c[i].text);
		strcpy(styled, c[i].text);
		pmap_script_tame(plain, strlen(plain), false);
		pmap_script_tame(styled, strlen(styled), true);
		ok(!strcmp(plain, c[i].plain), "a terminal's text %zu", i);
		ok(!strcmp(styled, c[i].styled), "the same with colours");
	}
	for (size_t len = 1; len < 5; len++) {
		char text[] = "\033[1m";

		pmap_script_tame(text, len, true);
		ok((text[0] == '?') == (len < 4), "%zu bytes of a colour", len);
	}
	for (size_t len = 1; len < 5; len++) {
		char text[] = "\xf0\x9f\x98\x80";

		pmap_script_tame(text, len, true);
		ok((text[0] == '?') == (len < 4), "%zu bytes of a character", len);
	}
}

/* --- Requests ------------------------------------------------------------- */

static void take(char kind, char *text)
{
	int32_t number;

	if (kind == 'b') {
		memcpy(&number, text, sizeof(number));
		pmap_text_add(&out, "[b %d]", (int)number);
	} else {
		pmap_text_add(&out, "[%c%s]", kind, text);
	}
}

static char request(const void *bytes, size_t len)
{
	struct pmap_text text = { 0 };
	char kind;

	pmap_text_put(&text, bytes, len);
	kind = pmap_request_kind(&text);
	pmap_request_each(&text, take);
	pmap_text_free(&text);
	return kind;
}

static void requests(void)
{
	static const char many[] = "\0c 80;v 0=1,1?1;\0\0g;";
	struct {
		int32_t number[PMAP_REQUEST_HEADER + 1];
		char words[8];
	} begin = { { 'b', 1, ';', 3, 4, 5 }, "wa;\nb\n" };

	ok(request(many, sizeof(many) - 1) == 'g', "the last one's letter");
	is_out("[c 80][v 0=1,1?1][g]", "each by itself, with NULs between or without");
	ok(request(many, 6) == 'c', "a single one");
	is_out("[c 80]", "is taken");
	ok(!request(many, 5), "one that GDB is still writing");
	is_out("", "is not taken yet");
	ok(!request(many, 0), "none");
	is_out("", "are none");
	ok(request(&begin, sizeof(begin.number) + 6) == 'w', "a command with words");
	is_out("[b 1][wa;\nb\n]", "whose semicolons end nothing");
	ok(!request(&begin, sizeof(begin.number) - 1), "not all of a header");
	is_out("", "is none");
	ok(request(&begin, sizeof(begin.number)) == 'b', "all of it");
	is_out("[b 1]", "is one");
}

/* --- The files ------------------------------------------------------------ */

static void files(void)
{
	struct pmap_text big = { 0 }, got = { 0 };
	int null, twice;

	ok(pmap_channels_open(), "the files are made");
	ok(pmap_channel_is_empty(PMAP_CHANNEL_SCRIPT), "and empty");
	for (int i = 0; i < 3000; i++)
		pmap_text_add(&big, "%d\n", i);
	pmap_channel_write(PMAP_CHANNEL_SCRIPT, &big);
	pmap_channel_read(PMAP_CHANNEL_SCRIPT, &got);
	ok(got.len == big.len && !memcmp(got.data, big.data, big.len), "a long text comes back");
	ok(!pmap_channel_is_empty(PMAP_CHANNEL_SCRIPT), "and is there");
	big.len = 3;
	pmap_channel_write(PMAP_CHANNEL_SCRIPT, &big);
	pmap_channel_read(PMAP_CHANNEL_SCRIPT, &got);
	ok(got.len == 3, "a shorter one takes its place");
	ok(pmap_channels_open() && pmap_channel_is_empty(PMAP_CHANNEL_SCRIPT),
	   "our own from before are taken again, emptied");
	pmap_channel_write(PMAP_CHANNEL_CAPTURE, &big);
	pmap_channels_close();
	ok(fcntl(PMAP_CHANNEL_HELLO, F_GETFD) < 0 &&
	   fcntl(PMAP_CHANNEL_SCRIPT, F_GETFD) >= 0 &&
	   pmap_channel_is_empty(PMAP_CHANNEL_CAPTURE), "closed: one is gone, the others are empty");
	null = open("/proc/self/exe", O_RDONLY);
	twice = dup2(null, PMAP_CHANNEL_HELLO);
	ok(twice == PMAP_CHANNEL_HELLO && !pmap_channels_open(), "another's file is refused");
	pmap_channels_close();
	ok(fcntl(PMAP_CHANNEL_HELLO, F_GETFD) >= 0, "and left alone");
	close(twice);
	close(null);
	pmap_text_free(&big);
	pmap_text_free(&got);
}

/* A memory file of another name, which is not ours, is not emptied. */
static void foreign(void)
{
	char name[] = "/tmp/pmap-unit.XXXXXX";
	int fd = mkstemp(name);

	if (write(fd, "theirs", 6) != 6)
		abort();
	unlink(name);
	close(PMAP_CHANNEL_REQUEST);
	dup2(fd, PMAP_CHANNEL_REQUEST);
	ok(!pmap_channels_open() && lseek(fd, 0, SEEK_END) == 6,
	   "what is in another's file stays");
	close(PMAP_CHANNEL_REQUEST);
	close(fd);
	pmap_channels_open();
}

/* --- What was printed ------------------------------------------------------ */

static void put(const char *text)
{
	struct pmap_text all = { .data = (char *)text, .len = strlen(text) };

	pmap_channel_write(PMAP_CHANNEL_CAPTURE, &all);
}

static const char records[] =
	"~\"a\\tb\\012\\\"\\\\\\n\"\n=cmd-param-changed,x\n^done\n*stopped\n(gdb) \n"
	"plain\n@\"c\\101\"\n&\"\\033[m\\e\\1018\\n\"\n";
static const char joined[] = "a\tb\n\"\\\nplain\ncA\033[m\033A8\n";

static void captures(void)
{
	put("");
	ok(pmap_capture_is_useless(), "nothing was caught");
	put("=cmd-param-changed,param=\"logging enabled\",value=\"on\"\n~\"x\"\n");
	ok(pmap_capture_is_useless(), "a notice of MI's");
	put("x=cmd-param-changed");
	ok(!pmap_capture_is_useless(), "a text");
	put(records);
	pmap_capture_read(&out);
	is_out(records, "without MI a text is taken as it is");
	put("old");
	pmap_capture_empty();
	ok(pmap_capture_is_useless(), "emptied");
}

/* In a GDB that was started for MI: 0 if all is right, else which is not. */
static int speak_mi(void)
{
	struct pmap_text text = { 0 };

	if (!pmap_channels_open())
		return 2;
	put(records);
	pmap_capture_read(&text);
	if (strcmp(text.data, joined) != 0)
		return 3;
	put("~\"~\\\"x\\\\n\\\"\\n\"\n");
	pmap_capture_read(&text);
	if (text.len != 2 || strcmp(text.data, "x\n") != 0)
		return 4;
	put("no record\n");
	pmap_capture_read(&text);
	return strcmp(text.data, "no record\n") ? 5 : 0;
}

static int run(const char *first, const char *second)
{
	int status = -1;
	pid_t child = fork();

	if (!child) {
		alarm(10);
		execl("/proc/self/exe", "gdb", first, second, NULL);
		_exit(99);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void interpreters(void)
{
	static const struct {
		const char *first, *second;
		bool mi;
	} c[] = {
		{ "-i=mi", NULL, true }, { "--interpreter=mi3", NULL, true },
		{ "-i", "mi2", true }, { "--interp", "mi", true },
		{ "-nx", "-i=mi", true }, { "-i=console", NULL, false },
		{ "mi", NULL, false }, { "-interpreters", "mi", false },
		{ "-x", "mi", false }, { "--", "mi", false }, { "-i", NULL, false },
	};

	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		int status = run(c[i].first, c[i].second);

		if (!ok(status == (c[i].mi ? 0 : 1), "gdb %s %s: %s", c[i].first,
			c[i].second ? c[i].second : "", c[i].mi ? "what MI says is joined" : "no MI"))
			printf("#   status %d\n", status);
	}
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return pmap_capture_expects_mi() ? speak_mi() : 1;
	scripts();
	terminal();
	requests();
	files();
	foreign();
	captures();
	interpreters();
	return tap_done();
}
