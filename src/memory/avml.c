/*
 * AVML's images.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "config.h"

#include "memory/avml.h"

#include <stdlib.h>
#include <string.h>

#include "memory/segments.h"

#ifdef HAVE_SNAPPY
#include <snappy-c.h>

#define MAGIC		0x4c4d5641u
#define FRAME_MAX	(64 << 10)	/* of memory */
#define PACKED_MAX	(96 << 10)	/* of the file */
#define KEPT		16		/* unpacked frames; a power of two */
/* https://github.com/google/snappy/blob/main/framing_format.txt */
#define CHUNK_PACKED	0x00
#define CHUNK_PLAIN	0x01
#define CHUNK_SKIPPED	0x80		/* from here on */
#define CRC_SIZE	4

struct range_head {
	uint32_t magic, version;
	uint64_t first, last, reserved;
};

struct frame {
	uint64_t pa, offset;	/* of its packed bytes, in the file */
	uint32_t size, packed;	/* packed == 0: they are there as they are */
};

struct pmap_avml {
	int fd;
	struct frame *frame;	/* by address */
	size_t count, room;
	uint64_t size;
	struct {
		const struct frame *frame;
		unsigned char bytes[FRAME_MAX];
	} kept[KEPT];
	unsigned char packed[PACKED_MAX];
};

static bool add_frame(struct pmap_avml *avml, const struct frame *frame)
{
	size_t room = avml->room ? avml->room * 2 : 1024;
	struct frame *grown;

	if (avml->count == avml->room) {
		grown = realloc(avml->frame, room * sizeof(*grown));
		if (!grown)
			return false;
		avml->frame = grown;
		avml->room = room;
	}
	avml->frame[avml->count++] = *frame;
	avml->size += frame->size;
	return true;
}

/*
 * The chunk at *at: 1, and where its bytes go is in *frame; 0 if it has none of
 * the memory; -1 if it cannot be one.  *at is behind it then.
 */
static int read_chunk(struct pmap_avml *avml, uint64_t *at, struct frame *frame)
{
	unsigned char head[4], prefix[CRC_SIZE + 10];
	uint32_t len;
	size_t size, seen;

	if (pmap_read_at(avml->fd, *at, head, sizeof(head)))
		return -1;
	len = head[1] | head[2] << 8 | head[3] << 16;
	*at += sizeof(head);
	frame->offset = *at + CRC_SIZE;
	*at += len;
	if (head[0] >= CHUNK_SKIPPED)
		return 0;
	if (head[0] > CHUNK_PLAIN || len <= CRC_SIZE || len > PACKED_MAX)
		return -1;
	frame->packed = head[0] == CHUNK_PACKED ? len - CRC_SIZE : 0;
	frame->size = len - CRC_SIZE;
	if (!frame->packed)
		return frame->size <= FRAME_MAX ? 1 : -1;
	seen = len < sizeof(prefix) ? len : sizeof(prefix);
	if (pmap_read_at(avml->fd, frame->offset - CRC_SIZE, prefix, seen) ||
	    snappy_uncompressed_length((char *)prefix + CRC_SIZE,
				       seen - CRC_SIZE, &size) != SNAPPY_OK ||
	    !size || size > FRAME_MAX)
		return -1;
	frame->size = size;
	return 1;
}

/* One range; *at is behind it then. */
static bool read_range(struct pmap_avml *avml, const struct range_head *head,
		       uint64_t *at)
{
	uint64_t pa = head->first, left = head->last - head->first + 1;
	struct frame frame;

	while (left) {
		int kind = read_chunk(avml, at, &frame);

		if (kind < 0 || (kind && frame.size > left))
			return false;
		if (!kind)
			continue;
		frame.pa = pa;
		if (!add_frame(avml, &frame))
			return false;
		pa += frame.size;
		left -= frame.size;
	}
	*at += sizeof(uint64_t);
	return true;
}

static int by_address(const void *a, const void *b)
{
	const struct frame *x = a, *y = b;

	return x->pa < y->pa ? -1 : x->pa > y->pa;
}

struct pmap_avml *pmap_avml_open(int fd, const char **why_ret)
{
	struct pmap_avml *avml = calloc(1, sizeof(*avml));
	struct range_head head;
	uint64_t at = 0;

	*why_ret = "out of memory";
	if (!avml)
		return NULL;
	avml->fd = fd;
	while (pmap_read_at(fd, at, &head, sizeof(head)) == 0) {
		at += sizeof(head);
		if (head.magic != MAGIC || head.version != 2 ||
		    head.first > head.last || head.last - head.first == UINT64_MAX ||
		    !read_range(avml, &head, &at)) {
			*why_ret = "it is an image of AVML's that is damaged or cut off";
			pmap_avml_close(avml);
			return NULL;
		}
	}
	if (avml->count)
		qsort(avml->frame, avml->count, sizeof(*avml->frame), by_address);
	return avml;
}

void pmap_avml_close(struct pmap_avml *avml)
{
	if (!avml)
		return;
	free(avml->frame);
	free(avml);
}

uint64_t pmap_avml_size(const struct pmap_avml *avml)
{
	return avml->size;
}

static const struct frame *find(const struct pmap_avml *avml, uint64_t pa)
{
	size_t low = 0, high = avml->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct frame *frame = &avml->frame[mid];

		if (pa < frame->pa)
			high = mid;
		else if (pa - frame->pa >= frame->size)
			low = mid + 1;
		else
			return frame;
	}
	return NULL;
}

/* The frame's bytes; NULL if they cannot be had. */
static const unsigned char *unpack(struct pmap_avml *avml,
				   const struct frame *frame)
{
	size_t slot = (frame - avml->frame) % KEPT, size = frame->size;
	unsigned char *bytes = avml->kept[slot].bytes;

	if (avml->kept[slot].frame == frame)
		return bytes;
	avml->kept[slot].frame = NULL;
	if (pmap_read_at(avml->fd, frame->offset,
			 frame->packed ? avml->packed : bytes,
			 frame->packed ? frame->packed : frame->size))
		return NULL;
	if (frame->packed &&
	    (snappy_uncompress((char *)avml->packed, frame->packed,
			       (char *)bytes, &size) != SNAPPY_OK ||
	     size != frame->size))
		return NULL;
	avml->kept[slot].frame = frame;
	return bytes;
}

enum pmap_read pmap_avml_read(struct pmap_avml *avml, uint64_t pa, void *buf,
			      size_t len)
{
	unsigned char *to = buf;

	while (len) {
		const struct frame *frame = find(avml, pa);
		const unsigned char *bytes = frame ? unpack(avml, frame) : NULL;
		size_t part;

		if (!bytes)
			return frame ? PMAP_READ_FAILED : PMAP_READ_ABSENT;
		part = frame->size - (pa - frame->pa);
		part = part < len ? part : len;
		memcpy(to, bytes + (pa - frame->pa), part);
		pa += part;
		to += part;
		len -= part;
	}
	return PMAP_READ_OK;
}

#else

struct pmap_avml *pmap_avml_open(int fd, const char **why_ret)
{
	(void)fd;
	*why_ret = "it is a compressed image of AVML's, and this pmap was built without snappy: install it (Debian: libsnappy-dev) and configure again, or have `avml-convert' make one of LiME's of it";
	return NULL;
}

void pmap_avml_close(struct pmap_avml *avml)
{
	(void)avml;
}

uint64_t pmap_avml_size(const struct pmap_avml *avml)
{
	(void)avml;
	return 0;
}

enum pmap_read pmap_avml_read(struct pmap_avml *avml, uint64_t pa, void *buf,
			      size_t len)
{
	(void)avml, (void)pa, (void)buf, (void)len;
	return PMAP_READ_FAILED;
}

#endif
