# The words of two witnesses on page faults: lines "=WHO N error E cr2 A" of a
# GDB session, for each fault "=fault" first.  Prints them, but for what TCG is
# known to do otherwise: a reserved bit's error code has no P, and a read-
# modify-write reads first, so that its fault is a read's.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later

# What pmap explain lists: does the instruction read and write its operand?
/^0x/ { rmw = 0 }
/^  rw / { rmw = 1 }

/^=/ && $3 == "error" && bit($4, 3) && !bit($4, 0) {
	$4 = sprintf("%x", value($4) + 1)
}
/^=fault/ { error = $4; cr2 = $6 }
/^=explain/ && rmw && bit($4, 1) && !bit(error, 1) {
	$4 = error
	$6 = cr2
}
/^=/
