#!/usr/bin/env bash
# Filters: on the example kernel with known answers, and against a naive filter
# of all leaves that knows nothing of pmap's.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

# QUESTION | $pmap_status | a match of the answer, or none for no answer at all
table()
{
	cat <<'END'
pmap dump 0x400000 +0x3000 -x | 0 | ^0000000000400000-0000000000402fff +12K  r-xu
pmap dump 0x400000 +0x3000 -w | 0 | ^nothing mapped$
pmap dump 0x400000 +0x3000 -u -x | 0 | r-xu
pmap dump 0x400000 +0x3000 --kernel | 0 | ^nothing mapped$
pmap dump 0x400000 +0x3000 --rights r-x | 0 | r-xu
pmap dump 0x400000 +0x3000 --rights -w | 0 | r-xu
pmap dump 0x400000 +0x3000 --rights -x | 0 | ^nothing mapped$
pmap dump 0x400000 +0x3000 --rights ws,xu | 0 | r-xu
pmap dump 0x400000 +0x3000 --rights ?--? | 0 | ^nothing mapped$
pmap dump 0x400000 +0x3000 --pa 0x101000 | 0 | ^0000000000401000-0000000000401fff +4K  .* 0000000101000$
pmap dump 0x400000 +0x3000 --pa 0x101000,0x103000 | 0 | ^0000000000401000-0000000000402fff +8K
pmap dump 0x400000 +0x3000 --pa 0x100000+0x1000,+0x1000 | 0 | ^0000000000401000-0000000000401fff +4K
pmap dump 0x400000 +0x3000 --pa 0x101000 +0x1000 | 0 | ^0000000000401000-0000000000401fff +4K
pmap dump 0x400000 +0x3000 --page 2M,1G | 0 | ^nothing mapped$
pmap dump 0x400000 +0x3000 --page 4k | 0 | r-xu
pmap dump 0x400000 +0x3000 --mt wb | 0 | r-xu
pmap dump 0x400000 +0x3000 --mt uc | 0 | ^nothing mapped$
pmap dump 0x400000 +0x3000 --accessed --no-dirty --no-global | 0 | r-xu
pmap dump 0x400000 +0x3000 --dirty | 0 | ^nothing mapped$
pmap dump 0x400000 +0x3000 --pkey 0 | 0 | r-xu
pmap dump 0x400000 +0x3000 --pkey 1 | 0 | ^nothing mapped$
pmap dump 0x400000 +0x3000 --has 0x401234 | 0 | ^0000000000400000-0000000000402fff
pmap dump --leaves --has 0x401234 | 0 | ^0000000000401000-0000000000401fff
pmap dump 0x400000 +0x3000 --min-size 0x3000 | 0 | r-xu
pmap dump 0x400000 +0x3000 --min-size 0x3001 | 0 | ^nothing mapped$
pmap dump 0x2a00000 +0x8000 --kind reserved | 0 | ^0000000002a03000-0000000002a03fff +4K  reserved
pmap dump 0x2a00000 +0x4000 --kind nonpresent,reserved --json | 0 | "kind":"nonpresent"
pmap dump 0x2a03000 +0x1000 --kind leaf | 0 | ^nothing mapped$
pmap dump 0x2a03000 +0x1000 -w | 0 | ^nothing mapped$
pmap dump --rights q | 10 | ^pmap: --rights q: letters of rwxus
pmap dump --rights r, | 10 | ^pmap: --rights r
pmap dump --rights - | 10 | ^pmap: --rights -
pmap dump --page 3 | 10 | ^pmap: --page 3: sizes are like
pmap dump --page K | 10 | ^pmap: --page K: sizes are like
pmap dump --kind hole | 10 | ^pmap: --kind hole: there are leaf, nonpresent
pmap dump --mt wx | 10 | ^pmap: --mt wx: there are uc, uc-, wc, wt, wp, wb$
pmap dump --pkey 16 | 10 | ^pmap: --pkey: keys are 0 to 15$
pmap dump --pkey 1 --format x86-pae --root 0x1000 | 10 | ^pmap: --pkey: .* has no protection keys$
pmap dump --dirty --no-dirty | 10 | ^pmap: --dirty and --no-dirty cannot be used together$
pmap dump --pa 0x2000,0x1000 | 10 | ^pmap: --pa: the end 0x1000 is not above the start$
pmap dump --pa 0x2000,+0 | 10 | ^pmap: --pa: the length 0x0 is empty
pmap dump --tree -w | 10 | ^pmap: dump: --tree shows every entry
pmap dump -q | 10 | ^pmap: dump: no option "-q" here; there are:.* -w
pmap dump $rsp -foo | 10 | ^pmap: dump: no option "-foo" here
pmap perms 0x400000 +0x3000 -x | 0 | ^0x400000-0x402fff  r-xu$
pmap perms 0x400000 +0x3000 -w | 1 | ^nothing mapped$
printf "%s %d\n", $pmap_rights, $pmap_can_read | 1 | ^---s 0$
pmap perms 0x400000 +0x3000 --has 0x401000 --json | 0 | "va":"0x400000","last":"0x402fff"
pmap perms 0x400000 +0x3000 --min-size 0x3001 | 1 | ^nothing mapped$
pmap perms 0x400000 -w | 1 | ^nothing mapped$
pmap perms 0x2a00000 +0x8000 --kind reserved | 3 | ^0x2a03000-0x2a03fff  nothing: reserved$
pmap perms 0x400000 +0x3000 --page 3 | 10 | ^pmap: --page 3: sizes are like
pmap dump -1 | 0 | is at .0x3fffffff of 0xffffffffc0000000
END
}

# What the naive filter has to know: OPTIONS | an awk condition
conditions()
{
	cat <<'END'
-w | rights ~ /^.w/
-x | rights ~ /x/
-w -x | rights ~ /^.wx/
-u | rights ~ /u$/
--kernel | rights ~ /s$/
--rights -x | rights ~ /^..-/
--rights -x-u | rights ~ /^..-s/
--rights wx,ux | rights ~ /^.wx/ || rights ~ /^..xu/
--rights rw-s | rights == "rw-s"
--page 4k | page == 4096
--page 2m | page == 2097152
--page 1g | page == 1073741824
--page 4K,1G | page == 4096 || page == 1073741824
--pa 0x200000,0x300000 | last_pa >= 2097152 && pa < 3145728
--mt wb | mt == "wb"
--mt uc | mt == "uc"
--accessed | accessed == "true"
--no-accessed | accessed == "false"
--dirty | dirty == "true"
--no-dirty | dirty == "false"
--global | global == "true"
--no-global | global == "false"
--pkey 0 | pkey == 0
--kind reserved | kind == "reserved"
--kind nonpresent | kind == "nonpresent"
--kind leaf,reserved | kind == "leaf" || kind == "reserved"
--accessed --no-dirty -u | accessed == "true" && dirty == "false" && rights ~ /u$/
--min-size 0x200000 | last - va + 1 >= 2097152
END
}

# naive CONDITION <ALL: the records for which it holds.  mawk, gawk, busybox.
naive()
{
	awk '
	function field(name,	rest) {
		if (!index($0, "\"" name "\":"))
			return ""
		rest = substr($0, index($0, "\"" name "\":") + length(name) + 3)
		sub(/[,}].*/, "", rest)
		gsub(/"/, "", rest)
		return rest
	}
	# The low 48 bits, as a number.
	function number(hex,	n, i) {
		hex = tolower(substr(hex, 3))
		hex = substr(hex, length(hex) > 12 ? length(hex) - 11 : 1)
		for (i = 1; i <= length(hex); i++)
			n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
		return n
	}
	{
		rights = field("rights"); page = field("page"); mt = field("mt")
		accessed = field("accessed"); dirty = field("dirty")
		global = field("global"); pkey = field("pkey")
		kind = field("kind"); kind = kind == "" ? "leaf" : kind
		va = number(field("va")); last = number(field("last"))
		pa = number(field("pa")); last_pa = pa + last - va
		leaf = kind == "leaf"
	}
	'"$1"
}

qemu_start -S -cpu max -m 128 -append "mode=demo" \
	-kernel "$builddir/kernel/pmapk.elf32"
{
	printf 'hbreak pmapk_ready\ncontinue\nset $pmap_maxphyaddr = 40\n'
	table | questions
} >"$tmp/table.gdb"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/table.gdb"
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"
check_answers < <(table)

{
	echo 'set $pmap_maxphyaddr = 40'
	echo "pmap dump --leaves --json --expand --output $tmp/all"
	n=0
	while IFS='|' read -r line; do
		options=${line%% | *}
		n=$((n + 1))
		echo "pmap dump --leaves --json --expand $options --output $tmp/got.$n"
		echo "pmap dump --csv --expand $options --output $tmp/runs.$n"
	done < <(conditions)
} >"$tmp/naive.gdb"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/naive.gdb"
is "$(cat "$gdb_err")" "" "all filters at once"
n=0
while IFS= read -r line; do
	options=${line%% | *} condition=${line#* | }
	n=$((n + 1))
	case $condition in
	*kind*|*last\ -*) ;;
	*) condition="leaf && ($condition)" ;;
	esac
	naive "$condition" <"$tmp/all" >"$tmp/expected"
	same_file "$tmp/got.$n" "$tmp/expected" "$options: $(wc -l <"$tmp/expected") leaves"
	# Merged, they cover as many bytes.
	is "$(naive 'leaf { n += last - va + 1 } END { printf "%.0f", n }' <"$tmp/expected")" \
		"$(case $options in --min-size*)
			naive 'leaf { n += last - va + 1 } END { printf "%.0f", n }' <"$tmp/expected" ;;
		*)
			sed 1d "$tmp/runs.$n" | awk -F, '$3 == "" { n += $9 * 4096 } END { printf "%.0f", n }' ;;
		esac)" "$options: as many bytes in runs"
done < <(conditions)

finish
