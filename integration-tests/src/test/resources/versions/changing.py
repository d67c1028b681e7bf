"""A dataset that never stops changing, and readers that know what they may see of it.

  changing.py prepare DATASET
  changing.py run DATASET MOUNT SEED SECONDS believed|asked

believed: the mount has its default time-outs, so an old version may be opened long after it was replaced. asked: they are
0, so what is opened was there at some moment since the open began. In both a descriptor stands for one version, whatever it
is read by, and once a read has ended in ESTALE the next open is of a version that was there since.

Each change is written to a log before it is made and once it is made; each 64 bytes of each file tell whose they are.
Prints a line for each fault, then counts of what was done as "count NAME N"."""
import collections
import os
import random
import stat
import sys
import time

import ways
from changing_dataset import BLOCK, MARK, Dataset, content
from history import GRACE_NANOS, History, Log

READERS = 8
MOST_FAULTS = 5
LONGEST_PAUSE = 0.15
# Between the reads of one descriptor: some outlive the version that they are of.
PAUSES = (0, 0.05, 0.05, 1)


class Wrong(Exception):
    pass


def identity_of(data, offset):
    mark = -offset % MARK
    number = bytes(data[mark : mark + MARK]).split(b":")[0]
    if not number.isdigit():
        raise Wrong("at %d: %r, of no file" % (offset + mark, bytes(data[mark : mark + 40])))
    return int(number)


def look(way, path, chance, whole):
    """Reads a file by one descriptor: all of it, or ranges with pauses; says what it was, as words."""
    reader = way(path)
    try:
        try:
            told = os.fstat(reader.fd)
            if stat.S_ISDIR(told.st_mode):
                return "EISDIR"
            words = "%d %d %d" % (told.st_size, told.st_mtime_ns, told.st_ino)
            identity, pause = None, 0 if whole else chance.choice(PAUSES)
            for offset, length in ranges(told.st_size, chance, whole):
                data = reader.read(offset, length)
                identity = checked(data, offset, min(length, told.st_size - offset), identity)
                time.sleep(chance.random() * pause)
            return "file %d %s" % (identity, words)
        except OSError as e:
            # From here on the descriptor is known to have been of a version.
            return "ESTALE " + words if e.errno == ways.errno.ESTALE else ways.errno.errorcode[e.errno]
    finally:
        reader.close()


def ranges(size, chance, whole):
    if whole:
        return [(0, size + BLOCK)]
    starts = [chance.randrange(max(1, size - 2 * MARK)) for _ in range(chance.randrange(2, 6))]
    return [(start, chance.randrange(2 * MARK, 200_000)) for start in starts]


def checked(data, offset, length, identity):
    if len(data) != length:
        raise Wrong("%d bytes at %d where fstat promises %d" % (len(data), offset, length))
    found = identity_of(data, offset)
    if identity not in (None, found):
        raise Wrong("bytes of %d and %d by one descriptor" % (identity, found))
    right = content(found, offset, length)
    if data != right:
        at = next(i for i in range(length) if data[i] != right[i])
        raise Wrong("at %d of %d bytes from %d: %r in content %d" % (at, length, offset, bytes(data[at : at + 40]), found))
    return found


class Reader:
    def __init__(self, mount, log, seed, asked):
        self.mount, self.chance, self.asked = mount, random.Random(seed), asked
        self.history = History(log)
        self.counts = collections.Counter()
        self.inodes = {}
        self.faults = []

    def run(self, end):
        while time.monotonic() < end and len(self.faults) < MOST_FAULTS:
            self.step()
        report(self.counts, self.faults)

    def step(self):
        paths = self.history.refresh()
        path = self.chance.choice(paths)
        kind = self.chance.randrange(12)
        if kind == 0:
            self.list(os.path.dirname(path))
        elif kind == 1:
            self.stat(path)
        else:
            self.open(path)

    def window(self, start):
        """From when on a version that was there may be seen by what began now."""
        return start - GRACE_NANOS if self.asked else 0

    def open(self, path):
        way = self.chance.choice(list(ways.WAYS))
        start = time.monotonic_ns()
        answer = self.answer(way, path, self.chance.random() < 0.5)
        self.judge(path, way, answer, self.window(start))
        if answer.split()[0] in ("ESTALE", "SIGBUS"):
            # The mount has learnt: the next open is of what was there since.
            self.counts["stale"] += 1
            self.judge(path, way, self.answer(way, path, True), start - GRACE_NANOS)

    def answer(self, way, path, whole):
        seed = self.chance.random()

        def work():
            return look(ways.WAYS[way], os.path.join(self.mount, path), random.Random(seed), whole)

        # Who touches a page of a mapping that cannot be read is killed.
        return (ways.in_child if way.startswith("mmap") else ways.child_answer)(work)

    def judge(self, path, way, answer, since):
        until = time.monotonic_ns()
        self.history.refresh()
        words = answer.split()
        # Of what a link leads to, the mount may still know no more than before.
        target_since = since if self.asked else 0
        if words[0] == "file":
            self.counts["read-" + way] += 1
            right = self.history.has_file(path, since, until, *map(int, words[1:4]), target_since)
            self.inode(path, tuple(words[2:4]), words[4])
        elif words[0] in ("ESTALE", "SIGBUS"):
            right = self.history.has_changed(path, since, until, target_since, *map(int, words[1:3]))
        else:
            self.counts["error"] += 1
            right = self.history.explains(path, since, until, words[0])
        if not right:
            self.fault(path, "by %s: %s" % (way, answer), since, until)

    def inode(self, path, version, number):
        """Two versions of one path never share an inode; a link shows that of its target."""
        known = self.inodes.setdefault((path, number), version)
        if known != version and self.history.is_never_link(path) and not self.counts["inode-of-two-versions"]:
            # Told once: it need not hide what else is wrong.
            self.counts["inode-of-two-versions"] = 1
            self.faults.append("%s: inode %s is of size and time %s and of %s" % (path, number, known, version))

    def stat(self, path):
        start = time.monotonic_ns()
        answer = ways.child_answer(lambda: self.stat_words(path))
        until = time.monotonic_ns()
        self.history.refresh()
        self.counts["stat"] += 1
        if not self.history.explains_stat(path, self.window(start), until, answer.split()):
            self.fault(path, "lstat: " + answer, self.window(start), until)

    def stat_words(self, path):
        told = os.lstat(os.path.join(self.mount, path))
        if stat.S_ISREG(told.st_mode):
            return "file %d %d" % (told.st_size, told.st_mtime_ns)
        return "dir" if stat.S_ISDIR(told.st_mode) else "link"

    def list(self, directory):
        start = time.monotonic_ns()
        try:
            names = set(os.listdir(os.path.join(self.mount, directory)))
        except OSError as e:
            if directory.count("/") == 0:
                self.faults.append("%s: listing: %s" % (directory, e))
            return
        until = time.monotonic_ns()
        self.history.refresh()
        self.counts["list"] += 1
        for path in self.history.children(directory):
            there = os.path.basename(path) in names
            if not self.history.was(path, self.window(start), until, there):
                self.fault(path, "in the listing" if there else "not in the listing", self.window(start), until)

    def fault(self, path, what, since, until):
        self.faults.append("%s: %s; history: %s" % (path, what, self.history.text(path, since, until)))


def report(counts, faults):
    lines = ["count %s %d\n" % count for count in counts.items()] + ["wrong: %s\n" % fault for fault in faults]
    # In one piece: others write too.
    os.write(1, "".join(lines).encode())


def run(dataset, mount, seed, seconds, mode):
    log = os.path.join(os.path.dirname(dataset), "changes.log")
    changes = Dataset(dataset, Log(log), random.Random(seed))
    changes.now = History(log).last()
    changes.identity = max(entry[1] for entry in changes.now.values() if entry[0] == "file")
    end = time.monotonic() + float(seconds)
    pids = []
    for number in range(READERS):
        pids.append(os.fork())
        if pids[-1] == 0:
            status = 1
            try:
                Reader(mount, log, seed * 100 + number, mode == "asked").run(end)
                status = 0
            finally:
                os._exit(status)
    while time.monotonic() < end:
        changes.change()
        time.sleep(changes.chance.random() * LONGEST_PAUSE)
    ended = [os.waitpid(pid, 0)[1] for pid in pids]
    report(changes.counts, ["readers ended with %s" % ended] if any(ended) else [])


if sys.argv[1] == "prepare":
    Dataset(sys.argv[2], Log(os.path.join(os.path.dirname(sys.argv[2]), "changes.log")), None).build()
else:
    run(sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5], sys.argv[6])
