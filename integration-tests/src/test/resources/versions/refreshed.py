"""Datasets that are refreshed under a mount, case by case.

  refreshed.py prepare DATASET         makes the directories of all cases
  refreshed.py CASE DATASET MOUNT      ends with an assertion where something was wrong

A read that ends in ESTALE is how a program, and the mount, learn that a file was replaced; what follows it is right."""
import errno
import mmap
import os
import sys
import time

import ways
from checks import KIB, MIB, assert_one, assert_stale, assert_whole, read, read_or_stale, write

BIG = 24 * MIB
SOON_SECONDS = 4


def shard(number, version):
    rows = 1000 if version == 1 else 5000
    return b"".join(b'{"shard":%d,"row":%d,"version":%d}\n' % (number, row, version) for row in range(rows))


class Shards:
    """A job has looked at the directory; each shard is replaced by a longer one."""

    def prepare(self, data):
        for number in range(8):
            write("%s/shard-%d" % (data, number), shard(number, 1))

    def run(self, data, seen):
        with os.scandir(seen) as entries:
            assert len([entry.stat() for entry in entries]) == 8
        for number in range(8):
            write("%s/shard-%d" % (data, number), shard(number, 2))
        read_or_stale(seen + "/shard-0", shard(0, 2))
        for number in range(1, 8):
            assert_one(read("%s/shard-%d" % (seen, number)), shard(number, 2))
        for number in range(8):
            assert_whole("%s/shard-%d" % (seen, number), shard(number, 2))


class Replaced:
    """A file that was seen, and not read, is replaced by one of another size."""

    def __init__(self, old, new):
        self.old, self.new = b"A" * old, b"B" * new

    def prepare(self, data):
        write(data + "/f", self.old)

    def run(self, data, seen):
        assert os.stat(seen + "/f").st_size == len(self.old)
        write(data + "/f", self.new)
        read_or_stale(seen + "/f", self.new)
        for _ in range(3):
            assert_whole(seen + "/f", self.new)


class Beside:
    """A descriptor of the old version, of which the head was read, and one of the new version beside it."""

    def prepare(self, data):
        write(data + "/f", b"A" * BIG)

    def run(self, data, seen):
        old = os.open(seen + "/f", os.O_RDONLY)
        assert_one(os.pread(old, MIB, 0), b"A" * MIB)
        write(data + "/f", b"B" * BIG)
        assert_stale(lambda: os.pread(old, 4 * KIB, BIG - 4 * MIB))
        new = os.open(seen + "/f", os.O_RDONLY)
        assert os.fstat(new).st_size == BIG
        assert_one(os.pread(new, 4 * KIB, 0), b"B" * 4 * KIB)
        try:
            assert_one(os.pread(old, MIB, 0), b"A" * MIB)
        except OSError as e:
            assert e.errno == errno.ESTALE, e
        answer = ways.in_child(lambda: self.read_new(new) or "right")
        assert answer == "right", answer
        for length in MIB, 4 * MIB:
            # Whatever was done with the new version: this one has not a byte of it.
            try:
                assert set(os.pread(old, length, 0)) == {65}, "the old descriptor reads new bytes"
            except OSError as e:
                assert e.errno == errno.ESTALE, e


class PrivateBeside(Beside):
    def read_new(self, new):
        with mmap.mmap(new, BIG, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ) as mapped:
            assert_one(mapped[: 4 * MIB], b"B" * 4 * MIB)
            assert_one(mapped[:], b"B" * BIG)


class SharedBeside(Beside):
    def read_new(self, new):
        with mmap.mmap(new, BIG, flags=mmap.MAP_SHARED, prot=mmap.PROT_READ) as mapped:
            assert_one(mapped[:], b"B" * BIG)


class SentBeside(Beside):
    def read_new(self, new):
        out = os.memfd_create("sent")
        sent = 0
        while sent < BIG:
            count = os.sendfile(out, new, sent, BIG - sent)
            assert count > 0, "sendfile ends at %d" % sent
            sent += count
        assert_one(os.pread(out, BIG, 0), b"B" * BIG)


class Lines:
    """A log that grows, longer than what its reader has read of it."""

    LINE = b"%015d\n"

    def lines(self, count):
        return b"".join(self.LINE % number for number in range(count))

    def prepare(self, data):
        write(data + "/log", self.lines(BIG // 16))

    def run(self, data, seen):
        old = os.open(seen + "/log", os.O_RDONLY)
        assert_one(os.pread(old, MIB, 0), self.lines(MIB // 16))
        with open(data + "/log", "ab") as log:
            log.write(b"more\n" * 1000)
        assert_stale(lambda: os.pread(old, MIB, BIG - MIB))
        grown = self.lines(BIG // 16) + b"more\n" * 1000
        assert_one(read(seen + "/log"), grown)
        assert os.stat(seen + "/log").st_size == len(grown)
        os.close(old)
        assert_one(read(seen + "/log"), grown)


class LinesAskedEachTime(Lines):
    """For a mount whose time-outs are 0: nothing has to be learnt, though descriptors of old versions stay open."""

    def prepare(self, data):
        write(data + "/log", b"")

    def run(self, data, seen):
        text, opened = b"", []
        for number in range(20):
            text += self.LINE % number * 1000
            with open(data + "/log", "ab") as log:
                log.write(self.LINE % number * 1000)
            opened.append((os.open(seen + "/log", os.O_RDONLY), text))
            assert_one(os.pread(opened[-1][0], len(text) + 1, 0), text)
            assert os.stat(seen + "/log").st_size == len(text)
        for old, then in opened:
            try:
                assert_one(os.pread(old, len(text) + 1, 0), then)
            except OSError as e:
                assert e.errno == errno.ESTALE, e


class Inodes:
    def prepare(self, data):
        write(data + "/f", b"A" * 1000)
        os.mkdir(data + "/directory")

    def numbers(self, seen):
        numbers = {name: os.lstat("%s/%s" % (seen, name)).st_ino for name in ("f", "directory")}
        with os.scandir(seen) as entries:
            assert numbers == {entry.name: entry.inode() for entry in entries}
        return numbers

    def run(self, data, seen):
        before, own = self.numbers(seen), os.stat(seen).st_ino
        print(before)
        write(data + "/f", b"B" * 1000)
        write(data + "/directory/f", b"C")
        read_or_stale(seen + "/f", b"B" * 1000)
        assert_one(read(seen + "/f"), b"B" * 1000)
        after = self.numbers(seen)
        assert after["f"] != before["f"], "the new version has the number of the old one"
        assert after["directory"] == before["directory"] and os.stat(seen).st_ino == own
        print(after)


class Told:
    """One read has ended in ESTALE; nobody opens anything, and stat and listings are right all the same, soon."""

    def prepare(self, data):
        for name in "f", "sibling", "goes":
            write("%s/%s" % (data, name), b"A" * 1000)

    def sizes(self, place, names):
        sizes = {}
        for name in names:
            try:
                sizes[name] = os.lstat("%s/%s" % (place, name)).st_size
            except FileNotFoundError:
                sizes[name] = None
        return sizes, sorted(os.listdir(place))

    def run(self, data, seen):
        names = ["f", "sibling", "goes", "comes"]
        assert self.sizes(seen, names) == self.sizes(data, names)
        for size, name in enumerate(["f", "sibling", "comes"]):
            write("%s/%s" % (data, name), b"B" * (2000 + size))
        os.unlink(data + "/goes")
        read_or_stale(seen + "/f", b"B" * 2000)
        end = time.monotonic() + SOON_SECONDS
        while self.sizes(seen, names) != self.sizes(data, names):
            assert time.monotonic() < end, "%s where %s is right" % (self.sizes(seen, names), self.sizes(data, names))
            time.sleep(0.1)


class TwoClocks:
    """The kernel asks for attributes later than the mount did, and so believes them longer. For a time-out of 8 s, of
    which the mount's own memory has a half."""

    OLD, NEW = b"A" * 64 * KIB, b"B" * MIB

    def prepare(self, data):
        write(data + "/0", self.OLD)
        for number in range(1, 4000):
            os.link(data + "/0", "%s/%d" % (data, number))

    def run(self, data, seen):
        # The last name of a long listing comes without attributes.
        name = os.listdir(seen)[-1]
        start = time.monotonic()
        time.sleep(2.5)
        assert os.stat("%s/%s" % (seen, name)).st_size == len(self.OLD)
        write("%s/%s" % (data, name), self.NEW)
        time.sleep(max(0, start + 4.2 - time.monotonic()))
        while time.monotonic() < start + 11:
            if not read_or_stale("%s/%s" % (seen, name), self.OLD, self.NEW):
                assert_one(read("%s/%s" % (seen, name)), self.NEW)
            time.sleep(0.2)
        assert_one(read("%s/%s" % (seen, name)), self.NEW)


CASES = {
    "shards": Shards(),
    "grown": Replaced(64 * KIB, MIB),
    "shrunk": Replaced(MIB, 100_000),
    "private": PrivateBeside(),
    "shared": SharedBeside(),
    "sent": SentBeside(),
    "lines": Lines(),
    "lines-asked-each-time": LinesAskedEachTime(),
    "inodes": Inodes(),
    "told": Told(),
    "two-clocks": TwoClocks(),
}

if sys.argv[1] == "prepare":
    for name, case in CASES.items():
        os.mkdir(os.path.join(sys.argv[2], name))
        case.prepare(os.path.join(sys.argv[2], name))
else:
    CASES[sys.argv[1]].run(*[os.path.join(place, sys.argv[1]) for place in sys.argv[2:]])
