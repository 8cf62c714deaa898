/*
 * Ctrl-C while a command runs.
 *
 * GDB answers SIGINT with an exception at its next opportunity.  In the middle
 * of a walk that is rude, and while the stub is in physical memory mode it
 * would leave it there; so the signal is kept for that long and handed to GDB
 * afterwards.  It must be held anew at each visit: whenever GDB enters Python,
 * for an unwinder say, it takes the signal back.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#ifndef PMAP_INTERRUPT_H
#define PMAP_INTERRUPT_H

#include <stdbool.h>

void pmap_interrupt_hold(void);		/* again and again; forgets older presses */
void pmap_interrupt_release(void);	/* GDB's handler again; idempotent */
bool pmap_interrupt_seen(void);		/* since the last hold */
void pmap_interrupt_pass_on(void);	/* to GDB's handler; forgets it */

/*
 * SIGINT waits, whichever handler it has: GDB takes it for itself while it is in
 * Python.  For at most two seconds, for GDB may never come back to resume it.
 * Then, and when it is resumed, the handler of that moment has it.
 */
void pmap_interrupt_defer(void);
void pmap_interrupt_resume(void);

#endif
