## --- The plugin --------------------------------------------------------------

_pm_settled _pm_prepare ""
with language c -- eval "set confirm %d", $_gdb_maint_setting("test-settings boolean")
maintenance set test-settings boolean off
with language c -- _pm_load
