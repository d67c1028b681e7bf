"""The kinds of change of a file: what it was, how it is changed, and what it is then."""
import os

BLOCK = 4096
OLD, LONGER, SHORTER, APPENDED = 300_123, 500_001, 140_077, 420_011
STEP_NANOS = 1_000_000


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
