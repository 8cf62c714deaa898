#!/usr/bin/env bash
# Files that other programs write, in a GDB without a target: AVML's, which is
# compressed, and VirtualBox' cores are read; Windows' and VMware's are refused by name.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../../lib/session.sh"
. "$srcdir/tests/lib/elf.sh"
. "$srcdir/tests/lib/questions.sh"

GDB_NO_TARGET=1

# at OFFSET VALUE: eight bytes of the memory
at()
{
	number "$2" 8 | dd of="$tmp/raw" bs=1 seek=$(($1)) conv=notrunc status=none
}

## 128 KiB: tables, pages of several memory types, and zeros.

truncate -s 131072 "$tmp/raw"
at 0x1000 0x2003
at 0x2000 0x3003
at 0x3000 0x4003
at 0x4028 0x10003
at 0x4030 0x600b
at 0x4038 0x7005
at 0x6010 0x1122334455667788

# chunk FILE: compressed, in snappy's frame, with a checksum that pmap does not check
chunk()
{
	number 0 1
	number $(($(stat -c %s "$1") + 4)) 3
	number 0 4
	cat "$1"
}

# The first 64 KiB as they are, the second by references to what was before.
{
	printf '\x80\x80\x04\xf4\xff\xff'
	head -c 65536 "$tmp/raw"
} >"$tmp/literal"
{
	printf '\x80\x80\x04\x00\x00'
	for ((i = 0; i < 1023; i++)); do
		printf '\xfe\x01\x00'
	done
	printf '\xfa\x01\x00'
} >"$tmp/copies"
{
	number 0x24c4d5641 8
	number 0 8
	number 131071 8
	number 0 8
	printf '\xff\x06\x00\x00sNaPpY'
	chunk "$tmp/literal"
	chunk "$tmp/copies"
	number 131072 8
} >"$tmp/avml"
head -c 40000 "$tmp/avml" >"$tmp/avml-cut"
{
	printf PAGEDU64
	number 0 8184
} >"$tmp/windows"
{
	printf '\xd2\xbe\xd2\xbe'
	number 8 4092
} >"$tmp/vmss"
head -c 8 "$tmp/windows" >"$tmp/windows-cut"
head -c 4 "$tmp/vmss" >"$tmp/vmss-cut"

## VirtualBox': DBGFCORECPU, 80 words of which these are known.

# word N VALUE
word()
{
	number "$2" 8 | dd of="$tmp/cpu" bs=8 seek="$1" conv=notrunc status=none
}

truncate -s 640 "$tmp/cpu"
word 14 0x5008			# RIP
word 18 0			# CS
word 36 0x80050033		# CR0
word 37 0x1111			# CR2
word 38 0x1000			# CR3
word 39 0x6f0			# CR4
word 61 0xd01			# EFER
word 63 0x0007040600070506	# PAT: the second is wp, after a reset it is wt
number $((0x00010005 << 32)) 24 >"$tmp/form"
{
	note VBCORE $((0xb00)) "$tmp/form"
	note VBCPU $((0xb01)) "$tmp/cpu"
} >"$tmp/notes"
core "$tmp/vbox" "$tmp/notes" "$tmp/raw"
head -c $((4096 + 0x5800)) "$tmp/vbox" >"$tmp/vbox-cut"

ask()
{
	questions <"$tmp/ask"
	cat "$tmp/ask" >>"$tmp/table"
}

at_root="--root 0x1000 --format x86-64-4"
windows='a Windows crash dump \(64-bit\).*layerwriter makes raw memory of it'
vmware="a VMware state file \(vmss, vmsn\).*vmss2core makes an ELF core of it"

# refused COMMAND: files that it does not take, whole and cut off
refused()
{
	cat >"$tmp/ask" <<-END
	$1 $tmp/windows | 13 | $windows
	$1 $tmp/windows-cut | 13 | $windows
	$1 $tmp/vmss | 13 | $vmware
	$1 $tmp/vmss-cut | 13 | $vmware
	END
	ask
}

{
	refused 'pmap open'
	# A target, without which there is no other source.
	echo "pmap open $tmp/raw | 0 | ." >"$tmp/ask"
	ask
	refused 'pmap source file'
	echo "pmap dump --json --leaves $at_root --output $tmp/raw.json"
	if grep -q '^#define HAVE_SNAPPY 1' "$builddir/config.h"; then
		cat >"$tmp/ask" <<-END
		pmap source file $tmp/avml | 0 | of AVML
		pmap gva2gpa 0x5000 $at_root | 0 | ^0x5000 -> 0x10000 
		pmap walk 0x6000 $at_root | 0 | ^0x6000 is 0x6000 in a 4K page
		pmap x /1xg 0x6010 $at_root | 0 | 0x1122334455667788
		pmap x /1xg 0x5000 $at_root | 0 | 0x0000000000000000
		END
		ask
		echo "pmap dump --json --leaves $at_root --output $tmp/avml.json"
		cat >"$tmp/ask" <<-END
		pmap source file $tmp/avml-cut | 13 | AVML
		END
		ask
	fi
} >"$tmp/first.gdb"
gdb_run <"$tmp/first.gdb"
is "$gdb_status" 0 "GDB ends well" || diag "$(cat "$gdb_err")"
check_answers <"$tmp/table"
if [ -f "$tmp/avml.json" ]; then
	same_file "$tmp/avml.json" "$tmp/raw.json" "AVML's image dumps as the plain one does"
else
	skip "AVML's image" "built without snappy"
fi

: >"$tmp/table"
cat >"$tmp/ask" <<END
pmap open $tmp/vbox | 0 | VirtualBox's notes of 1 CPU
pmap info | 0 | ^registers  cr0=0x80050033 cr2=0x1111 cr3=0x1000 cr4=0x6f0 efer=0xd01$
pmap info | 0 | ^pat        0x0007040600070506 \(the dump's note\)$
pmap walk 0x6000 | 0 | ^0x6000 is 0x6000 in a 4K page, rwxs, wp$
pmap walk 0x5000 | 0 | ^0x5000 is 0x10000 in a 4K page, rwxs, wb$
pmap open $tmp/vbox-cut | 0 | cut off
pmap gva2gpa 0x6000 | 0 | ^0x6000 -> 0x6000 
pmap x /1xg 0x6010 | 4 | cut off
END
{
	sed -n '1,5p' "$tmp/ask" | questions
} >"$tmp/second.gdb"
sed -n '1,5p' "$tmp/ask" >"$tmp/table"
gdb_run <"$tmp/second.gdb"
check_answers <"$tmp/table"
sed -n '6,$p' "$tmp/ask" >"$tmp/table"
questions <"$tmp/table" >"$tmp/third.gdb"
gdb_run <"$tmp/third.gdb"
check_answers <"$tmp/table"

finish
