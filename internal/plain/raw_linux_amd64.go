package plain

import "syscall"

const sysStatAt = syscall.SYS_NEWFSTATAT
