"""What the cases of refreshed.py hold against what they read."""
import errno
import os

import ways

KIB, MIB = 1 << 10, 1 << 20


def write(path, data):
    with open(path + ".new", "wb") as out:
        out.write(data)
    if os.path.exists(path):
        nanos = os.stat(path).st_mtime_ns + 1_000_000
        os.utime(path + ".new", ns=(nanos, nanos))
    os.rename(path + ".new", path)


def read(path):
    with open(path, "rb", buffering=0) as file:
        return file.read()


def read_or_stale(path, *contents):
    try:
        assert_one(read(path), *contents)
        return True
    except OSError as e:
        assert e.errno == errno.ESTALE, e
        return False


def assert_one(data, *contents):
    said = sorted(set(data)) if len(set(data)) < 5 else "many values"
    assert data in contents, "%d bytes, %s, are of no version of %s bytes" % (len(data), said, [len(c) for c in contents])


def assert_stale(work):
    try:
        data = work()
    except OSError as e:
        assert e.errno == errno.ESTALE, e
    else:
        raise AssertionError("%d bytes of an old version that nobody has" % len(data))


def assert_whole(path, data):
    """By every size that is told, and every way to read."""
    with open(path, "rb", buffering=0) as file:
        assert os.fstat(file.fileno()).st_size == len(data), "fstat: %d, not %d" % (os.fstat(file.fileno()).st_size, len(data))
        assert_one(file.read(), data)
    assert os.stat(path).st_size == len(data), "stat: %d, not %d" % (os.stat(path).st_size, len(data))
    for name, way in ways.WAYS.items():
        answer = ways.in_child(lambda: read_by(way, path, data))
        assert answer == "right", "%s: %s" % (name, answer)


def read_by(way, path, data):
    reader = way(path)
    assert reader.size() == len(data), "fstat: %d, not %d" % (reader.size(), len(data))
    assert_one(reader.read(0, len(data) + MIB), data)
    return "right"
