/*
 * The processor as the judge of the core: random tables, random addresses,
 * tried for real by an emulated AArch64 processor.
 *
 * usage: judge [--seed N] [--count N] [--world N] PROGRAM
 *
 *	--seed N	of everything that is random (1)
 *	--count N	cases (20000)
 *	--world N	this set of tables alone, as a mismatch report says
 *	PROGRAM		the one for the bare machine
 *
 * The machine's memory is a file, in which tables and cases are written before
 * it starts and answers read after it ended.  The last line is `N passed, N
 * failed'; the status is 0 if some passed and none failed.
 *
 * Environment: QEMU_ARM64 (qemu-system-aarch64), TMPDIR.
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
	uint64_t mmfr[3], seed;
	unsigned long passed, failed;
};

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

/* The two leaves of EL1's upper half, and the pages that accesses are made to. */
static void fill_fixed(struct judge *j)
{
	uint64_t *table = memory(j, JUDGE_TTBR1);
	uint32_t *code = memory(j, JUDGE_SCRATCH);

	table[0] = JUDGE_RAM | PML_ARM64_VALID | PML_ARM64_AF |
		   PML_ARM64_AP2 | PML_ARM64_UXN;
	table[1] = JUDGE_RAM | PML_ARM64_VALID | PML_ARM64_AF |
		   PML_ARM64_AP2 | PML_ARM64_AP1 | PML_ARM64_PXN;
	for (size_t i = 0; i < JUDGE_SCRATCH_SIZE / 4; i++)
		code[i] = JUDGE_PAGE_CODE;
}

static void run(struct judge *j)
{
	char object[400];
	int status;

	snprintf(object, sizeof(object), "memory-backend-file,id=ram,size=%dM,"
		 "share=on,mem-path=%s", JUDGE_RAM_SIZE >> 20, j->file);
	child = fork();
	if (!child) {
		execlp(j->qemu, j->qemu, "-nodefaults", "-accel", "tcg",
		       "-M", "virt,virtualization=on,gic-version=3,memory-backend=ram",
		       "-cpu", "max", "-m", "256", "-object", object,
		       "-kernel", j->program, "-display", "none", "-monitor",
		       "none", "-serial", "none", "-no-reboot", (char *)NULL);
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
		die("no qemu-system-aarch64 (Debian: qemu-system-arm)");
	pclose(f);
	clear(j);
	run(j);
	if (!list_of(j)->finished)
		exit(2);
	memcpy(j->mmfr, list_of(j)->mmfr, sizeof(j->mmfr));
	printf("# %s# ID_AA64MMFR0..2 %" PRIx64 " %" PRIx64 " %" PRIx64 "\n",
	       text, j->mmfr[0], j->mmfr[1], j->mmfr[2]);
}

static void report(const struct judge *j, uint64_t number,
		   const struct judge_world *w, const struct judge_question *q)
{
	static const char *const hows[] = {
		"AT S1E1R", "AT S1E1W", "AT S1E0R", "AT S1E0W", "AT S1E1RP",
		"AT S1E1WP", "AT S12E1R", "AT S12E1W", "AT S12E0R", "AT S12E0W",
		"load", "store", "fetch", "LDTR", "STTR", "EL0 load",
		"EL0 store", "EL0 fetch",
	};
	const struct judge_case *c = q->c;
	struct pml_arm64_verdict v;
	bool passes = judge_says(w, q, 0, &v);

	printf("# seed %" PRIu64 " world %" PRIu64 ": %s 0x%" PRIx64 " pstate %"
	       PRIx64 "\n#   sctlr %" PRIx64 " tcr %" PRIx64 " ttbr0 %" PRIx64
	       " hcr %" PRIx64 " vtcr %" PRIx64 " vttbr %" PRIx64 "\n",
	       j->seed, number, hows[c->how], c->va, c->pstate, c->sctlr, c->tcr,
	       c->ttbr0, c->hcr, c->vtcr, c->vttbr);
	printf("#   core: %s why %d stage2 %d s1ptw %d ec %x fsc %x ipa %" PRIx64
	       " pa %" PRIx64 "; level %d raw %" PRIx64 " bits %" PRIx64
	       " leaf level %d raw %" PRIx64 "\n",
	       passes ? "passes" : "faults", v.reason, v.stage2, v.s1ptw, v.ec,
	       v.fsc, v.ipa, v.pa, v.level, v.raw, v.bits, v.target.level,
	       v.target.raw);
	printf("#   processor: end %" PRIu64 " par %" PRIx64 " (fst %x) esr1 %"
	       PRIx64 " far1 %" PRIx64 " esr2 %" PRIx64 " far2 %" PRIx64
	       " hpfar %" PRIx64 "\n", c->end, c->par,
	       (unsigned int)(c->par >> 1 & 0x3f), c->esr1, c->far1, c->esr2,
	       c->far2, c->hpfar);
}

/* Worlds first..first+n-1 in one boot. */
static void one_round(struct judge *j, uint64_t first, uint64_t n)
{
	static struct judge_world world[WORLDS_A_ROUND];
	static struct judge_question q[WORLDS_A_ROUND * CASES_A_WORLD];
	struct judge_list *list;

	clear(j);
	fill_fixed(j);
	list = list_of(j);
	for (uint64_t i = 0; i < n; i++) {
		struct judge_world *w = &world[i];
		struct random r = random_fork(j->seed, first + i);

		w->ram = j->ram;
		w->qemu = j->version;
		memcpy(w->mmfr, j->mmfr, sizeof(w->mmfr));
		w->begin = JUDGE_WORLDS + i * WORLD_SIZE;
		w->end = w->begin + WORLD_SIZE;
		while (!judge_world_make(w, &r))
			memset(memory(j, w->begin), 0, WORLD_SIZE);
		for (int k = 0; k < CASES_A_WORLD; k++)
			judge_pick(w, &r, &list->c[list->count + (uint64_t)k],
				   &q[i * CASES_A_WORLD + (uint64_t)k]);
		list->count += CASES_A_WORLD;
	}
	run(j);
	for (uint64_t i = 0; i < list->count; i++) {
		const struct judge_world *w = &world[i / CASES_A_WORLD];

		if (judge_agrees(w, &q[i])) {
			j->passed++;
			continue;
		}
		if (j->failed++ < 20)
			report(j, first + i / CASES_A_WORLD, w, &q[i]);
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
		else
			j.program = argv[i];
	}
	if (!j.program)
		die("usage: judge [--seed N] [--count N] [--world N] PROGRAM");
	j.qemu = getenv("QEMU_ARM64");
	j.qemu = j.qemu ? j.qemu : "qemu-system-aarch64";
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
	printf("%lu passed, %lu failed\n", j.passed, j.failed);
	return j.failed || !j.passed;
}
