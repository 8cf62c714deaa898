#!/usr/bin/env bash
# --svg: is it XML whatever names there are, the same twice, of the runs that the
# dump has, of the changes that diff has?  On the example kernel; in a browser, where
# there is one.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/questions.sh"

command -v xmllint >/dev/null || bail "no xmllint: install libxml2-utils"

# QUESTION | $pmap_status | a match of the answer
table()
{
	cat <<END
pmap dump --svg $tmp/whole.svg | 0 | ^\$
pmap dump --svg $tmp/again.svg | 0 | ^\$
pmap regions --svg $tmp/regions.svg | 0 | ^\$
pmap dump -w -x --svg $tmp/wx.svg | 0 | ^\$
pmap dump 0x400000 0x3000000 --svg $tmp/range.svg | 0 | ^\$
pmap dump 0x400000 +64K --svg $tmp/small.svg | 0 | ^\$
pmap dump 0x100000 +4K --svg $tmp/nothing.svg | 0 | ^\$
pmap dump 0 0x800000000000 --leaves --svg $tmp/leaves.svg | 0 | ^\$
pmap dump --npt \$cr3 --svg $tmp/npt.svg | 0 | ^\$
pmap dump --format x86-pae --root 0x1000 --svg $tmp/pae.svg | 0 | ^\$
pmap dump --svg $tmp/nowhere/x.svg | 15 | ^pmap: .*No such file
pmap dump 0x400000 --svg $tmp/x.svg | 10 | ^pmap: --svg draws a range
pmap dump --svg $tmp/x.svg --json | 10 | "message":"dump: --svg FILE writes a picture alone
pmap dump --svg $tmp/x.svg --output $tmp/y | 10 | ^pmap: dump: --svg FILE writes a picture alone
pmap dump --svg $tmp/x.svg --tree | 10 | ^pmap: --svg and --tree cannot be used together
pmap dump --svg $tmp/x.svg --sort size | 10 | ^pmap: --svg and --sort cannot be used together
pmap dump --svg | 10 | ^pmap: dump: --svg needs a value
END
}

# The tables are changed in each of the ways that have a colour.
changes()
{
	local frames="--frames 0x3000000,+1M --apply" more="--frames 0x3100000,+1M --apply"

	cat <<-END
	pmap snapshot before
	pmap unmap 0x400000 +16K $frames
	pmap map 0x408000 +8K 0x200000 r-xu --replace $frames
	pmap protect 0x600000 +8K rwxu $frames
	pmap protect 0x604000 +8K r--u $frames
	pmap map 0x3000 +16K 0x300000 rw-u $frames
	pmap map 0x40000000 +4K 0x40000000 rw-u --replace $more
	pmap diff before --svg $tmp/diff.svg
	printf "DIFF %d %d\\n", \$pmap_status, \$pmap_ranges
	pmap diff before --no-names --output $tmp/changes
	pmap diff before before --svg $tmp/same.svg
	printf "SAME %d\\n", \$pmap_status
	pmap diff before --in 0x400000,+1M --svg $tmp/part.svg
	pmap diff before --svg $tmp/y.svg --json
	pmap diff nosuch --svg $tmp/y.svg
	pmap diff before --svg $tmp/nowhere/y.svg
	END
}

qemu_start -S -cpu max -m 128 -append "mode=demo" \
	-kernel "$builddir/kernel/pmapk.elf32"
umask 022
echo before >"$tmp/again.svg"
chmod 600 "$tmp/again.svg"
{
	printf 'hbreak pmapk_ready\ncontinue\nset $pmap_maxphyaddr = 40\n'
	printf 'pmap name 0x400000 +64K "<script>a & b</script>"\n'
	printf 'pmap name 0x600000 +64K "]]> \047 --> &lt; %%s"\n'
	printf 'pmap name 0x2000000 +64K "\303\244 \377 \300\257 \355\240\200 \357\277\277"\n'
	table | questions
	echo "pmap dump --output $tmp/table"
	echo "pmap dump -w -x --output $tmp/wx"
	echo "pmap dump --json -w -x --output $tmp/wx.json"
	changes
} >"$tmp/script"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/script"
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"
check_answers < <(table)

for file in whole again regions wx range nothing leaves npt pae diff same part; do
	is "$(xmllint --noout "$tmp/$file.svg" 2>&1)" "" "$file: well-formed"
done
ok "the same bytes twice" cmp "$tmp/whole.svg" "$tmp/again.svg"
is "$(stat -c %a "$tmp/whole.svg" "$tmp/again.svg" | paste -sd' ')" "644 600" \
	"a file as --output makes it"
ok "regions has the picture of dump" cmp "$tmp/whole.svg" "$tmp/regions.svg"
ok "what was refused left nothing" test ! -e "$tmp/x.svg"

# query FILE XPATH
query()
{
	xmllint --xpath "$2" "$tmp/$1.svg" 2>&1
}

title='//*[local-name()="title"]'
is "$(query whole "count(//*[local-name()='script'])")" 0 "a name makes no element"
is "$(query whole "count(//*[local-name()='text'][.='<script>a & b</script>'])")" 1 \
	"but is there as it was given"
is "$(query range "string(//*[local-name()='text'][starts-with(., 'ä')])")" "ä ? ?? ??? ???" \
	"bytes that are no characters are question marks"

is "$(query whole "count(//*[local-name()='text'][starts-with(., ']]>')])")" 0 \
	"a name that another one would lie on is not written"
is "$(query whole "count(//*[@class='name']/*[local-name()='title'][starts-with(., ']]>')])")" 1 \
	"but said where its range is pointed at"

# What a part says when it is pointed at is a line of the dump.
query whole "$title/text()" | sed 's/&gt;/>/g' | grep -E '^[0-9a-f]{16}-[0-9a-f]{16} ' |
	grep -v ' runs\?:' | sort -u >"$tmp/said"
is "$(sort -u "$tmp/table" | comm -23 "$tmp/said" -)" "" "hover titles are lines of the dump"
ok "many of them: $(wc -l <"$tmp/said")" test "$(wc -l <"$tmp/said")" -ge 100
query leaves "$title/text()" | grep -c ' runs\?:' >"$tmp/crumbs"
ok "small runs are drawn together" test "$(cat "$tmp/crumbs")" -ge 10
ok "so that millions of bytes stay away: $(stat -c %s "$tmp/leaves.svg")" \
	test "$(stat -c %s "$tmp/leaves.svg")" -lt 500000

# Where things are: a strip's first address right above it; a texture for large pages alone.
is "$(query whole "count(//*[local-name()='text'][@class='s'][string-length()=16][@y + 6 = following::*[local-name()='rect'][1]/@y])")" 2 \
	"each half's first address is above it"
is "$(query small "count(//*[@class='bed'])")" 2 "a range within one half is drawn"
is "$(query small "count(//*[@class='p2' or @class='p3'])")" 2 \
	"pages of 4K have no texture: it is in the legend alone"

# What can be written and executed: each of it is red, and has a flag.
is "$(query wx "count(//*[@class='r' or @class='w' or @class='x'][@height='24'])")" 0 \
	"-w -x: nothing else is drawn"
red=$(query wx "count(//*[@class='wx'][@height='24'])")
is "$(query wx "count(//*[@class='flag'])")" "$red" "each that can be written and executed has a flag"
ok "there are some: $red" test "$red" -ge 4
bytes=$(gawk --non-decimal-data 'match($0, /"pages":([0-9]+)/, m) { n += m[1] } END { print n * 4 }' "$tmp/wx.json")
like "$(query whole "string(//*[@class='bad'])")" \
	"^writable and executable  ~$((bytes / 1024))M$" "the legend says how much: ${bytes}K"

# A sample in the legend has the colour of what it says, or of nothing else there.
for file in whole diff; do
	is "$(query $file "count(//*[@class='eg'])") $(query $file "count(//*[@height='14'][@class='eg'])")" "4 4" \
		"$file: samples of page sizes have a colour of their own"
	is "$(query $file "//*[@height='14'][not(@class='eg')]/@class" | sort | uniq -d)" "" \
		"$file: each other colour is there once"
done

# What changed: each change is a line of diff's, and has its colour.
is "$(query diff "count(//*[local-name()='script'])")" 0 "diff: a name makes no element"
query diff "$title/text()" | sed 's/&gt;/>/g' | grep -E '^[0-9a-f]{16}-[0-9a-f]{16} ' |
	grep -v ' runs\?:' | sort -u >"$tmp/said"
is "$(grep -E '^[0-9a-f]{16}-' "$tmp/changes" | sed 's/ *$//' | sort -u)" "$(cat "$tmp/said")" \
	"diff: hover titles are its lines, and all of them"
ok "five of them, or more" test "$(wc -l <"$tmp/said")" -ge 5
for look in dm du dv dr wx ds; do
	ok "diff: something is drawn as $look" \
		test "$(query diff "count(//*[@class='$look'][@height='24'])")" -ge 1
done
ok "what has become writable and executable has a flag" \
	test "$(query diff "count(//*[@class='flag'])")" -ge 1
like "$(query diff "string(//*[@class='t'])")" '^what changed: before to now$' "its title"
is "$(query same "count(//*[local-name()='rect'])")" 1 "two that are equal: an empty page"
like "$(query same "string(//*[@class='s'])")" '^no difference$' "which says so"
like "$(query part "string(//*[@class='h'])")" '^range$' "--in: that range alone"
ok "diff: what was refused left nothing" test ! -e "$tmp/y.svg"

# In a browser: it is drawn, and knows light and dark.
browse()
{
	timeout -k 5 60 chromium --headless --no-sandbox --disable-gpu \
		--user-data-dir="$tmp/chromium" \
		--blink-settings=preferredColorScheme="$1" --dump-dom \
		"file://$tmp/$2.html" 2>"$tmp/chromium.log" |
		sed -n 's/.*<p id="said">\([^<]*\).*/\1/p'
}
# page NAME: a page around $tmp/NAME.svg that says what a browser makes of it
page()
{
	{
		printf '<!doctype html><p id="said"></p><div id="d">'
		sed 1d "$tmp/$1.svg"
		cat <<-'END'
		</div><script>
		const svg = document.querySelector("#d > svg"), box = svg.getBBox()
		const fill = q => getComputedStyle(svg.querySelector(q)).fill
		document.querySelector("#said").textContent = fill(".bg") + " " +
			(box.width > 1000 && box.height > 300 && box.width <= 1300) + " " +
			(document.querySelectorAll("#d > svg script").length) +
			(svg.querySelector(".dm") ? " " + fill(".dm") : "")
		</script>
		END
	} >"$tmp/$1.html"
}
if command -v chromium >/dev/null; then
	page whole
	page diff
	is "$(browse 1 whole)" "rgb(255, 255, 255) true 0" "Chromium draws it, light"
	is "$(browse 0 whole)" "rgb(14, 17, 22) true 0" "and dark"
	is "$(browse 1 diff)" "rgb(255, 255, 255) true 0 rgb(79, 180, 119)" "diff, light"
	is "$(browse 0 diff)" "rgb(14, 17, 22) true 0 rgb(63, 158, 102)" "and dark"
else
	skip "Chromium draws it, light and dark" "no chromium is installed"
	skip "and diff" "no chromium is installed"
fi
finish
