"""Many names and many open files under a mount.

  many.py make DATASET DIRECTORIES NAMES LENGTH   makes directories of as many empty files with names of this length
  many.py stat MOUNT SECONDS                      looks at the attributes of all names, as long as the time lasts
  many.py open MOUNT FILES SECONDS                opens files, as long as the time lasts, and keeps them open

Each prints how many there were."""
import errno
import os
import resource
import signal
import sys
import time

REFUSALS = (errno.ENFILE, errno.ENOMEM)
MOST_OF_A_PROCESS = 50_000


def make(dataset, directories, names, length):
    for directory in range(int(directories)):
        path = os.path.join(dataset, "d%04d" % directory)
        os.mkdir(path)
        fd = os.open(path, os.O_RDONLY)
        for name in range(int(names)):
            os.mknod(("n%04d_%06d" % (directory, name)).ljust(int(length), "_"), 0o100644, dir_fd=fd)
        os.close(fd)
    return int(directories) * int(names)


def looked_at(mount, seconds):
    end = time.monotonic() + float(seconds)
    count = 0
    for directory in sorted(os.listdir(mount)):
        if not os.path.isdir(os.path.join(mount, directory)):
            continue
        with os.scandir(os.path.join(mount, directory)) as entries:
            for entry in entries:
                entry.stat()
                count += 1
        if time.monotonic() > end:
            break
    return count


def open_files(files, count, end, opened, closing):
    """In a process of its own: opens, tells how many, and keeps them open until it is to close them."""
    held, error = [], None
    for number in range(count):
        try:
            held.append(os.open(files[number % len(files)], os.O_RDONLY))
        except OSError as e:
            error = None if e.errno in REFUSALS else errno.errorcode[e.errno]
            break
        if time.monotonic() > end:
            break
    os.write(opened, b"%s\n" % (error or str(len(held))).encode())
    os.read(closing, 1)


def opened_at_once(mount, count, seconds):
    directories = [entry.path for entry in os.scandir(mount) if entry.is_dir()]
    files = [os.path.join(directory, name) for directory in directories for name in os.listdir(directory)]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    each = min(hard, MOST_OF_A_PROCESS) - 100
    parts = [min(each, int(count) - first) for first in range(0, int(count), each)]
    end = time.monotonic() + float(seconds)
    told, opened = os.pipe()
    closing, close = os.pipe()
    pids = []
    for number, part in enumerate(parts):
        pids.append(os.fork())
        if pids[-1] == 0:
            signal.alarm(int(float(seconds)) + 60)
            os.close(close)
            first = number * len(files) // len(parts)
            try:
                open_files(files[first:] + files[:first], part, end, opened, closing)
            finally:
                os._exit(0)
    os.close(opened)
    lines = ""
    while lines.count("\n") < len(pids):
        part = os.read(told, 1000)
        if not part:
            break
        lines += part.decode()
    # All are open now: the mount answers others.
    assert os.listdir(mount) and len(os.listdir(directories[0])) > 0
    os.close(close)
    for pid in pids:
        os.waitpid(pid, 0)
    words = lines.split()
    errors = [word for word in words if not word.isdigit()]
    assert not errors and len(words) == len(pids), lines
    return sum(map(int, words))


if sys.argv[1] == "make":
    print(make(*sys.argv[2:]))
elif sys.argv[1] == "stat":
    print(looked_at(*sys.argv[2:]))
else:
    print(opened_at_once(*sys.argv[2:]))
