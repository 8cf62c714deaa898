/*
 * SIGPIPE: see broken-pipe.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "bridge/broken-pipe.h"

static void on_sigpipe(int sig)
{
	(void)sig;
}

static bool is_handled_by(void (*handler)(int))
{
	struct sigaction now;

	return sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == handler;
}

static void set_handler(void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

	sigemptyset(&action.sa_mask);
	sigaction(SIGPIPE, &action, NULL);
}

void pmap_broken_pipe_hold(void)
{
	if (is_handled_by(SIG_DFL))
		set_handler(on_sigpipe);
}

void pmap_broken_pipe_release(void)
{
	if (is_handled_by(on_sigpipe))
		set_handler(SIG_DFL);
}
