## --- The commands -----------------------------------------------------------
##
## Each hands over its words in one command: GDB has no `all of them', but N of them
## are what $pmap__argsN says, which the plugin has set.  What follows this file is
## made of src/command/commands.in.

define-prefix pmap
define pmap
  if $argc
    _pm_refuse 0xa
    echo pmap: there is no command "$arg0"; there are:
    _pm_names
  else
    help pmap
  end
end

define pmap help
  if $argc
    _pm_help $arg0
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
define _pm_help
  pipe complete pmap $arg0| grep -q "^pmap "
  if $_shell_exitcode
    pmap $arg0
  else
    help pmap $arg0
  end
end

