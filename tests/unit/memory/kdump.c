/*
 * kdump-compressed dumps made here: whole, cut off anywhere, one part of several;
 * and what is no file of memory at all.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dump-arch.h"
#include "kdump.h"
#include "memory/notes.h"
#include "memory/source.h"
#include "opened.h"
#include "tap.h"

static char path[] = "/tmp/pmap-unit.XXXXXX";

static struct pmap_source_piece piece;
static struct pmap_source_args args = { .count = 1, .piece = &piece };
static const struct pmap_target target = { .arch = &arch };
static const struct pmap_open_round round = { .first = true, .target = &target };

static bool open_file(const struct pmap_source_ops *ops)
{
	piece.file = path;
	source = ops->create(&args);
	source->ops = ops;
	return ops->open(source, &round) == PMAP_OPEN_DONE;
}

static void write_file(const void *from, size_t size)
{
	FILE *file = fopen(path, "w");

	if (!file || fwrite(from, size, 1, file) != 1)
		abort();
	fclose(file);
}

static bool open_bytes(const void *from, size_t size)
{
	write_file(from, size);
	return open_file(&pmap_source_kdump);
}

static enum pmap_read at(uint64_t pa, uint64_t *word)
{
	return source->ops->read(source, pa, word, 8);
}

#ifdef HAVE_LIBKDUMPFILE

static void test_whole(void)
{
	uint64_t word;

	make_kdump(false);
	ok(open_bytes(bytes, SIZE), "a dump");
	ok(at(0x3000, &word) == PMAP_READ_OK && word == 103, "its pages");
	is_u64(at(0x9000, &word), PMAP_READ_ABSENT, "what it lacks");
	ok(!strstr(source->why, "cut off") && !strstr(source->why, "split"),
	   "and no more is said");
	end();
	make_kdump(true);
	ok(open_bytes(bytes, SIZE) && says("one part of a split dump"), "one of several parts");
	end();
	/* Its descriptors are of its own frames, 3 to 6, and pages 103 to 106 are elsewhere. */
	put64(BLOCK + 80, 3);
	put64(BLOCK + 88, 7);
	ok(open_bytes(bytes, SIZE - 4 * BLOCK) && !strstr(source->why, "cut off"), "another part");
	end();
	/* What is before the descriptors is none. */
	memset(bytes + DESCS - 24, 0xff, 24);
	ok(open_bytes(bytes, SIZE - 4 * BLOCK) && !strstr(source->why, "cut off"), "the same");
	is_u64(at(0x2000, &word), PMAP_READ_ABSENT, "a page before it");
	ok(at(0x3000, &word) == PMAP_READ_OK && word == 100, "the first page of it");
	ok(at(0x6000, &word) == PMAP_READ_OK && word == 103, "the last page of it");
	is_u64(at(0x7000, &word), PMAP_READ_ABSENT, "a page behind it");
	end();
	put32(DESCS + 8, 2 * BLOCK);
	put32(DESCS + 12, 1);
	ok(open_bytes(bytes, SIZE - 4 * BLOCK), "whose first page is too large");
	is_u64(at(0x3000, &word), PMAP_READ_FAILED, "which is its own");
	end();
	make_kdump(false);
	memset(bytes + 2 * BLOCK, 0, 2 * BLOCK);
	ok(open_bytes(bytes, DESCS) && !strstr(source->why, "cut off"), "no page at all");
	end();
	make_kdump(false);
	put32(DESCS + 2 * 24 + 8, 2 * BLOCK);
	put32(DESCS + 2 * 24 + 12, 1);
	ok(open_bytes(bytes, SIZE), "with a page that is too large");
	is_u64(at(0x2000, &word), PMAP_READ_FAILED, "which cannot be");
	ok(at(0x3000, &word) == PMAP_READ_OK && word == 103, "the others are there");
	end();
}

/* Of 4,096 frames: where the layout of 64 bits has a page's size. */
static void make_32(void)
{
	make_kdump(false);
	memset(bytes + 408, 0, 2 * BLOCK - 408);
	memcpy(bytes + 12 + 4 * 65, "i686\0", 6);
	put32(8, 5);
	put32(416, BLOCK);
	put32(420, 1);
	put32(424, 2);
	put32(428, 4096);
}

/* Opened once more at its place, as another stop does. */
static void test_again(void)
{
	uint64_t word;

	make_kdump(false);
	ok(open_bytes(bytes, SIZE) && source->ops->open(source, &round) == PMAP_OPEN_DONE,
	   "a dump, twice");
	ok(at(0x3000, &word) == PMAP_READ_OK && word == 103, "its pages");
	ok(source->ops->notes(source)->long_mode, "of 64 bits");
	make_32();
	write_file(bytes, SIZE);
	ok(source->ops->open(source, &round) == PMAP_OPEN_DONE, "another one in its place");
	ok(!source->ops->notes(source)->long_mode, "of 32 bits");
	end();
}

/* Of 100,000 frames, of which few are there. */
static void test_large(void)
{
	static const uint32_t there[] = { 0, 5, 32767, 32768, 40000, 40001, 65536, 99999 };
	static unsigned char large[(2 + 8 + 1 + PAGES) * BLOCK];
	size_t bitmap = 6 * BLOCK, descs = 10 * BLOCK, data = 11 * BLOCK;
	uint64_t word;

	make_kdump(false);
	put32(436, 8);
	put32(440, 100000);
	put64(BLOCK + 96, 100000);
	memcpy(large, bytes, 2 * BLOCK);
	for (size_t i = 0; i < PAGES; i++) {
		uint64_t desc[3] = { data + i * BLOCK, BLOCK, 0 };

		large[bitmap + there[i] / 8] |= 1 << there[i] % 8;
		memcpy(large + descs + i * sizeof(desc), desc, sizeof(desc));
		word = 200 + i;
		memcpy(large + data + i * BLOCK, &word, sizeof(word));
	}
	ok(open_bytes(large, sizeof(large)), "a large machine");
	for (size_t i = 0; i < PAGES; i++)
		ok(at((uint64_t)there[i] * BLOCK, &word) == PMAP_READ_OK && word == 200 + i,
		   "frame %u", there[i]);
	end();
	ok(open_bytes(large, sizeof(large) - 2 * BLOCK), "without its last two pages");
	is_u64(at(99999ULL * BLOCK, &word), PMAP_READ_CUT, "which is said of the last");
	is_u64(at(65536ULL * BLOCK, &word), PMAP_READ_CUT, "and of the one before");
	is_u64(at(65535ULL * BLOCK, &word), PMAP_READ_ABSENT, "not of a page that was never there");
	is_u64(at(99998ULL * BLOCK, &word), PMAP_READ_ABSENT, "nor of its neighbour");
	ok(at(40001ULL * BLOCK, &word) == PMAP_READ_OK && word == 205, "others are there");
	end();
	/* A page that cannot be, at a frame whose word has more. */
	word = 2 * BLOCK | 1ULL << 32;
	memcpy(large + descs + 5 * 24 + 8, &word, sizeof(word));
	ok(open_bytes(large, sizeof(large)), "with a page that is too large");
	is_u64(at(40001ULL * BLOCK, &word), PMAP_READ_FAILED, "which is the one");
	ok(at(40000ULL * BLOCK, &word) == PMAP_READ_OK && word == 204, "not the one before");
	end();
}

/* What the notes learn of the headers. */
static void test_notes(void)
{
	static const struct {
		const char *name;
		uint16_t number;
	} machines[] = {
		{ "x86_64", EM_X86_64 }, { "aarch64", EM_AARCH64 }, { "riscv64", EM_RISCV },
		{ "Unknown", 0 }, { "sparc64", 0 },
	};
	static const char root[] = "SYMBOL(init_top_pgt)=ffffffff82000000\n";
	const uint32_t head[3] = { 11, sizeof(root), 0 };
	const struct pmap_notes *notes;

	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		make_kdump(false);
		memset(bytes + 12 + 4 * 65, 0, 65);
		strcpy((char *)bytes + 12 + 4 * 65, machines[i].name);
		ok(open_bytes(bytes, SIZE), "%s", machines[i].name);
		notes = source->ops->notes(source);
		is_u64(notes->machine, machines[i].number, "its number");
		ok(notes->long_mode, "its headers are of 64 bits");
		end();
	}
	make_kdump(false);
	put64(BLOCK, 0x1000000);
	put64(BLOCK + 32, SIZE - sizeof(root));
	put64(BLOCK + 40, sizeof(root));
	memcpy(bytes + SIZE - sizeof(root), root, sizeof(root));
	ok(open_bytes(bytes, SIZE), "VMCOREINFO at the end of the file");
	notes = source->ops->notes(source);
	ok(notes->info.has_root && notes->info.root_va == 0xffffffff82000000, "is read");
	ok(notes->info.base_from == PMAP_BASE_HEADER && notes->info.base == 0x1000000,
	   "and the header's phys_base");
	end();
	make_kdump(false);
	put64(BLOCK + 48, DATA);
	put64(BLOCK + 56, 12 + 12 + sizeof(root));
	memcpy(bytes + DATA, head, sizeof(head));
	memcpy(bytes + DATA + 12, "VMCOREINFO", 11);
	memcpy(bytes + DATA + 24, root, sizeof(root));
	ok(open_bytes(bytes, SIZE), "a note of it");
	ok(source->ops->notes(source)->info.has_root, "is read");
	end();
}

static void test_32_bits(void)
{
	uint64_t word;

	make_32();
	ok(open_bytes(bytes, SIZE) && !strstr(source->why, "cut off"), "a dump of 32 bits");
	ok(at(0x3000, &word) == PMAP_READ_OK && word == 103, "its pages");
	end();
	ok(open_bytes(bytes, SIZE - BLOCK) && says("cut off: pages are missing"), "cut off");
	end();
	/* An offset of 2^32, in two words. */
	put32(BLOCK + 24, 1);
	put32(BLOCK + 28, 16);
	ok(!open_bytes(bytes, SIZE) && says("notes that the file has not"), "VMCOREINFO far away");
	end();
}

static void test_cut(void)
{
	static const size_t headers[] = { 300, 430, 600, BLOCK, 2 * BLOCK, DESCS - 1 };
	static const size_t pages[] = {
		DESCS + 1, DATA, DATA + 3 * BLOCK, SIZE - BLOCK, SIZE - 1,
	};
	uint64_t word;

	make_kdump(false);
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		ok(!open_bytes(bytes, headers[i]) && says("cut off in its headers"),
		   "cut off at %zu", headers[i]);
		end();
	}
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		ok(open_bytes(bytes, pages[i]) && says("cut off: pages are missing"),
		   "cut off at %zu", pages[i]);
		is_u64(at(0x7000, &word), PMAP_READ_CUT, "the last page");
		if (pages[i] >= DATA + BLOCK)
			ok(at(0, &word) == PMAP_READ_OK && word == 100, "the first one is there");
		end();
	}
}

/* The library would take these numbers as they are: for sizes of memory, and of loops. */
static void test_damaged(void)
{
	static const struct {
		size_t at;
		uint32_t value;
		const char *says;
	} words[] = {
		{ 440, 65537, "the numbers in its header do not fit together" },
		{ 428, 1 << 18, "is cut off in its headers" },
		{ BLOCK + 48, SIZE + 100, "its header has notes that the file has not" },
		{ 428, 0, "the numbers in its header do not fit together" },
		{ 428, BLOCK + 1, "the numbers in its header do not fit together" },
		{ 428, 128 * BLOCK, "the numbers in its header do not fit together" },
		{ BLOCK + 40, SIZE + 1, "its header has notes that the file has not" },
		{ BLOCK + 48, SIZE - 63, "its header has notes that the file has not" },
		{ BLOCK + 60, 1, "its header has notes that the file has not" },
		{ BLOCK + 72, SIZE + 1, "its header has notes that the file has not" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		make_kdump(false);
		put64(BLOCK + 56, 64);
		put32(words[i].at, words[i].value);
		ok(!open_bytes(bytes, SIZE) && says(words[i].says), "0x%x at %zu",
		   words[i].value, words[i].at);
		end();
	}
	make_kdump(false);
	put32(440, 65536);	/* as many as there are bits */
	ok(open_bytes(bytes, SIZE), "as many frames as bits");
	end();
	make_kdump(false);
	put64(BLOCK + 56, (64ULL << 20) + 1);
	ok(!open_bytes(bytes, SIZE), "notes of more than 64 MiB");
	end();
	make_kdump(false);
	put64(BLOCK + 56, 64ULL << 20);
	put64(BLOCK + 64, 1ULL << 60);	/* where there is nothing */
	ok(!open_bytes(bytes, SIZE), "notes of as many, and nothing at all behind the end");
	end();
	ok(truncate(path, 128 << 20) == 0 && open_file(&pmap_source_kdump), "where the file has them");
	end();
	make_kdump(false);
	put64(BLOCK + 56, (64ULL << 20) + 1);
	ok(!open_bytes(bytes, SIZE), "one byte more");
	end();
	ok(truncate(path, 128 << 20) == 0 && !open_file(&pmap_source_kdump) &&
	   says("notes that the file has not"), "also where the file could have them");
	end();
	make_kdump(false);
	put32(416, htobe32(BLOCK));
	put32(424, htobe32(64));
	ok(!open_bytes(bytes, SIZE) && says("is of a big-endian machine"), "by the layout of 32 bits");
	end();
	make_kdump(false);
	put32(436, 1 << 29);	/* of bitmaps */
	ok(!open_bytes(bytes, SIZE) && says("is cut off in its headers"), "large bitmaps");
	end();
	ok(truncate(path, 1LL << 42) == 0 && !open_file(&pmap_source_kdump) &&
	   says("claims more memory than a machine has"), "the same in a file with holes");
	end();
}

static void test_flat(void)
{
	static unsigned char flat[SIZE + 2 * FLAT] = "makedumpfile";
	size_t used, half;
	uint64_t word;

	make_kdump(false);
	used = half = flatten(FLAT, flat, DATA, SIZE - DATA);
	used = flatten(used, flat, 0, DATA);
	memset(flat + used, 0xff, 16);
	used += 16;
	ok(open_bytes(flat, used) && at(0x5000, &word) == PMAP_READ_OK && word == 105,
	   "a flattened dump");
	end();
	ok(!open_bytes(flat, used - 16) && says("cut off"), "without its end");
	end();
	ok(!open_bytes(flat, half) && says("cut off"), "without a piece");
	end();
	ok(!open_bytes(flat, half - 100) && says("cut off"), "with half of one");
	end();
}

#else

static void test_whole(void)
{
	make_kdump(false);
	ok(!open_bytes(bytes, SIZE) && says("built without libkdumpfile"),
	   "a dump needs libkdumpfile");
	end();
	(void)at;
}

static void test_cut(void)
{
}

static void test_flat(void)
{
}

#endif

/* Opening what is no regular file must not wait, whoever opens it. */
static void test_others(void)
{
	static const struct pmap_source_ops *const all[] = {
#ifdef HAVE_LIBKDUMPFILE
		&pmap_source_kdump,
#endif
		&pmap_source_elfcore, &pmap_source_file,
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		unlink(path);
		ok(!mkfifo(path, 0600) && !open_file(all[i]) && says("no regular file"),
		   "%s: a pipe", all[i]->name);
		end();
		unlink(path);
		ok(!mkdir(path, 0700) && !open_file(all[i]) && says("is a directory"),
		   "%s: a directory", all[i]->name);
		end();
		rmdir(path);
		ok(!open_file(all[i]) && says("No such file"), "%s: nothing", all[i]->name);
		end();
		fclose(fopen(path, "w"));
		ok(!open_file(all[i]) && says("is empty"), "%s: an empty file", all[i]->name);
		end();
	}
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 99;
	close(fd);
	test_whole();
	test_again();
	test_large();
	test_notes();
	test_32_bits();
	test_cut();
	test_damaged();
	test_flat();
	test_others();
	unlink(path);
	return tap_done();
}
