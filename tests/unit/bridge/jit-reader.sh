#!/usr/bin/env bash
# pmap's own declaration of GDB's JIT-reader interface, against GDB's: for a
# compiler they must be the same.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
srcdir=${srcdir:-$(cd "$(dirname "$0")/../../.." && pwd)}
# shellcheck source=tests/lib/tap.sh
. "$srcdir/tests/lib/tap.sh"

CC=${CC:-cc}
own=$srcdir/src/bridge/interface
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

cat >"$dir/layout.c" <<'END'
#include <gdb/jit-reader.h>
#include <stddef.h>
#include <stdio.h>

GDB_DECLARE_GPL_COMPATIBLE_READER

#define SIZE(what)	printf("sizeof %s %zu\n", #what, sizeof(what))
#define AT(what, field)							\
	printf("%s.%s at %zu, %zu bytes\n", #what, #field,		\
	       offsetof(struct what, field),				\
	       sizeof(((struct what *)0)->field))

/* A reader as pmap's is: each pointer must take what is given. */
static enum gdb_status no_symbols(struct gdb_reader_funcs *self,
				  struct gdb_symbol_callbacks *cb,
				  void *memory, long size)
{
	(void)self, (void)cb, (void)memory, (void)size;
	return GDB_FAIL;
}

static enum gdb_status unwind(struct gdb_reader_funcs *self,
			      struct gdb_unwind_callbacks *cb)
{
	struct gdb_reg_value *value = cb->reg_get(cb, 7);
	unsigned char byte = value->value[0];
	GDB_CORE_ADDR from = self->reader_version;
	int len = 1;

	cb->reg_set(cb, 7, value);
	value->free(value);
	return cb->target_read(from, &byte, len);
}

static struct gdb_frame_id frame_id(struct gdb_reader_funcs *self,
				    struct gdb_unwind_callbacks *cb)
{
	(void)self, (void)cb;
	return (struct gdb_frame_id){ 1, 2 };
}

static void destroy(struct gdb_reader_funcs *self)
{
	(void)self;
}

struct gdb_reader_funcs *gdb_init_reader(void)
{
	static struct gdb_reader_funcs reader = {
		GDB_READER_INTERFACE_VERSION, NULL, no_symbols, unwind,
		frame_id, destroy,
	};

	return &reader;
}

int main(void)
{
	int (*declared)(void) = plugin_is_GPL_compatible;

	printf("version %d, fail %d, success %d, declared %d, reader %d\n",
	       GDB_READER_INTERFACE_VERSION, GDB_FAIL, GDB_SUCCESS, declared(),
	       gdb_init_reader()->reader_version);
	SIZE(GDB_CORE_ADDR);
	SIZE(enum gdb_status);
	SIZE(struct gdb_reg_value);
	AT(gdb_reg_value, size);
	AT(gdb_reg_value, defined);
	AT(gdb_reg_value, free);
	AT(gdb_reg_value, value);
	SIZE(struct gdb_unwind_callbacks);
	AT(gdb_unwind_callbacks, reg_get);
	AT(gdb_unwind_callbacks, reg_set);
	AT(gdb_unwind_callbacks, target_read);
	AT(gdb_unwind_callbacks, priv_data);
	SIZE(struct gdb_frame_id);
	AT(gdb_frame_id, code_address);
	AT(gdb_frame_id, stack_address);
	SIZE(struct gdb_reader_funcs);
	AT(gdb_reader_funcs, reader_version);
	AT(gdb_reader_funcs, priv_data);
	AT(gdb_reader_funcs, read);
	AT(gdb_reader_funcs, unwind);
	AT(gdb_reader_funcs, get_frame_id);
	AT(gdb_reader_funcs, destroy);
	return 0;
}
END

# layout NAME FLAG...: what the program says when it is built so
layout()
{
	local name=$1

	shift
	$CC -Wall -Wextra -Werror "$@" -o "$dir/$name" "$dir/layout.c" \
		2>"$dir/log" && "$dir/$name" >"$dir/$name.txt"
}

ok "pmap's declaration compiles without a warning" layout own -I"$own" ||
	diag "$(cat "$dir/log")"
if echo '#include <gdb/jit-reader.h>' | $CC -E - >/dev/null 2>&1; then
	ok "GDB's does" layout gdb || diag "$(cat "$dir/log")"
	same_file "$dir/own.txt" "$dir/gdb.txt" \
		"sizes, offsets and values are GDB's"
else
	skip "sizes, offsets and values are GDB's" \
		"this GDB comes without gdb/jit-reader.h"
fi
finish
