#!/usr/bin/env bash
# Loading and unloading: twice, beside another reader, without a target,
# without room; and what pmap leaves in GDB.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/trial.sh"

trial_start

is "$(nm -D --defined-only "$builddir/.libs/pmap.so" | awk '{ print $3 }' | sort | paste -sd' ')" \
	"gdb_init_reader plugin_is_GPL_compatible" "two symbols are exported"

trial_type <<END
source $builddir/tests/gdb/bridge/trial.gdb
show confirm
pmap trial words twice
END
is "$(head -n 3 "$trial_out")" "Whether to confirm potentially dangerous operations is off.
[words]
[twice]" "sourced twice"

# confirm is on for people; definitions would ask.
trial_type -ex 'set confirm on' -ex "source $builddir/tests/gdb/bridge/trial.gdb" \
	-ex "source $builddir/tests/gdb/bridge/trial.gdb" -ex 'show confirm' <<END
show confirm
END
is "$(grep -c 'operations is on' "$gdb_out")" 1 "confirm stays on"
unlike "$(cat "$gdb_out")" 'y or n' "nothing is asked"

TRIAL_NO_PLUGIN=1
trial_type <<END
jit-reader-load $builddir/tests/gdb/bridge/.libs/other-reader.so
source $builddir/tests/gdb/bridge/trial.gdb
pmap info x
jit-reader-unload
source $builddir/tests/gdb/bridge/trial.gdb
pmap info x
END
like "$(cat "$trial_out")" 'JIT reader already loaded.*jit-reader-unload' \
	"another reader is there: said, and how to unload it"
is "$(grep -c '^pmap: the plugin is not loaded' "$trial_out")" 1 "commands say so as well"
like "$(cat "$trial_out")" '^\[x\]' "and then it loads" ||
	diag "$(cat "$trial_out")"

# A GDB with Python ignores SIGPIPE; one without does not.
trial_type <<END
python import signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL)
shell grep SigCgt /proc/\$PPID/status >"$tmp/caught"
source $builddir/tests/gdb/bridge/trial.gdb
pmap info x
shell grep SigCgt /proc/\$PPID/status >>"$tmp/caught"
jit-reader-unload
shell grep SigCgt /proc/\$PPID/status >>"$tmp/caught"
pmap info x
pmap dump 1 2 3
backtrace 1
source $builddir/tests/gdb/bridge/trial.gdb
pmap info 4
END
is "$(grep -c '^pmap: the plugin is not loaded' "$trial_out")" 2 "unloaded under pmap's feet" ||
	diag "$(cat "$trial_out")"
like "$(cat "$trial_out")" '^\[4\]' "and loaded again"
# Its bit is the lowest of the thirteenth digit.
is "$(awk '{ print (index("13579bdf", substr($2, 13, 1)) > 0) }' "$tmp/caught" | paste -sd' ')" "0 1 0" \
	"SIGPIPE has a handler while the plugin is there, and none before and after it"
TRIAL_NO_PLUGIN=

# Without room among GDB's files.
printf '#!/bin/sh\nulimit -n 500\nexec %s "$@"\n' "$GDB" >"$tmp/narrow"
chmod +x "$tmp/narrow"
GDB=$tmp/narrow trial_type <<END
pmap info x
jit-reader-unload
pmap info x
END
like "$(cat "$gdb_out")" '^pmap: the plugin could not have the files' "no room for its files" ||
	diag "$(cat "$gdb_out")"
is "$(grep -c '^pmap: the plugin is not loaded' "$trial_out")" 2 "said again by commands"

# Without a target.
TRIAL_NO_TARGET=1
trial_type <<END
pmap trial words a
pmap trial long 5000
output \$pmap_status
echo \n
pmap
pmap help
pmap nosuch
pmap nosuch "with" words
help pmap
apropos page tables
target remote $tmp/gdb
pmap trial words b
END
is "$(head -n 3 "$trial_out")" "pmap: no target: connect first (target remote ...), or pmap open FILE
pmap: no target: connect first (target remote ...), or pmap open FILE
11" "no target is one line"
is "$(grep -c '^Usage: pmap COMMAND' "$trial_out")" 3 "the overview"
is "$(grep -c '^pmap: there is no command "nosuch"' "$trial_out")" 2 "no such command"
like "$(cat "$trial_out")" '^\[b\]' "the next one works"

# A core file is a target without physical memory and without monitor.
sleep 60 &
pid=$!
"$GDB" -nx -batch -p $pid -ex "generate-core-file $tmp/core" >/dev/null 2>&1
kill $pid
trial_type <<END
core-file $tmp/core
echo --core--\n
pmap trial words core
pmap trial physical 0x1000
pmap trial monitor info
pmap trial quiet \$cr3 \$cs
pmap trial user \$sp==0
maintenance info breakpoints
END
# GDB 16 warns of the state of a processor that is newer than itself.
is "$(sed '1,/^--core--$/d; /^warning: Unexpected size of section/d' "$trial_out" |
	head -n 7)" "[words]
[core]
pmap: no physical memory
pmap: no monitor
absent
0x33
0" "a core file" || diag "$(cat "$trial_out")"
TRIAL_NO_TARGET=

# The target goes away; another comes.
kernel_gone()
{
	trial_type <<END
pmap trial epoch
kill
pmap trial words gone
target remote $tmp/gdb
pmap trial words back
END
}
qemu_stop
trial_start
trial_type <<END
pmap trial epoch
pmap trial epoch
disconnect
pmap trial epoch
target remote $tmp/gdb
pmap trial epoch
pmap trial physical 0xfffffff0
set var *(long *)0x2000 = 1
pmap trial epoch
pmap trial epoch
p \$pc
info registers rip
x/i \$pc
pmap trial epoch
END
is "$(grep 'same\|other\|^0x2f\|^pmap:' "$trial_out" | paste -sd' ')" \
	"other same pmap: no target: connect first (target remote ...), or pmap open FILE other 0x2f3630f000e05bea other same same" \
	"memory may be kept between commands, not over a disconnection or a write"

# QEMU dies under a command.
trial_type <<END
shell (sleep 1; kill -9 $(pgrep -P $qemu_pid)) &
pmap trial spin physical
pmap trial words after
shell sleep 1
END
like "$(cat "$trial_out")" 'pmap: (the target failed|no target)|Remote' "QEMU dies under a command" ||
	diag "$(cat "$trial_out")"
qemu_stop
trial_start
finish
