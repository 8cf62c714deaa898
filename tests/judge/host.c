/*
 * The processor as the judge of the core: random tables, random addresses,
 * tried for real by an emulated processor.  This is the part that all
 * architectures have; each builds it with its own judge.h and case.h.
 *
 * usage: judge [--seed N] [--count N] [--world N] [--insns] PROGRAM
 *
 *	--seed N	of everything that is random (1)
 *	--count N	cases (20000)
 *	--world N	this set of tables alone, as a mismatch report says
 *	--insns		by random instructions, with registers that lead there
 *	PROGRAM		the one for the bare machine
 *
 * The machine's memory is a file, in which tables and cases are written before
 * it starts and answers read after it ended.  The last line is `N passed, N
 * failed'; the status is 0 if some passed and none failed.
 *
 * Environment: TMPDIR, and the architecture's name for QEMU (machine.c).
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "judge.h"

#define CASES_A_WORLD	80
#define WORLDS_A_ROUND	64
#define WORLD_SIZE	((JUDGE_SCRATCH - JUDGE_WORLDS) / WORLDS_A_ROUND & ~0xffff)
#define ROUND_SECONDS	120

struct judge {
	char file[256];
	uint8_t *ram;
	const char *program, *qemu;
	int version;
	uint64_t id[JUDGE_IDS], seed;
	unsigned long passed, failed;
};

bool judge_by_insns;

static pid_t child;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "judge: %s\n", what);
	exit(2);
}

static void on_alarm(int signal)
{
	(void)signal;
	if (child > 0)
		kill(child, SIGKILL);
}

static void *memory(const struct judge *j, uint64_t pa)
{
	return j->ram + (pa - JUDGE_RAM);
}

static struct judge_list *list_of(const struct judge *j)
{
	return memory(j, JUDGE_CASES);
}

/* All zero again, without writing zeros. */
static void clear(struct judge *j)
{
	int fd = open(j->file, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (j->ram)
		munmap(j->ram, JUDGE_RAM_SIZE);
	if (fd < 0 || ftruncate(fd, JUDGE_RAM_SIZE))
		die("cannot make the file for the machine's memory");
	j->ram = mmap(NULL, JUDGE_RAM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		      fd, 0);
	close(fd);
	if (j->ram == MAP_FAILED)
		die("cannot map the file");
}

static void run(struct judge *j)
{
	char object[400];
	const char *argv[JUDGE_ARGS + 20] = {
		j->qemu, "-nodefaults", "-accel", "tcg", "-m", "256", "-object",
		object, "-display", "none", "-monitor", "none", "-serial",
		"none", "-no-reboot",
	};
	int status, n = 0;

	snprintf(object, sizeof(object), "memory-backend-file,id=ram,size=%dM,"
		 "share=on,mem-path=%s", JUDGE_RAM_SIZE >> 20, j->file);
	while (argv[n])
		n++;
	judge_machine_args(j->version, j->program, argv + n);
	child = fork();
	if (!child) {
		execvp(j->qemu, (char **)(uintptr_t)argv);
		_exit(127);
	}
	alarm(ROUND_SECONDS);
	if (child < 0 || waitpid(child, &status, 0) < 0)
		die("cannot run QEMU");
	alarm(0);
	child = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fprintf(stderr, "judge: QEMU's status is 0x%x\n",
			(unsigned int)status);
	if (!list_of(j)->finished)
		fprintf(stderr, "judge: the machine ended, or hung, before it was done\n");
}

/* What the processor can do, and whose emulator it is. */
static void ask(struct judge *j)
{
	char command[300], text[200] = "";
	FILE *f;

	snprintf(command, sizeof(command), "%s --version", j->qemu);
	f = popen(command, "r");
	if (!f || !fgets(text, sizeof(text), f) ||
	    sscanf(text, "QEMU emulator version %d", &j->version) != 1)
		die(judge_machine.missing);
	pclose(f);
	clear(j);
	run(j);
	if (!list_of(j)->finished)
		exit(2);
	memcpy(j->id, list_of(j)->id, sizeof(j->id));
	printf("# %s# %s", text, judge_machine.id);
	for (int i = 0; i < JUDGE_IDS; i++)
		printf(" %" PRIx64, j->id[i]);
	printf("\n");
}

/* A case that can be judged. */
static void pick(struct judge_world *w, struct random *r, struct judge_case *c,
		 struct judge_question *q)
{
	if (judge_by_insns) {
		judge_pick_insn(w, r, c, q);
	} else {
		do {
			judge_pick_controls(w, r, c);
			judge_pick_va(w, r, c);
			judge_describe(w, c, q);
		} while (!judge_is_fair(w, q));
	}
	judge_settle(w, q);
}

static bool agrees(const struct judge_world *w, const struct judge_question *q)
{
	return q->c->how >= JUDGE_INSN ? judge_insn_agrees(w, q)
				       : judge_access_agrees(w, q);
}

/* Worlds first..first+n-1 in one boot. */
static void one_round(struct judge *j, uint64_t first, uint64_t n)
{
	static struct judge_world world[WORLDS_A_ROUND];
	static struct judge_question q[WORLDS_A_ROUND * CASES_A_WORLD];
	struct judge_list *list;

	clear(j);
	judge_fill_fixed(j->ram);
	list = list_of(j);
	for (uint64_t i = 0; i < n; i++) {
		struct judge_world *w = &world[i];
		struct random r = random_fork(j->seed, first + i);

		w->ram = j->ram;
		w->qemu = j->version;
		memcpy(w->id, j->id, sizeof(w->id));
		w->begin = JUDGE_WORLDS + i * WORLD_SIZE;
		w->end = w->begin + WORLD_SIZE;
		while (!judge_world_make(w, &r))
			memset(memory(j, w->begin), 0, WORLD_SIZE);
		for (int k = 0; k < CASES_A_WORLD; k++)
			pick(w, &r, &list->c[list->count + (uint64_t)k],
			     &q[i * CASES_A_WORLD + (uint64_t)k]);
		list->count += CASES_A_WORLD;
	}
	run(j);
	for (uint64_t i = 0; i < list->count; i++) {
		const struct judge_world *w = &world[i / CASES_A_WORLD];

		if (agrees(w, &q[i])) {
			j->passed++;
			continue;
		}
		if (j->failed++ >= 20)
			continue;
		printf("# seed %" PRIu64 " world %" PRIu64 ": ", j->seed,
		       first + i / CASES_A_WORLD);
		judge_report(w, &q[i]);
	}
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t n = strtoull(text ? text : "", &end, 0);

	if (!text || !*text || *end)
		die("an option's number is missing, or none");
	return n;
}

int main(int argc, char **argv)
{
	struct judge j = { .seed = 1 };
	uint64_t count = 20000, world = 0, worlds;
	bool one = false;
	const char *tmp = getenv("TMPDIR");

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--seed"))
			j.seed = number(argv[++i]);
		else if (!strcmp(argv[i], "--count"))
			count = number(argv[++i]);
		else if (!strcmp(argv[i], "--world"))
			world = number(argv[++i]), one = true;
		else if (!strcmp(argv[i], "--insns"))
			judge_by_insns = true;
		else
			j.program = argv[i];
	}
	if (!j.program)
		die("usage: judge [--seed N] [--count N] [--world N] [--insns] PROGRAM");
	j.qemu = getenv(judge_machine.environment);
	j.qemu = j.qemu ? j.qemu : judge_machine.qemu;
	snprintf(j.file, sizeof(j.file), "%s/judge-%d.ram", tmp ? tmp : "/tmp",
		 (int)getpid());
	signal(SIGALRM, on_alarm);
	ask(&j);
	worlds = one ? 1 : (count + CASES_A_WORLD - 1) / CASES_A_WORLD;
	for (uint64_t i = 0; i < worlds; i += WORLDS_A_ROUND)
		one_round(&j, world + i, worlds - i < WORLDS_A_ROUND ?
					 worlds - i : WORLDS_A_ROUND);
	unlink(j.file);
	judge_print_counts();
	judge_print_insns();
	printf("%lu passed, %lu failed\n", j.passed, j.failed);
	return j.failed || !j.passed;
}
