#!/usr/bin/env bash
# How long pmap takes in GDB, and what it could take at least: the table of
# doc/performance.md.  `make bench-gdb` runs it.
#
# Every figure is to be read as a ratio inside one run: the floor, the dumps and
# QEMU's own commands are measured side by side, on whatever machine this is.
#
# Environment: GUESTS, some of "20000 200000 kasan" (all), or of "arm64 arm64-16k",
# AArch64's of 4 and of 16 KiB, or "riscv64", 20,000 pages each; LISTS_ONLY, if the
# first is measured for nothing but the commands that list.
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
GUESTS=${GUESTS:-20000 200000 kasan}
case $GUESTS in
*arm64*)	. "$(dirname "$0")/../lib/guest-arm64.sh" ;;
*riscv64*)	. "$(dirname "$0")/../lib/guest-riscv.sh" ;;
*)	. "$(dirname "$0")/../lib/guest.sh" ;;
esac

SESSION_LIMIT=1800
TEST_LIMIT=1800
kernel=$builddir/kernel/pmapk.elf

# Stamps: `shell` of a script that notes the time, which costs milliseconds of
# its own; they are taken off.
cat >"$tmp/stamp" <<END
date +"\$1 \$2 %s%N" >>"$tmp/stamps"
END

stamp()
{
	echo "shell sh $tmp/stamp $1"
}

# timed NAME COMMAND
timed()
{
	stamp "begin $1"
	echo "$2"
	stamp "end $1"
}

# One command, a number of times: looped NAME COUNT COMMAND
looped()
{
	stamp "begin $1"
	cat <<-END
	set \$i = 0
	while \$i < $2
	  $3
	  set \$i = \$i + 1
	end
	END
	stamp "end $1"
}

# All that is measured of one source: by SOURCE-WORDS HEAVY
by()
{
	local name=${1%% *}

	cat <<-END
	pmap source $1
	echo == bench $name\n
	pmap bench
	printf "tables %d\nfloor_us %d\nwalk_us %d\nleaves_us %d\ntext_us %d\n", \$pmap_tables, \$pmap_floor_us, \$pmap_walk_us, \$pmap_leaves_us, \$pmap_text_us
	echo == end\n
	pmap source auto
	pmap source $1
	$(timed "$name.leaves" "pmap dump --leaves --json --output $tmp/$name.json")
	$(timed "$name.again" "pmap dump --leaves --json --output $tmp/$name.json")
	pmap source auto
	pmap source $1
	$(timed "$name.text" "pmap dump --output $tmp/$name.text")
	pmap gva2gpa \$pc
	$(looped "$name.gva2gpa" 200 'pmap gva2gpa $pc')
	END
}

# What compares and judges, as whole commands: with what a dump takes beside it.
judging()
{
	cat <<-END
	pmap source auto
	pmap source qemu
	$(timed judge.dump "pmap dump --output /dev/null")
	pmap source auto
	pmap source qemu
	$(timed judge.snapshot "pmap snapshot one")
	pmap snapshot two
	$(timed judge.equal "pmap diff one two")
	$(timed judge.now "pmap diff one")
	pmap source auto
	pmap source qemu
	$(timed judge.check "pmap check --output /dev/null")
	pmap snapshot
	file $builddir/tests/guest/init64
	set var init_go = 1
	hbreak init_changed
	continue
	$(timed judge.changed "pmap diff two --output /dev/null")
	END
}

# What lists, against the dump, whose tables are all known: NAME | COMMAND
lists()
{
	cat <<-END
	dump | pmap dump --output $tmp/list
	dump, nothing written | pmap dump --output /dev/null
	-w | pmap dump -w --output $tmp/list
	--rights r-x | pmap dump --rights r-x --output $tmp/list
	--kernel | pmap dump --kernel --output $tmp/list
	--page 4k | pmap dump --page 4k --output $tmp/list
	--pa 0,+16M | pmap dump --pa 0,+16M --output $tmp/list
	--mt wb | pmap dump --mt wb --output $tmp/list
	--accessed | pmap dump --accessed --output $tmp/list
	--no-dirty | pmap dump --no-dirty --output $tmp/list
	--global | pmap dump --global --output $tmp/list
	--kind leaf | pmap dump --kind leaf --output $tmp/list
	--has | pmap dump --has \$pc --output $tmp/list
	--min-size 2M | pmap dump --min-size 0x200000 --output $tmp/list
	find | pmap find 0x1000000 --output $tmp/list
	aliases | pmap aliases --output $tmp/list
	regions | pmap regions --output $tmp/list
	stats | pmap stats --output $tmp/list
	1,000 translations | pmap gva2gpa --from $tmp/thousand --output $tmp/list
	one translation | pmap gva2gpa \$pc --output $tmp/list
	x of 64 bytes | pmap x/16xw \$pc
	END
}

# The same as a table, the best of five each; in a session of its own, and the first
# one: init goes on and changes what it maps in another, and at the end the stub
# is elsewhere (measure_monitor).
measure_lists()
{
	local name command i

	for ((i = 0; i < 1000; i++)); do
		echo $((0x400000 + i * 4096))
	done >"$tmp/thousand"
	rm -f "$tmp/stamps" "$tmp/list"
	gdb_run < <(
		stamp "begin empty"
		stamp "end empty"
		echo "pmap source qemu"
		echo "pmap dump --output $tmp/list"
		for ((i = 0; i < 5; i++)); do
			while IFS='|' read -r name command; do
				name=${name//[ ,]/_}
				stamp "begin ${name%_}"
				echo "$command"
				stamp "end ${name%_}"
			done < <(lists)
		done
	)
	# What ends at once is fast, but lists nothing.
	if [ "$gdb_status" != 0 ] || grep '^pmap: ' "$gdb_out" "$gdb_err" ||
		[ ! -s "$tmp/list" ]; then
		bail "GDB: $(tail -n 3 "$gdb_err")"
	fi
	echo
	echo '| *qemu*, tables known | ms | of the dump |'
	echo '| --- | ---: | ---: |'
	awk '
		$1 == "begin" { begin[$2] = $3 }
		$1 == "end" { took = ($3 - begin[$2]) / 1e6
			if (!($2 in best)) order[++n] = $2
			if (!($2 in best) || took < best[$2]) best[$2] = took }
		END { for (i = 2; i <= n; i++) {
			ms = best[order[i]] - best["empty"]
			if (i == 2) dump = ms
			name = order[i]; gsub("_", " ", name)
			printf "| %s | %.2f | %.2f |\n", name, ms, ms / dump } }' "$tmp/stamps"
}

# A whole dump by the stub, and where QEMU writes its memory to a file first.
without_peer()
{
	cat <<-END
	pmap source auto
	$(timed stub.dump "pmap source gdbstub
	pmap dump --output $tmp/list")
	pmap source auto
	$(timed pmemsave.dump "pmap source pmemsave
	pmap dump --output $tmp/list")
	END
}

# The plugin's memory: what GDB takes at most, before and after dumps.
peak()
{
	echo "shell sed -n 's/^VmHWM:/peak $1/p' /proc/\$PPID/status"
}

# measure SOURCES...: a session with the guest that runs
measure()
{
	local words

	rm -f "$tmp/stamps"
	gdb_run "$@" < <(
		[ $# -eq 0 ] || printf 'hbreak pmapk_ready\ncontinue\n'
		stamp "begin empty"
		stamp "end empty"
		peak before
		echo 'pmap gva2gpa $pc'
		timed once.leaves "pmap dump --leaves --json --output $tmp/once.json"
		peak after
		for words in "${sources[@]}"; do
			by "$words"
		done
		[ -z "$monitor" ] || without_peer
		[ $# -ne 0 ] || [ -z "$judged" ] || judging
	)
	[ "$gdb_status" = 0 ] || bail "GDB: $(tail -n 3 "$gdb_err")"
	mv "$gdb_out" "$tmp/figures"
	[ -z "$monitor" ] || measure_monitor
}

# QEMU's own commands, in a GDB without pmap.  By TCP: GDB and QEMU wait for each
# other for ever where so long an answer comes over a Unix socket.
measure_monitor()
{
	hmp "gdbserver tcp:127.0.0.1:0" >/dev/null
	GDB_NO_PLUGIN=1 GDB_NO_TARGET=1 gdb_run < <(
		hmp "info chardev" |
			sed -n 's/.*tcp:\(127.0.0.1:[0-9]*\),.*/target remote \1/p'
		timed tlb "pipe monitor info tlb | cat >$tmp/tlb"
		timed mem "pipe monitor info mem | cat >$tmp/mem"
	)
	[ "$gdb_status" = 0 ] || bail "GDB: $(tail -n 3 "$gdb_err")"
}

# Milliseconds between the stamps of NAME, less what stamps cost.
ms()
{
	awk -v name="$1" -v count="${2:-1}" '
		$1 == "begin" { begin[$2] = $3 }
		$1 == "end" { took[$2] = ($3 - begin[$2]) / 1e6 }
		END { printf "%.2f", (took[name] - took["empty"]) / count }
	' "$tmp/stamps"
}

# A figure of `pmap bench`: figure SOURCE NAME
figure()
{
	sed -n "/^== bench $1\$/,/^== end/s/^$2 //p" "$tmp/figures"
}

ratio()
{
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", b ? a / b : 0 }'
}

row()
{
	printf '| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n' "$@"
}

report()
{
	local words name floor walk

	for words in "${sources[@]}"; do
		name=${words%% *}
		floor=$(figure "$name" floor_us)
		walk=$(figure "$name" walk_us)
		row "$1" "$name" "$(figure "$name" tables)" \
			"$(ratio "$floor" 1000)" "$(ratio "$walk" 1000)" \
			"$(ratio "$walk" "$floor")" "$(ms "$name.leaves")" \
			"$(ms "$name.again")" "$(ms "$name.text")" \
			"$(ms "$name.gva2gpa" 200)"
	done
	[ -z "$monitor" ] ||
		extra+=("$1: \`monitor info tlb\` through GDB $(ms tlb) ms, \`monitor info mem\` $(ms mem) ms")
	[ -z "$judged" ] || extra+=("$1: \`dump --output /dev/null\` $(ms judge.dump) ms, \`snapshot\` $(ms judge.snapshot) ms, \`diff\` of two that are equal $(ms judge.equal) ms, of one and now $(ms judge.now) ms, after 10,000 pages have changed $(ms judge.changed) ms, \`check\` $(ms judge.check) ms; a snapshot takes $(
		awk '$1 == "one" { print $NF }' "$tmp/figures" | tail -n 1) bytes")
	[ -z "$monitor" ] || extra+=("$1: source and dump by *gdbstub* $(ms stub.dump) ms, by *pmemsave* $(ms pmemsave.dump) ms, ratio $(ratio "$(ms pmemsave.dump)" "$(ms stub.dump)")")
	extra+=("$1: the session's first dump, a whole command, takes $(ms once.leaves) ms")
	extra+=("$1: GDB's memory grows by $(awk '/^peak before/ { b = $3 }
		/^peak after/ { print $3 - b }' "$tmp/figures") KiB in the first dump; its $(
		figure "${sources[0]%% *}" tables) tables are $((4 * $(
		figure "${sources[0]%% *}" tables))) KiB")
}

linux()
{
	guest_memory=$2
	guest_boot linux-image-amd64 tests/guest/init64 "nokaslr -- sparse=$1 changes=1" \
		-cpu max >/dev/null
	[ "$1" != 20000 ] || lists=$(measure_lists) || bail "$lists"
	[ -n "${LISTS_ONLY:-}" ] || hmp "dump-guest-memory $tmp/core" "pmemsave 0 $((guest_memory << 20)) \"$tmp/image\"" \
		>/dev/null
	[ -n "${LISTS_ONLY:-}" ] || measure
	[ -n "${LISTS_ONLY:-}" ] || report "Linux, $1 pages"
	qemu_stop
	rm -f "$tmp/core" "$tmp/image"
}

# Another architecture's: NAME MIB BOOT...  On AArch64 the tables are of both halves;
# user mode's are most.
linux_cross()
{
	local name=$1

	guest_memory=$2 guest_asks="sparse=20000"
	shift 2
	"$@" >/dev/null || bail "no $name"
	measure
	report "$name"
	qemu_stop
}

extra=()
lists=
echo "pmap $(sed -n 's/^#define PACKAGE_VERSION "\(.*\)"/\1/p' "$builddir/config.h"); $("$GDB" --version | head -n 1); $("$QEMU" --version | head -n 1)"
echo "$(nproc) processors: $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1); Linux $(uname -r); load $(cut -d ' ' -f 1-3 /proc/loadavg)"
echo
row guest source tables "floor, ms" "walk, ms" "walk / floor" \
	"leaves, ms" "again, ms" "text, ms" "gva2gpa, ms"
row --- --- ---: ---: ---: ---: ---: ---: ---: ---:
for guest in $GUESTS; do
	judged=yes
	case $guest in
	20000)
		sources=(qemu gdbstub "elfcore $tmp/core" "file $tmp/image"
			"linear 0xff11000000000000")
		monitor=yes
		linux 20000 700
		;;
	200000)
		sources=(qemu "elfcore $tmp/core")
		monitor=	# `info mem` takes minutes
		linux 200000 2000
		;;
	arm64 | arm64-16k | riscv64)
		sources=(qemu gdbstub)
		monitor='' judged=''
		case $guest in
		arm64)	linux_cross "$guest" 1024 arm64_boot linux-image-arm64 \
				max,pauth-impdef=on ;;
		arm64-16k)
			linux_cross "$guest" 2048 arm64_boot \
				linux-image-arm64-16k@trixie max,pauth-impdef=on ;;
		riscv64)
			linux_cross "$guest" 1024 riscv_boot "" ;;
		esac
		;;
	kasan)
		judged=
		qemu_start -S -cpu max -m 128 -append "mode=kasan la57" \
			-kernel "$kernel"32
		sources=(qemu gdbstub "linear 0xffff800000000000")
		monitor=
		measure "$kernel"
		report "KASAN-like"
		qemu_stop
		;;
	*)
		bail "no guest $guest"
		;;
	esac
done
echo
[ ${#extra[@]} -eq 0 ] || printf '* %s\n' "${extra[@]}"
printf '%s\n' "$lists"
