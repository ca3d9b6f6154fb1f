"""Run a program under the system-call filter of a unit: `under_filter.py CALLS PROGRAM …`.

CALLS is a file with the names of the allowed calls, one a line.  Every other call fails with EPERM,
as SystemCallErrorNumber=EPERM has it.  By libseccomp, which systemd uses for the same.
"""

import ctypes
import errno
import os
import sys
from pathlib import Path

ALLOW = 0x7FFF0000
FAIL = 0x00050000 | errno.EPERM
UNKNOWN = -1

seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
seccomp.seccomp_init.restype = ctypes.c_void_p
seccomp.seccomp_init.argtypes = [ctypes.c_uint32]
seccomp.seccomp_rule_add.argtypes = [
    ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint,
]  # fmt: skip
seccomp.seccomp_load.argtypes = [ctypes.c_void_p]

context = seccomp.seccomp_init(FAIL)
for name in Path(sys.argv[1]).read_text().split():
    number = seccomp.seccomp_syscall_resolve_name(name.encode())
    if number != UNKNOWN:
        seccomp.seccomp_rule_add(context, ALLOW, number, 0)
if seccomp.seccomp_load(context) != 0:
    sys.exit("the filter cannot be loaded")
os.execvp(sys.argv[2], sys.argv[2:])
