/*
 * Rules that page tables should keep, and what was found to break one.
 *
 * `pmap check' walks the tables and asks the rules: those of walkers/check-rules.c
 * hold for every architecture, struct pmap_arch adds its own.  A rule is a row of
 * data; most have a function that is asked of each entry of some kinds.  The others
 * are asked by the walk itself, which names them by their place, or once at the end.
 *
 * Manual: "Rules".
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_TARGET_RULE_H
#define PMAP_TARGET_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pml/pml.h>

struct pmap_query;
struct pmap_rule;
struct pmap_text;

enum pmap_severity {
	PMAP_SEVERITY_NONE,	/* the rule does not apply */
	PMAP_NOTE,		/* worth knowing; a kernel may mean it */
	PMAP_WARNING,		/* a kernel should have a reason for it */
	PMAP_ERROR,		/* the processor faults, or whoever runs owns the machine */
	PMAP_SEVERITIES
};

/* What breaks a rule: a row of the answer. */
struct pmap_finding {
	const struct pmap_rule *rule;
	uint64_t va, last;	/* inclusive */
	uint64_t count;		/* entries, or segments of frames, that it stands for */
	uint64_t pa;		/* a frame or a table; valid with has_pa */
	uint64_t slot, raw;	/* the entry to blame, if level is not 0 */
	uint64_t bits;		/* of `raw' that are to blame; 0: no single ones */
	uint64_t other;		/* another address; valid with has_other */
	const char *mt, *other_mt;	/* memory types, or NULL */
	const char *why;	/* a clause more, a constant; or NULL */
	uint8_t rights, other_rights;	/* of enum pml_rights; with has_rights */
	uint8_t level;		/* of the entry; 0: it is about none */
	bool has_pa, has_rights, has_other;
	bool spans;		/* `count' entries below it, perhaps with others between */
};

/* An entry that a rule is asked about: a leaf, or one that maps nothing. */
struct pmap_rule_entry {
	const struct pmap_query *q;
	const struct pml_space *space;
	const struct pml_record *r;
	const char *mt;		/* of a leaf: its memory type, or NULL */
	bool outer;		/* the tables are those of a second dimension */
	bool not_ram;		/* UNREADABLE: there is no memory at that address */
	uint64_t root;		/* physical address of the root table */
};

/* The whole walk, for rules that are asked once after it. */
struct pmap_rule_walk {
	struct pmap_query *q;
	const struct pml_space *space;	/* of the half at hand */
	bool outer;
	bool has_user;		/* something is user mode's: */
	uint64_t user_va;	/* its first address */
	/* Found something; `f->rule' and all else is the caller's to fill. */
	void (*add)(struct pmap_rule_walk *walk, const struct pmap_finding *f);
};

struct pmap_rule {
	const char *name;	/* "wx"; NULL ends a table */
	const char *title;	/* what breaks it, one clause: the answer's words, too */
	const char *reason;	/* why that matters, one clause */
	const char *section;	/* of the processor's manual; NULL: pmap_arch.sections */
	uint8_t severity;	/* of enum pmap_severity */
	uint8_t outer;		/* the same in a second dimension's tables */
	uint8_t kinds;		/* 1 << enum pml_kind: what `entry' is asked about */
	bool last_resort;	/* asked only where no other rule is broken */
	/*
	 * Is it broken?  May set bits, why and has_pa of *f, which is otherwise
	 * filled.  For leaves that differ in their address, accessed, dirty and
	 * software bits alone, the answer must be the same.
	 */
	bool (*entry)(const struct pmap_rule_entry *e, struct pmap_finding *f);
	/* Asked once, after the walk; of two halves, after each. */
	void (*walk)(struct pmap_rule_walk *walk, const struct pmap_rule *rule);
	/* The clause of one finding, where the title does not say enough; or NULL. */
	void (*say)(struct pmap_text *out, const struct pmap_query *q,
		    const struct pmap_finding *f);
};

/* A general rule's section in an architecture's manual; name NULL ends. */
struct pmap_rule_section {
	const char *name, *section;
};

#endif
