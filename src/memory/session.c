/*
 * The memory that commands read, kept from one command to the next.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/session.h"

#include <stdlib.h>
#include <string.h>

#include "memory/peer.h"
#include "target/target.h"

const struct pmap_source_ops *const pmap_sources[] = {
	&pmap_source_qemu,
	&pmap_source_pmemsave,
	&pmap_source_gdbstub,
	&pmap_source_elfcore,
	&pmap_source_kdump,
	&pmap_source_file,
	&pmap_source_linear,
	NULL
};
#define SOURCES (sizeof(pmap_sources) / sizeof(pmap_sources[0]) - 1)

static struct {
	struct pmap_choice choice;
	struct pmap_source *source;
	size_t trying;		/* its place in pmap_sources */
	struct pmap_cache *cache;
	uint64_t epoch, connections;
	int inferior;
	bool sees_secure, sees_smm;	/* as the last command's processor */
	bool open;		/* the source is, for this epoch and inferior */
	char *declined[SOURCES];	/* each one's `why` */
	const char *program;	/* that of a source which found the target to be a program */
} session;

struct pmap_source *pmap_session_source(void)
{
	return session.open ? session.source : NULL;
}

struct pmap_cache *pmap_session_cache(void)
{
	return session.cache;
}

const struct pmap_source_ops *pmap_source_find(const char *name)
{
	for (size_t i = 0; i < SOURCES; i++)
		if (strcmp(pmap_sources[i]->name, name) == 0)
			return pmap_sources[i];
	return NULL;
}

const char *pmap_session_declined(const struct pmap_source_ops *ops)
{
	for (size_t i = 0; i < SOURCES; i++)
		if (pmap_sources[i] == ops && session.declined[i])
			return session.declined[i];
	return "";
}

const char *pmap_session_program(void)
{
	return session.program;
}

static void close_source(void)
{
	if (session.source)
		session.source->ops->close(session.source);
	if (session.cache)
		pmap_cache_use(session.cache, NULL);
	session.source = NULL;
	session.open = false;
}

static void forget_declined(void)
{
	for (size_t i = 0; i < SOURCES; i++) {
		free(session.declined[i]);
		session.declined[i] = NULL;
	}
	session.program = NULL;
}

void pmap_session_close(void)
{
	close_source();
	forget_declined();
	pmap_cache_destroy(session.cache);
	session.cache = NULL;
	pmap_source_args_free(&session.choice.args);
	session.choice = (struct pmap_choice){ 0 };
}

struct pmap_choice pmap_session_choose(struct pmap_choice choice)
{
	struct pmap_choice before = session.choice;

	close_source();
	session.choice = choice;
	return before;
}

const struct pmap_choice *pmap_session_choice(void)
{
	return &session.choice;
}

static bool is_candidate(const struct pmap_source_ops *ops)
{
	if (session.choice.ops)
		return ops == session.choice.ops;
	return ops->automatic ||
	       (session.choice.args.pmemsave && ops == &pmap_source_pmemsave);
}

/* Make the next source from session.trying on; false if there is none. */
static bool next_source(void)
{
	while (session.trying < SOURCES &&
	       !is_candidate(pmap_sources[session.trying]))
		session.trying++;
	if (session.trying == SOURCES)
		return false;
	session.source =
		pmap_sources[session.trying]->create(&session.choice.args);
	if (session.source)
		session.source->ops = pmap_sources[session.trying];
	return session.source != NULL;
}

/* After the target ran, an open source is opened again: it may decline. */
static void begin(const struct pmap_session_round *round)
{
	uint64_t connections = pmap_peers_fingerprint();
	bool same = session.open && session.inferior == round->inferior &&
		    session.connections == connections &&
		    !session.source->broken;

	session.epoch = round->epoch;
	session.inferior = round->inferior;
	session.connections = connections;
	session.open = false;
	if (session.cache)
		pmap_cache_drop(session.cache);
	if (same)
		return;
	close_source();
	forget_declined();
	session.trying = 0;
}

/* The source that was tried declines: the next one. */
static void decline(void)
{
	free(session.declined[session.trying]);
	session.declined[session.trying] = strdup(session.source->why);
	if (session.source->program)
		session.program = session.declined[session.trying];
	close_source();
	session.trying++;
}

static enum pmap_open open_next(const struct pmap_session_round *round,
				const char **ask_ret)
{
	struct pmap_open_round now = {
		.first = round->begin || !session.source,
		.physical = round->physical,
		.answer = round->monitor,
		.target = round->target,
	};
	enum pmap_open answer;

	while (session.source || next_source()) {
		answer = session.source->ops->open(session.source, &now);
		*ask_ret = session.source->ask;
		if (answer != PMAP_OPEN_DECLINED)
			return answer;
		decline();
		now.first = true;
		now.answer = NULL;
	}
	return PMAP_OPEN_DECLINED;
}

/* Another view of the same addresses: what was read through the other is not in it. */
static void set_view(const struct pmap_target *target)
{
	const struct pmap_source_ops *ops = session.source->ops;

	/* A source that is no live one has no processor. */
	uint64_t clears = ops->live ? target->clears : 0;

	if ((ops->see_secure && target->secure != session.sees_secure) ||
	    (ops->see_smm && target->smm != session.sees_smm) ||
	    session.source->clears != clears)
		pmap_cache_drop(session.cache);
	session.sees_secure = target->secure;
	session.sees_smm = target->smm;
	session.source->clears = clears;
	if (ops->see_secure)
		ops->see_secure(session.source, target->secure);
	if (ops->see_smm)
		ops->see_smm(session.source, target->smm);
}

enum pmap_open pmap_session_open(const struct pmap_session_round *round,
				 const char **ask_ret)
{
	enum pmap_open answer;

	if (session.open && session.epoch == round->epoch &&
	    session.inferior == round->inferior && !session.source->broken) {
		set_view(round->target);
		return PMAP_OPEN_DONE;
	}
	if (!session.cache)
		session.cache = pmap_cache_create();
	if (!session.cache)
		return PMAP_OPEN_DECLINED;
	if (round->begin)
		begin(round);
	answer = open_next(round, ask_ret);
	session.open = answer == PMAP_OPEN_DONE;
	if (session.open) {
		pmap_cache_use(session.cache, session.source);
		set_view(round->target);
	}
	return answer;
}
