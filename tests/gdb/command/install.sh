#!/usr/bin/env bash
# What `make install` puts where, that it loads from there, and that the plugin
# shows GDB two names and no more.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

# A variable of the configured Makefile.
makevar()
{
	printf 'show:\n\t@echo $(%s)\n' "$1" |
		make -s --no-print-directory -C "$builddir" -f Makefile -f - show
}

root=$tmp/root
make -s -C "$builddir" install "DESTDIR=$root" >"$tmp/install.log" 2>&1
is "$?" 0 "make install" || diag "$(tail -n 5 "$tmp/install.log")"

plugin=$root$(makevar jitreaderdir)/pmap.so
gdbinit=$root$(makevar datadir)/pmap/pmap.gdb
ok "the plugin is in the JIT readers' directory" [ -x "$plugin" ]
ok "no .la file is left beside it" [ ! -e "${plugin%.so}.la" ]
ok "pmap.gdb is in share/pmap" [ -f "$gdbinit" ]
is "$(cd "$root$(makevar includedir)/pml" && ls)" \
	"$(cd "$srcdir/include/pml" && ls)" "every header of the core"
ok "pml.pc" [ -f "$root$(makevar pkgconfigdir)/pml.pc" ]
is "$(nm -D --defined-only "$plugin" | awk '{ print $3 }' | sort | xargs)" \
	"gdb_init_reader plugin_is_GPL_compatible" "two names are exported"

doc=$root$(makevar docdir)
ok "the manual and its reference" [ -s "$doc/manual.md" -a -s "$doc/commands.md" ]
ok "the license" [ -s "$doc/COPYING" ]
man=$root$(makevar mandir)/man7/gdb-pmap.7
ok "the man page" [ -s "$man" ]
is "$(grep -c '^\.SS pmap ' "$man")" \
	"$(grep -c '^@command' "$srcdir/src/command/commands.in")" "with every command"
is "$(cd "$root" && find . -name '*.gdb' | sort)" \
	".$(makevar datadir)/pmap/pmap-aliases.gdb
.$(makevar datadir)/pmap/pmap.gdb" "and nothing for all users"

# For all users, where the builder wants that; a multiarch system's directory.
make -s -C "$builddir" install "DESTDIR=$root" \
	gdbinitdir=/etc/gdb/gdbinit.d >"$tmp/install.log" 2>&1
is "$(cat "$root/etc/gdb/gdbinit.d/pmap.gdb")" \
	"source $(makevar datadir)/pmap/pmap.gdb" "a gdbinit.d that sources it"

# configured VARIABLE OPTION...: what a fresh tree would have
configured()
{
	local variable=$1

	shift
	mkdir -p "$tmp/fresh"
	(cd "$tmp/fresh" && "$srcdir/configure" -q "$@") >"$tmp/configure.log" 2>&1
	printf 'show:\n\t@echo $(%s)\n' "$variable" |
		make -s --no-print-directory -C "$tmp/fresh" -f Makefile -f - show
}

multiarch=$(${CC:-cc} -print-multiarch 2>/dev/null)
[ -n "$multiarch" ] && [ -d "/usr/lib/$multiarch" ] || multiarch=
is "$(configured jitreaderdir --prefix=/usr)" \
	"/usr/lib${multiarch:+/$multiarch}/gdb" "--prefix=/usr: the plugin's directory"
is "$(configured gdbinitdir --prefix=/usr --sysconfdir=/etc --with-gdbinit-dir)" \
	"/etc/gdb/gdbinit.d" "--with-gdbinit-dir"

# Under DESTDIR the plugin is not where pmap.gdb looks for it.
sed "s|$(makevar jitreaderdir)/|$root&|" "$gdbinit" >"$tmp/pmap.gdb"
GDB_NO_PLUGIN=1 GDB_NO_TARGET=1 gdb_run <<END
source $tmp/pmap.gdb
source $tmp/pmap.gdb
pmap info
END
is "$(cat "$gdb_err")" "" "pmap.gdb may be sourced twice"
like "$(cat "$gdb_out")" '^pmap: no target: connect first' \
	"the installed plugin answers"

# A program that knows nothing but the installed headers.
cat >"$tmp/user.c" <<'END'
#include <pml/pml.h>
bool mapped(const struct pml_space *space, uint64_t va);
bool mapped(const struct pml_space *space, uint64_t va)
{
	struct pml_target target;

	return pml_translate(space, va, &target, NULL);
}
END
ok "a program compiles with the installed headers" \
	${CC:-cc} -std=c11 -ffreestanding -Wall -Wextra -Werror \
	"-I$root$(makevar includedir)" -c -o "$tmp/user.o" "$tmp/user.c"
is "$(nm -u "$tmp/user.o" | grep -v _GLOBAL_OFFSET_TABLE_)" "" "and needs nothing else"

finish
