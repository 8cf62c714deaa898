/*
 * Pieces of physical memory in files.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/segments.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE_SIZE	4096
#define TOGETHER_MAX	64	/* pages of one call */

int pmap_open_image(const char *name, uint64_t *size_ret, const char **why_ret)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		*why_ret = strerror(errno);
	else if (S_ISDIR(st.st_mode))
		*why_ret = "it is a directory";
	else if (!S_ISREG(st.st_mode))
		*why_ret = "it is no regular file: copy what it gives into one";
	else if (!st.st_size)
		*why_ret = "it is empty";
	else
		return *size_ret = st.st_size, fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

void pmap_describe_missing(char *text, size_t size, uint64_t missing)
{
	text[0] = '\0';
	if (missing)
		snprintf(text, size, ", of which %" PRIu64 " KiB are missing: the file is cut off",
			 (missing + 1023) >> 10);
}

int pmap_read_at(int fd, uint64_t offset, void *buf, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (char *)buf + done, len - done,
				  offset + done);

		if (n == 0)
			return ENODATA;
		if (n > 0)
			done += n;
		else if (errno != EINTR)
			return errno;
	}
	return 0;
}

bool pmap_segments_add(struct pmap_segments *s, int fd, uint64_t first,
		       uint64_t size, uint64_t offset)
{
	struct pmap_segment *grown;
	size_t room = s->room ? s->room * 2 : 16;

	if (!size || first + size - 1 < first)
		return true;
	if (s->count == s->room) {
		grown = realloc(s->segment, room * sizeof(*grown));
		if (!grown)
			return false;
		s->segment = grown;
		s->room = room;
	}
	s->segment[s->count++] = (struct pmap_segment){
		first, first + size - 1, offset, fd,
	};
	return true;
}

static int by_first(const void *a, const void *b)
{
	const struct pmap_segment *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

bool pmap_segments_sort(struct pmap_segments *s)
{
	bool twice = false;
	size_t n = 0;

	if (s->count)
		qsort(s->segment, s->count, sizeof(*s->segment), by_first);
	for (size_t i = 0; i < s->count; i++) {
		struct pmap_segment piece = s->segment[i];

		twice |= n && piece.first <= s->segment[n - 1].last;
		if (n && piece.last <= s->segment[n - 1].last)
			continue;
		if (n && piece.first <= s->segment[n - 1].last) {
			uint64_t cut = s->segment[n - 1].last + 1 - piece.first;

			piece.first += cut;
			piece.offset += cut;
		}
		s->segment[n++] = piece;
	}
	s->count = n;
	return twice;
}

void pmap_segments_free(struct pmap_segments *s)
{
	free(s->segment);
	*s = (struct pmap_segments){ 0 };
}

uint64_t pmap_segments_last(const struct pmap_segments *s)
{
	uint64_t last = 0;

	for (size_t i = 0; i < s->count; i++)
		if (s->segment[i].last > last)
			last = s->segment[i].last;
	return last;
}

uint64_t pmap_segments_size(const struct pmap_segments *s)
{
	uint64_t size = 0;

	for (size_t i = 0; i < s->count; i++)
		size += s->segment[i].last - s->segment[i].first + 1;
	return size;
}

static const struct pmap_segment *find(const struct pmap_segments *s,
				       uint64_t pa)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (pa > s->segment[mid].last)
			low = mid + 1;
		else if (pa < s->segment[mid].first)
			high = mid;
		else
			return &s->segment[mid];
	}
	return NULL;
}

enum pmap_read pmap_segments_read(const struct pmap_segments *s, uint64_t pa,
				  void *buf, size_t len)
{
	unsigned char *to = buf;

	while (len) {
		const struct pmap_segment *segment = find(s, pa);
		uint64_t part;
		int error;

		if (!segment)
			return PMAP_READ_ABSENT;
		part = segment->last - pa + 1;
		if (part == 0 || part > len)
			part = len;
		error = pmap_read_at(segment->fd, segment->offset +
				     (pa - segment->first), to, part);
		if (error)
			return error == ENODATA ? PMAP_READ_CUT : PMAP_READ_FAILED;
		pa += part;
		to += part;
		len -= part;
	}
	return PMAP_READ_OK;
}

/* How many pages from the first on are next to each other in the segment. */
static size_t neighbours(const struct pmap_segment *segment, const uint64_t *pa,
			 size_t count)
{
	size_t n = 0;

	while (n < count && n < TOGETHER_MAX &&
	       pa[n] == pa[0] + n * PAGE_SIZE &&
	       pa[n] + PAGE_SIZE - 1 <= segment->last)
		n++;
	return n;
}

/* N neighbours with one call; false if not all have come. */
static bool read_together(const struct pmap_segment *segment, uint64_t pa,
			  void *const *page, size_t n)
{
	struct iovec to[TOGETHER_MAX];

	for (size_t i = 0; i < n; i++)
		to[i] = (struct iovec){ page[i], PAGE_SIZE };
	return preadv(segment->fd, to, n, segment->offset + (pa - segment->first)) ==
	       (ssize_t)(n * PAGE_SIZE);
}

void pmap_segments_read_pages(const struct pmap_segments *s,
			      const uint64_t *pa, void *const *page,
			      size_t count, enum pmap_read *status_ret)
{
	size_t i = 0, n;

	for (; i < count; i += n) {
		const struct pmap_segment *segment = find(s, pa[i]);
		bool all;

		n = segment ? neighbours(segment, pa + i, count - i) : 0;
		all = n > 1 && read_together(segment, pa[i], page + i, n);
		n = n ? n : 1;
		for (size_t j = i; j < i + n; j++)
			status_ret[j] = all ? PMAP_READ_OK :
				pmap_segments_read(s, pa[j], page[j],
						   PAGE_SIZE);
	}
}
