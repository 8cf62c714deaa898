/*
 * printf, as much of it as is used: %c %s %d %u %x %p %%, l and ll, a width,
 * left alignment and zero padding.
 *
 * Copyright (C) 2026 The pmap authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "kernel.h"

struct spec {
	bool left, zero;
	int width, longs;
};

static const char *parse_spec(const char *f, struct spec *s)
{
	*s = (struct spec){ 0 };
	for (; *f == '-' || *f == '0'; f++) {
		s->left |= *f == '-';
		s->zero |= *f == '0';
	}
	for (; *f >= '0' && *f <= '9'; f++)
		s->width = s->width * 10 + *f - '0';
	for (; *f == 'l'; f++)
		s->longs++;
	return f;
}

static void put_padded(const char *text, int len, const struct spec *s)
{
	int pad = s->width - len;

	for (; !s->left && pad > 0; pad--)
		serial_putc(s->zero ? '0' : ' ');
	while (len--)
		serial_putc(*text++);
	for (; pad > 0; pad--)
		serial_putc(' ');
}

static void put_number(uint64_t v, unsigned base, bool minus,
		       const struct spec *s)
{
	char buf[24], *p = buf + sizeof(buf);

	do
		*--p = "0123456789abcdef"[v % base];
	while (v /= base);
	if (minus)
		*--p = '-';
	put_padded(p, buf + sizeof(buf) - p, s);
}

void kvprintf(const char *f, va_list *args)
{
	struct spec s;
	const char *text;
	int64_t v;
	char c;

	for (; *f; f++) {
		if (*f != '%') {
			serial_putc(*f);
			continue;
		}
		f = parse_spec(f + 1, &s);
		switch (*f) {
		case 'c':
			c = va_arg(*args, int);
			put_padded(&c, 1, &s);
			break;
		case 's':
			text = va_arg(*args, const char *);
			put_padded(text, strlen(text), &s);
			break;
		case 'd':
			v = s.longs ? va_arg(*args, int64_t) : va_arg(*args, int);
			put_number(v < 0 ? -(uint64_t)v : (uint64_t)v, 10, v < 0, &s);
			break;
		case 'u':
		case 'x':
			put_number(s.longs ? va_arg(*args, uint64_t)
				   : va_arg(*args, unsigned int),
				   *f == 'x' ? 16 : 10, false, &s);
			break;
		case 'p':
			put_number((uint64_t)va_arg(*args, void *), 16, false, &s);
			break;
		default:
			serial_putc(*f);
		}
	}
}

void kprintf(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	kvprintf(fmt, &args);
	va_end(args);
}

void panic(const char *fmt, ...)
{
	va_list args;

	kprintf("Bail out! ");
	va_start(args, fmt);
	kvprintf(fmt, &args);
	va_end(args);
	kprintf("\n");
	machine_exit(EXIT_PANIC);
}
