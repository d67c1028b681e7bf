"""Files that change under a mount, under every way to read them and by several kinds of readers.

  versions.py prepare DATASET          makes the trees of all changes
  versions.py run DATASET MOUNT CHANGE changes and reads; prints a line for each combination of way and reader that
                                       was wrong, then "right: N"

Each combination has a directory of its own with a file f, which changes, and a sibling, which is replaced by a longer one
at the same time. A descriptor of the old version is open, and only the head of it was read, so that the tail is nowhere
but in the dataset."""
import os
import stat
import sys

import ways
from file_changes import BLOCK, CHANGES, OLD, SIBLING_NEW, SIBLING_OLD, replace, write

HEAD = 65536
READERS = ("old", "next", "crowd")
CROWD = 16
STALE = ("ESTALE", "SIGBUS")
GONE = ("ENOENT", "ENOTDIR")
OTHER_TYPE = ("ENOTDIR", "EISDIR", "EINVAL", "ENODEV")


def describe(data, expected):
    if data == expected:
        return "right"
    at = next((i for i, (a, b) in enumerate(zip(data, expected)) if a != b), min(len(data), len(expected)))
    block = at - at % 64
    return "%d bytes where %d are right, differing at %d: %r where %r is right" % (
        len(data), len(expected), at, bytes(data[block : block + 40]), expected[block : block + 40])


def whole(way, path, *allowed):
    """Opens the file and reads all of it: "right" where this is one of the allowed contents, by every size that is told."""
    reader = way(path)
    try:
        size = reader.size()
        data = reader.read(0, size + BLOCK)
        said = [describe(data, one) for one in allowed]
        if "right" not in said:
            return "fstat says %d; %s" % (size, said[-1])
        if len(data) != size:
            return "fstat says %d of a file whose read gives %d bytes" % (size, len(data))
        return "right"
    finally:
        reader.close()


def part(reader, offset, length, data):
    return describe(reader.read(offset, length), data[offset : offset + length])


def names_agree(path):
    """stat, lstat and the listing tell of one inode; gives its number."""
    here = os.lstat(path)
    with os.scandir(os.path.dirname(path)) as entries:
        listed = {entry.name: entry.inode() for entry in entries}
    if listed.get(os.path.basename(path)) != here.st_ino:
        raise AssertionError("inode %d by stat, %s in the listing" % (here.st_ino, listed.get(os.path.basename(path))))
    return here.st_ino


class Combination:
    def __init__(self, dataset, mount, change, way, reader, jobs=None):
        self.change, self.way, self.reader, self.jobs = change, ways.WAYS[way], reader, jobs
        self.words = "%s %s " % (way, reader)
        self.name = "%s, %s, %s" % (change.name, way, reader)
        self.place = os.path.join(dataset, change.name, way, reader)
        self.mount = os.path.join(mount, change.name, way, reader)
        self.opened = os.path.join(self.mount, change.opened)
        self.found = os.path.join(self.mount, change.found)
        self.sibling = os.path.join(self.mount, "sibling")
        self.is_mapped = issubclass(self.way, ways.Mapped)
        self.faults = []

    def expect(self, what, answers, *right):
        for answer in sorted(set(answers) - set(right)):
            many = " (%d of %d)" % (answers.count(answer), len(answers)) if len(answers) > 1 else ""
            self.faults.append("%s: %s%s: %s" % (self.name, what, many, answer))

    def run(self):
        for path in self.opened, self.sibling:
            os.stat(path)
        before = names_agree(self.opened), os.stat(self.mount).st_ino
        old = self.way(self.opened)
        old.alone()
        try:
            self.expect("the head of the old version", self.read_old(old, self.head), "right")
            self.change.apply(self.place)
            replace(os.path.join(self.place, "sibling"), SIBLING_NEW)
            if self.reader == "crowd":
                self.crowd_before_the_mount_knows()
            self.expect("the old head after the change", self.read_old(old, self.head), "right", *STALE)
            # Nobody has stored it: by it the mount learns.
            self.expect("the old tail after the change", self.read_old(old, self.tail), *STALE)
            self.read_new()
            self.expect("the old head at last", self.read_old(old, self.head), "right", *STALE)
        finally:
            old.close()
        self.expect("the new version, the old one closed", self.do("new_version"), "right")
        self.expect("inode numbers", [ways.child_answer(lambda: self.inodes(before))], "right")
        return self.faults

    def read_old(self, old, part_of):
        # Who touches a page of a mapping that cannot be read is killed.
        run = ways.in_child if self.is_mapped else ways.child_answer
        return [run(lambda: part_of(old))]

    def do(self, *works):
        """By this process where it has the old version open, else by others, all at once."""
        if self.reader == "old" and not self.is_mapped:
            return [ways.child_answer(getattr(self, work)) for work in works]
        return self.jobs.answers([self.words + work for work in works])

    def head(self, old):
        return part(old, 0, HEAD, self.change.old)

    def tail(self, old):
        return part(old, OLD - 1000, 1000 + BLOCK, self.change.old)

    def crowd_before_the_mount_knows(self):
        """Each may meet ESTALE once, or an error about the old type."""
        first = self.do(*["either_version"] * CROWD)
        self.expect("many before the mount knows", first, "right", *STALE, *OTHER_TYPE)
        if self.change.opened == self.change.found:
            again = self.do(*["new_version" for answer in first if answer in STALE])
            self.expect("many after ESTALE", again, "right")

    def read_new(self):
        """Now that the mount has learnt, whoever opens gets the new version, whole and at the first try."""
        if self.change.opened not in ("f", self.change.found):
            self.expect("the name that is gone", self.do("gone"), *GONE)
        many = CROWD // 2 if self.reader == "crowd" else 1
        self.expect("the new version", self.do(*["new_version"] * many), "right")
        # Of it the mount may know no more than before: one ESTALE each.
        first = self.do(*["either_sibling"] * many)
        self.expect("the sibling", first, "right", *STALE)
        again = self.do(*["new_sibling" for answer in first if answer in STALE])
        self.expect("the sibling after ESTALE", again, "right")

    def either_version(self):
        return whole(self.way, self.found, self.change.old, self.change.new)

    def gone(self):
        return whole(self.way, self.opened, b"")

    def new_version(self):
        answer = whole(self.way, self.found, self.change.new)
        size = os.stat(self.found).st_size
        return answer if answer != "right" or size == len(self.change.new) else "stat says %d" % size

    def either_sibling(self):
        return whole(self.way, self.sibling, SIBLING_OLD, SIBLING_NEW)

    def new_sibling(self):
        return whole(self.way, self.sibling, SIBLING_NEW)

    def inodes(self, before):
        number = names_agree(os.path.join(self.mount, "f"))
        names_agree(self.sibling)
        if number == before[0]:
            return "the new version has the number of the old one"
        if os.stat(self.mount).st_ino != before[1]:
            return "the directory has another number"
        kinds = [stat.S_IFMT(os.lstat(os.path.join(place, "f")).st_mode) for place in (self.mount, self.place)]
        return "right" if kinds[0] == kinds[1] else "its type is the old one"


def prepare(dataset):
    for change in CHANGES.values():
        for way in ways.WAYS:
            for reader in READERS:
                place = os.path.join(dataset, change.name, way, reader)
                os.makedirs(place)
                change.prepare(place)
                write(os.path.join(place, "sibling"), SIBLING_OLD)


def run(dataset, mount, name):
    refusal = ways.uring_refusal()
    if refusal:
        print("io_uring: this kernel refuses it (%s); preadv2 is read with in its place" % refusal)
    change = CHANGES[name]

    def work(words):
        way, reader, method = words.split()
        return getattr(Combination(dataset, mount, change, way, reader), method)()

    jobs = ways.Jobs(CROWD, work)
    right = 0
    for way in ways.WAYS:
        for reader in READERS:
            faults = Combination(dataset, mount, change, way, reader, jobs).run()
            print("".join(fault + "\n" for fault in faults), end="")
            right += not faults
    print("right: %d" % right)


if sys.argv[1] == "prepare":
    prepare(sys.argv[2])
else:
    run(*sys.argv[2:])
