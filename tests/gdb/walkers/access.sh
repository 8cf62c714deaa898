#!/usr/bin/env bash
# access, perms' table, explain, fault and expect on the example kernel.  What
# the processor does instead of what we think it does: tests/gdb/arch/insn.sh.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"

qemu_start -S -cpu max -m 128 -append "mode=demo" \
	-kernel "$builddir/kernel/pmapk.elf32"
gdb_run "$builddir/kernel/pmapk.elf" <<'END'
hbreak pmapk_ready
continue
END
is "$gdb_status" 0 "boots" || diag "$(cat "$gdb_err")"
hmp stop >"$tmp/stop"

# One page of each kind of rights, from the kernel's own word on its leaves,
# and what SMEP, SMAP (with EFLAGS.AC=0), WP and NXE make of each access.
awk '
/^leaf/ && !seen[$5]++ {
	va = substr($2, 1, 16)
	for (user = 0; user < 2; user++)
		for (i = 1; i <= 3; i++) {
			kind = substr("rwx", i, 1)
			page = substr($5, 4, 1)
			error = 1 + (kind == "w") * 2 + user * 4 + (kind == "x") * 16
			if (page == (user ? "u" : "s") && index($5, kind))
				error = -1
			printf "0x%s %s %s %d\n", va, kind,
				user ? "--user" : "--supervisor", error
		}
}' "$tmp/serial" >"$tmp/cases"
ok "all rights there are" [ "$(wc -l <"$tmp/cases")" -ge 36 ]
{
	echo 'set $pmap_maxphyaddr = 40'
	while read -r va kind who _; do
		cat <<-END
		pmap access $va $kind $who
		if \$pmap_status == 0
		  echo got $va $kind $who -1\n
		else
		  printf "got $va $kind $who %d\n", \$pmap_error
		end
		END
	done <"$tmp/cases"
} | gdb_run "$builddir/kernel/pmapk.elf"
sed -n 's/^got //p' "$gdb_out" >"$tmp/got"
same_file "$tmp/got" "$tmp/cases" "every right by every accessor"

# pmap COMMAND -> $answer, $status
pmap()
{
	gdb_run "$builddir/kernel/pmapk.elf" <<END
set \$pmap_maxphyaddr = 40
echo >>\n
pmap $*
printf "\nstatus %d\n", \$pmap_status
END
	answer=$(sed -n '/^>>$/,$p' "$gdb_out" | sed '1d;/^status /d;/^\[Inferior/d')
	status=$(sed -n 's/^status //p' "$gdb_out")
}

pmap access 0x8000000000000000 r
like "$answer" '#GP, error code 0x0' "an address that is none: #GP"
is "$status" 6 "an address that is none: the status"
pmap access '$rsp-4 +8 w'
like "$answer" 'write of 8 bytes by the supervisor: allowed' "across an address"
pmap access 0x1000
like "$answer" '^pmap: missing access type r, w or x: pmap access ADDR' "no kind: said"
is "$status" 10 "no kind: the status"
pmap access 0 w --user
like "$answer" '#PF, error code 0x6 \(W U\), CR2 0x0' "not present: the error code in words"
like "$answer" 'the PDE at 0x[0-9a-f]+ is empty' "not present: the entry"
pmap access 0x1000+8 w --user
like "$answer" '^0x1008 \(0x1000\+8\): write of 1 byte ' "an address, not a length: said"
pmap access 0x8000000000000000 r
like "$answer" '#SS if it is by the stack' "an address that is none: what the stack gives"
pmap access '$rsp r --shadow-stack'
like "$answer" 'read of 1 byte of a shadow stack by the supervisor: #PF, error code 0x41 \(P SS\)' "a shadow-stack access: the error code"
like "$answer" 'no shadow stack of the supervisor' "a shadow-stack access: why"
pmap access 0xffe +4 r --json
like "$answer" '^\{"va":"0xffe","bytes":4,"access":"read","by":"supervisor","verdict":"#PF","error":"0x0","cr2":"0xffe"' "as JSON"

pmap perms '$pc'
like "$answer" 'supervisor +yes +yes +yes' "perms: what the supervisor may"
like "$answer" 'user +#PF 0x5 +#PF 0x7 +#PF 0x15' "perms: what the user may"

pmap explain --at pmapk_ready
like "$answer" ': ret +\(64-bit code, supervisor\)' "explain: the instruction"
like "$answer" 'x +fetch +0x[0-9a-f]+ +1 +allowed' "explain: its fetch"
like "$answer" 'r +stack +0x[0-9a-f]+ +8 +allowed' "explain: the stack"
is "$status" 0 "explain: the status"
pmap explain --at pmapk_ready --user
like "$answer" 'fetch .*#PF, error code 0x15 \(P U I\)' "explain: the fetch of user mode faults"
like "$answer" 'user mode denied: US=0 in the level-4 entry' "explain: why"
like "$answer" 'stack .*not reached' "explain: what follows is not reached"
pmap explain --at pmapk_ready --json
like "$answer" '^\{"pc":"0x[0-9a-f]+","text":"ret","bits":64,"by":"supervisor"\}' "explain: as JSON"
like "$answer" '^\{"kind":"r","role":"stack","va":"0x[0-9a-f]+","bytes":8,"count":1,"step":0,"verdict":"allowed"\}' "explain: an access as JSON"
pmap explain --at pmapk_ready --user --json
like "$answer" '"verdict":"#PF","error":"0x15",.*"at":"0x[0-9a-f]+","why":"user mode denied' "explain: a fault as JSON"
pmap explain --fault
like "$answer" '^pmap: this is not the first instruction of the page fault handler' "explain --fault: not here"
is "$status" 7 "explain --fault: the status"

# Instructions of our own, on the kernel's stack; each by its bytes.
# explain BYTE... -- [WORD...]: bytes in hexadecimal
explain()
{
	local i=0 pokes=

	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		pokes="$pokes
set *(unsigned char *)(\$rsp - 256 + $i) = 0x$1"
		i=$((i + 1))
		shift
	done
	shift
	gdb_run "$builddir/kernel/pmapk.elf" <<END >"$tmp/log"
set \$pmap_maxphyaddr = 40
$pokes
echo >>\n
pmap explain --at \$rsp-256 $*
printf "\nstatus %d\n", \$pmap_status
END
	answer=$(sed -n '/^>>$/,$p' "$gdb_out" | sed '1d;/^status /d;/^\[Inferior/d')
	status=$(sed -n 's/^status //p' "$gdb_out")
}

explain 06 90 --
like "$answer" 'x +fetch .* allowed' "no instruction: its fetch is"
like "$answer" 'cannot tell the rest: not recognised by libopcodes' "no instruction: said"
is "$status" 7 "no instruction: the status"
explain 06 90 -- --user
like "$answer" 'fetch .*#PF, error code 0x15' "no instruction, where none may be fetched: that first"
is "$status" 6 "no instruction, where none may be fetched: the status"
explain 0f 0b --
like "$answer" '#UD: it always raises #UD, by definition' "ud2: the exception"
is "$status" 6 "ud2: the status"
explain 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 2e 8b 80 01 02 03 04 --
like "$answer" '#GP, error code 0x0: an instruction has at most 15 bytes' "too long: the exception"
explain aa --
like "$answer" 'w +destination' "stos: its operand"
explain 0f ae 21 --
like "$answer" '#UD: CR4.OSXSAVE=0' "xsave, and it is off: the exception"
explain 0f ae 21 -- --json
like "$answer" '"exception":"#UD","why":"CR4.OSXSAVE=0"' "xsave, and it is off: as JSON"

pmap fault
like "$answer" '^pmap: no error code' "fault: none was taken"
pmap fault 0x10 --error 6
like "$answer" 'error code 0x6 \(W U\): write by the user, not present' "fault: in words"
like "$answer" 'is empty: nothing is mapped' "fault: why"
pmap fault '$pc --error 2'
like "$answer" 'the tables allow this access now' "fault: repaired since"
pmap fault '$pc --error 6'
like "$answer" 'would now give #PF, error code 0x7' "fault: another one now"
pmap fault '$rsp --error 0x43'
like "$answer" 'no shadow stack of the supervisor' "fault of a shadow stack: why"
pmap fault '$rsp --error 0x8003'
like "$answer" 'in none of these tables: the error code has 0x8000 \(SGX\)' "fault of an enclave: not our tables"
is "$status" 7 "fault of an enclave: the status"

pmap expect '$pc +1 rwxs'
is "$answer" "" "expect: says nothing where it holds"
is "$status" 0 "expect: the status"
pmap expect '$pc +1 rw-s'
like "$answer" '^0x[0-9a-f]+-0x[0-9a-f]+  rwxs, expected rw-s$' "expect: one line where it does not"
is "$status" 8 "expect: the other status"
pmap expect '0 +0x1000 none'
is "$answer" "" "expect: nothing mapped"
pmap expect '$pc,+1 rwx --stop'
is "$gdb_status" 0 "expect --stop: GDB goes on"
pmap expect '$pc,+1 r-x --stop'
is "$gdb_status" 1 "expect --stop: GDB ends with status 1"
unlike "$(cat "$gdb_out")" '^status' "expect --stop: the script ends there"
pmap expect '$pc,+1 rubbish --stop'
is "$gdb_status" 1 "expect --stop: neither does an error pass"
GDB_NO_TARGET=1 gdb_run <<'END'
set $pmap_ok = 1
pmap expect 0x1000 +8 rw-s
if $_isvoid($pmap_ok)
  echo no answer\n
end
pmap expect 0x1000 +8 rw-s --stop
echo went on\n
END
is "$gdb_status" 1 "expect --stop: nor does a target that is not there"
is "$(grep -c '^went on' "$gdb_out")" 0 "expect --stop: the script ends there, too"
like "$(cat "$gdb_out")" '^no answer$' "expect: no target, no \$pmap_ok"

finish
