/*
 * Ctrl-C while a command runs: see interrupt.h.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "bridge/interrupt.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define DEFER_SECONDS 2

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

/* --- Deferred ------------------------------------------------------------- */

static bool deferred;
static struct sigaction watch_previous;

/* What returns from here goes on with SIGINT as it comes. */
static void on_watch(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)info;
	sigdelset(&((ucontext_t *)context)->uc_sigmask, SIGINT);
}

/* Its signal comes to this thread, which is GDB's own. */
static bool watch_set(time_t seconds)
{
	struct itimerspec when = { .it_value = { .tv_sec = seconds } };
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGURG,
		.sigev_notify_thread_id = gettid(),
	};
	static bool made;
	static timer_t watch;

	if (!made)
		made = timer_create(CLOCK_MONOTONIC, &event, &watch) == 0;
	return made && timer_settime(watch, 0, &when, NULL) == 0;
}

void pmap_interrupt_defer(void)
{
	struct sigaction action = {
		.sa_sigaction = on_watch,
		.sa_flags = SA_SIGINFO | SA_RESTART,
	};
	sigset_t set;

	if (deferred || !watch_set(DEFER_SECONDS))
		return;
	deferred = true;
	sigaction(SIGURG, &action, &watch_previous);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void pmap_interrupt_resume(void)
{
	sigset_t set;

	if (!deferred)
		return;
	deferred = false;
	watch_set(0);
	sigaction(SIGURG, &watch_previous, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* --- Held ----------------------------------------------------------------- */

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
