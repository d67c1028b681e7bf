"""Tries every kind of change on a mounted tree and prints one line for each: its name and the errno's name, or "done"."""
import ctypes
import errno
import os
import sys

root = sys.argv[1]
file = os.path.join(root, "file")
directory = os.path.join(root, "directory")
new = os.path.join(root, "new")
libc = ctypes.CDLL(None, use_errno=True)


def fallocate():
    fd = os.open(file, os.O_RDONLY)
    try:
        if libc.fallocate(fd, 0, ctypes.c_long(0), ctypes.c_long(10)) != 0:
            raise OSError(ctypes.get_errno(), "fallocate")
    finally:
        os.close(fd)


changes = {
    "create": lambda: os.open(new, os.O_CREAT | os.O_WRONLY),
    "create-exclusive": lambda: os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDONLY),
    "open-for-writing": lambda: os.open(file, os.O_WRONLY),
    "open-for-both": lambda: os.open(file, os.O_RDWR),
    "open-and-truncate": lambda: os.open(file, os.O_RDONLY | os.O_TRUNC),
    "open-to-append": lambda: os.open(file, os.O_WRONLY | os.O_APPEND),
    "mkdir": lambda: os.mkdir(new),
    "mknod": lambda: os.mknod(new),
    "mkfifo": lambda: os.mkfifo(new),
    "unlink": lambda: os.unlink(file),
    "rmdir": lambda: os.rmdir(directory),
    "rename": lambda: os.rename(file, new),
    "rename-over": lambda: os.rename(file, os.path.join(directory, "inner")),
    "link": lambda: os.link(file, new),
    "symlink": lambda: os.symlink("file", new),
    "chmod": lambda: os.chmod(file, 0o600),
    "chown": lambda: os.chown(file, 1, 1),
    "truncate": lambda: os.truncate(file, 0),
    "utime": lambda: os.utime(file),
    "setxattr": lambda: os.setxattr(file, "user.new", b"value"),
    "removexattr": lambda: os.removexattr(file, "user.label"),
}
for name, change in changes.items():
    try:
        change()
        print(name, "done")
    except OSError as e:
        print(name, errno.errorcode[e.errno])
