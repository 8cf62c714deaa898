/*
 * A raw image of memory (QEMU's pmemsave, dd), or one of LiME's.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory/mark.h"
#include "memory/segments.h"

/* Before each range of a LiME image. */
struct lime {
	uint32_t magic, version;
	uint64_t first, last;
	uint8_t reserved[8];
};
#define LIME_MAGIC	0x4c694d45u

struct file {
	struct pmap_source source;
	char *name;
	bool has_base;
	uint64_t base;
	int fd;
	struct pmap_segments segments;
};

static bool read_lime(const struct file *file, uint64_t at, struct lime *head)
{
	return pmap_read_at(file->fd, at, head, sizeof(*head)) == 0 &&
	       head->magic == LIME_MAGIC && head->version == 1 &&
	       head->first <= head->last;
}

/* What is cut off at the file's end fails when it is read. */
static bool add_lime(struct file *file, uint64_t size)
{
	struct lime head;
	uint64_t at = 0, len;

	while (at < size && read_lime(file, at, &head)) {
		len = head.last - head.first + 1;
		if (!pmap_segments_add(&file->segments, head.first, len,
				       at + sizeof(head)))
			return false;
		if (len > size - at)
			break;
		at += sizeof(head) + len;
	}
	pmap_segments_sort(&file->segments);
	return true;
}

static void forget(struct file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
	pmap_segments_free(&file->segments);
}

/* Another format's file, read as raw memory, would give nonsense. */
static bool is_other_format(struct file *file)
{
	const struct pmap_mark *mark = pmap_mark_find(file->fd);

	if (!mark || (mark->source &&
		      strcmp(mark->source, file->source.ops->name) == 0))
		return false;
	if (mark->source)
		pmap_source_decline(&file->source, "%s is %s: `pmap source %s FILE' reads it",
				    file->name, mark->title, mark->source);
	else
		pmap_source_decline(&file->source, "%s is %s, and not memory as it is: %s (if it is raw memory all the same, give its address: `pmap source file FILE 0')",
				    file->name, mark->title, mark->advice);
	return true;
}

static enum pmap_open file_open(struct pmap_source *source,
				const struct pmap_open_round *round)
{
	struct file *file = (struct file *)source;
	struct lime head;
	struct stat st;
	bool lime;

	(void)round;
	forget(file);
	file->fd = open(file->name, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0 || fstat(file->fd, &st))
		return pmap_source_decline(source, "%s: %s", file->name,
					   strerror(errno));
	if (!S_ISREG(st.st_mode) || !st.st_size)
		return pmap_source_decline(source, "%s is no image: %s", file->name,
					   st.st_size ? "no regular file" : "it is empty");
	if (!file->has_base && is_other_format(file))
		return PMAP_OPEN_DECLINED;
	lime = read_lime(file, 0, &head);
	if (!(lime ? add_lime(file, st.st_size) :
	      pmap_segments_add(&file->segments, file->base, st.st_size, 0)))
		return pmap_source_decline(source, "out of memory");
	snprintf(source->why, sizeof(source->why),
		 lime ? "%s, of LiME: %" PRIu64 " MiB" :
		 "%s: %" PRIu64 " MiB from 0x%" PRIx64 " on", file->name,
		 pmap_segments_size(&file->segments) >> 20, file->base);
	return PMAP_OPEN_DONE;
}

static enum pmap_read file_read(struct pmap_source *source, uint64_t pa,
				void *buf, size_t len)
{
	struct file *file = (struct file *)source;

	return pmap_segments_read(&file->segments, file->fd, pa, buf, len);
}

static void file_read_pages(struct pmap_source *source, const uint64_t *pa,
			    void *const *page, size_t count,
			    enum pmap_read *status_ret)
{
	struct file *file = (struct file *)source;

	pmap_segments_read_pages(&file->segments, file->fd, pa, page, count,
				 status_ret);
}

static void file_close(struct pmap_source *source)
{
	struct file *file = (struct file *)source;

	forget(file);
	free(file->name);
	free(file);
}

static struct pmap_source *file_create(const struct pmap_source_args *args)
{
	struct file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->fd = -1;
	file->has_base = args->has_value;
	file->base = args->value;
	file->name = strdup(args->file);
	if (file->name)
		return &file->source;
	free(file);
	return NULL;
}

const struct pmap_source_ops pmap_source_file = {
	.name = "file",
	.title = "an image of memory, raw (from ADDR on) or of LiME",
	.usage = "FILE [ADDR]",
	.file = PMAP_WORD_REQUIRED,
	.value = PMAP_WORD_OPTIONAL,
	.create = file_create,
	.open = file_open,
	.read = file_read,
	.read_pages = file_read_pages,
	.close = file_close,
};
