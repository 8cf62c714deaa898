/*
 * The file of --output.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *pmap_home_path(const char *path)
{
	const char *home = getenv("HOME");
	char *whole;

	if (strncmp(path, "~/", 2) != 0 || !home)
		return strdup(path);
	return asprintf(&whole, "%s%s", home, path + 1) < 0 ? NULL : whole;
}

/* Where the output goes in the end; a name that leads nowhere stays. */
static char *full_path(const char *path)
{
	char *name = pmap_home_path(path);
	char *real = name ? realpath(name, NULL) : NULL;

	if (!real)
		return name;
	free(name);
	return real;
}

/* The rights that a plain open() would have given. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

/*
 * The file that GDB itself prints to (/dev/stdout) must not be replaced, and
 * writing goes on at GDB's position in it.  -1: it is another file.
 */
static int open_own(const struct stat *st)
{
	struct stat own;

	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
		if (fstat(fd, &own) == 0 && own.st_dev == st->st_dev &&
		    own.st_ino == st->st_ino)
			return fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return -1;
}

/* `old', if there is one, is what will be replaced. */
static int open_temporary(struct pmap_output *output, const struct stat *old)
{
	int error;

	if (asprintf(&output->temporary, "%s.XXXXXX", output->path) < 0) {
		output->temporary = NULL;
		return ENOMEM;
	}
	output->fd = mkostemp(output->temporary, O_CLOEXEC);
	if (output->fd < 0) {
		error = errno;
		free(output->temporary);
		output->temporary = NULL;
		return error;
	}
	/* Only root can give the new file the old one's owner. */
	if (old && fchown(output->fd, old->st_uid, old->st_gid) != 0)
		errno = 0;
	return fchmod(output->fd, old ? old->st_mode & 07777 : usual_mode()) ?
	       errno : 0;
}

int pmap_output_open(struct pmap_output *output, const char *path)
{
	struct stat st;
	bool there;

	*output = (struct pmap_output){ .fd = -1 };
	output->path = full_path(path);
	if (!output->path)
		return ENOMEM;
	there = stat(output->path, &st) == 0;
	/* A device or a pipe is written to as it is. */
	if (there && !S_ISREG(st.st_mode)) {
		output->fd = open(output->path,
				  O_WRONLY | O_NONBLOCK | O_CLOEXEC);
		return output->fd < 0 ? errno : 0;
	}
	output->fd = there ? open_own(&st) : -1;
	if (output->fd >= 0)
		return 0;
	return open_temporary(output, there ? &st : NULL);
}

int pmap_output_commit(struct pmap_output *output)
{
	int fd = output->fd;

	output->fd = -1;
	if (close(fd) != 0)
		return errno;
	if (!output->temporary)
		return 0;
	if (rename(output->temporary, output->path) != 0)
		return errno;
	free(output->temporary);
	output->temporary = NULL;
	return 0;
}

void pmap_output_abandon(struct pmap_output *output)
{
	if (output->fd >= 0)
		close(output->fd);
	if (output->temporary)
		unlink(output->temporary);
	free(output->temporary);
	free(output->path);
	*output = (struct pmap_output){ .fd = -1 };
}
