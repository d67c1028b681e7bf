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

BLOCK = 4096
HEAD = 65536
OLD, LONGER, SHORTER, APPENDED = 300_123, 500_001, 140_077, 420_011
STEP_NANOS = 1_000_000
READERS = ("old", "next", "crowd")
CROWD = 16
STALE = ("ESTALE", "SIGBUS")
GONE = ("ENOENT", "ENOTDIR")
OTHER_TYPE = ("ENOTDIR", "EISDIR", "EINVAL", "ENODEV")


def content(name, version, size):
    blocks = []
    for at in range(0, size, BLOCK):
        blocks.append(("%s version %s at %d;" % (name, version, at)).encode().ljust(64, b".") * (BLOCK // 64))
    return b"".join(blocks)[:size]


def write(path, data, nanos=None):
    with open(path, "wb") as out:
        out.write(data)
    if nanos:
        os.utime(path, ns=(nanos, nanos))


def replace(path, data):
    """By another file, whose time differs also where the clock of the file system has not moved on."""
    nanos = os.lstat(path).st_mtime_ns + STEP_NANOS
    write(path + ".new", data, nanos)
    os.rename(path + ".new", path)


class Change:
    """What happens to f. opened: what the old descriptor is of; found: where the new content is afterwards."""

    opened = found = "f"

    def __init__(self, name):
        self.name = name
        self.old = content(name, "old", OLD)

    def prepare(self, place):
        write(os.path.join(place, "f"), self.old)


class Replaced(Change):
    def __init__(self, name, *sizes):
        super().__init__(name)
        self.versions = [content(name, "new%d" % i, size) for i, size in enumerate(sizes)]
        self.new = self.versions[-1]

    def apply(self, place):
        for version in self.versions:
            replace(os.path.join(place, "f"), version)


class Recreated(Change):
    new = content("recreated", "new", LONGER)

    def apply(self, place):
        path = os.path.join(place, "f")
        nanos = os.stat(path).st_mtime_ns + STEP_NANOS
        os.unlink(path)
        write(path, self.new, nanos)


class Appended(Change):
    def __init__(self, name):
        super().__init__(name)
        self.new = content(name, "old", APPENDED)

    def apply(self, place):
        with open(os.path.join(place, "f"), "ab") as out:
            out.write(self.new[OLD:])


class FileToDirectory(Change):
    found = "f/inner"
    new = content("file-to-directory", "new", LONGER)

    def apply(self, place):
        os.mkdir(os.path.join(place, "d"))
        write(os.path.join(place, "d/inner"), self.new)
        os.unlink(os.path.join(place, "f"))
        os.rename(os.path.join(place, "d"), os.path.join(place, "f"))


class DirectoryToFile(Change):
    opened = "f/inner"
    new = content("directory-to-file", "new", LONGER)

    def prepare(self, place):
        os.mkdir(os.path.join(place, "f"))
        write(os.path.join(place, "f/inner"), self.old)

    def apply(self, place):
        write(os.path.join(place, "g"), self.new)
        os.unlink(os.path.join(place, "f/inner"))
        os.rmdir(os.path.join(place, "f"))
        os.rename(os.path.join(place, "g"), os.path.join(place, "f"))


class FileToSymlink(Change):
    new = content("file-to-symlink", "target", LONGER)

    def prepare(self, place):
        super().prepare(place)
        write(os.path.join(place, "target"), self.new)

    def apply(self, place):
        os.symlink("target", os.path.join(place, "link"))
        os.rename(os.path.join(place, "link"), os.path.join(place, "f"))


CHANGES = {
    "grown": Replaced("grown", LONGER),
    "shrunk": Replaced("shrunk", SHORTER),
    "same-size": Replaced("same-size", OLD),
    "replaced-twice": Replaced("replaced-twice", LONGER, SHORTER),
    "recreated": Recreated("recreated"),
    "appended": Appended("appended"),
    "file-to-directory": FileToDirectory("file-to-directory"),
    "directory-to-file": DirectoryToFile("directory-to-file"),
    "file-to-symlink": FileToSymlink("file-to-symlink"),
}
SIBLING_OLD = content("sibling", "old", OLD)
SIBLING_NEW = content("sibling", "new", LONGER)


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
