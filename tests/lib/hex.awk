# Numbers in hexadecimal, without 0x: for scripts that name this file before
# themselves (awk -f hex.awk -f SCRIPT).
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later

function value(hex,	i, v)
{
	for (i = 1; i <= length(hex); i++)
		v = 16 * v + index("123456789abcdef", substr(hex, i, 1))
	return v
}

function bit(number, i)
{
	return int(value(number) / 2 ^ i) % 2
}
