/*
 * COM1, and the ways out of the machine.  No byte may be lost: tests read what
 * is printed here.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel.h"
#include "machine/x86.h"

#define COM1		0x3f8
#define COM_DATA	(COM1 + 0)
#define COM_IER		(COM1 + 1)
#define COM_FCR		(COM1 + 2)
#define COM_LCR		(COM1 + 3)
#define COM_MCR		(COM1 + 4)
#define COM_LSR		(COM1 + 5)

#define LSR_HOLDING_EMPTY	0x20
#define LSR_ALL_SENT		0x40

#define QEMU_EXIT	0xf4		/* -device isa-debug-exit */
#define BOCHS_EXIT	0x8900		/* 'D' enters Bochs' debugger */

void serial_init(void)
{
	outb(COM_IER, 0);
	outb(COM_LCR, 0x80);		/* the divisor: 115200 baud */
	outb(COM_DATA, 1);
	outb(COM_IER, 0);
	outb(COM_LCR, 0x03);		/* 8 bits, no parity, one stop bit */
	outb(COM_FCR, 0x07);
	outb(COM_MCR, 0x03);
}

void serial_putc(char c)
{
	while (!(inb(COM_LSR) & LSR_HOLDING_EMPTY))
		cpu_pause();
	outb(COM_DATA, c);
}

/* Where neither device is there, the machine stands still. */
void machine_exit(enum exit_code code)
{
	while (!(inb(COM_LSR) & LSR_ALL_SENT))
		cpu_pause();
	outl(QEMU_EXIT, code);
	outb(BOCHS_EXIT, 'D');
	for (;;)
		cpu_halt();
}
