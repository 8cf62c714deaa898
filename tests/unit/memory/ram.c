/*
 * Which physical addresses are RAM: QEMU's words for it, and what is made of
 * them.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <string.h>

#include "memory/ram.h"
#include "tap.h"

/* As QEMU 7.2 writes it, shortened; its monitor ends lines with CR LF. */
static const char mtree[] =
	"FlatView #0\r\n"
	" AS \"i440FX\", root: bus master container\r\n"
	" Root memory region: (none)\r\n"
	"  No rendered FlatView\r\n"
	"\r\n"
	"FlatView #1\r\n"
	" AS \"I/O\", root: io\r\n"
	" Root memory region: io\r\n"
	"  0000000000000000-0000000000000007 (prio 0, i/o): dma-chan\r\n"
	"\r\n"
	"FlatView #2\r\n"
	" AS \"memory\", root: system\r\n"
	" AS \"cpu-memory-0\", root: system\r\n"
	" Root memory region: system\r\n"
	"  0000000000000000-000000000009ffff (prio 0, ram): pc.ram\r\n"
	"  00000000000a0000-00000000000bffff (prio 1, i/o): vga-lowmem\r\n"
	"  00000000000c0000-00000000000cafff (prio 0, rom): pc.ram @00000000000c0000\r\n"
	"  0000000000100000-0000000007ffffff (prio 0, ram): pc.ram @0000000000100000\r\n"
	"  00000000e0000000-00000000e0000fff (prio 0, ramd): 0000:00:02.0 BAR 0 mmaps[0]\r\n"
	"  00000000fee00000-00000000feefffff (prio 4096, i/o): apic-msi\r\n"
	"  00000000fffc0000-00000000ffffffff (prio 0, rom): pc.bios\r\n"
	"  0000000100000000-000000017fffffff (prio 0, nv-ram): nvdimm KVM\r\n"
	"\r\n"
	"FlatView #3\r\n"
	" AS \"cpu-smm-0\", root: memory\r\n"
	"  0000000000000000-00000000000bffff (prio 0, ram): pc.ram\r\n"
	"  0000000000100000-0000000007ffffff (prio 0, ram): pc.ram @0000000000100000\r\n";

static void test_parse(void)
{
	struct pmap_ram ram;

	ok(pmap_ram_parse(&ram, mtree), "a flat view is understood");
	is_u64(ram.count, 5, "RAM and ROM, and no devices");
	is_u64(ram.range[2].offset, 0x100000, "where in its block a range is");
	ok(!strcmp(ram.range[2].block, "pc.ram"), "a block's name");
	ok(!strcmp(ram.range[4].block, "nvdimm"), "a name with a word behind it");
	ok(ram.range[1].rom && !ram.range[0].rom, "ROM is told from RAM");
	pmap_ram_free(&ram);
	is_u64(ram.count, 0, "and nothing is left");
}

static void test_find(void)
{
	static const struct {
		uint64_t pa;
		size_t len;
		bool found;
		const char *what;
	} cases[] = {
		{ 0, 1, true, "the first byte" },
		{ 0x9f000, 4096, true, "the last page of a range" },
		{ 0x9ffff, 2, false, "out of a range into a device" },
		{ 0xa0000, 8, false, "a device" },
		{ 0xcafff, 1, true, "the last byte of a range" },
		{ 0xcb000, 1, false, "behind it, nothing" },
		{ 0x7fff000, 4096, true, "the last page of RAM" },
		{ 0xe0000000, 8, false, "the registers of a device of the host's" },
		{ 0xfee00000, 4, false, "the APIC" },
		{ 0x17fffffff, 1, true, "the last byte of all" },
		{ 0x180000000, 1, false, "beyond all" },
		{ ~0ULL, 1, false, "the last address there is" },
		{ 0x17fffffff, ~(size_t)0, false, "a length that wraps around" },
	};
	struct pmap_ram ram;

	pmap_ram_parse(&ram, mtree);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(!!pmap_ram_find(&ram, cases[i].pa, cases[i].len) ==
		   cases[i].found, "%s", cases[i].what);
	pmap_ram_free(&ram);
}

/* What an address is, and how far that goes. */
static void test_place(void)
{
	static const struct {
		uint64_t pa;
		enum pmap_place place;
		uint64_t last;
	} c[] = {
		{ 0x9ffff, PMAP_PLACE_RAM, 0x9ffff },
		{ 0xa0000, PMAP_PLACE_OTHER, 0xbffff },
		{ 0x17fffffff, PMAP_PLACE_RAM, 0x17fffffff },
		{ 0x180000000, PMAP_PLACE_OTHER, ~0ULL },
		{ ~0ULL, PMAP_PLACE_OTHER, ~0ULL },
	};
	struct pmap_ram ram = { 0 };
	uint64_t last;

	is_u64(pmap_ram_place(&ram, 0, &last), PMAP_PLACE_UNKNOWN, "no map: not known");
	pmap_ram_parse(&ram, mtree);
	for (size_t i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		ok(pmap_ram_place(&ram, c[i].pa, &last) == c[i].place &&
		   last == c[i].last, "what 0x%llx is, up to 0x%llx",
		   (unsigned long long)c[i].pa, (unsigned long long)c[i].last);
	}
	pmap_ram_free(&ram);
}

static void test_smram(void)
{
	static const char two_cpus[] =
		"FlatView #0\n AS \"cpu-smm-1\", root: memory\n"
		"  0000000000000000-00000000000affff (prio 0, ram): pc.ram\n"
		"FlatView #1\n AS \"cpu-smm-0\", root: memory\n"
		" AS \"memory\", root: system\n"
		"  0000000000000000-000000000009ffff (prio 0, ram): pc.ram\n";
	struct pmap_ram ram;

	pmap_ram_parse(&ram, mtree);
	is_u64(pmap_ram_missing(&ram, 0xa0000, 4096), PMAP_READ_SMRAM,
	       "a device that hides RAM from all but SMM");
	is_u64(pmap_ram_missing(&ram, 0xbffff, 2), PMAP_READ_NOT_RAM,
	       "out of SMRAM");
	is_u64(pmap_ram_missing(&ram, 0xe0000000, 8), PMAP_READ_NOT_RAM,
	       "a device for all");
	pmap_ram_free(&ram);
	ok(pmap_ram_parse(&ram, two_cpus), "memory comes after SMM's view");
	ok(ram.count == 1 && ram.range[0].last == 0x9ffff,
	   "a view that both see is memory");
	is_u64(pmap_ram_missing(&ram, 0xa0000, 8), PMAP_READ_SMRAM,
	       "the first CPU's view that is listed");
	pmap_ram_free(&ram);
	ok(!ram.smm && !ram.smm_count, "and nothing is left of either");
}

/* What SMM sees otherwise than the others: behind a device, and in the place of other RAM. */
static void test_sees_smm(void)
{
	static const char vga[] =
		"FlatView #0\n AS \"memory\", root: system\n"
		"  0000000000000000-000000000009ffff (prio 0, ram): pc.ram\n"
		"  00000000000a0000-00000000000affff (prio 1, ram): vga.vram @0000000000010000\n"
		"  0000000000100000-0000000003efffff (prio 0, ram): pc.ram @0000000000100000\n"
		"  0000000003f00000-0000000003ffffff (prio 1, i/o): tseg-blackhole\n"
		"  00000000fd000000-00000000fdffffff (prio 1, ram): vga.vram\n"
		"FlatView #1\n AS \"cpu-smm-0\", root: memory\n"
		"  0000000000000000-00000000000bffff (prio 0, ram): pc.ram\n"
		"  0000000000100000-0000000003ffffff (prio 0, ram): pc.ram @0000000000100000\n";
	const struct pmap_ram_range *r;
	struct pmap_ram ram;
	uint64_t last;

	pmap_ram_parse(&ram, vga);
	r = pmap_ram_find(&ram, 0xa0000, 8);
	ok(r && !strcmp(r->block, "vga.vram"), "RAM of a device's, for all but SMM");
	is_u64(pmap_ram_missing(&ram, 0x3f00000, 8), PMAP_READ_SMRAM, "TSEG is nothing to them");
	ram.sees_smm = true;
	r = pmap_ram_find(&ram, 0xa0000, 8);
	ok(r && pmap_ram_is_smm(&ram, r) && !strcmp(r->block, "pc.ram"),
	   "SMM sees its own there");
	r = pmap_ram_find(&ram, 0x3f00000, 8);
	ok(r && pmap_ram_is_smm(&ram, r), "and TSEG");
	ok(pmap_ram_find(&ram, 0x200000, 8) == &ram.range[2], "elsewhere all see the same");
	ok(!pmap_ram_find(&ram, 0xfd000000, 8), "it does not see what its view has not");
	is_u64(pmap_ram_place(&ram, 0x3f00000, &last), PMAP_PLACE_RAM, "TSEG is RAM");
	is_u64(last, 0x3ffffff, "up to its end");
	pmap_ram_free(&ram);
}

/* What the Secure state alone sees is for those who can read it, and only then. */
static void test_secure(void)
{
	static const char virt[] =
		"FlatView #0\n AS \"memory\", root: system\n"
		" AS \"cpu-memory-0\", root: system\n"
		"  0000000004000000-0000000007ffffff (prio 0, romd): virt.flash1\n"
		"  0000000040000000-0000000047ffffff (prio 0, ram): mach-virt.ram\n"
		"FlatView #1\n AS \"cpu-secure-memory-0\", root: secure-memory\n"
		"  0000000000000000-0000000003ffffff (prio 0, romd): virt.flash0\n"
		"  0000000004000000-0000000007ffffff (prio 0, romd): virt.flash1\n"
		"  000000000e000000-000000000effffff (prio 0, ram): virt.secure-ram\n"
		"  0000000040000000-0000000047ffffff (prio 0, ram): mach-virt.ram\n";
	struct pmap_ram ram;
	uint64_t last;

	pmap_ram_parse(&ram, virt);
	is_u64(ram.count, 2, "what everybody sees");
	is_u64(pmap_ram_missing(&ram, 0xe000000, 4096), PMAP_READ_SECURE, "secure RAM");
	is_u64(pmap_ram_missing(&ram, 0xd000000, 8), PMAP_READ_NOT_RAM, "nobody's");
	ok(pmap_ram_add_secure(&ram) && ram.count == 4, "and what is besides");
	ok(ram.range[0].secure && !ram.range[1].secure && ram.range[2].secure &&
	   !ram.range[3].secure, "in its place");
	ok(!pmap_ram_find(&ram, 0xe000000, 8), "of no use to the Non-secure state");
	is_u64(pmap_ram_place(&ram, 0xe000000, &last), PMAP_PLACE_OTHER, "nor memory");
	ok(pmap_ram_find(&ram, 0x40000000, 8) == &ram.range[3], "where all is as before");
	ram.sees_secure = true;
	ok(pmap_ram_find(&ram, 0xe000000, 8) == &ram.range[2], "the Secure state finds it");
	is_u64(pmap_ram_place(&ram, 0xe000000, &last), PMAP_PLACE_RAM, "as RAM");
	pmap_ram_free(&ram);
	ok(!ram.secure && !ram.secure_count, "and nothing is left of it");
}

static void test_garbage(void)
{
	static const char *const texts[] = {
		"", "\n", "Unknown command: info\n", "FlatView #0\n",
		" AS \"memory\", root: system\n",
		"FlatView #0\n AS \"memory\", root: system\n"
		"  0000000000000010-0000000000000000 (prio 0, ram): backwards\n",
		"FlatView #0\n AS \"memory\", root: system\n"
		"  zz-yy (prio 0, ram): x\n",
		"FlatView #0\n AS \"other\", root: system\n"
		"  0000000000000000-0000000000000fff (prio 0, ram): x\n",
	};
	struct pmap_ram ram;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ok(!pmap_ram_parse(&ram, texts[i]) && !ram.count,
		   "what tells no RAM, %zu", i);
}

int main(void)
{
	test_parse();
	test_find();
	test_place();
	test_smram();
	test_sees_smm();
	test_secure();
	test_garbage();
	return tap_done();
}
