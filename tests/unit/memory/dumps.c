/*
 * Dumps and images as they are written: what is where in them, which registers
 * they know, and how sure that is; what is no memory at all is refused by name.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include <elf.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_SNAPPY
#include <snappy-c.h>
#endif

#include "dump-arch.h"
#include "memory/corefile.h"
#include "memory/source.h"
#include "opened.h"
#include "tap.h"

#define MAP	0xffffffff80000000ULL
#define BASE	0x3000000ULL	/* where the kernel was loaded, beyond its link address */
#define ROOT	0x5000		/* of its tables, in the image, which is the kernel's too */

/* --- A file in the making ------------------------------------------------- */

static unsigned char bytes[512 << 10];
static size_t used;
static char path[] = "/tmp/pmap-unit.XXXXXX";

static void put(const void *from, size_t size)
{
	memcpy(bytes + used, from, size);
	used += size;
}

static void begin(void)
{
	memset(bytes, 0, sizeof(bytes));
	used = 0;
}

static void pad(size_t to)
{
	used = to;
}

static size_t put_note(const char *name, uint32_t type, const void *desc,
		       size_t len)
{
	Elf64_Nhdr head = { strlen(name) + 1, len, type };
	size_t at = used;

	put(&head, sizeof(head));
	put(name, strlen(name) + 1);
	pad((used + 3) & ~3u);
	put(desc, len);
	pad((used + 3) & ~3u);
	return used - at;
}

static void put_head(unsigned segments)
{
	Elf64_Ehdr head = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
		.e_type = ET_CORE, .e_machine = EM_X86_64, .e_version = 1,
		.e_phoff = sizeof(head), .e_ehsize = sizeof(head),
		.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = segments,
	};

	begin();
	put(&head, sizeof(head));
}

static void put_segment(uint32_t type, uint64_t offset, uint64_t va,
			uint64_t pa, uint64_t size)
{
	Elf64_Phdr segment = {
		.p_type = type, .p_offset = offset, .p_vaddr = va,
		.p_paddr = pa, .p_filesz = size, .p_memsz = size,
	};

	put(&segment, sizeof(segment));
}

/* --- A source that reads it ----------------------------------------------- */

static struct pmap_source_piece piece;
static struct pmap_source_args args = { .count = 1, .piece = &piece };

static bool open_as(const struct pmap_source_ops *ops, bool has_value,
		    uint64_t value)
{
	const struct pmap_target target = { .arch = &arch };
	const struct pmap_open_round round = { .first = true, .target = &target };
	FILE *file = fopen(path, "w");

	piece = (struct pmap_source_piece){
		.file = path,
		.expr[0] = { .text = has_value ? path : NULL, .value = value },
	};

	if (!file || fwrite(bytes, used, 1, file) != 1)
		abort();
	fclose(file);
	source = ops->create(&args);
	source->ops = ops;
	return ops->open(source, &round) == PMAP_OPEN_DONE;
}

/* The word at an address of it; ~0 if there is none. */
static uint64_t at(uint64_t pa)
{
	uint64_t word;

	return source->ops->read(source, pa, &word, 8) == PMAP_READ_OK ? word :
								   ~0ULL;
}

static struct pmap_target registers(int thread)
{
	struct pmap_target target = { .arch = &arch };

	source->ops->registers(source, thread, &target);
	return target;
}

/* --- Where things are ----------------------------------------------------- */

static void mark_page(size_t offset, uint64_t word)
{
	pad(offset);
	put(&word, 8);
	pad(offset + 4096);
}

static void test_nowhere(void)
{
	put_head(4);
	put_segment(PT_LOAD, 0x1000, 0, 0, 4096);
	put_segment(PT_LOAD, 0x2000, MAP, ~0ULL, 4096);
	put_segment(PT_LOAD, 0x3000, MAP, 0xffffffff, 4096);
	put_segment(PT_LOAD, 0x4000, 0, 0x100000000, 4096);
	for (int i = 1; i < 5; i++)
		mark_page(i * 0x1000, i);
	ok(open_as(&pmap_source_elfcore, false, 0), "a core of 64 bits");
	ok(at(0) == 1 && at(0x100000000) == 4, "segments are where they say");
	is_u64(at(0xffffffff), ~0ULL, "0xffffffff is no address");
	ok(says("2 pieces"), "nor is -1");
	is_u64(source->ops->read(source, 0x5000, bytes, 8), PMAP_READ_ABSENT,
	       "what the file lacks is not in it, RAM or not");
	end();
}

static void test_nowhere_32(void)
{
	Elf32_Ehdr head = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, 1 },
		.e_type = ET_CORE, .e_machine = EM_386, .e_phnum = 2,
		.e_phoff = sizeof(head), .e_phentsize = sizeof(Elf32_Phdr),
	};
	Elf32_Phdr segment = {
		.p_type = PT_LOAD, .p_offset = 0x1000, .p_paddr = 0x7000,
		.p_filesz = 4096,
	};

	begin();
	put(&head, sizeof(head));
	put(&segment, sizeof(segment));
	segment.p_paddr = 0xffffffff;
	segment.p_offset = 0x2000;
	put(&segment, sizeof(segment));
	mark_page(0x1000, 1);
	mark_page(0x2000, 2);
	ok(open_as(&pmap_source_elfcore, false, 0), "a core of 32 bits");
	is_u64(at(0x7000), 1, "a segment that has an address");
	ok(at(0xffffffff) == ~0ULL && says("1 piece,"), "and one that has none");
	end();
}

/* A file that ends early says so, and how much that is. */
static void test_cut(void)
{
	put_head(3);
	put_segment(PT_LOAD, 0x1000, 0, 0, 0x2000);
	put_segment(PT_LOAD, 0x3000, 0, 0x10000, 0x3000);
	put_segment(PT_LOAD, 0x6000, 0, 0x20000, 0x1000);
	mark_page(0x1000, 1);
	pad(0x4400);
	ok(open_as(&pmap_source_elfcore, false, 0) &&
	   says("3 pieces, 0 MiB, of which 11 KiB are missing: the file is cut off"), "a core that is cut off");
	is_u64(at(0), 1, "what there is of it");
	is_u64(source->ops->read(source, 0x11000, bytes, 8), PMAP_READ_OK, "up to the end");
	is_u64(source->ops->read(source, 0x11400, bytes, 8), PMAP_READ_CUT, "and what is behind it");
	is_u64(source->ops->read(source, 0x20000, bytes, 8), PMAP_READ_CUT, "a whole segment");
	is_u64(source->ops->read(source, 0x30000, bytes, 8), PMAP_READ_ABSENT,
	       "what it never had is another thing");
	end();
}

static void test_lime(void)
{
	uint64_t head[4] = { 0x14c694d45, 0x1000, 0x4fff, 0 };

	begin();
	put(head, sizeof(head));
	pad(sizeof(head) + 0x4000);
	ok(open_as(&pmap_source_file, false, 0) && !strstr(source->why, "missing"),
	   "an image of LiME's");
	end();
	begin();
	put(head, sizeof(head));
	pad(sizeof(head) + 0x1800);
	ok(open_as(&pmap_source_file, false, 0) && says("10 KiB are missing: the file is cut off"),
	   "one that is cut off");
	ok(source->ops->read(source, 0x27f8, bytes, 8) == PMAP_READ_OK &&
	   source->ops->read(source, 0x2800, bytes, 8) == PMAP_READ_CUT, "where it ends");
	end();
}

static void test_program(void)
{
	put_head(2);
	put_segment(PT_LOAD, 0x1000, 0x400000, 0, 4096);
	put_segment(PT_LOAD, 0x2000, 0x600000, 0, 4096);
	mark_page(0x1000, 1);
	mark_page(0x2000, 2);
	ok(!open_as(&pmap_source_elfcore, false, 0) &&
	   says("is the core of a program"), "a program's core");
	end();
}

/* --- What Linux tells ----------------------------------------------------- */

/*
 * A kernel of 2 MiB and its tables, in a core with that text as VMCOREINFO.  The
 * tables map it at MAP to MAP + 2M, if `right`.
 */
static void put_kernel(const char *text, bool segment, bool right)
{
	const uint64_t table = 0x63;
	uint64_t pa = BASE, entry;

	put_head(2);
	put_segment(PT_NOTE, 0x200, 0, 0, 12 + 12 + ((strlen(text) + 3) & ~3ul));
	put_segment(PT_LOAD, 0x1000, segment ? MAP : 0, pa, 0x10000);
	pad(0x200);
	put_note("VMCOREINFO", 0, text, strlen(text));
	entry = (pa + ROOT + 0x1000) | table;
	memcpy(bytes + 0x1000 + ROOT + 511 * 8, &entry, 8);
	entry = (pa + ROOT + 0x2000) | table;
	memcpy(bytes + 0x1000 + ROOT + 0x1000 + 510 * 8, &entry, 8);
	entry = (pa & -0x200000ULL) | 0xe3 | (right ? 0 : 0x200000);
	memcpy(bytes + 0x1000 + ROOT + 0x2000, &entry, 8);
	pad(0x11000);
}

#define SYMBOLS "OSRELEASE=6.1\nSYMBOL(init_top_pgt)=ffffffff80005000\n" \
	"SYMBOL(_stext)=ffffffff80000000\n"

static void test_kernel(void)
{
	static const struct {
		const char *text;
		bool segment, right;
		const char *root, *how;
	} cases[] = {
		{ SYMBOLS "NUMBER(phys_base)=50331648\n", false, true,
		  "0x3005000, which map the kernel", "" },
		{ SYMBOLS, true, true, "0x3005000, which map the kernel",
		  "phys_base by the segment of the kernel's text" },
		{ SYMBOLS, true, false, "0x3005000, assumed: they do not map",
		  "by the segment" },
		{ SYMBOLS, false, true, "0x5000, assumed: they do not map",
		  "phys_base is not told, 0 is assumed" },
		{ SYMBOLS "NUMBER(phys_base)=4096\n", true, true,
		  "0x6000, assumed: they do not map", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put_kernel(cases[i].text, cases[i].segment, cases[i].right);
		ok(open_as(&pmap_source_elfcore, false, 0) &&
		   says(cases[i].root) && says(cases[i].how),
		   "VMCOREINFO, case %zu", i);
		end();
	}
}

static void test_encryption(void)
{
	struct pmap_target target;

	put_kernel(SYMBOLS "NUMBER(sme_mask)=140737488355328\n", true, true);
	open_as(&pmap_source_elfcore, false, 0);
	target = registers(1);
	ok(target.reg[PMAP_X86_CBIT].from == PMAP_FROM_DERIVED, "VMCOREINFO tells the C-bit");
	is_u64(target.reg[PMAP_X86_CBIT].value, 1ULL << 47, "which it is");
	end();
	put_kernel(SYMBOLS "NUMBER(sme_mask)=0\n", true, true);
	open_as(&pmap_source_elfcore, false, 0);
	ok(!registers(1).reg[PMAP_X86_CBIT].from, "or that there is none");
	end();
	put_kernel(SYMBOLS "NUMBER(sme_mask)=12345678901234\n", true, true);
	open_as(&pmap_source_elfcore, false, 0);
	ok(!registers(1).reg[PMAP_X86_CBIT].from, "a mask of several bits is none");
	end();
	put_kernel(SYMBOLS "NUMBER(sme_mask)=1152921504606846976\n", true, true);
	open_as(&pmap_source_elfcore, false, 0);
	ok(!registers(1).reg[PMAP_X86_CBIT].from, "nor is a bit of no address");
	end();
}

/* --- QEMU's of AArch64 ---------------------------------------------------- */

#define ARM64_RAM	0x40000000ULL

static unsigned texts;		/* of VMCOREINFO that the architecture was shown */
static char last_text[64];

static void note_text(struct pmap_target *target, const struct pmap_dump *dump)
{
	(void)target;
	if (!dump->vmcoreinfo || !dump->at || !dump->is_64bit)
		return;
	texts++;
	snprintf(last_text, sizeof(last_text), "%.40s", dump->vmcoreinfo);
}

/* Two threads; in memory an older kernel's text, and this one's twice. */
static void put_arm64(void)
{
	static const char old[] = "OSRELEASE=5.10\nSYMBOL(swapper_pg_dir)=1\n";
	static const char now[] = "OSRELEASE=6.1\nSYMBOL(swapper_pg_dir)=2\n";
	unsigned char status[392] = { 0 };
	size_t notes, memory = 4096;

	put_head(2);
	((Elf64_Ehdr *)(void *)bytes)->e_machine = EM_AARCH64;
	put_segment(PT_NOTE, sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr), 0, 0,
		    2 * (12 + 8 + sizeof(status)));
	put_segment(PT_LOAD, memory, 0, ARM64_RAM, 4 * 4096);
	notes = used;
	for (uint64_t i = 1; i < 3; i++) {
		uint64_t pc = 0xffff800008000000ULL + i;

		memcpy(status + 32, &i, 4);
		memcpy(status + 112 + 32 * 8, &pc, 8);
		put_note("CORE", NT_PRSTATUS, status, sizeof(status));
	}
	if (used - notes != 2 * (12 + 8 + sizeof(status)))
		abort();
	pad(memory);
	put(old, sizeof(old));
	pad(memory + 4096 + 24);
	put(now, sizeof(now));
	pad(memory + 3 * 4096);
	put(now, sizeof(now));
	pad(memory + 4 * 4096);
}

static void test_arm64(void)
{
	static const struct pmap_arch asks = {
		.exprs = pmap_x86_exprs, .dump_registers = note_text,
	};
	struct pmap_target target = { .arch = &asks };
	const struct pmap_notes *notes;
	Elf64_Ehdr head;

	put_arm64();
	ok(open_as(&pmap_source_elfcore, false, 0), "a dump of AArch64 without VMCOREINFO's note");
	notes = source->ops->notes(source);
	is_u64(notes->threads, 2, "its threads");
	ok(pmap_notes_tells_root(notes), "the text is found in memory");
	says("Linux's VMCOREINFO, found in its memory");
	source->ops->registers(source, 1, &target);
	is_u64(texts, 2, "the two that differ");
	ok(strncmp(last_text, "OSRELEASE=6.1\n", 14) == 0, "in the order of memory");
	ok(pmap_corefile_of(notes) &&
	   pread(PMAP_COREFILE_FD, &head, sizeof(head), 0) == sizeof(head) &&
	   head.e_machine == EM_AARCH64, "a core file of that machine for GDB");
	end();
	memset(bytes + 4096, 0, 4 * 4096);
	ok(open_as(&pmap_source_elfcore, false, 0), "without a text in memory, too");
	ok(!pmap_notes_tells_root(source->ops->notes(source)), "no root is told");
	says("it tells no root: give --root and --format");
	end();
}

/* --- Other hypervisors ---------------------------------------------------- */

/* What GDB gets of it: a core file with a thread for each CPU. */
static void test_corefile(void)
{
	const struct pmap_notes *notes = source->ops->notes(source);
	struct pmap_notes got = { .long_mode = true };
	unsigned char core[2048];
	uint64_t pc;
	ssize_t size;

	ok(!pmap_corefile_in_use(), "nobody has a core file of pmap's open");
	ok(pmap_corefile_of(notes), "a core file for GDB");
	size = pread(PMAP_COREFILE_FD, core, sizeof(core), 0);
	is_u64(size, 64 + 56 + 2 * (12 + 8 + 336), "two notes, and no memory");
	pmap_notes_parse(&got, core + 64 + 56, size - 64 - 56);
	is_u64(got.threads, 2, "a thread for each CPU");
	ok(pmap_notes_numbered(&got), "numbered, so that GDB tells them apart");
	ok(pmap_notes_pc(&got, &arch, 1, &pc) && pc == 0xffffffff81234567,
	   "where it stopped");
	is_u64(((uint64_t *)(got.thread[1].bytes + 112))[20], 0x18,
	       "and its segments: SS");
	pmap_notes_free(&got);
}

static void test_virtualbox(void)
{
	uint64_t cpu[80] = { 0x00010005ULL << 32 };
	struct pmap_target target;
	size_t notes;

	put_head(2);
	used = 0x200;
	cpu[36] = 0x80050033;
	cpu[37] = 0x1111;
	cpu[38] = 0x2222000;
	cpu[39] = 0x6f0;
	cpu[61] = 0xd01;
	cpu[63] = 0x0407050600070106;
	cpu[14] = 0xffffffff81234567;
	cpu[35] = 0xabcd0018;
	notes = put_note("VBCORE", 0xb00, cpu, 24);
	notes += put_note("VBCPU", 0xb01, cpu, sizeof(cpu));
	cpu[38] = 0x3333000;
	notes += put_note("VBCPU", 0xb01, cpu, sizeof(cpu));
	pad(64);
	put_segment(PT_NOTE, 0x200, 0, 0, notes);
	put_segment(PT_LOAD, 0x1000, 0, 0, 4096);
	mark_page(0x1000, 7);
	ok(open_as(&pmap_source_elfcore, false, 0) &&
	   says("VirtualBox's notes of 2 CPUs"), "a core of VirtualBox'");
	target = registers(2);
	is_u64(target.reg[PMAP_X86_CR3].value, 0x3333000, "the second CPU's CR3");
	is_u64(target.reg[PMAP_X86_CR0].value, 0x80050033, "CR0");
	is_u64(target.reg[PMAP_X86_CR2].value, 0x1111, "CR2");
	is_u64(target.reg[PMAP_X86_CR4].value, 0x6f0, "CR4");
	is_u64(target.reg[PMAP_X86_EFER].value, 0xd01, "EFER, which QEMU does not tell");
	is_u64(target.reg[PMAP_X86_PAT].value, 0x0407050600070106, "and PAT");
	is_u64(at(0), 7, "its memory");
	test_corefile();
	end();
}

/* Sections: names, pages, which page is where, CPUs. */
static void put_xen(const char *list, const uint64_t *frames, size_t count,
		    size_t size)
{
	static const char names[] = "\0.shstrtab\0.xen_pages\0.xen_prstatus\0";
	Elf64_Ehdr *head = (Elf64_Ehdr *)bytes;
	Elf64_Shdr section[5] = {
		[1] = { .sh_name = 1, .sh_offset = 0x800, .sh_size = 64 },
		[2] = { .sh_name = 11, .sh_offset = 0x3000, .sh_size = 3 * 4096 },
		[3] = { .sh_name = 22, .sh_offset = 0x1000, .sh_size = 5168 },
		[4] = { .sh_name = sizeof(names) - 1, .sh_offset = 0x900,
			.sh_size = count * size },
	};
	uint64_t cr3 = 0x1235000;

	put_head(0);
	head->e_shoff = 0x400;
	head->e_shnum = 5;
	head->e_shentsize = sizeof(section[0]);
	head->e_shstrndx = 1;
	pad(0x400);
	put(section, sizeof(section));
	pad(0x800);
	put(names, sizeof(names) - 1);
	put(list, strlen(list) + 1);
	pad(0x900);
	put(frames, count * size);
	memcpy(bytes + 0x1000 + 4984 + 3 * 8, &cr3, 8);
	for (int i = 0; i < 3; i++)
		mark_page(0x3000 + i * 4096, 100 + i);
}

static void test_xen(void)
{
	static const uint64_t pfn[] = { 0x10, 0x11, 0x20 };
	static const uint64_t p2m[] = { 0x10, 0x99, 0x11, 0x98, 0x20, ~0ULL };

	put_xen(".xen_pfn", pfn, 3, 8);
	ok(open_as(&pmap_source_elfcore, false, 0) &&
	   says("Xen's notes of 1 CPU") && says("2 pieces"), "a core of Xen's");
	ok(at(0x10000) == 100 && at(0x11000) == 101 && at(0x20000) == 102,
	   "a guest's own frames");
	is_u64(at(0x12000), ~0ULL, "and what it has not");
	is_u64(registers(1).reg[PMAP_X86_CR3].value, 0x1235000, "CR3");
	end();
	put_xen(".xen_p2m", p2m, 3, 16);
	ok(open_as(&pmap_source_elfcore, false, 0) && at(0x99000) == 100 &&
	   at(0x98000) == 101, "a paravirtual guest's tables have machine frames");
	is_u64(at(0x10000), ~0ULL, "which its own are not");
	end();
	put_xen(".xen_map", p2m, 3, 16);
	ok(!open_as(&pmap_source_elfcore, false, 0) && says(".xen_p2m"),
	   "one that does not say which page is where");
	end();
}

/* --- Marks ---------------------------------------------------------------- */

static void test_marks(void)
{
	static const struct {
		const char *mark;
		size_t size;
		const char *says;
	} cases[] = {
		{ "PAGEDU64", 8, "a Windows crash dump" },
		{ "\xd2\xbe\xd2\xbe", 4, "vmss2core" },
		{ "\x1f\x8b\x08", 3, "compressed by gzip" },
		{ "\x28\xb5\x2f\xfd", 4, "compressed by zstd" },
		{ "QFI\xfb", 4, "a qcow2 disk image" },
		{ "QED\0", 4, "a QED disk image" },
		{ "MDMP\x93\xa7", 6, "a Windows minidump, of a program" },
		{ "EVF\x09\x0d\x0a\xff", 7, "an EnCase image" },
		{ "QEVM", 4, "a migration stream of QEMU's" },
		{ "LibvirtQemudSave", 16, "dump-guest-memory" },
		{ "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\4\0", 18, "`pmap source elfcore FILE' reads it" },
		{ "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0", 18, "an ELF file, but no core" },
		{ "\177ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\4", 18, "big-endian" },
		{ "KDUMP   ", 8, "`pmap source kdump FILE' reads it" },
		{ "makedumpfile", 13, "`pmap source kdump FILE' reads it" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin();
		put(cases[i].mark, cases[i].size);
		pad(4096);
		ok(!open_as(&pmap_source_file, false, 0) && says(cases[i].says),
		   "refused: %s", cases[i].says);
		end();
		ok(open_as(&pmap_source_file, true, 0x1000) &&
		   source->ops->read(source, 0x1000, bytes, 8) == PMAP_READ_OK,
		   "but read where its address is given");
		end();
	}
	begin();
	mark_page(0, 42);
	ok(open_as(&pmap_source_file, false, 0) && at(0) == 42,
	   "what has no mark is raw memory");
	end();
	begin();
	put("\x1f\x8b\x08", 3);
	ok(!open_as(&pmap_source_file, false, 0) && says("gzip"),
	   "a mark in a file of a few bytes");
	end();
	begin();
	used = 257;
	put("ustar", 5);
	pad(10240);
	ok(!open_as(&pmap_source_file, false, 0) && says("a tar archive"),
	   "one that is not at the beginning");
	end();
}

/* --- AVML ----------------------------------------------------------------- */

static void put_chunk(unsigned kind, const void *data, size_t len)
{
	unsigned char head[8] = { kind, (len + 4), (len + 4) >> 8, (len + 4) >> 16 };

	put(head, sizeof(head));
	put(data, len);
}

static void put_range(uint64_t first, uint64_t size, uint64_t word)
{
	static const unsigned char stream[] = "\xff\x06\0\0sNaPpY";
	uint64_t head[4] = { 0x24c4d5641, first, first + size - 1, 0 };
	static uint64_t memory[65536 / 8];

	put(head, sizeof(head));
	put(stream, sizeof(stream) - 1);
	for (uint64_t at = 0; at < size; at += sizeof(memory)) {
		size_t part = size - at < sizeof(memory) ? size - at : sizeof(memory);
#ifdef HAVE_SNAPPY
		static char packed[80000];
		size_t len = sizeof(packed);
#endif

		for (size_t i = 0; i < part / 8; i++)
			memory[i] = (i % 512 ? i * word * 0x9e3779b97f4a7c15 : word) + at;
#ifdef HAVE_SNAPPY
		if (at == 0) {
			snappy_compress((char *)memory, part, packed, &len);
			put_chunk(0, packed, len);
			continue;
		}
#endif
		put_chunk(1, memory, part);
	}
	put(&size, sizeof(size));
}

static void test_avml(void)
{
	begin();
	put_range(0x100000, 0x20000, 7);
	put_range(0x1000, 0x3000, 9);
#ifdef HAVE_SNAPPY
	ok(open_as(&pmap_source_file, false, 0) && says("of AVML"),
	   "an image of AVML's");
	ok(at(0x100000) == 7 && at(0x103000) == 7, "what is compressed");
	is_u64(at(0x110000), 0x10007, "what is not");
	ok(at(0x1000) == 9 && at(0x3ff8) != ~0ULL, "another range");
	ok(at(0x4000) == ~0ULL && at(0xff8) == ~0ULL, "and what is in none");
	is_u64(source->ops->read(source, 0x10fff8, bytes, 16), PMAP_READ_OK,
	       "from one frame into the next");
	end();
	for (size_t cut = used - 1; cut > 32; cut -= 1 + cut / 20) {
		used = cut;
		if (open_as(&pmap_source_file, false, 0))
			at(0x100000);
		end();
	}
	ok(true, "cut off anywhere");
#else
	ok(!open_as(&pmap_source_file, false, 0) && says("built without snappy"),
	   "an image of AVML's needs snappy");
	end();
#endif
}

/* --- Pieces --------------------------------------------------------------- */

static void test_layout(void)
{
	begin();
	mark_page(0, 1);
	mark_page(0x1000, 2);
	args.machine = (char *)"q35";
	ok(open_as(&pmap_source_file, false, 0) && at(0) == 1 && at(0x1000) == 2 &&
	   says("machine q35"), "a small machine's RAM is in one piece");
	end();
	args.machine = (char *)"vax";
	ok(!open_as(&pmap_source_file, false, 0) && says("there are: q35, pc"),
	   "a machine that is not known");
	end();
	args.machine = NULL;
	args.map = (char *)"/dev/null";
	ok(!open_as(&pmap_source_file, false, 0) && says("info mtree -f"),
	   "a map that is none");
	end();
	args.map = NULL;
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 99;
	close(fd);
	test_nowhere();
	test_nowhere_32();
	test_cut();
	test_lime();
	test_program();
	test_kernel();
	test_encryption();
	test_arm64();
	test_virtualbox();
	test_xen();
	test_marks();
	test_avml();
	test_layout();
	unlink(path);
	return tap_done();
}
