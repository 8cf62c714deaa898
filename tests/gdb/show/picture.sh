#!/usr/bin/env bash
# --svg: is it XML whatever names there are, the same twice, of the runs that the
# dump has?  On the example kernel; in a browser, where there is one.
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
} >"$tmp/script"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/script"
is "$gdb_status" 0 "the session ends well" || diag "$(cat "$gdb_err")"
check_answers < <(table)

for file in whole again regions wx range nothing leaves npt pae; do
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

# What a part says when it is pointed at is a line of the dump.
query whole "$title/text()" | sed 's/&gt;/>/g' | grep -E '^[0-9a-f]{16}-[0-9a-f]{16} ' |
	grep -v ' runs:' | sort -u >"$tmp/said"
is "$(sort -u "$tmp/table" | comm -23 "$tmp/said" -)" "" "hover titles are lines of the dump"
ok "many of them: $(wc -l <"$tmp/said")" test "$(wc -l <"$tmp/said")" -ge 100
query leaves "$title/text()" | grep -c ' runs:' >"$tmp/crumbs"
ok "small runs are drawn together" test "$(cat "$tmp/crumbs")" -ge 10
ok "so that millions of bytes stay away: $(stat -c %s "$tmp/leaves.svg")" \
	test "$(stat -c %s "$tmp/leaves.svg")" -lt 500000

# What can be written and executed: each of it is red, and has a flag.
is "$(query wx "count(//*[@class='r' or @class='w' or @class='x'][@height='24'])")" 0 \
	"-w -x: nothing else is drawn"
red=$(query wx "count(//*[@class='wx'][@height='24'])")
is "$(query wx "count(//*[@class='flag'])")" "$red" "each that can be written and executed has a flag"
ok "there are some: $red" test "$red" -ge 4
bytes=$(gawk --non-decimal-data 'match($0, /"pages":([0-9]+)/, m) { n += m[1] } END { print n * 4 }' "$tmp/wx.json")
like "$(query whole "string(//*[@class='bad'])")" \
	"^writable and executable  ~$((bytes / 1024))M$" "the legend says how much: ${bytes}K"

# In a browser: it is drawn, and knows light and dark.
browse()
{
	timeout -k 5 60 chromium --headless --no-sandbox --disable-gpu \
		--user-data-dir="$tmp/chromium" \
		--blink-settings=preferredColorScheme="$1" --dump-dom \
		"file://$tmp/page.html" 2>"$tmp/chromium.log" |
		sed -n 's/.*<p id="said">\([^<]*\).*/\1/p'
}
if command -v chromium >/dev/null; then
	{
		printf '<!doctype html><p id="said"></p><div id="d">'
		sed 1d "$tmp/whole.svg"
		cat <<-'END'
		</div><script>
		const svg = document.querySelector("#d > svg"), box = svg.getBBox()
		document.querySelector("#said").textContent =
			getComputedStyle(svg.querySelector(".bg")).fill + " " +
			(box.width > 1000 && box.height > 400 && box.width <= 1300) + " " +
			(document.querySelectorAll("#d > svg script").length)
		</script>
		END
	} >"$tmp/page.html"
	is "$(browse 1)" "rgb(255, 255, 255) true 0" "Chromium draws it, light"
	is "$(browse 0)" "rgb(14, 17, 22) true 0" "and dark"
else
	skip "Chromium draws it, light and dark" "no chromium is installed"
fi
finish
