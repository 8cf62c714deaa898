/*
 * $pmap_status after a command: what became of it.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_STATUS_H
#define PMAP_STATUS_H

enum pmap_status {
	PMAP_STATUS_OK = 0,
	/* The address does not translate, because ... */
	PMAP_STATUS_HOLE = 1,		/* an entry is empty */
	PMAP_STATUS_NONPRESENT = 2,	/* an entry is not present, but not empty */
	PMAP_STATUS_RESERVED = 3,	/* an entry has a reserved bit set */
	PMAP_STATUS_UNREADABLE = 4,	/* a table cannot be read */
	PMAP_STATUS_NONCANONICAL = 5,	/* the address does not exist in this paging mode */
	/* It was asked for a verdict, and ... */
	PMAP_STATUS_FAULT = 6,		/* the access would fault */
	PMAP_STATUS_UNTOLD = 7,		/* it cannot be told */
	PMAP_STATUS_UNEXPECTED = 8,	/* what was expected does not hold */
	/* The command was not carried out, because ... */
	PMAP_STATUS_USAGE = 10,		/* of its words */
	PMAP_STATUS_NO_TARGET = 11,	/* there is nothing to look at */
	PMAP_STATUS_NO_PAGING = 12,	/* paging is off */
	PMAP_STATUS_NO_MEMORY = 13,	/* physical memory, or the root, cannot be read */
	PMAP_STATUS_INTERRUPTED = 14,	/* of Ctrl-C */
	PMAP_STATUS_OUTPUT = 15,	/* the file of --output cannot be written */
	PMAP_STATUS_INTERNAL = 16,	/* the plugin is in trouble: not loaded, out of memory */
	PMAP_STATUS_MISSING = 17,	/* this build of pmap lacks something */
};

#endif
