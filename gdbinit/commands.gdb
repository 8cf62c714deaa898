## --- The commands -----------------------------------------------------------
##
## Each hands over its words, one by one ($argN is all that GDB offers).

define-prefix pmap
define pmap
  if $argc
    with language c -- pmap__not_run 0xa
    echo pmap: there is no command "$arg0"; "pmap help" lists them\n
  else
    help pmap
  end
end
document pmap
Page tables: what maps where, with which rights, and why.
Usage: pmap COMMAND [WORD]...

  pmap info                        what is being looked at, and how
  pmap dump [RANGE]                what is mapped, from page tables
  pmap walk ADDR                   every level of one translation
  pmap perms ADDR [LEN]            effective rights, and who takes the others away
  pmap gva2gpa ADDR                one translation, for scripts
  pmap source [NAME]               where physical memory is read from
  pmap access ADDR [+LEN] r|w|x    would this access fault, and why?
  pmap explain                     what the instruction at $pc accesses, and which faults
  pmap fault [ADDR]                a page fault that was taken, and what explains it
  pmap expect RANGE RIGHTS         an assertion for scripts
  pmap check --mirror ROOT         where two sets of tables differ
  pmap roots [--scan]              which tables could be a root, and why
  pmap help COMMAND                more about one of them

ADDR, LEN and ROOT are any GDB expressions: &init_task, $rsp + 8, *(long *)p.
They are evaluated in the selected frame and in the language that GDB is set to.
RANGE is START END, which covers START up to but not including END (an END of
0 is the top of the address space), or START +LEN, which covers LEN bytes;
START,END and START,+LEN mean the same.

The page tables are those of the selected thread's $cr3, unless --root says
otherwise; `thread 2' is the second processor of a QEMU guest.

  --root EXPR          another root table (a value for CR3 is fine)
  --format NAME        another paging mode than the control registers': x86-64-4,
                       x86-64-5, x86-pae, x86-32-pse, x86-32, npt-4, ept-4, ...
  --c-bit MASK         memory encryption's bit, 1ull<<47 (or: set $pmap_cbit)

A guest under a hypervisor has two dimensions: its own tables (--root, or $cr3
where GDB has stopped inside the guest), and what its physical addresses go
through.  info, dump, walk, perms, gva2gpa and access take one of:

  --npt NCR3           AMD's nested tables (N_CR3 of the VMCB)
  --ept EPTP           Intel's extended tables; --mbec with mode-based execution
  --gpa-space ROOT     any other tables, as of a process that is the hypervisor
  --outer-format NAME  their format, for --npt (npt-4, npt-5) and --gpa-space

Results for scripts: $pmap_status is 0 where a command found what it was asked
for; each command's help lists the others.  Names that begin with $pmap__ are
pmap's own.  Ctrl-C ends a command.
end

define pmap help
  if $argc
    help pmap $arg0
  else
    help pmap
  end
end
document pmap help
Tell about pmap, or about one of its commands.
Usage: pmap help [COMMAND]
end

define pmap info
  pmap__begin info
  while $pmap__i < $argc
    eval "pmap__word $arg%d", $pmap__i
  end
  pmap__run
end
document pmap info
Show what is being looked at: processor, mode, root, controls, memory.
Usage: pmap info

Tells which processor is selected, its paging mode, the root of its page tables
and where that came from, the control bits that decide about rights, and which
source physical memory is read from and why it was chosen.
end

define pmap dump
  pmap__begin dump
  while $pmap__i < $argc
    eval "pmap__word $arg%d", $pmap__i
  end
  pmap__run
end
document pmap dump
Show what is mapped, from the page tables.
Usage: pmap dump [RANGE] [OPTION]...

Without RANGE the whole address space.  Neighbours that agree in rights, memory
type and global bit are one line.

  --root EXPR     physical address of the root table (CR3 with its low bits is
                  fine) in place of the selected thread's $cr3
  --leaves        one line for each leaf entry, nothing merged
  --phys          merge only what is contiguous in physical memory, too
  --tree          every non-empty entry, parents before children
  --json          one JSON object a line
  --expand        write out what repeats: a table that is reached again, or
                  says the same as another, is one record otherwise, which
                  names the addresses that it repeats
  --output FILE   write FILE instead of the screen
  --npt, --ept, --gpa-space   (see `help pmap') without --root, the nested tables
                  themselves; with --root, the guest's tables read through them
  --combined      with one of those: what both make together, gva to hpa

RANGE is START END (END is the first address after it, 0 the top of the address
space) or START +LEN.

Results: $pmap_status, $pmap_ranges (lines of output), $pmap_tables,
$pmap_reads (how many of them were not known yet).

Examples:
  pmap dump
  pmap dump 0xffff888000000000 +1<<30
  pmap dump $rsp,+4096 --leaves
  pipe pmap dump --json | grep rwx
  pmap dump --npt 0x6000000
  pmap dump --combined --ept 0x602001e --root 0x1000
end

define pmap walk
  pmap__begin walk
  while $pmap__i < $argc
    eval "pmap__word $arg%d", $pmap__i
  end
  pmap__run
end
document pmap walk
Show every level of the translation of one address.
Usage: pmap walk ADDR [--json] [--root EXPR] [--npt NCR3 | --ept EPTP]

For each level: where the table is, which entry is used, its value and what its
bits mean; then the outcome.  In two dimensions every entry that hardware reads,
in its order: 24 with four levels in each.

Results: $pmap_status (0 where the address translates), $pmap_gpa, $pmap_page,
$pmap_rights; in two dimensions $pmap_hpa, $pmap_where.
end

define pmap perms
  pmap__begin perms
  while $pmap__i < $argc
    eval "pmap__word $arg%d", $pmap__i
  end
  pmap__run
end
document pmap perms
Show effective rights, and the level that takes each missing one away.
Usage: pmap perms ADDR [LEN] [--root EXPR] [--npt NCR3 | --ept EPTP]

Rights are those of the whole walk: what any level forbids is forbidden.

Results: $pmap_status, $pmap_rights (the rights that every page of the range
has: "rw-s"), $pmap_can_read, $pmap_can_write, $pmap_can_execute, $pmap_can_user.
end

define pmap gva2gpa
  pmap__begin gva2gpa
  while $pmap__i < $argc
    eval "pmap__word $arg%d", $pmap__i
  end
  pmap__run
end
document pmap gva2gpa
Translate one virtual address to a physical one.
Usage: pmap gva2gpa ADDR [--root CR3] [--npt NCR3 | --ept EPTP | --gpa-space ROOT]

In two dimensions: the guest-physical and the physical address; or which of the
two has no answer, at which entry, and what the processor reports for a read.

Results: $pmap_status (0 where the address translates; 0 is a valid physical
address, so look here and not there), $pmap_gpa (void where it does not),
$pmap_page, $pmap_rights; in two dimensions $pmap_hpa, $pmap_where ("guest",
"table" of the guest's, "memory"), $pmap_exit ("none", "exception", "npf",
"ept-violation", "ept-misconfiguration", "unknown"), $pmap_exit_info (the error
code, EXITINFO1 or the qualification), $pmap_exit_gpa.

Example, in a script:
  pmap gva2gpa buffer
  if $pmap_status == 0
    printf "buffer is at %#lx\n", $pmap_gpa
  (and so on)
end

define pmap bench
  pmap__begin bench
  while $pmap__i < $argc
    eval "pmap__word $arg%d", $pmap__i
  end
  pmap__run
end
document pmap bench
Measure how long a dump takes here, and what it could take at least.
Usage: pmap bench [RANGE] [--root EXPR] [--format NAME]

The floor is a loop that reads each table once from the same source.  All are
taken several times in one command, the best of each, so that they compare.

Results: $pmap_status, $pmap_tables, $pmap_floor_us, $pmap_walk_us,
$pmap_again_us, $pmap_leaves_us, $pmap_text_us (microseconds).
end

define pmap source
  pmap__begin source
  while $pmap__i < $argc
    eval "pmap__word $arg%d", $pmap__i
  end
  pmap__run
end
document pmap source
Show where physical memory is read from, or choose.
Usage: pmap source [NAME [WORD]...]

  pmap source                 what there is, what is in use, and why
  pmap source auto            the first that works of qemu, gdbstub, elfcore
  pmap source qemu            the RAM of a QEMU on this host, read directly:
                              the process at the other end of GDB's connection
  pmap source gdbstub         QEMU's stub, in its physical memory mode
  pmap source elfcore [FILE]  an ELF core with physical addresses: GDB's own, of
                              `gdb vmlinux vmcore', or FILE (QEMU's
                              dump-guest-memory, kdump's vmcore, /proc/kcore)
  pmap source kdump FILE      a kdump-compressed dump
  pmap source file FILE [ADDR]  an image of memory: raw, from ADDR on (0), or
                              of LiME
  pmap source linear ADDR     virtual memory from ADDR on, where the kernel maps
                              all RAM: for kgdb, VMware, VirtualBox, Bochs

A choice holds until the next; one that does not work is not made.

Results: $pmap_status, $pmap_source (its name).

Examples:
  pmap source linear 0xffff888000000000
  pmap source linear page_offset_base
end

define pmap access
  pmap__begin access
  while $pmap__i < $argc
    eval "pmap__word $arg%d", $pmap__i
  end
  pmap__run
end
document pmap access
Tell whether an access would fault, how, and because of which bit.
Usage: pmap access ADDR [+LEN] r|w|x [--user | --supervisor] [--shadow-stack]
       [--json]

Answers as the processor would with its present control registers: "allowed",
or the exception with its error code, and the entry and bit that are the reason.
LEN, 1 by default, is the size of the access, which may cross pages; +LEN is a
word of its own, ADDR+LEN an address.  The access is one of the code that runs now
(CPL, from $cs), unless an option says so; --shadow-stack is one that CALL, RET or
WRSS make to a shadow stack.

What a target does not show is assumed, and the answer says so where it counts:
$pmap_pkru and $pmap_pkrs, the rights of protection keys (0), and
$pmap_maxphyaddr, the processor's physical address bits (none reserved).

Results: $pmap_status (0 allowed, 6 it faults, 7 it cannot be told), $pmap_fault
(0 or 1), $pmap_exception (14 is #PF), $pmap_error (the error code), $pmap_cr2
(of a page fault), $pmap_level (of the entry that is the reason).

Example:
  pmap access $rsp-8 +8 w
end

define pmap explain
  pmap__begin explain
  while $pmap__i < $argc
    eval "pmap__word $arg%d", $pmap__i
  end
  pmap__run
end
document pmap explain
Explain the instruction at hand: each memory access it makes, and which faults.
Usage: pmap explain [--at ADDR] [--fault] [--user | --supervisor] [--json]

Decodes the instruction at $pc (or ADDR) and lists its accesses in their order:
the fetch, operands, stack, strings, whatever it touches, with the addresses
that the registers of now give, and what `pmap access' would say of each.  The
one that faults is explained, and so is what the processor refuses before any of
them (#UD, #NM, #GP).  What cannot be determined is said, not guessed.

  --at ADDR  another instruction, with the registers of now
  --user, --supervisor  as code of that privilege level
  --fault    at the first instruction of the page fault handler: the instruction
             that faulted, with the registers that it had
  --npt NCR3, --ept EPTP  inside a guest: what the second dimension stops, too

Results: as of `pmap access', for the instruction as a whole; $pmap_access is
the address of the access that faults, $pmap_accesses their number.
end

define pmap fault
  pmap__begin fault
  while $pmap__i < $argc
    eval "pmap__word $arg%d", $pmap__i
  end
  pmap__run
end
document pmap fault
Explain a page fault that was taken, by the tables as they are now.
Usage: pmap fault [ADDR] [--error CODE]
       pmap fault GPA --npt NCR3 --error EXITINFO1
       pmap fault GPA --ept EPTP [--error QUALIFICATION]

ADDR is $cr2 by default.  The error code is looked for on the handler's stack:
at the handler's first instruction it is certain, later on it is what looks like
a fault's frame, and the answer says so.  --error gives it.

Says which entry explains the fault; or that the tables allow the access now, so
that they were changed since or the processor used an old translation.

With --npt or --ept: a nested page fault, an EPT violation or (without --error)
misconfiguration of a guest, against the tables of the second dimension.

Results: $pmap_explained (1 where the tables still give this very fault),
$pmap_cr2, $pmap_error, $pmap_rip (of the instruction, if the frame was found),
$pmap_fault (whether the access would fault now).
end

define pmap check
  pmap__begin check
  while $pmap__i < $argc
    eval "pmap__word $arg%d", $pmap__i
  end
  pmap__run
end
document pmap check
Compare two sets of page tables: where has a mirror come apart?
Usage: pmap check [RANGE] --mirror ROOT [OPTION]...

Compares what --root, or $cr3, maps with what ROOT maps: page or none, frame,
rights (as far as both formats have them), page size, and without a page what
stands in its place.  Ranges that differ alike are one line; "as at ADDRESS"
is for the same tables on both sides, met again.

  --mirror ROOT         root of the other tables: physical address, CR3 or EPTP
  --mirror-format NAME  their format, if it is another one (ept-4)
  --user                the mirror has user mode's pages only, as an EPT has that
                        mirrors a process: no others may be there
  --paired DISTANCE     each table of the mirror lies that far behind the table
                        that it mirrors

Without RANGE: all addresses that both can have.

Results: $pmap_ok (1 or 0), $pmap_ranges (differences), $pmap_status (0, or 8
where something differs).

Example:
  pmap check --mirror $eptp --mirror-format ept-4 --user --paired 0x1000
end

define pmap roots
  pmap__begin roots
  while $pmap__i < $argc
    eval "pmap__word $arg%d", $pmap__i
  end
  pmap__run
end
document pmap roots
List what could be given as --root, --npt or --ept, and why.
Usage: pmap roots [--table EXPR] [--scan [RANGE]]

The CR3 of every CPU (of the selected thread's alone where there is no QEMU
monitor), and tables that kernels have symbols for: init_top_pgt,
swapper_pg_dir, init_mm.pgd, boot_pgdir and others.

  --table EXPR  one more: where EXPR points to, in the selected CPU's memory
  --scan        search memory, the low 4 GiB or physical RANGE, for root tables
                that map $pc or most of the upper half as CR3 does, or contain
                themselves, for VMCBs with nested paging (their nCR3) and for
                what looks like a VMCS (its EPTP)

What was found by --scan is likely, not certain: the reasons are listed.

Results: $pmap_roots (how many), $pmap_status.
end

define pmap expect
  with language c -- pmap__expect
  while $pmap__i < $argc
    eval "pmap__look_for_stop $arg%d", $pmap__i
  end
  pmap__begin expect
  while $pmap__i < $argc
    eval "pmap__word $arg%d", $pmap__i
  end
  pmap__run
  with language c -- pmap__stop
end
document pmap expect
Check that addresses have certain rights; says nothing where they have.
Usage: pmap expect START END|+LEN RIGHTS [--stop]

RIGHTS is r, w, x and u (user) or s (supervisor), each or a - in its place:
rw-s.  A ? stands for anything, as does a fourth letter that is left out; none
is for what is not mapped.  Each part that differs is one line.

  --stop  where something differs, end GDB with exit status 1: for scripts that
          run in batch mode (gdb -batch -x SCRIPT)

Results: $pmap_ok (1 or 0), $pmap_status (0, or 8 where something differs).

Example:
  pmap expect &_stext &_etext r-xs --stop
end

# $pmap__stop is there from the word --stop on until the plugin says that all is
# well: where there is no target, or no plugin, it never does.
define pmap__expect
  set variable $pmap__i = 0, $pmap__stop = (void)0, $pmap_ok = (void)0
end

define pmap__look_for_stop
  maintenance set test-settings string-noescape $arg0;
  with language c -- pmap__is_stop
end

define pmap__is_stop
  set $pmap__i = $pmap__i + 1
  set $pmap__t = $_gdb_maint_setting_str("test-settings string-noescape")
  if sizeof($pmap__t) == 0x7 || sizeof($pmap__t) == 0x8
    if $pmap__t[0] == '-' && $pmap__t[1] == '-' && $pmap__t[2] == 's' && $pmap__t[3] == 't' && $pmap__t[4] == 'o' && $pmap__t[5] == 'p' && $pmap__t[6] == ';'
      set $pmap__stop = 1
    end
  end
  set $pmap__t = 0
end

define pmap__stop
  if !$_isvoid($pmap__stop)
    quit 1
  end
end

