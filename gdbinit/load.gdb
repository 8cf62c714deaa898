## --- The plugin --------------------------------------------------------------

if $pmap__confirm
  set confirm on
end
with language c -- pmap__load
