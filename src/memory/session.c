/*
 * The memory that commands read, kept from one command to the next.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "memory/session.h"

#include <stddef.h>

static struct {
	struct pmap_source *source;
	struct pmap_cache *cache;
	uint64_t epoch;
	int inferior;
	bool open;		/* the source is, for this epoch and inferior */
} session;

struct pmap_source *pmap_session_source(void)
{
	return session.open ? session.source : NULL;
}

struct pmap_cache *pmap_session_cache(void)
{
	return session.cache;
}

void pmap_session_close(void)
{
	if (session.source)
		session.source->ops->close(session.source);
	pmap_cache_destroy(session.cache);
	session.source = NULL;
	session.cache = NULL;
	session.open = false;
}

enum pmap_open pmap_session_open(uint64_t epoch, int inferior,
				 const char *monitor, const char **ask_ret)
{
	enum pmap_open answer;

	if (session.source &&
	    (session.epoch != epoch || session.inferior != inferior))
		pmap_session_close();
	session.epoch = epoch;
	session.inferior = inferior;
	if (session.open)
		return PMAP_OPEN_DONE;
	if (!session.cache)
		session.cache = pmap_cache_create();
	if (!session.source)
		session.source = pmap_gdbstub_create();
	if (!session.cache || !session.source)
		return PMAP_OPEN_DECLINED;
	answer = session.source->ops->open(session.source, monitor);
	*ask_ret = session.source->ask;
	session.open = answer == PMAP_OPEN_DONE;
	if (session.open)
		pmap_cache_use(session.cache, session.source);
	return answer;
}
