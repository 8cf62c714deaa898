/*
 * Snapshots as files.
 *
 * A head (struct head, little-endian); lines of text, padded with zeros to a
 * multiple of 8; for each page its number and the place of its content; the
 * contents.  A sum goes over all behind the head.
 *
 * Lines: "arch NAME", "reg FROM VALUE EXPRESSION", "opt NAME VALUE".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/output.h"
#include "base/text.h"
#include "memory/snapshot-store.h"
#include "target/arch.h"

#define VERSION	1
#define MOST	(1ULL << 32)	/* bytes of a file that is believed to be one */

struct head {
	char magic[8];
	uint32_t version;
	uint32_t text;		/* bytes of the lines */
	uint64_t size;		/* of the whole file */
	uint64_t sum;
	uint64_t pages, words;
};

static const char magic[8] = { 'P', 'M', 'A', 'P', 'S', 'N', 'A', 'P' };

/* Of whole words; a changed one, or two that change places, change it. */
static uint64_t file_sum(uint64_t sum, const void *data, size_t size)
{
	const uint64_t *word = data, *end = word + size / 8;

	for (; word < end; word++)
		sum = ((sum << 7 | sum >> 57) ^ *word) * PMAP_HASH_GOLDEN;
	return sum;
}

/* --- To a file ------------------------------------------------------------ */

static void add_lines(struct pmap_text *out, const struct pmap_snapshot *s)
{
	const enum pmap_option *id = pmap_snapshot_options;

	pmap_text_add(out, "arch %s\n", s->arch->name);
	for (unsigned i = 0; i < PMAP_REGS_MAX && s->arch->exprs[i]; i++)
		if (s->reg[i].from)
			pmap_text_add(out, "reg %u 0x%" PRIx64 " %s\n",
				      s->reg[i].from, s->reg[i].value,
				      s->arch->exprs[i]);
	for (; *id != PMAP_OPTIONS; id++) {
		const struct pmap_option_place *place = &pmap_option_places[*id];
		const void *at = (const char *)&s->opt + place->offset;

		if (!pmap_option_given(&s->opt, *id))
			continue;
		if (place->type == PMAP_TYPE_FORMAT)
			pmap_text_add(out, "opt %s %s\n", place->name,
				      (*(const struct pml_format *const *)at)->name);
		else
			pmap_text_add(out, "opt %s 0x%" PRIx64 "\n", place->name,
				      place->type == PMAP_TYPE_FLAG ? 1 :
				      pmap_option_value(&s->opt, *id));
	}
	while (out->len % 8)
		pmap_text_put(out, "", 1);
}

static void add_pages(struct pmap_text *out, const struct pmap_snapshot *s)
{
	for (size_t i = 0; i < s->pages.slots; i++) {
		const struct pmap_snapshot_page *page =
			pmap_hash_slot(&s->pages, i, sizeof(*page));

		if (page->key)
			pmap_text_put(out, page, sizeof(*page));
	}
}

static int write_all(int fd, const void *data, size_t size)
{
	for (const char *at = data; size;) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0) {
			at += n;
			size -= n;
		}
	}
	return 0;
}

static int write_file(int fd, const struct pmap_text *text,
		      const struct pmap_text *pages, const struct pmap_snapshot *s)
{
	struct head head = {
		.version = VERSION, .text = text->len,
		.pages = s->pages.used, .words = s->words,
	};
	int error;

	memcpy(head.magic, magic, sizeof(magic));
	head.size = sizeof(head) + text->len + pages->len + s->words * 8;
	head.sum = file_sum(head.pages, text->data, text->len);
	head.sum = file_sum(head.sum, pages->data, pages->len);
	head.sum = file_sum(head.sum, s->word, s->words * 8);
	error = write_all(fd, &head, sizeof(head));
	if (!error)
		error = write_all(fd, text->data, text->len);
	if (!error)
		error = write_all(fd, pages->data, pages->len);
	if (!error)
		error = write_all(fd, s->word, s->words * 8);
	/* A disk that is full may say so only now; a pipe has no disk. */
	if (!error && fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
		error = errno;
	return error;
}

int pmap_snapshot_save(const struct pmap_snapshot *s, const char *path)
{
	struct pmap_text text = { 0 }, pages = { 0 };
	struct pmap_output output;
	int error;

	add_lines(&text, s);
	add_pages(&pages, s);
	error = text.error ? text.error : pages.error;
	if (!error) {
		error = pmap_output_open(&output, path);
		if (!error)
			error = write_file(output.fd, &text, &pages, s);
		if (!error)
			error = pmap_output_commit(&output);
		pmap_output_abandon(&output);
	}
	pmap_text_free(&text);
	pmap_text_free(&pages);
	return error;
}

/* --- From a file ---------------------------------------------------------- */

struct loader {
	const struct pmap_arch *const *archs;
	struct pmap_snapshot *s;
	char *why;
	size_t why_size;
};

/* Always false. */
__attribute__((format(printf, 2, 3)))
static bool refuse(struct loader *l, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(l->why, l->why_size, format, args);
	va_end(args);
	return false;
}

static bool take_reg(struct loader *l, const char *line)
{
	const struct pmap_arch *arch = l->s->arch;
	unsigned from;
	uint64_t value;
	int at = 0;

	if (sscanf(line, "%u %" SCNx64 " %n", &from, &value, &at) != 2 || !at ||
	    from > PMAP_FROM_USER)
		return refuse(l, "it has no register in \"%s\"", line);
	/* This pmap does not ask for that register: it does without. */
	for (unsigned i = 0; i < PMAP_REGS_MAX && arch->exprs[i]; i++)
		if (strcmp(arch->exprs[i], line + at) == 0)
			l->s->reg[i] = (struct pmap_reg){ value, from };
	return true;
}

static bool take_option(struct loader *l, const char *line)
{
	const enum pmap_option *id = pmap_snapshot_options;
	size_t len = strcspn(line, " ");
	const char *value = line + len + (line[len] == ' ');
	struct pmap_expr *expr;
	void *place;

	while (*id != PMAP_OPTIONS &&
	       (strncmp(pmap_option_name(*id), line, len) != 0 ||
		pmap_option_name(*id)[len]))
		id++;
	if (*id == PMAP_OPTIONS)
		return refuse(l, "it was taken with \"%s\", which this pmap does not know",
			      line);
	place = (char *)&l->s->opt + pmap_option_places[*id].offset;
	switch (pmap_option_places[*id].type) {
	case PMAP_TYPE_FLAG:
		*(bool *)place = true;
		return true;
	case PMAP_TYPE_FORMAT:
		*(const struct pml_format **)place = pmap_option_format(value);
		return *(void **)place ||
		       refuse(l, "it is of a paging mode that this pmap does not know, %s", value);
	default:
		expr = place;
		expr->value = strtoull(value, NULL, 16);
		expr->known = true;
		expr->text = strdup(value);
		return expr->text || refuse(l, "out of memory");
	}
}

static bool take_line(struct loader *l, char *line)
{
	if (strncmp(line, "arch ", 5) == 0) {
		for (size_t i = 0; l->archs[i]; i++)
			if (strcmp(l->archs[i]->name, line + 5) == 0)
				l->s->arch = l->archs[i];
		return l->s->arch ||
		       refuse(l, "it is of an architecture that this pmap does not know, %s", line + 5);
	}
	if (!l->s->arch)
		return refuse(l, "it does not say of which architecture it is");
	if (strncmp(line, "reg ", 4) == 0)
		return take_reg(l, line + 4);
	if (strncmp(line, "opt ", 4) == 0)
		return take_option(l, line + 4);
	return refuse(l, "it has a line that this pmap does not know, \"%s\"", line);
}

static bool take_lines(struct loader *l, char *text, size_t size)
{
	char *end = text + size;

	while (text < end && *text) {
		char *newline = memchr(text, '\n', end - text);

		if (!newline)
			return refuse(l, "a line of it has no end");
		*newline = '\0';
		if (!take_line(l, text))
			return false;
		text = newline + 1;
	}
	return l->s->arch || refuse(l, "it does not say of which architecture it is");
}

static bool take_pages(struct loader *l, const struct head *head,
		       const struct pmap_snapshot_page *page, const uint64_t *word)
{
	for (uint64_t i = 0; i < head->pages; i++) {
		uint64_t at = page[i].at;

		if (!page[i].key || page[i].key > 1ULL << 52 || at > head->words ||
		    head->words - at < PMAP_SNAPSHOT_MAP ||
		    head->words - at < pmap_snapshot_words(word + at))
			return refuse(l, "page %" PRIu64 " of it is nowhere in it", i);
		if (!pmap_snapshot_put_page(l->s, page[i].key - 1, word + at))
			return refuse(l, "out of memory");
	}
	return true;
}

/* Is all there that the head promises? */
static bool check_head(struct loader *l, const struct head *head, uint64_t size)
{
	if (size < sizeof(*head) || memcmp(head->magic, magic, sizeof(magic)) != 0)
		return refuse(l, "it is no snapshot of pmap's");
	if (head->version > VERSION)
		return refuse(l, "it was written by a newer pmap: format %u, this one reads up to %u",
			      head->version, VERSION);
	if (size < head->size)
		return refuse(l, "it is truncated: %" PRIu64 " of %" PRIu64 " bytes are there",
			      size, head->size);
	if (size > head->size || !head->version || head->text % 8 ||
	    head->pages > MOST / 16 || head->words > MOST / 8 ||
	    head->size != sizeof(*head) + head->text + head->pages * 16 +
			  head->words * 8)
		return refuse(l, "it is damaged: its sizes do not fit together");
	return true;
}

static bool take_file(struct loader *l, char *data, uint64_t size)
{
	const struct head *head = (const struct head *)(void *)data;
	char *text = data + sizeof(*head);
	const struct pmap_snapshot_page *page;
	const uint64_t *word;

	if (!check_head(l, head, size))
		return false;
	page = (const struct pmap_snapshot_page *)(void *)(text + head->text);
	word = (const uint64_t *)(const void *)(page + head->pages);
	if (file_sum(head->pages, text, size - sizeof(*head)) != head->sum)
		return refuse(l, "it is damaged: its sum is another one");
	return take_lines(l, text, head->text) && take_pages(l, head, page, word);
}

static char *read_all(struct loader *l, const char *path, uint64_t *size_ret)
{
	char *whole = pmap_home_path(path), *data = NULL;
	int fd = whole ? open(whole, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	struct stat st;
	uint64_t at = 0;
	ssize_t n = 1;

	if (fd < 0 || fstat(fd, &st) != 0)
		refuse(l, "%s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		refuse(l, "it is no regular file");
	else if ((uint64_t)st.st_size > MOST || !(data = malloc(st.st_size + 8)))
		refuse(l, "it is too large");
	while (data && at < (uint64_t)st.st_size && n > 0) {
		n = read(fd, data + at, st.st_size - at);
		at += n > 0 ? n : 0;
	}
	if (fd >= 0)
		close(fd);
	free(whole);
	*size_ret = at;
	return data;
}

struct pmap_snapshot *pmap_snapshot_load(const char *path, const char *name,
					 const struct pmap_arch *const *archs,
					 char *why, size_t why_size)
{
	const struct pmap_target blank = { 0 };
	const struct pmap_options none = { 0 };
	struct loader l = { .archs = archs, .why = why, .why_size = why_size };
	uint64_t size;
	char *data = read_all(&l, path, &size);

	if (!data)
		return NULL;
	l.s = pmap_snapshot_new(name, &blank, &none);
	if (!l.s) {
		refuse(&l, "out of memory");
	} else if (!take_file(&l, data, size)) {
		pmap_snapshot_free(l.s);
		l.s = NULL;
	}
	free(data);
	return l.s;
}
