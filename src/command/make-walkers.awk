# src/walkers/command-list.h: the functions behind the commands.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
END {
	if (failed)
		exit 1
	print "/* Made of commands.in: the walker of each command. */"
	n = split(commands, name, " ")
	for (i = 1; i <= n; i++) {
		printf("pmap_walker pmap_%s;\n", name[i])
		if (syntax[name[i]] ~ /WORD/)
			printf("pmap_walker pmap_%s_words;\n", name[i])
	}
}
