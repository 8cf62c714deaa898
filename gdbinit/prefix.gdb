## --- The commands -----------------------------------------------------------
##
## Each hands over its words, one by one ($argN is all that GDB offers).  What
## follows this file is made of src/command/commands.in.

define-prefix pmap
define pmap
  if $argc
    with language c -- pmap__not_run 0xa
    echo pmap: there is no command "$arg0"; there are:
    pmap__names
  else
    help pmap
  end
end

define pmap help
  if $argc
    with language c -- pmap__help $arg0
  else
    help pmap
  end
end
document pmap help
Tell about pmap, or about one of its commands.
Usage: pmap help [COMMAND]
end

# GDB would say where its own help is.  (With a blank before the bar it would
# complete what follows the word.)
define pmap__help
  pipe complete pmap $arg0| grep -q "^pmap "
  if $_shell_exitcode
    pmap $arg0
  else
    help pmap $arg0
  end
end

# For commands that take --stop.  $pmap__stop is there from that word on until
# the plugin says that all is well: where there is no target, or no plugin, it
# never does.
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

