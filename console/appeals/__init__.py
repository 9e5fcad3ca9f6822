"""Appeals: the worklist of open appeals and the screen of one."""
