/*
 * Ctrl-C while a command runs: see interrupt.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <signal.h>

#include "bridge/interrupt.h"

/*
 * A person who presses that often has lost patience: GDB gets the signal,
 * whatever that leaves behind.  The next command repairs it.
 */
#define PATIENCE 4

static volatile sig_atomic_t presses;
static struct sigaction previous;
static bool held;

static void on_sigint(int sig)
{
	if (presses < PATIENCE) {
		presses = presses + 1;
		return;
	}
	if (!(previous.sa_flags & SA_SIGINFO) &&
	    previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN)
		previous.sa_handler(sig);
}

static bool handler_is_ours(void)
{
	struct sigaction now;

	return sigaction(SIGINT, NULL, &now) == 0 &&
	       now.sa_handler == on_sigint;
}

void pmap_interrupt_hold(void)
{
	struct sigaction action = { .sa_handler = on_sigint };

	if (!held)
		presses = 0;
	held = true;
	if (handler_is_ours())
		return;
	sigemptyset(&action.sa_mask);
	action.sa_flags = SA_RESTART;
	sigaction(SIGINT, &action, &previous);
}

void pmap_interrupt_release(void)
{
	if (held && handler_is_ours())
		sigaction(SIGINT, &previous, NULL);
	held = false;
}

bool pmap_interrupt_seen(void)
{
	return held && presses > 0;
}

void pmap_interrupt_pass_on(void)
{
	pmap_interrupt_release();
	if (presses > 0)
		raise(SIGINT);
	presses = 0;
}
