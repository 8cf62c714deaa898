/*
 * What a virtual machine monitor is to a debugger: a program that has a guest's
 * RAM in its memory, in two pieces, and stops.  vmm IMAGE
 *
 * IMAGE is all of the RAM; the guest has the first half at 0 and the second at
 * 4 GiB, as machines with a hole for devices have it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>

char *guest_low, *guest_high;
size_t guest_half;

/* Where a debugger stops. */
__attribute__((noinline)) void vmm_runs_guest(void)
{
	__asm__ volatile("" : : : "memory");
}

int main(int argc, char **argv)
{
	struct stat st;
	int fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;

	if (fd < 0 || fstat(fd, &st))
		return 1;
	guest_half = st.st_size / 2;
	guest_high = mmap(NULL, guest_half, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			  fd, guest_half);
	guest_low = mmap(NULL, guest_half, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			 fd, 0);
	if (guest_low == MAP_FAILED || guest_high == MAP_FAILED)
		return 1;
	vmm_runs_guest();
	return 0;
}
