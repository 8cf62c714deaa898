/*
 * Images of memory: raw (QEMU's pmemsave, dd, its memory-backend-file), LiME's,
 * AVML's; in one file or in pieces.
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

#include "memory/avml.h"
#include "memory/layout.h"
#include "memory/mark.h"
#include "memory/segments.h"

/* Before each range of a LiME image. */
struct lime {
	uint32_t magic, version;
	uint64_t first, last;
	uint8_t reserved[8];
};
#define LIME_MAGIC	0x4c694d45u

enum kind { RAW, LIME, AVML };

struct file {
	struct pmap_source source;
	const struct pmap_source_args *args;
	int fd[PMAP_PIECES_MAX];	/* of each piece; -1: not open */
	struct pmap_segments segments;
	struct pmap_avml *avml;
	uint64_t missing;	/* bytes behind the end of a file that is cut off */
};

static bool read_lime(int fd, uint64_t at, struct lime *head)
{
	return pmap_read_at(fd, at, head, sizeof(*head)) == 0 &&
	       head->magic == LIME_MAGIC && head->version == 1 &&
	       head->first <= head->last;
}

/* What is cut off at the file's end is said to be, here and when it is read. */
static bool add_lime(struct file *file, int fd, uint64_t size)
{
	struct lime head;
	uint64_t at = 0, len;

	while (at < size && read_lime(fd, at, &head)) {
		len = head.last - head.first + 1;
		if (!pmap_segments_add(&file->segments, fd, head.first, len,
				       at + sizeof(head)))
			return false;
		if (len > size - at - sizeof(head)) {
			file->missing += len - (size - at - sizeof(head));
			break;
		}
		at += sizeof(head) + len;
	}
	return true;
}

static void forget(struct file *file)
{
	for (size_t i = 0; i < PMAP_PIECES_MAX; i++) {
		if (file->fd[i] >= 0)
			close(file->fd[i]);
		file->fd[i] = -1;
	}
	pmap_segments_free(&file->segments);
	pmap_avml_close(file->avml);
	file->avml = NULL;
	file->missing = 0;
}

/* --- One piece ------------------------------------------------------------ */

/* Where its address is given, a file is raw memory, whatever it looks like. */
static bool is_placed(const struct file *file, size_t i)
{
	return file->args->piece[i].expr[0].text || file->args->machine ||
	       file->args->map;
}

/* Another format's file, read as raw memory, would give nonsense. */
static bool is_other_format(struct file *file, size_t i, enum kind *kind_ret)
{
	const struct pmap_mark *mark = pmap_mark_find(file->fd[i]);
	const char *name = file->args->piece[i].file;

	*kind_ret = RAW;
	if (!mark)
		return false;
	if (mark->source && strcmp(mark->source, file->source.ops->name) == 0) {
		*kind_ret = mark->compressed ? AVML : LIME;
		return false;
	}
	if (mark->source)
		pmap_source_decline(&file->source, "%s is %s: `pmap source %s FILE' reads it",
				    name, mark->title, mark->source);
	else
		pmap_source_decline(&file->source, "%s is %s, and not memory as it is: %s (if it is raw memory all the same, give its address: `pmap source file FILE 0')",
				    name, mark->title, mark->advice);
	return true;
}

/* All of the machine's RAM, as the machine has it. */
static bool add_layout(struct file *file, size_t i, uint64_t size)
{
	const char *why;

	if (file->args->machine) {
		if (pmap_layout_machine(&file->segments, file->fd[i], size,
					file->args->machine))
			return true;
		pmap_source_decline(&file->source, "no machine \"%s\" is known; there are: %s; --map FILE takes what `info mtree -f' of its monitor says",
				    file->args->machine, PMAP_LAYOUT_MACHINES);
		return false;
	}
	why = pmap_layout_map(&file->segments, file->fd[i], size,
			      file->args->map);
	if (why)
		pmap_source_decline(&file->source, "%s: %s", file->args->map, why);
	return !why;
}

static bool add_raw(struct file *file, size_t i, uint64_t size)
{
	const struct pmap_source_piece *piece = &file->args->piece[i];
	uint64_t first = piece->expr[0].text ? piece->expr[0].value : 0;

	if (file->args->machine || file->args->map)
		return add_layout(file, i, size);
	if (piece->expr[1].text && piece->expr[1].value > size) {
		pmap_source_decline(&file->source, "%s has 0x%" PRIx64 " bytes, less than 0x%" PRIx64,
				    piece->file, size, piece->expr[1].value);
		return false;
	}
	if (piece->expr[1].text)
		size = piece->expr[1].value;
	if (first + size - 1 < first) {
		pmap_source_decline(&file->source, "%s at 0x%" PRIx64 " would go beyond the last address",
				    piece->file, first);
		return false;
	}
	return pmap_segments_add(&file->segments, file->fd[i], first, size, 0);
}

/* False: why not is said. */
static bool add_piece(struct file *file, size_t i)
{
	const char *name = file->args->piece[i].file, *why;
	enum kind kind = RAW;
	uint64_t size;

	file->fd[i] = pmap_open_image(name, &size, &why);
	if (file->fd[i] < 0) {
		pmap_source_decline(&file->source, "%s: %s", name, why);
		return false;
	}
	pmap_source_decline(&file->source, "out of memory");
	if (is_placed(file, i) || !is_other_format(file, i, &kind))
		switch (kind) {
		case RAW:
			return add_raw(file, i, size);
		case LIME:
			return add_lime(file, file->fd[i], size);
		case AVML:
			file->avml = pmap_avml_open(file->fd[i], &why);
			if (file->avml)
				return true;
			pmap_source_decline(&file->source, "%s: %s", name, why);
		}
	return false;
}

/* --- All of them ---------------------------------------------------------- */

static void describe(struct file *file)
{
	const struct pmap_source_args *args = file->args;
	const char *name = args->piece[0].file;
	uint64_t size = pmap_segments_size(&file->segments) >> 20;
	char *why = file->source.why, cut[80];

	pmap_describe_missing(cut, sizeof(cut), file->missing);
	if (file->avml)
		snprintf(why, sizeof(file->source.why), "%s, of AVML: %" PRIu64 " MiB",
			 name, pmap_avml_size(file->avml) >> 20);
	else if (args->count > 1)
		snprintf(why, sizeof(file->source.why), "%s and %zu other file%s: %" PRIu64 " MiB in %zu pieces%s",
			 name, args->count - 1, args->count > 2 ? "s" : "", size,
			 file->segments.count, cut);
	else if (args->machine || args->map)
		snprintf(why, sizeof(file->source.why), "%s: %" PRIu64 " MiB in %zu pieces, as %s%s has it",
			 name, size, file->segments.count,
			 args->machine ? "QEMU's machine " : "",
			 args->machine ? args->machine : args->map);
	else if (!is_placed(file, 0) && pmap_mark_find(file->fd[0]))
		snprintf(why, sizeof(file->source.why), "%s, of LiME: %" PRIu64 " MiB%s",
			 name, size, cut);
	else
		snprintf(why, sizeof(file->source.why), "%s: %" PRIu64 " MiB from 0x%" PRIx64 " on",
			 name, size, file->segments.segment[0].first);
}

static enum pmap_open file_open(struct pmap_source *source,
				const struct pmap_open_round *round)
{
	struct file *file = (struct file *)source;
	const struct pmap_source_args *args = file->args;

	(void)round;
	forget(file);
	for (size_t i = 0; i < args->count; i++)
		if (!add_piece(file, i))
			return PMAP_OPEN_DECLINED;
	if (args->count > 1 && (file->avml || args->machine || args->map))
		return pmap_source_decline(source, "%s: an image of AVML's, --machine and --map are for one file",
					   args->piece[0].file);
	if (pmap_segments_sort(&file->segments))
		return pmap_source_decline(source, "%s: two of the pieces have the same addresses: give each its own (`FILE ADDR +LEN')",
					   args->piece[0].file);
	if (!file->avml && !file->segments.count)
		return pmap_source_decline(source, "%s has no memory",
					   args->piece[0].file);
	describe(file);
	return PMAP_OPEN_DONE;
}

static enum pmap_read file_read(struct pmap_source *source, uint64_t pa,
				void *buf, size_t len)
{
	struct file *file = (struct file *)source;

	if (file->avml)
		return pmap_avml_read(file->avml, pa, buf, len);
	return pmap_segments_read(&file->segments, pa, buf, len);
}

static void file_read_pages(struct pmap_source *source, const uint64_t *pa,
			    void *const *page, size_t count,
			    enum pmap_read *status_ret)
{
	struct file *file = (struct file *)source;

	if (!file->avml) {
		pmap_segments_read_pages(&file->segments, pa, page, count,
					 status_ret);
		return;
	}
	for (size_t i = 0; i < count; i++)
		status_ret[i] = pmap_avml_read(file->avml, pa[i], page[i], 4096);
}

static uint64_t file_last(const struct pmap_source *source)
{
	return pmap_segments_last(&((const struct file *)source)->segments);
}

static void file_close(struct pmap_source *source)
{
	struct file *file = (struct file *)source;

	forget(file);
	free(file);
}

static struct pmap_source *file_create(const struct pmap_source_args *args)
{
	struct file *file = calloc(1, sizeof(*file));

	if (!file)
		return NULL;
	file->args = args;
	for (size_t i = 0; i < PMAP_PIECES_MAX; i++)
		file->fd[i] = -1;
	return &file->source;
}

const struct pmap_source_ops pmap_source_file = {
	.name = "file",
	.title = "images of memory: raw, LiME's, AVML's",
	.usage = "FILE [ADDR [+LEN]]... [--machine NAME | --map FILE]",
	.words = PMAP_WORDS_IMAGES,
	.create = file_create,
	.open = file_open,
	.read = file_read,
	.read_pages = file_read_pages,
	.last = file_last,
	.close = file_close,
};
