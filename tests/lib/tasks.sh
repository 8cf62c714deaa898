# Processes of a guest that was booted with tasks=3 (init.c): sourced by bash,
# behind guest.sh.
#
#	guest_check_tasks	pmap's list is what /proc said; roots, names and
#				debug information
#	guest_check_scan	behind it: without registers a scan of the guest's memory
#				finds the same roots, and calls nothing else likely
#
# Copyright (C) 2026 The pmap authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash

# An object that has Linux's structures for GDB, with these members in these
# places: tasks pid comm mm pgd; init_task is at an address.
tasks_debug_info()
{
	local to=$1 init=$2

	cat >"$to.c" <<-END
	struct list_head { struct list_head *next, *prev; };
	typedef struct { unsigned long pgd; } pgd_t;
	struct mm_struct { char before[$7]; pgd_t *pgd; };
	union at {
		struct { char before[$3]; struct list_head tasks; };
		struct { char before_pid[$4]; int pid; };
		struct { char before_comm[$5]; char comm[16]; };
		struct { char before_mm[$6]; struct mm_struct *mm, *active_mm; };
	};
	struct task_struct { union at; };
	struct task_struct *a;
	struct mm_struct *b;
	END
	gcc -g -c -fms-extensions -o "$to.1.o" "$to.c" &&
		ld -r -o "$to" --defsym "init_task=$init" "$to.1.o"
}

tasks_script()
{
	local page

	page=$(sed -n 's/^region \(0x[0-9a-f]*\) .* page\r*$/\1/p' "$tmp/serial")
	cat <<-END
	pmap roots --tasks --json --output $tmp/tasks.json
	printf "TASKS %d %d\n", \$pmap_status, \$pmap_roots
	pmap roots --tasks --json --output $tmp/tasks.again
	printf "AGAIN %d\n", \$pmap_reads
	pmap gva2gpa $page --root pid:1
	printf "PAGE init %#lx\n", \$pmap_gpa
	END
	for n in 1 2 3; do
		echo "pmap gva2gpa $page --root name:\"sleeper <$n>\\\"&\""
		echo "printf \"PAGE $n %#lx\\n\", \$pmap_gpa"
	done
	cat <<-END
	pmap gva2gpa $page --root pid:2
	pmap gva2gpa $page --root pid:99999
	pmap gva2gpa $page --root pid:0xa5a5a5a5
	pmap gva2gpa $page --root pid:x
	pmap gva2gpa $page --root name:nobody
	pmap roots --tasks --scan
	pmap use --root pid:1
	pmap gva2gpa $page
	pmap use --none
	pmap roots --scan 0 $((guest_memory << 20)) --csv --output $tmp/roots.csv
	END
}

# tasks_field PID FIELD: of the list
tasks_field()
{
	sed -n "s/^{\"pid\":$1,.*\"$2\":\"\([^\"]*\)\".*/\1/p" "$tmp/tasks.json"
}

# PID NAME of each, but for names that /proc says more of than the kernel has.
tasks_named()
{
	grep -v 'kworker/' | sort -n
}

guest_check_tasks()
{
	local init said pa

	tasks_script >"$tmp/tasks.gdb"
	# What glibc gives out has 0xa5 in each byte, so that what lies behind a list shows.
	MALLOC_PERTURB_=90 gdb_run <"$tmp/tasks.gdb"
	hmp stop
	like "$(cat "$gdb_out")" "^TASKS 0 $(tr -d '\r' <"$tmp/serial" | grep -Ec '^task [0-9]+ (init|sleeper|sharer)')\$" \
		"the processes that have tables, by the kernel's BTF" ||
		diag "$(head -n 20 "$gdb_out")"
	sed -n 's/^{"pid":\([0-9]*\),.*"name":"\(.*\)","task":.*/\1 \2/p' "$tmp/tasks.json" |
		sed 's/\\"/"/g' | grep -v '^0 ' | tasks_named >"$tmp/tasks.got"
	# The kernel has 15 bytes of a name; /proc may know more of a thread of its own.
	tr -d '\r' <"$tmp/serial" |
		sed -n 's/^task \([0-9]*\) \(.\{1,15\}\).*/\1 \2/p' | tasks_named >"$tmp/tasks.want"
	same_file "$tmp/tasks.got" "$tmp/tasks.want" "pids and names are those of /proc"
	ok "there are many: $(wc -l <"$tmp/tasks.want")" test "$(wc -l <"$tmp/tasks.want")" -ge 20
	is "$(sed -n 's/^AGAIN //p' "$gdb_out")" 0 "nothing is searched for twice"
	is "$(sed -n 's/.*"pid":1,"root":"0x\([0-9a-f]*\)".*/\1/p' "$tmp/tasks.json")" \
		"$(printf %x $((16#$(guest_register CR3) & ~0xfff)))" "init runs on CR3's root"
	for said in init:3e8 1:1 2:2 3:3; do
		pa=$(sed -n "s/^PAGE ${said%:*} //p" "$gdb_out")
		like "$(hmp "xp /1gx $pa")" ": 0x0*${said#*:}\$" \
			"--root: its own page, by the monitor: ${said%:*}"
	done
	said=$(cat "$gdb_out" "$gdb_err")
	like "$said" '^pmap: --root pid:2: kthreadd, pid 2, is a thread of the kernel' \
		"a kernel's thread has no tables"
	like "$said" '^pmap: --root pid:99999: none of the [0-9]+ processes: see' "no such pid"
	like "$said" '^pmap: --root pid:0xa5a5a5a5: none of the [0-9]+ processes: see' \
		"nor is behind the list one"
	like "$said" '^pmap: --root pid:x: a number of a process is missing' "no number"
	like "$said" '^pmap: --root name:nobody: none of the' "no such name"
	like "$said" '^pmap: roots: --tasks is alone' "--tasks and --scan"
	like "$said" '^--root +0x[0-9a-f]+  \(pid:1\)$' "pmap use takes a process"
	is "$(grep -oE 'pid [0-9]+, sleeper <.>' "$tmp/roots.csv" | sort -u | wc -l)" 3 \
		"roots that a scan found have the processes' names"
	init=$(tr -d '\r' <"$tmp/serial" | sed -n 's/^symbol init_task //p')
	like "$(cat "$tmp/tasks.json")" "init_task at 0x$init by its name and list" \
		"init_task is where kallsyms has it"

	# The same by debug information alone.
	# shellcheck disable=SC2046
	tasks_debug_info "$tmp/types" "0x$init" $(sed -n 's/.*(tasks +\([0-9]*\), pid +\([0-9]*\), comm +\([0-9]*\), mm +\([0-9]*\); pgd +\([0-9]*\)).*/\1 \2 \3 \4 \5/p' "$tmp/tasks.json") ||
		bail "no object with structures"
	gdb_run "$tmp/types" <<-END
	pmap roots --tasks --json --output $tmp/tasks.told
	printf "TOLD %d\n", \$pmap_status
	pmap use --task (struct task_struct *)$(tasks_field 1 task)
	pmap use --task ((struct task_struct *)$(tasks_field 1 task))->mm
	pmap use --task &init_task
	set \$thread = (struct task_struct *)$(tasks_field 2 task)
	set \$before = \$thread->tasks.prev
	set \$next = \$before->next
	pmap use --task \$thread
	set var \$before->next = 0
	pmap use --task \$thread
	set var \$before->next = \$next
	pmap use --task $(tasks_field 1 task) + 8
	pmap use --task 0
	pmap use --task 1 --root 0x1000
	END
	hmp stop
	like "$(cat "$gdb_out")" '^TOLD 0$' "by GDB's debug information"
	is "$(sed '$d' "$tmp/tasks.told")" "$(sed '$d' "$tmp/tasks.json")" "the same list"
	like "$(tail -n 1 "$tmp/tasks.told")" "by GDB's debug information" "and it says so"
	said=$(cat "$gdb_out" "$gdb_err")
	is "$(echo "$said" | grep -c "^--root  *$(tasks_field 1 root)  (")" 2 \
		"pmap use --task, by its task_struct and by its mm_struct"
	like "$said" '^pmap: --task 0xf[0-9a-f]*: pid 0 is a thread of the kernel' "not of init_task"
	like "$said" '^pmap: --task 0xf[0-9a-f]*: pid 2 is a thread of the kernel' "nor of a kernel's thread"
	is "$(echo "$said" | grep -c '^pmap: --task 0x[0-9a-f]*: neither a task_struct nor a mm_struct')" 3 \
		"nor of what is none, nor of one that the one before does not lead to"
	like "$said" '^pmap: use: --task is another --root' "nor with --root"
}

guest_check_scan()
{
	local names root missing=0

	hmp stop "pmemsave 0 $((guest_memory << 20)) \"$tmp/ram\"" >/dev/null
	GDB_NO_TARGET=1 gdb_run <<-END
	pmap open $tmp/ram
	pmap roots --scan --csv --output $tmp/scan.csv
	END
	rm -f "$tmp/ram"
	diag "$(cat "$tmp/scan.csv")"
	# What has the kernel's half as CR3 has it, processes' or the kernel's own.
	sed -n 's/^\(0x[0-9a-f]*\),.*\(CR3 of\|found: \).*/\1/p' "$tmp/roots.csv" | sort >"$tmp/roots.want"
	sed -n 's/^\(0x[0-9a-f]*\),.*likely: .*/\1/p' "$tmp/scan.csv" | sort >"$tmp/roots.got"
	same_file "$tmp/roots.got" "$tmp/roots.want" "without registers: what is likely is a root, and each is"
	names=$(sed -n 's/.*"pid":[0-9]*,"root":"\(0x[0-9a-f]*\)".*/\1/p' "$tmp/tasks.json")
	for root in $names; do
		grep -qx "$root" "$tmp/roots.got" || missing=$((missing + 1))
	done
	is "$missing" 0 "of processes none is missing, of $(wc -w <<<"$names")"
}
