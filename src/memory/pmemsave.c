/*
 * All of a QEMU's RAM, written to files by its monitor (`pmemsave').
 *
 * For a QEMU on this host whose memory may not be read: of another user, under
 * Yama's rule, in a container that shares a directory.  It costs the time and
 * the room of all RAM at each stop, and is much faster than the stub when many
 * tables are read; so it is used where the user asks for it.
 *
 * Each file is made here, and open, before QEMU writes to it; it has no name any
 * more as soon as it is written.  Of another user's QEMU it can only be written.
 *
 * Manual: "When QEMU's memory may not be read".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "memory/peer.h"
#include "memory/ram.h"
#include "memory/segments.h"

#define FILE_MAX	(1ULL << 30)	/* bytes of one command: Ctrl-C comes between two */
#define PAGE_SIZE	4096

struct pmemsave {
	struct pmap_source source;
	const char *place;	/* the user's directory; NULL: one is looked for */
	bool mapped;		/* the map was asked for in this opening */
	struct pmap_ram ram;
	char dir[80];		/* with the files; "" while there is none */
	bool shared;		/* QEMU is, or may be, another user's */
	int *fd;		/* of each file; the last is being written to */
	size_t files;
	size_t range;		/* the next one to be saved, from `at' on */
	uint64_t at;
	uint64_t size;		/* of the last file, as it should be */
	struct pmap_segments segments;
};

/* The last file's. */
static void file_path(const struct pmemsave *p, char *path, size_t size)
{
	snprintf(path, size, "%s/%zu", p->dir, p->files);
}

/* No file has a name any more. */
static void remove_names(struct pmemsave *p)
{
	char path[sizeof(p->dir) + 24];

	if (!p->dir[0])
		return;
	file_path(p, path, sizeof(path));
	unlink(path);
	rmdir(p->dir);
	p->dir[0] = '\0';
}

static void forget(struct pmemsave *p)
{
	remove_names(p);
	for (size_t i = 0; i < p->files; i++)
		if (p->fd[i] >= 0)
			close(p->fd[i]);
	free(p->fd);
	p->fd = NULL;
	p->files = p->range = 0;
	pmap_ram_free(&p->ram);
	pmap_segments_free(&p->segments);
}

/* --- The directory -------------------------------------------------------- */

/* Is every QEMU at the other end this user's, or root's that we are? */
static bool is_shared(void)
{
	struct pmap_peers peers;
	char path[32];
	struct stat st;

	pmap_peers_find(&peers);
	for (size_t i = 0; i < peers.count; i++) {
		snprintf(path, sizeof(path), "/proc/%d", peers.pid[i]);
		if (stat(path, &st) || st.st_uid != geteuid())
			return true;
	}
	return !peers.count;
}

static uint64_t ram_size(const struct pmap_ram *ram)
{
	uint64_t size = 0;

	for (size_t i = 0; i < ram->count; i++)
		size += ram->range[i].last - ram->range[i].first + 1;
	return size;
}

/* QEMU's monitor splits its line into words: only these characters are safe. */
static bool is_plain(const char *path)
{
	for (; *path; path++)
		if (!isalnum((unsigned char)*path) && !strchr("/._+-", *path))
			return false;
	return true;
}

/* NULL where all of the RAM can go there, else why not. */
static const char *try_place(struct pmemsave *p, const char *place)
{
	struct statvfs vfs;

	if (!is_plain(place) || strlen(place) > sizeof(p->dir) - 20)
		return "its name is too long, or has characters that QEMU's monitor may take for its own";
	if (statvfs(place, &vfs))
		return strerror(errno);
	if (vfs.f_bavail * (uint64_t)vfs.f_frsize < ram_size(&p->ram))
		return "it has no room for all of the RAM";
	snprintf(p->dir, sizeof(p->dir), "%s/pmap-XXXXXX", place);
	if (mkdtemp(p->dir)) {
		/* Its name is the key: others cannot list it. */
		chmod(p->dir, p->shared ? 0711 : 0700);
		return NULL;
	}
	p->dir[0] = '\0';
	return strerror(errno);
}

static bool make_dir(struct pmemsave *p)
{
	const char *const places[] = {
		getenv("TMPDIR"), "/dev/shm", "/tmp", "/var/tmp",
	};
	const char *why = NULL;

	p->shared = is_shared();
	if (p->place) {
		why = try_place(p, p->place);
		if (why)
			pmap_source_decline(&p->source, "%s: %s", p->place, why);
		return !why;
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i] && !try_place(p, places[i]))
			return true;
	pmap_source_decline(&p->source, "neither $TMPDIR nor /dev/shm, /tmp or /var/tmp takes %" PRIu64 " MiB of RAM: `pmap source pmemsave DIR'",
			    ram_size(&p->ram) >> 20);
	return false;
}

/* --- The files ------------------------------------------------------------ */

static bool make_file(struct pmemsave *p)
{
	char path[sizeof(p->dir) + 24];
	int *grown = realloc(p->fd, (p->files + 1) * sizeof(*grown)), fd;

	if (!grown)
		return false;
	p->fd = grown;
	p->fd[p->files++] = -1;
	file_path(p, path, sizeof(path));
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	fchmod(fd, p->shared ? 0602 : 0600);
	p->fd[p->files - 1] = fd;
	return true;
}

/* From p->at on, over ranges that are next to each other. */
static uint64_t next_size(struct pmemsave *p)
{
	const struct pmap_ram_range *range = p->ram.range;
	uint64_t last = range[p->range].last;

	while (p->range + 1 < p->ram.count &&
	       range[p->range + 1].first == last + 1 &&
	       last - p->at < FILE_MAX)
		last = range[++p->range].last;
	return last - p->at < FILE_MAX ? last - p->at + 1 : FILE_MAX;
}

/* The next file; DONE where there is none. */
static enum pmap_open save_next(struct pmemsave *p)
{
	char path[sizeof(p->dir) + 24];

	if (p->range == p->ram.count) {
		remove_names(p);
		pmap_segments_sort(&p->segments);
		snprintf(p->source.why, sizeof(p->source.why),
			 "%" PRIu64 " MiB of RAM, which QEMU's monitor has written to %zu file%s; RAM is what `monitor info mtree' says",
			 pmap_segments_size(&p->segments) >> 20, p->files,
			 p->files == 1 ? "" : "s");
		return PMAP_OPEN_DONE;
	}
	p->size = next_size(p);
	if (!make_file(p))
		return pmap_source_decline(&p->source, "%s: %s", p->dir,
					   strerror(errno));
	file_path(p, path, sizeof(path));
	snprintf(p->source.ask, sizeof(p->source.ask),
		 "pmemsave 0x%" PRIx64 " 0x%" PRIx64 " \"%s\"", p->at, p->size, path);
	return PMAP_OPEN_MONITOR;
}

static enum pmap_open start(struct pmemsave *p, const char *answer)
{
	p->mapped = true;
	if (!answer || !pmap_ram_parse(&p->ram, answer))
		return pmap_source_decline(&p->source, "the target has no monitor that tells what is RAM, as QEMU's would (`monitor info mtree -f')");
	if (!make_dir(p))
		return PMAP_OPEN_DECLINED;
	p->at = p->ram.range[0].first;
	return save_next(p);
}

/* The last file is written, or not. */
static enum pmap_open take_file(struct pmemsave *p, const char *answer)
{
	char path[sizeof(p->dir) + 24];
	struct stat st;
	int fd = p->fd[p->files - 1];
	bool whole = fstat(fd, &st) == 0 && (uint64_t)st.st_size == p->size;

	file_path(p, path, sizeof(path));
	unlink(path);
	if (!whole) {
		pmap_source_decline(&p->source, "QEMU's monitor did not write to %s (%.*s): name a directory that it can reach: `pmap source pmemsave DIR'",
				    p->dir, (int)strcspn(answer && *answer ? answer : "it is silent", "\r\n"),
				    answer && *answer ? answer : "it is silent");
		forget(p);
		return PMAP_OPEN_DECLINED;
	}
	if (!pmap_segments_add(&p->segments, fd, p->at, p->size, 0))
		return pmap_source_decline(&p->source, "out of memory");
	p->at += p->size;
	if (p->at - 1 == p->ram.range[p->range].last &&
	    ++p->range < p->ram.count)
		p->at = p->ram.range[p->range].first;
	return save_next(p);
}

static enum pmap_open pmemsave_open(struct pmap_source *source,
				    const struct pmap_open_round *round)
{
	struct pmemsave *p = (struct pmemsave *)source;

	if (round->first) {
		forget(p);
		p->mapped = false;
		snprintf(source->ask, sizeof(source->ask), "info mtree -f");
		return PMAP_OPEN_MONITOR;
	}
	return p->mapped ? take_file(p, round->answer) :
			   start(p, round->answer);
}

/* --- Reading -------------------------------------------------------------- */

/* These files have all of the RAM, as devices see it: SMM may see other bytes there. */
static enum pmap_read as_ram(const struct pmemsave *p, uint64_t pa, size_t len,
			     enum pmap_read status)
{
	const struct pmap_ram_range *range;

	if (status == PMAP_READ_ABSENT)
		return pmap_ram_missing(&p->ram, pa, len);
	if (status != PMAP_READ_OK || !p->ram.sees_smm)
		return status;
	range = pmap_ram_find(&p->ram, pa, len);
	return range && !pmap_ram_is_smm(&p->ram, range) ?
	       status : pmap_ram_missing(&p->ram, pa, len);
}

static enum pmap_read pmemsave_read(struct pmap_source *source, uint64_t pa,
				    void *buf, size_t len)
{
	struct pmemsave *p = (struct pmemsave *)source;

	return as_ram(p, pa, len, pmap_segments_read(&p->segments, pa, buf, len));
}

static void pmemsave_read_pages(struct pmap_source *source, const uint64_t *pa,
				void *const *page, size_t count,
				enum pmap_read *status_ret)
{
	struct pmemsave *p = (struct pmemsave *)source;

	pmap_segments_read_pages(&p->segments, pa, page, count, status_ret);
	for (size_t i = 0; i < count; i++)
		status_ret[i] = as_ram(p, pa[i], PAGE_SIZE, status_ret[i]);
}

static void pmemsave_see_smm(struct pmap_source *source, bool sees)
{
	((struct pmemsave *)source)->ram.sees_smm = sees;
}

static void pmemsave_close(struct pmap_source *source)
{
	struct pmemsave *p = (struct pmemsave *)source;

	forget(p);
	free(p);
}

static struct pmap_source *pmemsave_create(const struct pmap_source_args *args)
{
	struct pmemsave *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->place = args->count ? args->piece[0].file : NULL;
	return &p->source;
}

const struct pmap_source_ops pmap_source_pmemsave = {
	.live = true,
	.name = "pmemsave",
	.title = "a QEMU's RAM, written to files by its monitor",
	.usage = "[DIR]",
	.words = PMAP_WORDS_MAYBE_FILE,
	.create = pmemsave_create,
	.open = pmemsave_open,
	.read = pmemsave_read,
	.read_pages = pmemsave_read_pages,
	.see_smm = pmemsave_see_smm,
	.close = pmemsave_close,
};
