/*
 * The file of --output: written beside its place and moved there when it is
 * whole, so that an error loses nothing that was there before.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_OUTPUT_H
#define PMAP_OUTPUT_H

struct pmap_output {
	char *path;		/* as it will be called */
	char *temporary;	/* as it is called; NULL: there is no file */
	int fd;
};

/* `path' with a "~/" at its start made whole; the caller frees it; or NULL. */
char *pmap_home_path(const char *path);

/*
 * Returns 0 or an errno.  Of a symbolic link the file that it leads to is written.  No
 * write to `fd' blocks, unless it goes to a disk.
 */
int pmap_output_open(struct pmap_output *output, const char *path);

/* Everything is written: move it into place.  Returns 0 or an errno. */
int pmap_output_commit(struct pmap_output *output);

/* Harmless after a commit; else the file goes. */
void pmap_output_abandon(struct pmap_output *output);

#endif
