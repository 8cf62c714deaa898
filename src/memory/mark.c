/*
 * What a file's first bytes say of its format.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/mark.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "memory/segments.h"

#define HEAD_SIZE	512	/* bytes looked at */

#define UNPACK		"unpack it first"
#define DISK		"it holds a disk, and no memory but that of a snapshot; dump-guest-memory in QEMU's monitor (or `virsh dump --memory-only') writes memory"
#define STREAM		"start the machine from it, then dump-guest-memory in QEMU's monitor (or `virsh dump --memory-only') writes what pmap reads"
#define VMWARE		"VMware's vmss2core makes an ELF core of it; a .vmem file beside it is raw memory"

static const struct {
	const char *bytes;
	uint8_t size;
	uint16_t at;
	struct pmap_mark mark;
} marks[] = {
	{ "EMiL", 4, 0, { "an image of LiME's", "file", NULL, false } },
	{ "AVML\2\0\0\0", 8, 0, { "a compressed image of AVML's", "file", NULL, true } },
	{ "KDUMP   ", 8, 0, { "a kdump-compressed dump", "kdump", NULL, false } },
	{ "DISKDUMP", 8, 0, { "a diskdump", "kdump", NULL, false } },
	{ "makedumpfile", 13, 0, { "a flattened kdump-compressed dump", "kdump", NULL, false } },
	{ "PAGEDU64", 8, 0, { "a Windows crash dump (64-bit)", NULL,
		"pmap does not read its runs of pages; volatility's layerwriter makes raw memory of it", false } },
	{ "PAGEDUMP", 8, 0, { "a Windows crash dump (32-bit)", NULL,
		"pmap does not read its runs of pages; volatility's layerwriter makes raw memory of it", false } },
	{ "hibr", 4, 0, { "a Windows hibernation file", NULL, "its memory is compressed: volatility's layerwriter makes raw memory of it", false } },
	{ "HIBR", 4, 0, { "a Windows hibernation file", NULL, "its memory is compressed: volatility's layerwriter makes raw memory of it", false } },
	{ "\xd0\xbe\xd2\xbe", 4, 0, { "a VMware state file (vmss, vmsn)", NULL, VMWARE, false } },
	{ "\xd1\xba\xd1\xba", 4, 0, { "a VMware state file (vmss, vmsn)", NULL, VMWARE, false } },
	{ "\xd2\xbe\xd2\xbe", 4, 0, { "a VMware state file (vmss, vmsn)", NULL, VMWARE, false } },
	{ "\xd3\xbe\xd3\xbe", 4, 0, { "a VMware state file (vmss, vmsn)", NULL, VMWARE, false } },
	{ "QEVM", 4, 0, { "a migration stream of QEMU's", NULL, STREAM, false } },
	{ "LibvirtQemudSave", 16, 0, { "a saved machine of libvirt's", NULL, STREAM, false } },
	{ "LibvirtQemudPart", 16, 0, { "an unfinished saved machine of libvirt's", NULL, STREAM, false } },
	{ "\177VirtualBox SavedState", 22, 0, { "a saved state of VirtualBox'", NULL,
		"start the machine from it, then `VBoxManage debugvm NAME dumpvmcore --filename FILE' writes what pmap reads", false } },
	{ "\377\377\377\377\377\377\377\377XENF", 12, 0, { "a saved Xen guest", NULL,
		"`xl restore' it, then `xl dump-core' writes what pmap reads", false } },
	{ "LibxlFmt", 8, 0, { "a saved Xen guest", NULL,
		"`xl restore' it, then `xl dump-core' writes what pmap reads", false } },
	{ "Xen saved domain", 16, 0, { "a saved Xen guest", NULL,
		"`xl restore' it, then `xl dump-core' writes what pmap reads", false } },
	{ "MDMP\x93\xa7", 6, 0, { "a Windows minidump, of a program", NULL,
		"it has no page tables", false } },
	{ "EVF\x09\x0d\x0a\xff", 7, 0, { "an EnCase image (EWF)", NULL,
		"libewf's ewfexport makes a raw file of it", false } },
	{ "QED\0", 4, 0, { "a QED disk image", NULL, DISK, false } },
	{ "QFI\xfb", 4, 0, { "a qcow2 disk image", NULL, DISK, false } },
	{ "KDMV", 4, 0, { "a VMDK disk image", NULL, DISK, false } },
	{ "\x7f\x10\xda\xbe", 4, 64, { "a VDI disk image", NULL, DISK, false } },
	{ "vhdxfile", 8, 0, { "a VHDX disk image", NULL, DISK, false } },
	{ "conectix", 8, 0, { "a VHD disk image", NULL, DISK, false } },
	{ "\x1f\x8b\x08", 3, 0, { "compressed by gzip", NULL, UNPACK " (gunzip)", false } },
	{ "\x28\xb5\x2f\xfd", 4, 0, { "compressed by zstd", NULL, UNPACK " (unzstd)", false } },
	{ "\xfd" "7zXZ\0", 6, 0, { "compressed by xz", NULL, UNPACK " (unxz)", false } },
	{ "BZh", 3, 0, { "compressed by bzip2", NULL, UNPACK " (bunzip2)", false } },
	{ "\x04\x22\x4d\x18", 4, 0, { "compressed by lz4", NULL, UNPACK " (unlz4)", false } },
	{ "\x89LZO\0\r\n\x1a\n", 9, 0, { "compressed by lzop", NULL, UNPACK " (lzop -d)", false } },
	{ "\xff\x06\0\0sNaPpY", 10, 0, { "compressed by snappy", NULL, UNPACK, false } },
	{ "ustar", 5, 257, { "a tar archive", NULL, UNPACK " (tar -xf)", false } },
	{ "PK\3\4", 4, 0, { "a ZIP archive", NULL, UNPACK " (unzip)", false } },
	{ "7z\xbc\xaf\x27\x1c", 6, 0, { "a 7-Zip archive", NULL, UNPACK " (7z x)", false } },
};

/* ELF files differ in more than their mark. */
static const struct pmap_mark *elf_mark(const unsigned char *head)
{
	static const struct pmap_mark core = { "an ELF core file", "elfcore", NULL, false };
	static const struct pmap_mark other = { "an ELF file, but no core", NULL,
		"symbols are for GDB's `file' or `symbol-file'; pmap wants memory", false };
	static const struct pmap_mark big = { "an ELF file of a big-endian machine", NULL,
		"pmap knows no such architecture", false };
	uint16_t type;

	if (head[EI_DATA] != ELFDATA2LSB)
		return &big;
	memcpy(&type, head + offsetof(Elf32_Ehdr, e_type), sizeof(type));
	return type == ET_CORE ? &core : &other;
}

const struct pmap_mark *pmap_mark_find(int fd)
{
	unsigned char head[HEAD_SIZE] = { 0 };

	/* A short file, too: what is cut off is no memory, either. */
	if (pread(fd, head, sizeof(head), 0) < 3)
		return NULL;
	if (memcmp(head, ELFMAG, SELFMAG) == 0)
		return elf_mark(head);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (memcmp(head + marks[i].at, marks[i].bytes, marks[i].size) == 0)
			return &marks[i].mark;
	return NULL;
}
