/*
 * The file of --output.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file's full name; what is no regular file is not to be replaced. */
static int full_path(char **path_ret, const char *path)
{
	const char *home = getenv("HOME");

	if (strncmp(path, "~/", 2) != 0 || !home)
		*path_ret = strdup(path);
	else if (asprintf(path_ret, "%s%s", home, path + 1) < 0)
		*path_ret = NULL;
	return *path_ret ? 0 : ENOMEM;
}

/* The rights that a plain open() would have given. */
static mode_t usual_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

int pmap_output_open(struct pmap_output *output, const char *path)
{
	struct stat stat_buf;
	int error;

	*output = (struct pmap_output){ .fd = -1 };
	error = full_path(&output->path, path);
	if (error)
		return error;
	/* A device or a pipe (/dev/stdout) is written to as it is. */
	if (stat(output->path, &stat_buf) == 0 && !S_ISREG(stat_buf.st_mode)) {
		output->fd = open(output->path, O_WRONLY | O_CLOEXEC);
		return output->fd < 0 ? errno : 0;
	}
	if (asprintf(&output->temporary, "%s.XXXXXX", output->path) < 0) {
		output->temporary = NULL;
		return ENOMEM;
	}
	output->fd = mkostemp(output->temporary, O_CLOEXEC);
	if (output->fd >= 0 && fchmod(output->fd, usual_mode()) == 0)
		return 0;
	error = errno;
	if (output->fd < 0) {
		free(output->temporary);
		output->temporary = NULL;
	}
	return error;
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
