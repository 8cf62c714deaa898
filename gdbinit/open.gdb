## --- pmap open: a dump, and no target ------------------------------------------
##
## GDB calls the plugin where it looks at a frame, so first there is a core file
## with a blank one, which the plugin has made when it was loaded, and then another
## with the dump's CPUs.  GDB may warn of a core that does not fit its program, and
## prints frames: neither is of use here.

define pmap hook-open
  with language c -- _pm_before_open
end

define pmap hookpost-open
  with language c -- _pm_after_open
end

define _pm_core
  pipe core-file /proc/self/fd/704 | cat >/dev/null
end

# The blank one is of one architecture: of another, which the user has set, its
# registers are too small, and GDB says so each time that it looks.
define _pm_before_open
  set $pmap__blank = $pmap__loaded && !$_thread
  if $pmap__blank
    set $pmap__arch = $_gdb_setting_str("architecture")
    pipe set architecture auto | cat >/dev/null
    _pm_core
  end
end

define _pm_arch_back
  if $pmap__blank
    pipe eval "set architecture %s", $pmap__arch | cat >/dev/null
  end
end

# `pmap version' needs no target; the blank core goes when it is done.
define pmap hook-version
  with language c -- _pm_before_open
end

define pmap hookpost-version
  with language c -- _pm_after_version
end

define _pm_after_version
  if $pmap__blank
    pipe core-file | cat >/dev/null
  end
  _pm_arch_back
end

# Of an architecture that this GDB does not know it has no registers, and warns of each:
# then the blank one stays.  `complete' tells (no blank before the |: it would look behind
# it); of i386 to see that it tells.
define _pm_unknown
  set $pmap__unknown = 0
  pipe complete set architecture i386| grep -q .
  if $_shell_exitcode == 0
    pipe complete set architecture $arg0| grep -q .
    set $pmap__unknown = $_shell_exitcode != 0
  end
end

define _pm_after_open
  if !$pmap_status
    eval "_pm_unknown %s", $pmap_machine
    if $pmap__unknown
      printf "this GDB does not know %s, and has none of its CPUs: gdb-multiarch does (Debian's package); or give --root and --format\n", $pmap_machine
    else
      _pm_core
    end
  else
    if $pmap__blank
      pipe core-file | cat >/dev/null
    end
  end
  _pm_arch_back
end
