# The names that other tools have for what pmap does: source this file behind
# pmap.gdb if you type them.  Where such a tool is loaded, its own commands have
# these names already, and GDB says so; then do without.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later

# pwndbg, GEF
alias vmmap = pmap dump
alias kbase = pmap kaslr
alias pagewalk = pmap walk
alias v2p = pmap gva2gpa
alias p2v = pmap find
# gdb-pt-dump
alias pt = pmap dump

# Physical memory: QEMU's monitor prints it.
define xp
  monitor xp $arg0 $arg1
end
document xp
Print physical memory by QEMU's monitor: xp /FORMAT ADDRESS (a number).
end
