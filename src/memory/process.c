/*
 * The memory of another process on this host.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define BATCH	256		/* pieces a call; IOV_MAX is 1024 */

int pmap_process_read(const struct pmap_process *process, uint64_t address,
		      void *buf, size_t len)
{
	struct iovec to = { buf, len }, from = { (void *)(uintptr_t)address, len };
	ssize_t n;

	if (process->mem >= 0)
		n = pread(process->mem, buf, len, address);
	/* A 32-bit GDB cannot name all addresses of a 64-bit process. */
	else if (address != (uintptr_t)address)
		return ENOSYS;
	else
		n = process_vm_readv(process->pid, &to, 1, &from, 1, 0);
	if (n < 0)
		return errno;
	return (size_t)n == len ? 0 : EFAULT;
}

int pmap_process_open(struct pmap_process *process, pid_t pid, uint64_t address)
{
	char path[48], byte;
	int error;

	*process = (struct pmap_process){ .pid = pid, .mem = -1 };
	error = pmap_process_read(process, address, &byte, 1);
	/* Not permitted, or no such call (containers forbid it): another way in. */
	if (error != ENOSYS && error != EPERM)
		return error;
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	process->mem = open(path, O_RDONLY | O_CLOEXEC);
	if (process->mem < 0)
		return errno == EACCES ? EPERM : errno;
	error = pmap_process_read(process, address, &byte, 1);
	if (error)
		pmap_process_close(process);
	return error;
}

void pmap_process_close(struct pmap_process *process)
{
	if (process->mem >= 0)
		close(process->mem);
	process->mem = -1;
}

static size_t read_batch(const struct pmap_process *process,
			 const uint64_t *address, void *const *buf,
			 size_t len, size_t count)
{
	struct iovec to[BATCH], from[BATCH];
	size_t n = 0;
	ssize_t got;

	for (size_t i = 0; i < count; i++) {
		void *at = (void *)(uintptr_t)address[i];

		/* Neighbours on both sides are one piece, which costs less. */
		if (n && (char *)to[n - 1].iov_base + to[n - 1].iov_len == buf[i] &&
		    (char *)from[n - 1].iov_base + from[n - 1].iov_len == at) {
			to[n - 1].iov_len += len;
			from[n - 1].iov_len += len;
			continue;
		}
		to[n] = (struct iovec){ buf[i], len };
		from[n++] = (struct iovec){ at, len };
	}
	got = process_vm_readv(process->pid, to, n, from, n, 0);
	return got < 0 ? 0 : (size_t)got / len;
}

size_t pmap_process_read_many(const struct pmap_process *process,
			      const uint64_t *address, void *const *buf,
			      size_t len, size_t count)
{
	size_t done = 0;

	while (done < count) {
		size_t part = count - done < BATCH ? count - done : BATCH, n;

		if (process->mem >= 0) {
			part = 1;
			n = !pmap_process_read(process, address[done],
					       buf[done], len);
		} else {
			n = read_batch(process, address + done, buf + done,
				       len, part);
		}
		done += n;
		if (n < part)
			break;
	}
	return done;
}

/* --- What is behind a mapping --------------------------------------------- */

struct mapping {
	uint64_t start, end, offset, inode;
	char path[512];
};

static bool find_mapping(pid_t pid, uint64_t address, struct mapping *map)
{
	char name[48], line[1024], perms[8];
	bool found = false;
	FILE *file;
	int at;

	snprintf(name, sizeof(name), "/proc/%d/maps", pid);
	file = fopen(name, "re");
	while (file && !found && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %" SCNu64 " %n",
			   &map->start, &map->end, perms, &map->offset,
			   &map->inode, &at) < 5)
			continue;
		if (address < map->start || address >= map->end)
			continue;
		snprintf(map->path, sizeof(map->path), "%.*s",
			 (int)strcspn(line + at, "\n"), line + at);
		found = perms[3] == 's';
		break;
	}
	if (file)
		fclose(file);
	return found;
}

/* Opens it if it is the file that is mapped. */
static int open_inode(const char *path, uint64_t inode)
{
	struct stat st;
	int fd;

	if (stat(path, &st) || !S_ISREG(st.st_mode) || st.st_ino != inode)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && (fstat(fd, &st) || st.st_ino != inode)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* A memfd has no name: it can be opened where its owner holds it open. */
static int open_held(pid_t pid, uint64_t inode)
{
	char path[320];
	struct dirent *entry;
	int fd = -1;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	while (dir && fd < 0 && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid,
			 entry->d_name);
		fd = open_inode(path, inode);
	}
	if (dir)
		closedir(dir);
	return fd;
}

int pmap_process_backing(pid_t pid, uint64_t address, uint64_t size,
			 uint64_t *offset_ret)
{
	struct mapping map;
	int fd;

	if (!find_mapping(pid, address, &map) || map.end - address < size)
		return -1;
	*offset_ret = map.offset + (address - map.start);
	fd = open_held(pid, map.inode);
	return fd >= 0 ? fd : open_inode(map.path, map.inode);
}

/* --- Errors --------------------------------------------------------------- */

static int yama_scope(void)
{
	FILE *file = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	int scope = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%d", &scope) != 1)
		scope = 0;
	fclose(file);
	return scope;
}

void pmap_process_explain(pid_t pid, int error, char *text, size_t size)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d", pid);
	if (stat(path, &st))
		snprintf(text, size, "process %d is not there any more", pid);
	else if (error != EPERM)
		snprintf(text, size, "process %d, the other end of GDB's connection, has no such memory (%s): is it a proxy?",
			 pid, strerror(error));
	else if (geteuid() != 0 && st.st_uid != geteuid())
		snprintf(text, size, "process %d belongs to another user (%u): run GDB as that user, or as root",
			 pid, (unsigned)st.st_uid);
	else if (yama_scope())
		snprintf(text, size, "kernel.yama.ptrace_scope=%d prevents reading the memory of process %d: `sysctl kernel.yama.ptrace_scope=0', or run GDB as root, or give QEMU `-object memory-backend-memfd,id=ram,size=SIZE,share=on -machine memory-backend=ram'",
			 yama_scope(), pid);
	else
		snprintf(text, size, "no right to read process %d: run GDB as root, or give QEMU `-object memory-backend-memfd,id=ram,size=SIZE,share=on -machine memory-backend=ram'",
			 pid);
}
