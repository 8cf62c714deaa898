/*
 * What makes a process believable as the QEMU at the other end: the bytes that
 * its stub shows.  The process is this one, its RAM two buffers; the stub, the
 * peers and the monitor are made up.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <dirent.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/bridge.h"
#include "memory/peer.h"
#include "memory/process.h"
#include "memory/source.h"
#include "opened.h"
#include "tap.h"
#include "target/target.h"

#define PAGE	4096
#define LOW	(128 * PAGE)	/* of RAM at 0 */
#define HIGH	(64 * PAGE)	/* behind a hole, of the same block */
#define ROM	(4 * PAGE)
#define HIGH_AT	0x100000000ULL
#define ROM_AT	0xfffc0000ULL

static unsigned char *ram, *rom;

/* --- The stub, the peers -------------------------------------------------- */

enum stub {
	HONEST,
	OTHER_BYTE,	/* one byte of each page is another */
	OTHER_ROM,	/* the same, of the ROM alone */
	EMPTY,		/* another machine's, which has not run yet */
	THROWS,
};
static enum stub stub;
static unsigned asked;		/* reads of the stub */
#define NOTHING	UINT64_MAX
static uint64_t changed = NOTHING;	/* where the stub has another byte */
static bool is_interrupted;
static struct pmap_peers peers;

bool pmap_bridge_read(uint64_t addr, void *buf, size_t len)
{
	unsigned char *bytes = buf;

	asked++;
	if (stub == THROWS)
		pthread_exit(NULL);	/* unwinds as GDB's exceptions do */
	if (addr >= HIGH_AT)
		memcpy(buf, ram + LOW + (addr - HIGH_AT), len);
	else
		memcpy(buf, addr >= ROM_AT ? rom + (addr - ROM_AT) : ram + addr, len);
	if (stub == OTHER_BYTE || (stub == OTHER_ROM && addr >= ROM_AT &&
				   addr < HIGH_AT))
		bytes[len / 2] ^= 1;
	if (stub == EMPTY)
		memset(buf, 0, len);
	if (changed >= addr && changed - addr < len)
		bytes[changed - addr] ^= 1;
	return true;
}

bool pmap_bridge_interrupted(void)
{
	return is_interrupted;
}

void pmap_peers_find(struct pmap_peers *peers_ret)
{
	*peers_ret = peers;
}

/* --- Rounds of opening ---------------------------------------------------- */

static const char *mtree =
	"FlatView #0\r\n AS \"memory\", root: system\r\n"
	"  0000000000000000-000000000007ffff (prio 0, ram): pc.ram\r\n"
	"  00000000fee00000-00000000feefffff (prio 4096, i/o): apic-msi\r\n"
	"  00000000fffc0000-00000000fffc3fff (prio 0, rom): pc.bios\r\n"
	"  0000000100000000-000000010003ffff (prio 0, ram): pc.ram @0000000000080000\r\n";

static enum pmap_open open_source(void)
{
	static const struct pmap_target target;
	struct pmap_open_round round = { .first = true, .target = &target };
	enum pmap_open answer = source->ops->open(source, &round);
	char text[100];

	round.first = false;
	while (answer == PMAP_OPEN_MONITOR || answer == PMAP_OPEN_PHYSICAL) {
		round.physical = answer == PMAP_OPEN_PHYSICAL;
		round.answer = NULL;
		if (strcmp(source->ask, "info mtree -f") == 0) {
			round.answer = mtree;
		} else if (!round.physical) {
			bool is_rom = strtoull(source->ask + 8, NULL, 16) >= ROM_AT;

			snprintf(text, sizeof(text), "Host virtual address for 0x0 (x) is %p\r\n",
				 (void *)(is_rom ? rom : ram));
			round.answer = text;
		}
		source->ask[0] = '\0';
		answer = source->ops->open(source, &round);
	}
	return answer;
}

static void begin(enum stub how)
{
	static const struct pmap_source_args none;

	stub = how;
	asked = 0;
	source = pmap_source_qemu.create(&none);
	source->ops = &pmap_source_qemu;
}

static size_t open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* --- Tests ---------------------------------------------------------------- */

static void test_believed(void)
{
	begin(HONEST);
	ok(open_source() == PMAP_OPEN_DONE && says("2 RAM blocks"),
	   "a process with what the stub shows is QEMU");
	ok(asked >= 5, "pages of each block were compared");
	end();
	begin(OTHER_BYTE);
	ok(open_source() == PMAP_OPEN_DECLINED && says("is it a proxy?"),
	   "one that differs in a byte of each page is not");
	end();
	begin(OTHER_ROM);
	ok(open_source() == PMAP_OPEN_DECLINED,
	   "nor one that differs in its ROM");
	end();
}

/* Most pages are zeros in most machines: these do not count. */
static void test_zeros(void)
{
	unsigned char *copy = malloc(LOW + HIGH);

	memcpy(copy, ram, LOW + HIGH);
	for (int i = 0; i < (LOW + HIGH) / PAGE; i++)
		if (i % 8 != 5)
			memset(ram + i * PAGE, 0, PAGE);
	memset(rom, 0, ROM);
	begin(EMPTY);
	ok(open_source() == PMAP_OPEN_DECLINED,
	   "pages of zeros do not make two machines one");
	end();
	begin(HONEST);
	ok(open_source() == PMAP_OPEN_DONE, "nor one two");
	end();
	memcpy(ram, copy, LOW + HIGH);
	for (int i = 0; i < ROM; i++)
		rom[i] = i * 5 + i / PAGE + 1;
	free(copy);
}

static void test_pages(void)
{
	enum { PAGES = 9 };
	static const uint64_t pa[PAGES] = {
		0, PAGE, LOW - PAGE, LOW, 0xfee00000, ROM_AT + ROM - 2 * PAGE,
		ROM_AT + ROM - PAGE, HIGH_AT, HIGH_AT + HIGH - PAGE,
	};
	static unsigned char bytes[PAGES][PAGE];
	const unsigned char *expected[PAGES] = {
		ram, ram + PAGE, ram + LOW - PAGE, NULL, NULL,
		rom + ROM - 2 * PAGE, rom + ROM - PAGE, ram + LOW, ram + LOW + HIGH - PAGE,
	};
	enum pmap_read status[PAGES];
	void *page[PAGES];
	bool right = true;

	begin(HONEST);
	open_source();
	for (int i = 0; i < PAGES; i++)
		page[i] = bytes[i];
	source->ops->read_pages(source, pa, page, PAGES, status);
	for (int i = 0; i < PAGES; i++)
		right &= expected[i] ? status[i] == PMAP_READ_OK &&
				       !memcmp(bytes[i], expected[i], PAGE) :
				       status[i] == PMAP_READ_NOT_RAM;
	ok(right, "a batch: each page, the last one, too, and what is no RAM");
	is_u64(source->ops->read(source, HIGH_AT + HIGH - 8, bytes, 16),
	       PMAP_READ_NOT_RAM, "what goes beyond the last range is none");
	end();
}

/* Pieces of a process, with neighbours and without, up to one that is not there. */
static void test_process(void)
{
	static unsigned char bytes[4][PAGE];
	const uint64_t at = (uintptr_t)rom;
	const uint64_t address[] = { at + PAGE, at + 2 * PAGE, at, 4096, at };
	void *const to[] = { bytes[0], bytes[1], bytes[3], bytes[2], bytes[2] };
	struct pmap_process process;

	is_u64(pmap_process_open(&process, getpid(), at), 0, "a process");
	is_u64(pmap_process_read_many(&process, address, to, PAGE, 5), 3,
	       "pieces are read up to one that cannot be");
	ok(!memcmp(bytes, rom + PAGE, 2 * PAGE) && !memcmp(bytes[3], rom, PAGE),
	   "and are what is there");
	pmap_process_close(&process);
}

/* The file of a mapping, which nobody holds open. */
static void test_backing(void)
{
	char name[] = "/tmp/pmap unit.XXXXXX";
	int fd = mkstemp(name), again;
	uint64_t offset, at, private;
	char byte = 0;

	if (ftruncate(fd, 4 * PAGE) || pwrite(fd, "x", 1, 2 * PAGE) != 1)
		abort();
	at = (uintptr_t)mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
	private = (uintptr_t)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	again = pmap_process_backing(getpid(), at + PAGE, PAGE, &offset);
	ok(again >= 0 && offset == 2 * PAGE && pread(again, &byte, 1, offset) == 1 &&
	   byte == 'x', "the file of a shared mapping, by its name");
	close(again);
	is_u64(pmap_process_backing(getpid(), at + PAGE, PAGE + 1, &offset), -1,
	       "no more than is mapped");
	is_u64(pmap_process_backing(getpid(), private, PAGE, &offset), -1,
	       "of a private mapping there is none");
	unlink(name);
	is_u64(pmap_process_backing(getpid(), at, PAGE, &offset), -1,
	       "nor of one whose file is gone");
	munmap((void *)(uintptr_t)at, 2 * PAGE);
	munmap((void *)(uintptr_t)private, PAGE);
}

static void *open_in_thread(void *unused)
{
	(void)unused;
	open_source();
	return NULL;
}

/* What a target is that is no QEMU. */
static void test_others(void)
{
	static const struct {
		const char *monitor, *name, *says;
	} cases[] = {
		{ NULL, "stub", "it is not QEMU's system emulation, but stub, by its name" },
		{ NULL, "qemu-x86_64", "a program under QEMU's user mode emulation (qemu-x86_64)" },
		{ NULL, "gdbserver", "a program under gdbserver" },
		{ NULL, "qemu-system-x86", "not QEMU's system emulation" },
		{ "Unknown monitor command.\n\nThe following monitor commands are supported:\n",
		  "gdbserver", "a program under gdbserver" },
		{ "what?\n", "other", "does not tell what is RAM" },
	};
	const char *before = mtree;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		mtree = cases[i].monitor;
		prctl(PR_SET_NAME, cases[i].name);
		begin(HONEST);
		ok(open_source() == PMAP_OPEN_DECLINED && says(cases[i].says),
		   "no QEMU: %s", cases[i].says);
		end();
	}
	mtree = before;
	prctl(PR_SET_NAME, "qemu");
}

/* GDB throws through a read of the stub: what was open is closed again. */
static void test_thrown(void)
{
	size_t files = open_files();
	pthread_t thread;

	begin(THROWS);
	pthread_create(&thread, NULL, open_in_thread, NULL);
	pthread_join(thread, NULL);
	is_u64(asked, 1, "the first read of the stub is thrown through");
	is_u64(open_files(), files, "no file stays open");
	stub = HONEST;
	ok(open_source() == PMAP_OPEN_DONE, "and the next opening goes well");
	end();
	is_u64(open_files(), files, "which closes all that it opened");
}

/* --- Several that may be it ----------------------------------------------- */

/* A process with this one's RAM, but for one byte of each; NOWHERE: of none. */
#define NOWHERE	(-1L)

static pid_t other_process(long ram_at, long rom_at)
{
	unsigned char *copy;
	int ready[2];
	char byte = 0;
	pid_t pid;

	if (pipe(ready))
		abort();
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (ram_at != NOWHERE) {
			/* Of its own, and so not the file's any more. */
			copy = malloc(LOW + HIGH);
			memcpy(copy, ram, LOW + HIGH);
			mmap(ram, LOW + HIGH, PROT_READ | PROT_WRITE,
			     MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			memcpy(ram, copy, LOW + HIGH);
			ram[ram_at] ^= 0x80;
		}
		if (rom_at != NOWHERE)
			rom[rom_at] ^= 0x80;
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		abort();
	close(ready[0]);
	return pid;
}

static void end_process(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Which of the peers is taken: its pid; 0: none. */
static pid_t taken(void)
{
	int pid = 0;

	begin(HONEST);
	if (open_source() == PMAP_OPEN_DONE)
		sscanf(source->why, "QEMU pid %d ", &pid);
	return pid;
}

/* Was it told apart for sure?  Then opening once more reads no page of the stub. */
static bool kept(void)
{
	asked = 0;
	return open_source() == PMAP_OPEN_DONE && !asked;
}

/*
 * GDB has two connections.  Pages 0, 2 and 3 of the ROM, and 0, 20, 138 and 159 of
 * the RAM are sampled, 256 bytes of each: the first case is no other's any more
 * then, the rest are looked for.
 */
static void test_two(void)
{
	static const struct {
		const char *what;
		long ram, rom;
	} cases[] = {
		{ "a page that is sampled", NOWHERE, 3 * PAGE + 100 },
		{ "a page of the ROM that is not sampled", NOWHERE, PAGE + 100 },
		{ "the last byte of the ROM", NOWHERE, ROM - 1 },
		{ "the second piece of a page", NOWHERE, 2 * PAGE + 256 },
		{ "a page of low RAM that is not sampled", 64 * PAGE + 5, NOWHERE },
		{ "the last byte of low RAM", LOW - 1, NOWHERE },
		{ "the first of high RAM", LOW, NOWHERE },
		{ "the last byte of high RAM", LOW + HIGH - 1, NOWHERE },
	};
	pid_t other;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		other = other_process(cases[i].ram, cases[i].rom);
		for (int swapped = 0; swapped < 2; swapped++) {
			peers = (struct pmap_peers){ .count = 2 };
			peers.pid[!swapped] = other;
			peers.pid[swapped] = getpid();
			ok(taken() == getpid(), "%s tells which is QEMU, the %s one",
			   cases[i].what, swapped ? "second" : "first");
			ok(kept(), "and it is that for the next stops, too");
			end();
		}
		end_process(other);
	}
}

/* Where the stub shows a third thing, or nothing, the next difference tells. */
static void test_next_difference(void)
{
	pid_t other = other_process(64 * PAGE + 5, PAGE + 100);
	const char *before = mtree;

	peers = (struct pmap_peers){ .count = 2, .pid = { other, getpid() } };
	changed = 64 * PAGE + 6;
	is_u64(taken(), getpid(), "of a place where neither is like the stub the next one tells");
	ok(kept(), "for the next stops, too");
	end();
	changed = ROM_AT + PAGE + 101;
	is_u64(taken(), getpid(), "the other way round as well");
	end();
	changed = NOTHING;
	mtree = "FlatView #0\r\n AS \"memory\", root: system\r\n"
		"  0000000000000000-000000000003ffff (prio 0, ram): pc.ram\r\n"
		"  0000000000041000-000000000007ffff (prio 0, ram): pc.ram @0000000000041000\r\n"
		"  00000000fffc0000-00000000fffc3fff (prio 0, rom): pc.bios\r\n"
		"  0000000100000000-000000010003ffff (prio 0, ram): pc.ram @0000000000080000\r\n";
	is_u64(taken(), getpid(), "so does it where the stub has no address of the first");
	ok(kept(), "for sure");
	end();
	mtree = before;
	end_process(other);
}

/* Either will do, for this stop. */
static void test_alike(void)
{
	pid_t same = other_process(NOWHERE, NOWHERE);
	pid_t differs = other_process(NOWHERE, PAGE + 100);
	pid_t likewise = other_process(NOWHERE, PAGE + 100);

	peers = (struct pmap_peers){ .count = 2, .pid = { same, getpid() } };
	is_u64(taken(), same, "of two that are alike the first is taken");
	ok(!kept() && asked >= 5, "and is asked for again at the next stop");
	end();
	peers = (struct pmap_peers){
		.count = 3, .pid = { same, getpid(), differs },
	};
	is_u64(taken(), same, "with a third that is not QEMU, too");
	ok(!kept(), "which does not tell the two apart");
	end();
	peers = (struct pmap_peers){
		.count = 3, .pid = { differs, likewise, getpid() },
	};
	is_u64(taken(), getpid(), "one behind two that are alike");
	ok(kept(), "is QEMU for sure");
	end();
	peers = (struct pmap_peers){ .count = 2, .pid = { same, getpid() } };
	is_interrupted = true;
	is_u64(taken(), 0, "Ctrl-C ends the looking for a difference");
	ok(says("cannot be told apart"), "and it is said that none was found");
	end();
	is_interrupted = false;
	end_process(same);
	end_process(differs);
	end_process(likewise);
	peers.pid[0] = same;
	is_u64(taken(), getpid(), "a process that has ended is not it");
	ok(kept(), "the other one is, for sure");
	end();
	peers = (struct pmap_peers){ .count = 1, .pid = { getpid() } };
}

int main(void)
{
	int fd = memfd_create("ram", 0);

	if (ftruncate(fd, LOW + HIGH))
		return 99;
	ram = mmap(NULL, LOW + HIGH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	rom = mmap(NULL, ROM, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < LOW + HIGH; i++)
		ram[i] = i * 7 + i / PAGE + 1;
	for (int i = 0; i < ROM; i++)
		rom[i] = i * 5 + i / PAGE + 1;
	peers = (struct pmap_peers){ .count = 1, .pid = { getpid() } };
	test_believed();
	test_zeros();
	test_pages();
	test_process();
	test_backing();
	test_others();
	test_thrown();
	test_two();
	test_next_difference();
	test_alike();
	return tap_done();
}
