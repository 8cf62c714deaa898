/*
 * Who is at the other end of GDB's connections.
 *
 * Unix sockets tell the process by SO_PEERCRED.  For TCP, /proc/net/tcp and
 * tcp6 have the other end's inode if it is on this host, and /proc/PID/fd who
 * holds it.  `target remote | COMMAND` is a pair of Unix sockets whose creator
 * is GDB itself: then its children are meant.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/peer.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/channel.h"

#define END_SIZE	48	/* "ADDRESS:PORT" as /proc/net/tcp6 has it */

static void add_peer(struct pmap_peers *peers, pid_t pid)
{
	for (size_t i = 0; i < peers->count; i++)
		if (peers->pid[i] == pid)
			return;
	if (peers->count < PMAP_PEERS_MAX)
		peers->pid[peers->count++] = pid;
}

static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* The next entry of a directory in /proc that is a number; -1 at the end. */
static long next_number(DIR *dir)
{
	struct dirent *entry;

	while ((entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			return atol(entry->d_name);
	return -1;
}

/* --- TCP ------------------------------------------------------------------ */

/* An end of a connection, as the lines of /proc/net/tcp and tcp6 show it. */
struct end {
	char tcp[END_SIZE], tcp6[END_SIZE];
};

static void format_v6(char text[END_SIZE], const void *address, unsigned port)
{
	uint32_t word[4];

	memcpy(word, address, sizeof(word));
	snprintf(text, END_SIZE, "%08X%08X%08X%08X:%04X", word[0], word[1],
		 word[2], word[3], port);
}

/* IPv4 may be IPv6 to the other side, and the other way round. */
static bool format_end(struct end *end, const struct sockaddr_storage *ss)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	const struct sockaddr_in6 *in6 = (const void *)ss;
	const struct sockaddr_in *in = (const void *)ss;
	unsigned char address[16];
	uint32_t v4;

	*end = (struct end){ 0 };
	if (ss->ss_family == AF_INET6) {
		memcpy(address, &in6->sin6_addr, 16);
		format_v6(end->tcp6, address, ntohs(in6->sin6_port));
	} else if (ss->ss_family == AF_INET) {
		memcpy(address, mapped, 12);
		memcpy(address + 12, &in->sin_addr, 4);
		format_v6(end->tcp6, address, ntohs(in->sin_port));
	} else {
		return false;
	}
	if (memcmp(address, mapped, 12) == 0) {
		memcpy(&v4, address + 12, 4);
		snprintf(end->tcp, END_SIZE, "%08X:%s", v4,
			 strrchr(end->tcp6, ':') + 1);
	}
	return true;
}

/* The inode of the socket local -> remote; 0 if the table has none. */
static uint64_t find_inode(const char *table, const char *local,
			   const char *remote)
{
	__attribute__((cleanup(close_file))) FILE *file = fopen(table, "re");
	char line[512], l[END_SIZE], r[END_SIZE];
	uint64_t inode;

	if (!local[0] || !remote[0])
		return 0;
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, " %*d: %47s %47s %*x %*s %*s %*s %*d %*d %" SCNu64,
			   l, r, &inode) == 3 &&
		    strcmp(l, local) == 0 && strcmp(r, remote) == 0)
			return inode;
	return 0;
}

static bool holds_socket(long pid, const char *link)
{
	char path[64], target[64];
	ssize_t len;
	long fd;

	snprintf(path, sizeof(path), "/proc/%ld/fd", pid);
	__attribute__((cleanup(close_dir))) DIR *dir = opendir(path);
	while (dir && (fd = next_number(dir)) >= 0) {
		snprintf(path, sizeof(path), "/proc/%ld/fd/%ld", pid, fd);
		len = readlink(path, target, sizeof(target) - 1);
		if (len <= 0)
			continue;
		target[len] = '\0';
		if (strcmp(target, link) == 0)
			return true;
	}
	return false;
}

static void add_holders(struct pmap_peers *peers, uint64_t inode)
{
	__attribute__((cleanup(close_dir))) DIR *dir = opendir("/proc");
	size_t before = peers->count;
	char link[48];
	long pid;

	snprintf(link, sizeof(link), "socket:[%" PRIu64 "]", inode);
	while (dir && (pid = next_number(dir)) >= 0)
		if (pid != getpid() && holds_socket(pid, link))
			add_peer(peers, pid);
	if (peers->count == before)
		snprintf(peers->why, sizeof(peers->why),
			 "the process that GDB is connected to belongs to another user or PID namespace: run GDB as its user, or as root");
}

static void add_tcp(struct pmap_peers *peers, int fd)
{
	struct sockaddr_storage local = { 0 }, remote = { 0 };
	socklen_t len = sizeof(local), rlen = sizeof(remote);
	struct end ours, theirs;
	uint64_t inode;

	if (getsockname(fd, (struct sockaddr *)&local, &len) ||
	    getpeername(fd, (struct sockaddr *)&remote, &rlen) ||
	    !format_end(&ours, &local) || !format_end(&theirs, &remote))
		return;
	inode = find_inode("/proc/net/tcp", theirs.tcp, ours.tcp);
	if (!inode)
		inode = find_inode("/proc/net/tcp6", theirs.tcp6, ours.tcp6);
	if (inode)
		add_holders(peers, inode);
	else
		snprintf(peers->why, sizeof(peers->why),
			 "the other end of GDB's connection is on another host, or in another network namespace");
}

/* --- Unix sockets --------------------------------------------------------- */

/* Children of a process, and theirs. */
static void add_children(struct pmap_peers *peers, pid_t parent, int depth)
{
	char path[64];
	long child;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent, parent);
	__attribute__((cleanup(close_file))) FILE *file = fopen(path, "re");
	while (file && fscanf(file, "%ld", &child) == 1) {
		add_peer(peers, child);
		if (depth)
			add_children(peers, child, depth - 1);
	}
}

static void add_unix(struct pmap_peers *peers, int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return;
	if (cred.pid == getpid())
		add_children(peers, cred.pid, 2);
	else if (cred.pid > 0)
		add_peer(peers, cred.pid);
	else
		snprintf(peers->why, sizeof(peers->why),
			 "the process that GDB is connected to is in another PID namespace: run GDB where it is seen");
}

/* --- Readers of GDB's output ---------------------------------------------- */

/*
 * The shell that catches what GDB's commands print: it runs while a command
 * does, in a GDB whose logs catch nothing there.
 */
static bool is_bridge_shell(pid_t pid)
{
	char path[48], text[512], own[32];
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	snprintf(own, sizeof(own), "/proc/$PPID/fd/%d", PMAP_CHANNEL_CAPTURE);
	__attribute__((cleanup(close_file))) FILE *file = fopen(path, "re");
	len = file ? fread(text, 1, sizeof(text), file) : 0;
	return memmem(text, len, own, strlen(own));
}

/* Is the pipe the input of a child that the user has started? */
static bool is_input_of(ino_t pipe, const struct pmap_peers *children)
{
	bool found = false;
	char path[48];
	struct stat st;

	for (size_t i = 0; i < children->count; i++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/0", children->pid[i]);
		if (stat(path, &st) != 0 || !S_ISFIFO(st.st_mode) ||
		    st.st_ino != pipe)
			continue;
		if (is_bridge_shell(children->pid[i]))
			return false;
		found = true;
	}
	return found;
}

bool pmap_peer_reads_output(void)
{
	__attribute__((cleanup(close_dir))) DIR *dir = opendir("/proc/self/fd");
	struct pmap_peers children = { 0 };
	struct stat st;
	long fd;

	add_children(&children, getpid(), 1);
	while (dir && (fd = next_number(dir)) >= 0)
		if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) &&
		    (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY &&
		    is_input_of(st.st_ino, &children))
			return true;
	return false;
}

/* --- All of them ---------------------------------------------------------- */

static bool is_socket(int fd, struct stat *st)
{
	return fstat(fd, st) == 0 && S_ISSOCK(st->st_mode);
}

void pmap_peers_find(struct pmap_peers *peers)
{
	__attribute__((cleanup(close_dir))) DIR *dir = opendir("/proc/self/fd");
	struct stat st;
	long fd;

	*peers = (struct pmap_peers){ 0 };
	snprintf(peers->why, sizeof(peers->why),
		 "GDB is connected by no socket: a serial line, or nothing");
	while (dir && (fd = next_number(dir)) >= 0) {
		int domain = 0;
		socklen_t len = sizeof(domain);

		if (!is_socket(fd, &st) ||
		    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len))
			continue;
		if (domain == AF_UNIX)
			add_unix(peers, fd);
		else
			add_tcp(peers, fd);
	}
}

uint64_t pmap_peers_fingerprint(void)
{
	__attribute__((cleanup(close_dir))) DIR *dir = opendir("/proc/self/fd");
	uint64_t sum = 0;
	struct stat st;
	long fd;

	while (dir && (fd = next_number(dir)) >= 0)
		if (is_socket(fd, &st))
			sum += (st.st_ino + 1) * 0x9e3779b97f4a7c15ULL;
	return sum;
}
