#!/usr/bin/env bash
# pmap version, and pmap selftest: it tells which ways are taken here, and of one
# that does not work that it does not.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

# ways FILE: the way and the verdict of each line, in one line
ways()
{
	sed -nE 's/^(words|values|answers|visit|monitor|capture|window|memory) +(ok|other|no|-) .*/\1=\2/p' "$1" |
		paste -sd ' '
}

# tried WHAT WANT STATUS <SCRIPT: what is found here, and $pmap_status
tried()
{
	{ cat; printf 'pmap selftest\nprintf "status %%d\\n", $pmap_status\n'; } >"$tmp/tried.gdb"
	gdb_run <"$tmp/tried.gdb"
	is "$(ways "$gdb_out")" "$2" "$1" || diag "$(cat "$gdb_out" "$gdb_err")"
	is "$(sed -n 's/^status //p' "$gdb_out")" "$3" "$1: \$pmap_status"
}

qemu_start -S -cpu max -m 128 -append mode=demo \
	-kernel "$builddir/kernel/pmapk.elf32"
# GDB may be one without debuginfod.
gdb_run <<<'print $pmap__slow'
answers=ok
[ "$(cat "$gdb_out")" != '$1 = 1' ] || answers=other
# And one whose logs catch nothing inside of a command that collects output.
gdb_run <<END
pipe with logging file $tmp/inside -- with logging redirect on -- with logging enabled on -- echo caught | cat
END
capture=ok
[ -s "$tmp/inside" ] || capture=other
all="words=ok values=ok answers=$answers visit=ok monitor=ok capture=$capture window=ok memory=ok"

tried "QEMU: each way works" "$all" 0 </dev/null
like "$(cat "$gdb_out")" '^monitor +ok +[0-9]+\.[0-9]+' "the monitor's version is QEMU's"
tried "with QEMU's stub as the source" "$all" 0 <<<'pmap source gdbstub'
like "$(cat "$gdb_out")" '^memory +ok +gdbstub: ' "that is the source"
tried "at once after another command" "$all" 0 <<<'pmap gva2gpa 0'
tried "numbers in another radix" "$all" 0 <<<'set input-radix 16'
tried "in another language" "$all" 0 <<<'set language ada'
tried "while the user is logging, by a pipe" "${all/capture=ok/capture=other}" 0 <<END
set logging file $tmp/user.log
set logging enabled on
END
like "$(cat "$tmp/user.log")" '^capture +other +by a pipe: the log is the user' "the log has it"
# The trial of logs at loading is none while the user is logging.
tried "loaded while the user is logging: no trial, so by a pipe" \
	"${all/capture=ok/capture=other}" 0 <<END
jit-reader-unload
set logging file $tmp/loading.log
set logging enabled on
source $builddir/gdbinit/pmap.gdb
set logging enabled off
END
like "$(cat "$gdb_out")" '^capture +other +by a pipe: logs catch nothing inside' "and why"
tried "a GDB that does not look into its environment" \
	"${all/answers=ok/answers=other}" 0 <<END
define _pm_answer
  with debuginfod urls - -- _pm_view \$arg0
  _pm_unanswered
end
END
tried "values that are not what they should be" \
	"${all/values=ok/values=no}" 16 <<END
define _pm_put_name
  eval "_pm_put v\$arg0=%u", (unsigned int)7
end
END
like "$(cat "$gdb_out")" '^ +\$_thread is 0x7$' "with what came instead"

# A process has no monitor, no packets, and no physical memory.
GDB_NO_TARGET=1 tried "a process: the ways to memory are told as missing" \
	"words=ok values=ok answers=$answers visit=ok monitor=no capture=- window=no memory=no" 13 <<END
set startup-with-shell off
file $(command -v sleep)
starti 1
END

# --- The version ----------------------------------------------------------------

version=$(sed -n "s/^#define PACKAGE_VERSION \"\(.*\)\"/\1/p" "$builddir/config.h")
gdb_version=$("$GDB" -nx -batch -ex 'printf "%d.%d", $_gdb_major, $_gdb_minor')
has()
{
	grep -q "^#define $1 1" "$builddir/config.h" || echo "not "
}
for target in "" 1; do
	GDB_NO_TARGET=$target gdb_run <<-END
		pmap version
		printf "%s, status %d, threads %d\n", \$pmap_version, \$pmap_status, \$_thread
	END
	what="version${target:+ without a target}"
	like "$(cat "$gdb_out")" "^pmap +${version//./\\.}\$" "$what: pmap's"
	like "$(cat "$gdb_out")" "^GDB +${gdb_version//./\\.}\$" "$what: GDB's"
	like "$(cat "$gdb_out")" "^libkdumpfile +$(has HAVE_LIBKDUMPFILE)built in\$" \
		"$what: libraries"
	like "$(cat "$gdb_out")" "^$version, status 0, threads $((!${target:-0}))\$" \
		"$what: results; no target is left" || diag "$(cat "$gdb_out" "$gdb_err")"
done
finish
