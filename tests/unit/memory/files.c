/*
 * Pieces of memory in files, notes of dumps, and tables seen before.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch/x86/registers.h"
#include "memory/notes.h"
#include "memory/segments.h"
#include "tap.h"
#include "traverse/share.h"

/* --- Pieces --------------------------------------------------------------- */

static int file_of(size_t size)
{
	char name[] = "/tmp/pmap-unit.XXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = i * 7 + i / 4096;

		if (write(fd, &byte, 1) != 1)
			abort();
	}
	return fd;
}

/* Pages that follow one another in the file are read at once, others by themselves. */
static void test_page_reads(void)
{
	enum { PAGE = 4096 };
	static unsigned char page[3][PAGE], want[PAGE];
	static const uint64_t pa[] = { 0x2000, 0x3000, 0x7000 };
	void *const to[] = { page[0], page[1], page[2] };
	enum pmap_read status[3];
	struct pmap_segments s = { 0 };
	int fd = file_of(100 + 6 * PAGE);

	pmap_segments_add(&s, fd, 0x1000, 3 * PAGE, 100 + 2 * PAGE);
	pmap_segments_add(&s, fd, 0x7000, PAGE, 100 + 5 * PAGE);
	ok(!pmap_segments_sort(&s), "nothing is there twice");
	pmap_segments_read_pages(&s, pa, to, 3, status);
	for (int i = 0; i < 3; i++) {
		ok(status[i] == PMAP_READ_OK &&
		   pread(fd, want, PAGE, 100 + (i + 3) * PAGE) == PAGE &&
		   memcmp(page[i], want, PAGE) == 0, "page 0x%x", (unsigned)pa[i]);
	}
	pmap_segments_free(&s);
	close(fd);
}

static void test_segments(void)
{
	struct pmap_segments s = { 0 };
	unsigned char buf[64];
	int fd = file_of(256);

	pmap_segments_add(&s, fd, 0x2000, 64, 128);
	pmap_segments_add(&s, fd, 0x1000, 64, 0);
	pmap_segments_add(&s, fd, 0x1020, 64, 64);	/* half of it is there already */
	pmap_segments_add(&s, fd, 0x1008, 8, 200);	/* all of it is */
	pmap_segments_add(&s, fd, 0x9000, 0, 0);
	pmap_segments_add(&s, fd, 0x9800, 1, 7);
	pmap_segments_add(&s, fd, ~0ULL, 2, 0);
	pmap_segments_add(&s, fd, 0x3000, 64, 240);	/* the file ends before it does */
	ok(pmap_segments_sort(&s), "some of it is there twice");
	is_u64(s.count, 5, "pieces in order, without what is there twice");
	is_u64(pmap_segments_size(&s), 64 + 32 + 64 + 64 + 1, "bytes in all");
	ok(pmap_segments_read(&s, 0x1000, buf, 64) == PMAP_READ_OK &&
	   buf[8] == 8 * 7, "what begins first is used");
	ok(pmap_segments_read(&s, 0x1030, buf, 32) == PMAP_READ_OK &&
	   buf[0] == (unsigned char)(0x30 * 7) && buf[16] == (unsigned char)(96 * 7),
	   "a read that goes on in the next piece");
	is_u64(pmap_segments_read(&s, 0x1050, buf, 32), PMAP_READ_ABSENT,
	       "a read that leaves the last piece");
	is_u64(pmap_segments_read(&s, 0xfff, buf, 1), PMAP_READ_ABSENT,
	       "an address before all");
	is_u64(pmap_segments_read(&s, 0x3000, buf, 16), PMAP_READ_OK,
	       "up to the end of the file");
	is_u64(pmap_segments_read(&s, 0x3008, buf, 16), PMAP_READ_CUT,
	       "and not beyond");
	pmap_segments_free(&s);
	close(fd);
}

/* --- Notes ---------------------------------------------------------------- */

static size_t add_note(unsigned char *to, const char *name, uint32_t type,
		       const void *desc, size_t len)
{
	Elf64_Nhdr head = { strlen(name) + 1, len, type };
	size_t at = sizeof(head);

	memcpy(to, &head, sizeof(head));
	memcpy(to + at, name, strlen(name) + 1);
	at += (strlen(name) + 1 + 3) & ~3u;
	memcpy(to + at, desc, len);
	return at + ((len + 3) & ~3u);
}

/* What a dump asks of GDB while it looks through memory. */
bool pmap_bridge_interrupted(void)
{
	return false;
}

static const void *nothing(void *ctx, uint64_t pa, size_t size)
{
	(void)ctx, (void)pa, (void)size;
	return NULL;
}

static void test_cut_notes(unsigned char *text, size_t len)
{
	struct pmap_notes notes = { .long_mode = true };

	for (size_t cut = 0; cut < len; cut++)
		pmap_notes_parse(&notes, text, cut);
	memset(text, 0xff, 64);
	pmap_notes_parse(&notes, text, len);
	ok(true, "notes cut off anywhere");
	pmap_notes_free(&notes);
}

static void test_notes(void)
{
	static const char info[] = "OSRELEASE=6.1\n"
		"SYMBOL(swapper_pg_dir)=ffffffff82a10000\n"
		"NUMBER(phys_base)=16777216\nNUMBER(pgtable_l5_enabled)=1\n";
	struct pmap_notes notes = { .long_mode = true };
	static const struct pmap_arch arch = {
		.exprs = pmap_x86_exprs,
		.dump_registers = pmap_x86_dump_registers,
	};
	struct pmap_target target = { .arch = &arch };
	unsigned char text[2048] = { 0 };
	uint64_t qemu[54] = { 0 };
	size_t len = 0;

	qemu[17] = 0xffffffff81000000;
	qemu[49] = 0x80050033;
	qemu[52] = 0x1234000;
	qemu[53] = 0x1020;
	len += add_note(text + len, "QEMU", 0, qemu, sizeof(qemu));
	len += add_note(text + len, "VMCOREINFO", 0, info, sizeof(info) - 1);
	len += add_note(text + len, "QEMU", 0, qemu, 100);
	len += add_note(text + len, "CORE", NT_PRPSINFO, qemu, sizeof(qemu));
	pmap_notes_parse(&notes, text, len);
	pmap_vmcoreinfo_settle(&notes.info, nothing, NULL);
	is_u64(notes.cpus, 1, "QEMU's note of a CPU; a short one is none");
	ok(!notes.as_in_file, "nor is a process' name a thread's registers");
	is_u64(notes.cpu[0].rip, 0xffffffff81000000, "its RIP");
	pmap_notes_registers(&notes, 1, &target);
	is_u64(target.reg[PMAP_X86_CR3].value, 0x1234000, "its CR3");
	is_u64(target.reg[PMAP_X86_CR4].value, 0x1020, "its CR4");
	is_u64(target.reg[PMAP_X86_EFER].value, 0xd00, "EFER, of a 64-bit dump");
	ok(target.reg[PMAP_X86_CR4].from == PMAP_FROM_NOTE &&
	   target.reg[PMAP_X86_EFER].from == PMAP_FROM_ASSUMPTION &&
	   target.note_cpu == 0, "the former noted, the latter assumed");
	notes.cpu[0].cr[0] = 0x11;
	target = (struct pmap_target){ .arch = &arch };
	pmap_notes_registers(&notes, 1, &target);
	is_u64(target.reg[PMAP_X86_EFER].value, 0x800, "and of a CPU in it that does not page");
	target = (struct pmap_target){ .arch = &arch };
	target.reg[PMAP_X86_CR3].from = PMAP_FROM_GDB;
	pmap_notes_registers(&notes, 2, &target);
	is_u64(target.reg[PMAP_X86_CR3].value, 0, "what GDB shows stays");
	target = (struct pmap_target){ .arch = &arch };
	pmap_notes_registers(&notes, 2, &target);
	is_u64(target.reg[PMAP_X86_CR3].value, 0x2a10000 + 0x1000000,
	       "a CPU without a note: the kernel's tables, by VMCOREINFO");
	ok(target.reg[PMAP_X86_CR4].value & PML_X86_CR4_LA57, "and their levels");
	is_u64(target.reg[PMAP_X86_CR3].from, PMAP_FROM_ASSUMPTION,
	       "which is an assumption while nothing proves it");
	notes.info.proven = true;
	target = (struct pmap_target){ .arch = &arch };
	ok(pmap_notes_is_kernel_root(&notes, 2, 0x3a10000) &&
	   !pmap_notes_is_kernel_root(&notes, 2, 0x1234000) &&
	   !pmap_notes_is_kernel_root(&notes, 1, 0x3a10000),
	   "it is no CPU's, but the kernel's, where no note tells the CPU's");
	pmap_notes_registers(&notes, 2, &target);
	ok(target.reg[PMAP_X86_CR3].from == PMAP_FROM_DERIVED &&
	   target.reg[PMAP_X86_CR4].from == PMAP_FROM_ASSUMPTION,
	   "the root follows from it, the controls do not");
	pmap_notes_free(&notes);
	test_cut_notes(text, len);
}

/* --- Tables seen before --------------------------------------------------- */

static void test_share(void)
{
	struct pmap_share *share = pmap_share_create();
	struct pmap_run run = { .va = 5, .last = 9, .rights = 3 };
	struct pmap_seen seen = { 0x7000, 0x1000, PMAP_CONTENT_RUN, &run, 1 }, got;
	bool right = true;

	ok(!pmap_share_find(share, 0x7000, 1, 3, &got), "nothing at first");
	pmap_share_add(share, 0x7000, 1, 3, &seen);
	run.rights = 0;
	ok(pmap_share_find(share, 0x7000, 1, 3, &got) && got.va == 0x1000 &&
	   got.run->rights == 3, "what was seen, as it was then");
	ok(!pmap_share_find(share, 0x7000, 1, 1, &got), "not with other rights");
	ok(!pmap_share_find(share, 0x7000, 2, 3, &got), "nor at another level");
	ok(pmap_share_below(share, 0x7000, 2), "but below that level");
	ok(!pmap_share_below(share, 0x7000, 1), "not below its own");
	seen.content = PMAP_CONTENT_MIXED;
	pmap_share_add(share, 0x7000, 1, 1, &seen);
	is_u64(pmap_share_tables(share), 1, "one table, used in two ways");
	for (uint64_t i = 0; i < 100000; i++) {
		seen.va = i;
		pmap_share_add(share, 0x100000 + i * 4096, 1 + i % 4, i % 32, &seen);
	}
	for (uint64_t i = 0; i < 100000; i++)
		right &= pmap_share_find(share, 0x100000 + i * 4096, 1 + i % 4,
					 i % 32, &got) && got.va == i;
	ok(right, "a hundred thousand of them");
	is_u64(pmap_share_tables(share), 100001, "counted");
	pmap_share_destroy(share);
}

/* Whole pages, those that are neighbours with one call. */
static void test_pages(void)
{
	static const uint64_t pa[] = {
		0x10000, 0x11000, 0x12000, 0x13000, 0x14000, 0x20000, 0x21000,
		0x22000,
	};
	enum { COUNT = sizeof(pa) / sizeof(pa[0]) };
	static const enum pmap_read expected[COUNT] = {
		PMAP_READ_OK, PMAP_READ_OK, PMAP_READ_OK, PMAP_READ_ABSENT,
		PMAP_READ_OK, PMAP_READ_OK, PMAP_READ_CUT, PMAP_READ_ABSENT,
	};
	static unsigned char bytes[COUNT][4096], one[4096];
	struct pmap_segments s = { 0 };
	enum pmap_read status[COUNT];
	void *page[COUNT];
	int fd = file_of(5 * 4096 + 100);
	bool right = true, same = true;

	pmap_segments_add(&s, fd, 0x10000, 0x3000, 4096);
	pmap_segments_add(&s, fd, 0x14000, 0x1000, 0);
	pmap_segments_add(&s, fd, 0x20000, 0x2000, 4 * 4096);	/* the file ends */
	pmap_segments_sort(&s);
	for (int i = 0; i < COUNT; i++)
		page[i] = bytes[i];
	pmap_segments_read_pages(&s, pa, page, COUNT, status);
	for (int i = 0; i < COUNT; i++) {
		right &= status[i] == expected[i];
		if (pmap_segments_read(&s, pa[i], one, 4096) == PMAP_READ_OK)
			same &= !memcmp(one, bytes[i], 4096);
	}
	ok(right, "pages in one call: what is there, what is not, where the file ends");
	ok(same, "the same bytes as one by one");
	pmap_segments_free(&s);
	close(fd);
}

static void test_sums(void)
{
	static uint64_t table[512], other[512];
	struct pmap_share *share = pmap_share_create();
	struct pmap_run run = { .va = 5, .last = 9 };
	struct pmap_seen seen = { 0x7000, 0x1000, PMAP_CONTENT_MIXED, &run, 1 }, got;
	uint64_t sum = pmap_share_sum(table, sizeof(table));
	bool differ = true;

	ok(sum & 1, "a sum is no table's address");
	is_u64(pmap_share_sum(other, sizeof(other)), sum, "the same of the same");
	for (int bit = 0; bit < 512 * 64; bit++) {
		other[bit / 64] = 1ULL << bit % 64;
		differ &= pmap_share_sum(other, sizeof(other)) != sum;
		other[bit / 64] = 0;
	}
	ok(differ, "another for every bit that is set");
	pmap_share_add(share, 0x7000, 2, 3, &seen);
	pmap_share_add(share, sum, 2, 3, &seen);
	ok(pmap_share_find(share, sum, 2, 3, &got) && got.pa == 0x7000 &&
	   got.va == 0x1000 && got.content == PMAP_CONTENT_MIXED,
	   "a table is found by it");
	is_u64(pmap_share_tables(share), 1, "and not counted for it");
	pmap_share_destroy(share);
}

int main(void)
{
	test_page_reads();
	test_segments();
	test_pages();
	test_notes();
	test_share();
	test_sums();
	return tap_done();
}
