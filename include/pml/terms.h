/*
 * What all headers of the core are written in: which compilers and hosts it is
 * for, bits and levels, rights, what an entry turned out to be, and what can go
 * wrong.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PML_TERMS_H
#define PML_TERMS_H

#ifdef __cplusplus
#error "pml is C: its formats are tables of designated initializers, in any order and nested"
#endif
#ifndef __GNUC__
#error "pml needs GCC's builtins for atomic access: GCC or Clang"
#endif
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "pml reads entries as they are in memory, little-endian: not on a big-endian host"
#endif
#if __SIZEOF_POINTER__ != 8 && __SIZEOF_POINTER__ != 4
#error "pml is for hosts with pointers of 32 or 64 bits"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a space's `at` is asked for at most, in bytes, and what no question of
 * it crosses a multiple of.  Larger tables are read in pieces of this size.
 */
#ifndef PML_AT_MOST
#define PML_AT_MOST	4096u
#endif

/* Bits low..high, both included. */
#define PML_BITS(low, high) \
	((~0ULL >> (63 - (high))) & (~0ULL << (low)))

/*
 * The walk's own small steps are always inlined: where the format is a
 * constant, nothing is left of its table of data but the numbers used.  GCC
 * unrolls the loops over levels only if told to; Clang does by itself.
 */
#define PML_INLINE	static inline __attribute__((always_inline))
#ifdef __clang__
#define PML_UNROLL
#else
#define PML_UNROLL	_Pragma("GCC unroll 8")
#endif

/* A bit for a level, or for a run of levels, in the masks of levels below. */
#define PML_LEVEL(l)		(1u << (l))
#define PML_LEVELS(low, high)	((2u << (high)) - (1u << (low)))

/*
 * Rights, as what they allow.  An effective right is one that every entry of
 * the walk allows.  PML_XU is set apart from PML_X only by formats in which an
 * entry says both: EPT with mode-based execute control, where X is for
 * supervisor-mode addresses and XU for user-mode ones, and AArch64, where X is
 * a fetch by the kernel's level and XU one by EL0.
 */
enum pml_rights {
	PML_R = 1,	/* read */
	PML_W = 2,	/* write */
	PML_X = 4,	/* execute */
	PML_U = 8,	/* user mode may use it */
	PML_XU = 16,	/* execute, from a user-mode address */
	PML_ANY_RIGHTS = 31,
};

/* What the functions of the core return when something is wrong. */
enum pml_status {
	PML_OK = 0,
	PML_EINVAL = -1,	/* an argument is out of its range */
	PML_EUNREADABLE = -2,	/* a table cannot be read */
	PML_ENOMEM = -3,	/* no memory for a table */
	PML_EEXIST = -4,	/* something is mapped there already */
	PML_ERIGHTS = -5,	/* the format, or a table above, cannot give these rights */
	PML_ERECURSIVE = -6,	/* the range has a table that is on its own path */
};

/* The same in a few words, for a message. */
static inline const char *pml_status_name(int status)
{
	switch (status) {
	case PML_OK:
		return "ok";
	case PML_EINVAL:
		return "invalid argument";
	case PML_EUNREADABLE:
		return "a table cannot be read";
	case PML_ENOMEM:
		return "no memory for a table";
	case PML_EEXIST:
		return "already mapped";
	case PML_ERIGHTS:
		return "rights that cannot be given";
	case PML_ERECURSIVE:
		return "a table on its own path";
	default:
		return "no status";
	}
}

/* What an entry, or the walk to an address, turned out to be. */
enum pml_kind {
	PML_HOLE,		/* entry of zero */
	PML_NONPRESENT,		/* not zero, but not present: software's own */
	PML_LEAF,		/* maps memory */
	PML_TABLE,		/* refers to a table of the next level */
	PML_RESERVED,		/* present, with a bit set that must be zero */
	PML_RECURSIVE,		/* refers to a table that is on its own path */
	PML_UNREADABLE,		/* the table, or the entry, cannot be read */
	PML_NONCANONICAL,	/* no address of this format */
};

#endif
