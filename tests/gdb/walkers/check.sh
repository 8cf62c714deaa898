#!/usr/bin/env bash
# pmap check: every rule finds what breaks it, and nothing else; options; a second
# opinion on how many entries break the simple ones, by the leaves of a dump.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

# Where this test makes tables: memory that the kernel does not use.
define_words()
{
	cat <<'END'
set $pmap_maxphyaddr = 40
set $base = 0xffff800000000000
set $root = $cr3 & ~0xfff
set $free = 0x7000000
define put
set var *(unsigned long *)($base + $arg0) = $arg1
end
define forget
set $at = 0
while $at < 0x2000
set var *(unsigned long *)($base + $free + $at * 8) = 0
set $at = $at + 1
end
end
define group
set $at = 0
while $at < 16
put $free+0x3000+$at*8 0x10000000100703+$at*0x1000
set $at = $at + 1
end
end
END
}

# RULE | commands, with ; between | arguments | what was changed is put back by | a match
table()
{
	cat <<'END'
reserved | | 0x2a00000 +0x10000 | | ^error +reserved +0000000002a03000-0000000002a03fff  the PTE at 0x[0-9a-f]+ has reserved bits set \(0x8000000000000 of 0x8000000000007\): bit 51 is above MAXPHYADDR 40$
misaligned | | 0x2e00000 +2M | | ^error +misaligned +0000000002e00000-0000000002ffffff  the PDE at .* a 2M page that is not 2M-aligned$
nx-off | set $e = $efer;set $efer = $efer & ~0x800 | 0x600000 +0x2000 | set $efer = $e | ^error +nx-off +0000000000600000-0000000000601fff  the PTE at .*: NX set, but EFER.NXE=0; and 1 more entries$
table-not-ram | put $root+400*8 0xfd000003 | | put $root+400*8 0 | ^error +table-not-ram +ffffc80000000000-ffffc87fffffffff  the PML4E at 0x[0-9a-f]+ = 0xfd000003 leads to a table at 0xfd000000: not RAM$
table-user | | 0x8000000000 +1<<30 | | ^error +table-user +0000008000[0-9a-f]+000-.*  the page table at 0x[0-9a-f]+ \(of [0-9a-f]{16}\) can be written by user mode here$
blocked | | 0x2600000 +0x10000 | | ^warning +blocked +0000000002600000-000000000260ffff  the PDE at 0x[0-9a-f]+ = 0x[0-9a-f]+: bit 1 \(RW\) is clear, so 16 entries below it lose writes, though allowed by their own bits$
table-rom | put $root+400*8 0xf0003 | | put $root+400*8 0 | ^warning +table-rom +ffffc80000000000-ffffc87fffffffff  the PML4E at 0x[0-9a-f]+ = 0xf0003 leads to a table at 0xf0000$
loop | put $root+400*8 $free+3;put $free $free+3 | 0xffffc80000000000 +0x8000000000 | put $root+400*8 0;forget | ^warning +loop +ffffc80000000000-ffffc8003fffffff  the PDPTE at 0x7000000 = 0x7000003 leads to a table at 0x7000000$
levels | put $root+400*8 $free+3;put $free $free+0x1003;put $root+401*8 $free+0x1003 | 0xffffc80000000000 +0x10000000000 | put $root+400*8 0;put $root+401*8 0;forget | ^warning +levels +ffffc88000000000-ffffc8ffffffffff  the PML4E at 0x[0-9a-f]+ = 0x7001003 leads to a table at 0x7001000, which ffffc80000000000 uses at another level$
kernel-user | set $raw = *(unsigned long *)($base+$root);put $root+400*8 $raw | 0xffffc80000000000 +16M | put $root+400*8 0 | ^warning +kernel-user +ffffc80000400000-ffffc800005fffff  user mode may use an address of the upper half \(r-xu wb\); the PTE at 0x[0-9a-f]+ = 0x[0-9a-f]+ and 511 more$
wx | | 0x20000000000 +1<<30 | | ^warning +wx +0000020000000000-000002000003ffff  pages can be written and executed \(rwxs wb\); the PTE at 0x[0-9a-f]+ = 0x1800007 and 63 more$
alias-wx | | | | ^warning +alias-wx +0000000000400000-00000000005fffff  frames that can be executed here can be written elsewhere \(r-xu wb\): at 0000008000100000 \(rw-u wb\), frame 0x100000$
alias-mt | | | | ^warning +alias-mt +.*  frames are mapped with different memory types \(rw-u wb\): at 0000000002200000 \(rw-u uc\), frame 0x600000$
device-cached | | 0x40000000 +1<<30 | | ^warning +device-cached +0000000040000000-000000006fffffff  what is not RAM is mapped with a memory type that is cached \(rw-u wb\)
device-exec | | 0x80000000 +2M | | ^warning +device-exec +0000000080000000-00000000801fffff  what is not RAM can be executed
device | | 0x8800000000 +1 | | ^note +device +0000008800000000-0000008800000000  what is mapped is not RAM: a device, or nothing \(r-xu uc-\)
rom-write | | 0x8000000000 +1<<30 | | ^note +rom-write +00000080000c[0-9a-f]000-0000008000[0-9a-f]+fff  ROM is mapped writable \(rw-u wb\)
global-user | pmap walk 0x400000;set $slot = $pmap_slot;set $raw = $pmap_raw;put $slot $raw+0x100 | 0x400000 +2M | put $slot $raw | ^warning +global-user +0000000000400000-0000000000400fff  pages of user mode are global \(r-xu wb\)
alias-ro | | 0x2600000 +0x400000 | | ^note +alias-ro +0000000002600000-.*  frames that are read-only here can be written elsewhere \(r--u wb\): at 0000000002800000 \(rw-u wb\), frame 0x800000$
table-alias | set $raw = *(unsigned long *)($base+$root+256*8);put $root+400*8 $raw+(1ull<<63) | 0xffff800000000000 0 | put $root+400*8 0 | ^note +table-alias +
recursive | | | | ^note +recursive +00007f8000000000-00007fffffffffff  the root table is mapped in itself; the PML4E
empty-table | put $root+400*8 $free+3 | | put $root+400*8 0 | ^note +empty-table +ffffc80000000000-ffffc87fffffffff  the PML4E at 0x[0-9a-f]+ = 0x7000003 leads to a table at 0x7000000$
kpti | put $free+0x2000 $free+0x7;put $free+0x3000 $free+0x7;put $free+0x2800 $free+3;put $free+0x3800 $free+3;put $free+0x2008 $free+0x1007 | --root $free+0x2000 | forget | ^error +kpti +0000008000000000-000000ffffffffff  the root's entry at 0x7002008 = 0x7001007, its pair's at 0x7003008 = 0x0$
wp | set $c = $cr0;set $cr0 = $cr0 & ~0x10000 | | set $cr0 = $c | ^warning +wp +0000000000400000-0000000000400000  CR0.WP is off
smep | set $c = $cr4;set $cr4 = $cr4 & ~0x100000 | | set $cr4 = $c | ^warning +smep +.*  CR4.SMEP is off
smap | set $c = $cr4;set $cr4 = $cr4 & ~0x200000 | | set $cr4 = $c | ^warning +smap +.*  CR4.SMAP is off
hole | put $free+255*8 $free+0x1007;put $free+0x1ff8 $free+0x2007;put $free+0x2ff8 $free+0x3007;put $free+0x3ff8 0x100005 | --root $free | forget | ^warning +hole +00007ffffffff000-00007fffffffffff  user mode can execute the last page before the canonical hole \(r-xu\); the PTE at 0x7003ff8 = 0x100005$
pge | set $c = $cr4;set $cr4 = $cr4 & ~0x80 | 0xffff800000000000 0 | set $cr4 = $c | ^note +pge +.*  pages are global, but CR4.PGE is off
exec-only | put $free $free+0x1007;put $free+0x1000 0xb4 | --ept $free+0x1e | forget | ^note +exec-only +0000000000000000-000000003fffffff  the EPT allows fetches but no reads \(--xu wb\)
contiguous | put $free $free+0x1003;put $free+0x1000 $free+0x2003;put $free+0x2000 $free+0x3003;put $free+0x3000 0x10000000100703 | --format arm64-4k --root $free | group | ^warning +contiguous +0000000000000000-000000000000ffff  entries that say they are one contiguous page are not
END
}

trim()
{
	local s=$1

	s=${s#"${s%%[! ]*}"}
	printf '%s' "${s%"${s##*[! ]}"}"
}

script()
{
	local rule before args after match

	cat <<'END'
hbreak pmapk_ready
continue
END
	define_words
	while IFS='|' read -r rule before args after match; do
		rule=$(trim "$rule")
		printf 'echo @%s\\n\n%s\n' "$rule" "$(tr ';' '\n' <<<"$before")"
		printf 'pmap check %s --rule %s\n' "$(trim "$args")" "$rule"
		printf 'printf "@status %%d ok %%d ranges %%d\\n", $pmap_status, $pmap_ok, $pmap_ranges\n'
		printf '%s\n' "$(tr ';' '\n' <<<"$after")"
		printf 'echo @again\\n\npmap check %s --rule %s\necho @end\\n\n' "$(trim "$args")" "$rule"
	done < <(table)
	cat <<END
forget
echo @list\n
pmap check --list
echo @names\n
pmap check --list --json
echo @nothing\n
pmap check 0x400000 +0x1000 --severity warning --except 0x400000,+0x1000
printf "@status %d ok %d ranges %d\n", \$pmap_status, \$pmap_ok, \$pmap_ranges
echo @sums\n
pmap check --severity error
printf "@errors %d warnings %d notes %d\n", \$pmap_errors, \$pmap_warnings, \$pmap_notes
echo @except\n
pmap check --rule reserved --except 0x2a03000,+0x10000000000
echo @bad\n
pmap check --rule nosuch
pmap check --severity grave
pmap check --except 0x1000,+0
pmap check --except 0x2000,0x1000
pmap check --rule wx --mirror \$cr3
pmap check --paired 0x1000
echo @filter\n
pmap check --rule wx --user
pmap check --json --output $tmp/check.json --rule wx,kernel-user,recursive
pmap dump --leaves --json --output $tmp/leaves.json
pmap check --csv --rule reserved
echo @uncached\n
put \$free \$free+0x1007
put \$free+0x1000 0xc000009f
pmap check --root \$free --rule device-cached
forget
echo @kernel global\n
pmap check 0xffff800000000000 0 --rule global-user
echo @pc\n
set \$pc = 0x100c0603000
pmap check --rule wx
echo @end\n
END
}

# The answer between two marks.
answer()
{
	awk -v name="@$1" '$0 == name { on = 1; next } /^@/ { on = 0 } on' "$gdb_out"
}

# The line of the status behind an answer.
status_of()
{
	awk -v name="@$1" '$0 == name { on = 1 } on && /^@status/ { print; exit }' "$gdb_out"
}

qemu_start -S -cpu max -m 128 -append "mode=demo" \
	-kernel "$builddir/kernel/pmapk.elf32"
script >"$tmp/check.gdb"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/check.gdb"
is "$gdb_status" 0 "GDB ends well" || diag "$(tail -n 5 "$gdb_err")"
is "$(cat "$gdb_err")" "" "and says nothing on standard error"

while IFS='|' read -r rule before _ _ match; do
	rule=$(trim "$rule")
	like "$(answer "$rule")" "$(trim "$match")" "$rule: what is said"
	like "$(status_of "$rule")" '^@status 8 ok 0 ranges [1-9]' "$rule: \$pmap_status and \$pmap_ok"
	like "$(answer names)" "\"rule\":\"$rule\"" "$rule: is listed"
	[ -z "$(trim "$before")" ] && continue
	unlike "$(awk -v name="@$rule" '$0 == name { on = 1 } /^@end/ { on = 0 }
		on && again; /^@again/ { again = on }' "$gdb_out")" "$(trim "$match")" "$rule: no more where it is mended"
done < <(table)

# Every rule has its row above, but for what only a file's gaps are.
is "$(sed -n 's/.*"rule":"\([^"]*\)".*/\1/p' <<<"$(answer names)" | grep -v unreadable | sort)" \
	"$(table | sed 's/ .*//' | sort)" "each rule is tried"
for rule in $(sed -n 's/.*"rule":"\([^"]*\)".*/\1/p' <<<"$(answer names)"); do
	like "$(cat "$srcdir/doc/manual.md")" "\`$rule\`" "the manual has $rule"
done

like "$(answer nothing)" '^nothing is wrong by [0-9]+ rules' "nothing is wrong"
like "$(status_of nothing)" '^@status 0 ok 1 ranges 0' "and \$pmap_ok says so"
like "$(cat "$gdb_out")" '^@errors [1-9][0-9]* warnings 0 notes 0' "--severity error"
unlike "$(answer except)" '02a03000' "--except"
like "$(answer pc | head -n 1)" '^warning +wx +00000100c0603000-' "what \$pc is in comes first"
like "$(answer pc | sed -n 2p)" '^warning +wx +0000010040201000-' "then the others"
like "$(answer except)" '^2 errors' "--except leaves the others"
like "$(answer bad)" '^pmap: --rule: no rule "nosuch" here' "a rule that is none"
like "$(answer bad)" '^pmap: --severity grave: note, warning or error' "a severity that is none"
like "$(answer bad)" '^pmap: --except: empty range' "an empty --except"
like "$(answer bad)" '^pmap: range end 0x1000 must be above its start 0x2000' "a wrong --except"
like "$(answer bad)" '^pmap: check: --mirror compares' "--mirror and --rule"
like "$(answer bad)" '^pmap: check: --paired is for --mirror' "--paired alone"
like "$(answer filter)" '^warning +wx .*\(rwxu' "a filter"
unlike "$(answer filter)" '^warning +wx .*\(rwxs' "and what it leaves out"
like "$(answer filter)" '^severity,rule,va,last,count' "CSV has names"
like "$(answer uncached)" '^nothing is wrong by' "a device that is mapped uncached"
like "$(answer "kernel global")" '^nothing is wrong by' "global pages of the kernel's"

# A second opinion: what a dump's leaves say.  A table that both halves use is
# walked once in each.
sum()
{
	sed -n "s/.*\"rule\":\"$1\",.*\"count\":\([0-9]*\).*/\1/p" "$tmp/check.json" |
		awk '{ n += $1 } END { print n + 0 }'
}
is "$(sum wx)" "$(grep -c '"rights":"rwx' "$tmp/leaves.json")" "as many entries with W and X as the dump has"
is "$(sum kernel-user)" "$(grep '"va":"0xffff' "$tmp/leaves.json" | grep -c '"rights":"..\?.\?u"')" \
	"as many of the user's in the upper half"
is "$(grep '"rule":"wx"' "$tmp/check.json" | grep -vc '"pa":"0x')" 0 "each page has its frame"
is "$(sum recursive)" "$(grep -c '"kind":"recursive"' "$tmp/leaves.json")" "as many recursive entries"

# SARIF: what the standard requires, and the same findings as JSON has.
gdb_run "$builddir/kernel/pmapk.elf" <<END
set \$pmap_maxphyaddr = 40
set var *(unsigned long *)(0xffff800000000000 + 0x7000000) = (1ull << 43) + 0xcf
pmap gva2gpa 0x123 --root 0x7000000 --format sv39
set var *(unsigned long *)(0xffff800000000000 + 0x7000000) = 0
pmap check --sarif $tmp/all.sarif
pmap check --json --output $tmp/all.json
pmap check 0x400000 +0x1000 --rule wx --sarif $tmp/none.sarif
printf "@none %d\n", \$pmap_status
pmap check --sarif $tmp/no.sarif --csv
pmap check --sarif $tmp/no.sarif --list
pmap check --sarif $tmp/no/such.sarif
printf "@nowhere %d\n", \$pmap_status
pmap check --sarif $tmp/stop.sarif --severity error --stop
echo later\n
END
is "$gdb_status" 1 "--sarif --stop: GDB ends with status 1" || diag "$(cat "$gdb_out" "$gdb_err")"
out=$(cat "$gdb_out")
like "$out" '^0x123 -> 0x200000000123 ' "another architecture's format has its own reserved bits"
like "$out" '^@none 0$' "--sarif: nothing is found"
like "$out" '^pmap: check: --sarif FILE writes SARIF alone' "--sarif and --csv"
like "$out" '^pmap: check: --sarif is for what rules find' "--sarif and --list"
like "$out" '^@nowhere 14$|^@nowhere [1-9]' "a file that cannot be written"
ok "and no file is left" test ! -e "$tmp/no.sarif"
ok "--stop leaves its file" test -s "$tmp/stop.sarif"
# LOG [RECORDS]: how many results the log has; dies where one is not as it should be.
# Automake has brought perl.
sarif()
{
	perl -MJSON::PP -e '
	sub slurp { local ($/, @ARGV) = (undef, @_); <> }
	my $log = decode_json(slurp($ARGV[0]));
	my $run = $log->{runs}[0];
	my $driver = $run->{tool}{driver};
	my %level = qw(note 1 warning 1 error 1);
	my (%rule, @found);
	$log->{version} eq "2.1.0" && @{$log->{runs}} == 1 or die "version, runs";
	$driver->{name} eq "pmap" && length $driver->{version} or die "driver";
	for my $r (@{$driver->{rules}}) {
		!$rule{$r->{id}} && length $r->{shortDescription}{text} &&
			length $r->{fullDescription}{text} &&
			$level{$r->{defaultConfiguration}{level}} or die "rule $r->{id}";
		$rule{$r->{id}} = $r->{defaultConfiguration}{level};
	}
	%rule or die "no rules";
	for my $r (@{$run->{results}}) {
		my $at = $r->{properties};
		$rule{$r->{ruleId}} eq $r->{level} && length $r->{message}{text} &&
			$r->{locations}[0]{physicalLocation}{address}{name} eq
			"$at->{va}-$at->{last}" or die "result of $r->{ruleId}";
		push @found, "$r->{level} $r->{ruleId} $at->{va} $r->{message}{text}";
	}
	if (@ARGV > 1) {
		my @lines = map { my $l = decode_json($_);
			"$l->{severity} $l->{rule} $l->{va} $l->{message}" }
			split /\n/, slurp($ARGV[1]);
		join("\n", @lines) eq join("\n", @found) or die "others than JSON has";
	}
	print scalar @found, "\n"' "$@" 2>&1
}
n=$(sarif "$tmp/all.sarif" "$tmp/all.json")
ok "SARIF: required fields, and JSON's findings" test "$n" -gt 20 || diag "$n"
is "$(sarif "$tmp/none.sarif")" 0 "SARIF: none"

# For CI: GDB ends with an error where something is found, and not where nothing is.
printf 'pmap check --rule wx --stop\necho later\\n\n' >"$tmp/stop.gdb"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/stop.gdb"
is "$gdb_status" 1 "--stop: status 1"
unlike "$(cat "$gdb_out")" '^later' "--stop: nothing runs after it"
printf 'pmap check 0x400000 +0x1000 --rule wx --stop\necho later\\n\n' >"$tmp/stop.gdb"
gdb_run "$builddir/kernel/pmapk.elf" <"$tmp/stop.gdb"
is "$gdb_status" 0 "--stop: status 0 where nothing is found"
like "$(cat "$gdb_out")" '^later' "--stop: the script goes on"
finish
