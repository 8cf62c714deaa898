# src/target/option-list.h: every option, for macros.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
END {
	if (failed)
		exit 1
	print "/* Made of commands.in: PMAP_OPTION(ID, PLACE, TYPE, NAME, VALUE) of each. */"
	n = split(options, option, " ")
	for (i = 1; i <= n; i++) {
		o = option[i]
		name = c_name(o)
		printf("PMAP_OPTION(%s, %s, %s, \"%s\", \"%s\")\n",
		       toupper(name), name, toupper(type[o]), o, value[o])
	}
}
