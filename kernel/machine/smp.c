/*
 * The other CPUs: started by INIT and start-up IPIs (SDM vol. 3A, 9.4.4.1),
 * they load a root of their own and wait, for a debugger to look at.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "kernel.h"
#include "machine/x86.h"

#define TRAMPOLINE	0x8000UL
#define ICR_LOW		0x300
#define ICR_BUSY	(1u << 12)
#define IPI_OTHERS	(3u << 18)
#define IPI_ASSERT	(1u << 14)
#define IPI_INIT	(5u << 8)
#define IPI_STARTUP	(6u << 8)

#define PIT_HZ		1193182
#define PIT_GATE	0x61
#define PIT_CHANNEL2	0x42
#define PIT_COMMAND	0x43

/* Linked where they are loaded: to be used through the direct map. */
extern const char ap_trampoline[], ap_trampoline_end[];
extern uint32_t boot_cpus;

static uint64_t ap_root;
static volatile uint32_t waiting;

void pmapk_ap_idle(void);
void ap_main(uint32_t index) __attribute__((noreturn));

/* CPUs that have come up stand here, with interrupts off. */
__attribute__((noinline)) void pmapk_ap_idle(void)
{
	for (;;)
		cpu_halt();
}

void ap_main(uint32_t index)
{
	cpu_init(index);
	wcr3(ap_root);
	__atomic_fetch_add(&waiting, 1, __ATOMIC_SEQ_CST);
	pmapk_ap_idle();
	__builtin_unreachable();
}

#define FW_CFG_SELECTOR	0x510
#define FW_CFG_DATA	0x511

static void send_ipi(uint32_t command)
{
	volatile uint32_t *icr = kaddr(LAPIC_PBASE + ICR_LOW);

	*icr = command;
	while (*icr & ICR_BUSY)
		cpu_pause();
}

/* One shot of the PIT's channel 2, which reports its end in bit 5 of the gate. */
static void delay_us(unsigned int us)
{
	unsigned int ticks = (uint64_t)PIT_HZ * us / 1000000;

	outb(PIT_GATE, (inb(PIT_GATE) & ~2) & ~1);
	outb(PIT_COMMAND, 0xb0);	/* channel 2, both bytes, mode 0 */
	outb(PIT_CHANNEL2, ticks);
	outb(PIT_CHANNEL2, ticks >> 8);
	outb(PIT_GATE, (inb(PIT_GATE) & ~2) | 1);
	while (!(inb(PIT_GATE) & 0x20))
		cpu_pause();
}

/* How many CPUs QEMU has; 0 elsewhere.  Its fw_cfg device has a signature under
 * key 0, and their number under key 5. */
static unsigned int qemu_cpus(void)
{
	static const char signature[] = "QEMU";
	unsigned int cpus;

	outw(FW_CFG_SELECTOR, 0);
	for (int i = 0; i < 4; i++)
		if (inb(FW_CFG_DATA) != (uint8_t)signature[i])
			return 0;
	outw(FW_CFG_SELECTOR, 5);
	cpus = inb(FW_CFG_DATA);
	return cpus | (unsigned int)inb(FW_CFG_DATA) << 8;
}

/* How many CPUs wait, without this one.  Where nothing but the firmware's tables
 * tells how many there should be, who has not come in time is not counted. */
unsigned int smp_start(uint64_t root)
{
	const volatile uint32_t *started = kaddr((uint64_t)&boot_cpus);

	ap_root = root;
	memcpy(kaddr(TRAMPOLINE), kaddr((uint64_t)ap_trampoline),
	       ap_trampoline_end - ap_trampoline);
	send_ipi(IPI_OTHERS | IPI_ASSERT | IPI_INIT);
	delay_us(10000);
	for (int i = 0; i < 2; i++) {
		send_ipi(IPI_OTHERS | IPI_ASSERT | IPI_STARTUP | TRAMPOLINE >> PGSHIFT);
		delay_us(2000);
	}
	for (int i = 0; i < 20 && waiting + 1 < *started; i++)
		delay_us(2000);
	/* A busy machine may take its time to run them. */
	for (int i = 0; i < 2000 && waiting + 1 < qemu_cpus(); i++)
		delay_us(5000);
	return waiting;
}
