/*
 * Where the bytes of physical memory come from.
 *
 * A source is one way to read the target's physical memory: QEMU's stub, the
 * memory of a QEMU process on this host, a core file, an image.  One file
 * each; session.c chooses.  Above every source stands the cache (cache.h),
 * which is what walks read from.
 *
 * Opening may take several rounds with GDB: open() is called again and again,
 * and says each time what it needs next, until it is done or declines.  When a
 * source is open, read() never suspends.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_MEMORY_SOURCE_H
#define PMAP_MEMORY_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target/options.h"

struct pmap_notes;
struct pmap_target;

/* What became of a read.  Never half a read: all of `len` bytes or none. */
enum pmap_read {
	PMAP_READ_OK,
	PMAP_READ_NOT_RAM,	/* nothing, or a device, is at that address */
	PMAP_READ_SMRAM,	/* memory that a CPU in system management mode alone sees */
	PMAP_READ_SECURE,	/* memory that Arm's Secure state alone sees */
	PMAP_READ_ABSENT,	/* the file has nothing for it: RAM or not, it cannot say */
	PMAP_READ_CUT,		/* the file should have it, but ends before */
	PMAP_READ_FAILED,	/* it is memory, but reading it failed */
	PMAP_READ_INTERRUPTED,	/* Ctrl-C */
	PMAP_READ_FULL,		/* the cache has no room: see cache.h */
};

/* What is at a physical address. */
enum pmap_place {
	PMAP_PLACE_UNKNOWN,
	PMAP_PLACE_RAM,
	PMAP_PLACE_ROM,
	PMAP_PLACE_OTHER,	/* a device, or nothing */
};

/* How opening goes on. */
enum pmap_open {
	PMAP_OPEN_DONE,
	PMAP_OPEN_DECLINED,	/* not for this target: `why` says why */
	PMAP_OPEN_MONITOR,	/* needs the output of a monitor command: `ask` */
	PMAP_OPEN_PHYSICAL,	/* needs a round in physical memory mode */
};

/* What a round of opening has to go by. */
struct pmap_open_round {
	/*
	 * The first of an opening.  A source that was open before is opened
	 * again when the target may have run: it may keep what it can check.
	 */
	bool first;
	/* pmap_bridge_read() reads physical memory in this round. */
	bool physical;
	/* What the monitor said to `ask`; NULL: no answer, or no monitor. */
	const char *answer;
	/* The registers that GDB shows. */
	const struct pmap_target *target;
};

#define PMAP_PIECES_MAX	64

/*
 * A piece of memory, as the words of `pmap source NAME' name it: a file, with
 * ADDR and LEN where they are given; or of a linear map VA, or VA, PA and LEN.
 */
struct pmap_source_piece {
	char *file;		/* a full name; NULL: there is none */
	struct pmap_expr expr[3];
};

/* All of the words.  A source keeps a pointer: they live as long as it does. */
struct pmap_source_args {
	size_t count;
	struct pmap_source_piece *piece;
	char *machine, *map;	/* of --machine and --map, or NULL */
	bool pmemsave;		/* of `auto': that source may be chosen, too */
};

/* Another piece, which is empty; NULL without memory, or if there are too many. */
struct pmap_source_piece *pmap_source_args_add(struct pmap_source_args *args);
void pmap_source_args_free(struct pmap_source_args *args);

/* Calls `each' for every expression whose value GDB has to tell. */
void pmap_source_args_exprs(struct pmap_source_args *args,
			    void (*each)(struct pmap_expr *expr, void *arg),
			    void *arg);

struct pmap_source {
	const struct pmap_source_ops *ops;
	char ask[256];		/* PMAP_OPEN_MONITOR: the command, without "monitor" */
	char why[512];		/* why it was chosen, or why not; for `pmap info` */
	bool broken;		/* what it read from is gone: choose anew */
	uint64_t clears;	/* address bits that the processor's bus clears: see pmap_target */
	bool program;		/* declined: the target is a program, `why' says under what */
};

/* The words behind `pmap source NAME'. */
enum pmap_source_words {
	PMAP_WORDS_NONE,
	PMAP_WORDS_MAYBE_FILE,	/* [FILE] */
	PMAP_WORDS_FILE,	/* FILE */
	PMAP_WORDS_IMAGES,	/* FILE [ADDR [+LEN]]..., --machine, --map */
	PMAP_WORDS_MAP,		/* VA, or VA PA LEN... */
};

struct pmap_source_ops {
	const char *name;	/* as in `pmap source NAME` */
	const char *title;	/* for people */
	const char *usage;	/* the words after the name */
	enum pmap_source_words words;
	/* Tried when nothing was chosen. */
	bool automatic;
	/* It is the memory of the machine behind GDB's stub, as it is now. */
	bool live;
	/* Reads go through GDB, with QEMU's physical memory mode on. */
	bool physical_mode;
	/* Eight bytes cost much less than a page. */
	bool small_reads;
	/* A closed source, `ops' to be set; NULL without memory. */
	struct pmap_source *(*create)(const struct pmap_source_args *args);
	/* One round of opening. */
	enum pmap_open (*open)(struct pmap_source *source,
			       const struct pmap_open_round *round);
	/* All of pa..pa+len-1 into buf; a range never crosses a 4 KiB page. */
	enum pmap_read (*read)(struct pmap_source *source, uint64_t pa,
			       void *buf, size_t len);
	/*
	 * `count` whole pages, in ascending order, each with what became of
	 * it.  NULL where this is no faster than one by one.
	 */
	void (*read_pages)(struct pmap_source *source, const uint64_t *pa,
			   void *const *page, size_t count,
			   enum pmap_read *status_ret);
	/*
	 * Registers that GDB does not show but the source knows: fills what
	 * target->has says is missing.  NULL: it knows none.
	 */
	void (*registers)(struct pmap_source *source, int thread,
			  struct pmap_target *target);
	/* What the file's notes say; NULL: it has none of the kind. */
	const struct pmap_notes *(*notes)(const struct pmap_source *source);
	/*
	 * The last address of memory that the source knows of; 0: it does not
	 * know where memory ends.  NULL: the same.
	 */
	uint64_t (*last)(const struct pmap_source *source);
	/*
	 * What is at `pa', and up to which address, inclusive, the same.  NULL:
	 * PMAP_PLACE_UNKNOWN everywhere.
	 */
	enum pmap_place (*place)(const struct pmap_source *source, uint64_t pa,
				 uint64_t *last_ret);
	/*
	 * From now on, is it read for a processor that sees secure memory?  At first
	 * it is not.  NULL: the source cannot read any.
	 */
	void (*see_secure)(struct pmap_source *source, bool sees);
	/*
	 * From now on, is it read for a processor in system management mode?  At first
	 * it is not.  What the source has not as that mode sees it is PMAP_READ_SMRAM.
	 * NULL: it knows nothing of that.
	 */
	void (*see_smm)(struct pmap_source *source, bool sees);
	/* Gives back everything and frees the source. */
	void (*close)(struct pmap_source *source);
};

/* One file each, in the order in which they are tried. */
extern const struct pmap_source_ops pmap_source_qemu;
extern const struct pmap_source_ops pmap_source_pmemsave;
extern const struct pmap_source_ops pmap_source_gdbstub;
extern const struct pmap_source_ops pmap_source_elfcore;
extern const struct pmap_source_ops pmap_source_kdump;
extern const struct pmap_source_ops pmap_source_file;
extern const struct pmap_source_ops pmap_source_linear;

/* source->ops->place(), where there is one. */
enum pmap_place pmap_source_place(const struct pmap_source *source, uint64_t pa,
				  uint64_t *last_ret);

/* Sets source->why. */
__attribute__((format(printf, 2, 3)))
enum pmap_open pmap_source_decline(struct pmap_source *source,
				   const char *format, ...);

#endif
