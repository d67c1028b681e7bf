"""The dataset of changing.py and its changes, made by one process and written to the log."""
import collections
import os
import random
import time

import ways

DIRECTORIES, FILES, ANCHORS = 3, 4, 2
BLOCK, MARK = 4096, 64
SIZES = (100, 4096, 5000, 16384, 70_000, 131_072, 131_073, 300_000, 900_000, 1_500_000)
LARGEST = 2_000_000
AT_FDCWD, RENAME_EXCHANGE = -100, 2


def content(identity, offset, length):
    first = offset // BLOCK
    blocks = [
        (b"%d:%d;" % (identity, number * BLOCK)).ljust(MARK, b".") * (BLOCK // MARK)
        for number in range(first, (offset + length - 1) // BLOCK + 1)
    ]
    return b"".join(blocks)[offset - first * BLOCK :][:length]


class Dataset:
    def __init__(self, root, log, chance):
        self.root, self.log, self.chance = root, log, chance
        self.identity = 0
        self.now, self.moved = {}, set()
        self.counts = collections.Counter()
        self.clock = time.time_ns() - 3600 * 10**9

    def at(self, path):
        return os.path.join(self.root, path)

    def build(self):
        for place in ["tmp"] + ["d%d" % d for d in range(DIRECTORIES)]:
            os.mkdir(self.at(place))
        for d in range(DIRECTORIES):
            for name in self.names():
                self.put("d%d/%s" % (d, name), random.Random(name).choice(SIZES))
                if name[0] == "f":
                    self.tell({"d%d/%s/inner" % (d, name): ("gone",)}, lambda: None)

    def names(self):
        return ["f%d" % f for f in range(FILES)] + ["a%d" % a for a in range(ANCHORS)]

    def tell(self, entries, make):
        """Makes a change, of all these paths at once."""
        with self.log.change(entries):
            make()
        self.now.update(entries)

    def fresh(self, size, place="tmp/new"):
        """A new file, unlike all others by its time."""
        self.identity += 1
        self.clock += 1_000_000
        with open(self.at(place), "wb") as out:
            out.write(content(self.identity, 0, size))
        os.utime(self.at(place), ns=(self.clock, self.clock))
        return ("file", self.identity, size, size, self.clock)

    def put(self, path, size):
        entry = self.fresh(size)
        self.tell({path: entry}, lambda: os.rename(self.at("tmp/new"), self.at(path)))

    def change(self):
        path = "d%d/%s" % (self.chance.randrange(DIRECTORIES), self.chance.choice(self.names()))
        kind = self.now[path][0]
        if kind == "file":
            actions = [self.replace] * 12 + [self.append] * 3 + [self.swap]
            if "/f" in path:
                actions += [self.move] * 2 + [self.delete, self.to_directory, self.to_link]
        else:
            actions = [self.to_file]
        action = self.chance.choice(actions)
        action(path)
        self.counts["change-" + action.__name__.replace("_", "-")] += 1

    def replace(self, path):
        size = self.now[path][3]
        self.put(path, self.chance.choice([size, max(100, size // 3), min(size * 2 + 1, LARGEST), self.chance.choice(SIZES)]))

    def append(self, path):
        _, identity, _, size, _ = self.now[path]
        grown = size + self.chance.choice((1, 1000, 70_000))
        if grown > LARGEST:
            return self.replace(path)
        self.clock += 1_000_000
        nanos = self.clock

        def make():
            with open(self.at(path), "ab") as out:
                out.write(content(identity, size, grown - size))
            os.utime(self.at(path), ns=(nanos, nanos))

        self.tell({path: ("file", identity, size, grown, nanos)}, make)

    def move(self, path):
        other = "d%d/f%d" % (self.chance.randrange(DIRECTORIES), self.chance.randrange(FILES))
        # Never back to where it was: a version that comes back cannot be told from one that stayed.
        if other == path or self.now[other][0] == "dir" or self.now[path][1] in self.moved:
            return self.replace(path)
        self.moved.add(self.now[path][1])
        self.tell({path: ("gone",), other: self.now[path]}, lambda: os.rename(self.at(path), self.at(other)))

    def delete(self, path):
        self.tell({path: ("gone",)}, lambda: os.unlink(self.at(path)))

    def to_directory(self, path):
        os.mkdir(self.at("tmp/d"))
        inner = self.fresh(self.chance.choice(SIZES), "tmp/d/inner")
        self.tell({path: ("gone",)}, lambda: os.unlink(self.at(path)))
        self.tell({path: ("dir",), path + "/inner": inner}, lambda: os.rename(self.at("tmp/d"), self.at(path)))

    def to_link(self, path):
        target = "a%d" % self.chance.randrange(ANCHORS)
        os.symlink(target, self.at("tmp/link"))
        entry = ("link", os.path.join(os.path.dirname(path), target))
        self.tell({path: entry}, lambda: os.rename(self.at("tmp/link"), self.at(path)))

    def to_file(self, path):
        if self.now[path][0] == "dir":
            gone = {path: ("gone",), path + "/inner": ("gone",)}
            self.tell(gone, lambda: os.rename(self.at(path), self.at("tmp/old")))
            os.unlink(self.at("tmp/old/inner"))
            os.rmdir(self.at("tmp/old"))
        self.put(path, self.chance.choice(SIZES))

    def swap(self, path):
        """The directory is exchanged with another one, whose files are all new."""
        directory = os.path.dirname(path)
        os.mkdir(self.at("tmp/swap"))
        entries = {directory + "/" + name: self.fresh(self.chance.choice(SIZES), "tmp/swap/" + name) for name in self.names()}
        entries.update({directory + "/" + name + "/inner": ("gone",) for name in self.names() if name[0] == "f"})
        there, here = os.fsencode(self.at("tmp/swap")), os.fsencode(self.at(directory))
        self.tell(entries, lambda: ways.failed(ways.LIBC.renameat2(AT_FDCWD, there, AT_FDCWD, here, RENAME_EXCHANGE), "exchange"))
        for place, _, names in os.walk(self.at("tmp/swap"), topdown=False):
            for name in names:
                os.unlink(os.path.join(place, name))
            for name in os.listdir(place):
                if not os.path.islink(os.path.join(place, name)):
                    os.rmdir(os.path.join(place, name))
        os.rmdir(self.at("tmp/swap"))
