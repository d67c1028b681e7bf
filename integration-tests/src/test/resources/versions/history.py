"""What was at each path, and when: a log that one process writes and others read.

An entry is ("file", identity, least size, size, time), ("dir",), ("link", target) or ("gone",). It may have been there from
the moment before its change began, and until the moment after the next one was made."""
import contextlib
import json
import time

# Answers that were on their way when a question was asked, and the lateness of a busy machine.
GRACE_NANOS = 1_000_000_000
ERRORS = {"ENOENT": ("gone",), "ENOTDIR": ("gone",), "EISDIR": ("dir",), "ENODEV": ("dir",), "EINVAL": ("dir",)}
NEVER = 1 << 62


class Log:
    def __init__(self, path):
        self.out = open(path, "a", buffering=1)

    @contextlib.contextmanager
    def change(self, entries):
        self.out.write(json.dumps([time.monotonic_ns(), entries]) + "\n")
        yield
        self.out.write(json.dumps([time.monotonic_ns(), list(entries)]) + "\n")


class Entry:
    """made: when the change that brought it was done; end: when the next one was, by which it was gone."""

    def __init__(self, begun, what):
        self.begun, self.what = begun, tuple(what)
        self.made = self.end = NEVER

    def overlaps(self, since, until):
        return self.begun <= until and self.end >= since

    def changed_within(self, since, until):
        return self.begun <= until and self.made >= since

    def is_file(self, identity, size, nanos):
        if self.what[0] != "file" or identity not in (None, self.what[1]):
            return False
        # Of what was appended, any part may have been there for a moment, with a time of its own.
        return self.what[2] <= size <= self.what[3] and (self.what[2] != self.what[3] or nanos == self.what[4])


class History:
    def __init__(self, log):
        self.log = open(log)
        self.entries = {}
        self.rest = ""
        self.refresh()

    def refresh(self):
        """Reads what was written meanwhile; gives all paths."""
        *lines, self.rest = (self.rest + self.log.read()).split("\n")
        for line in lines:
            moment, paths = json.loads(line)
            if isinstance(paths, dict):
                for path, what in paths.items():
                    self.entries.setdefault(path, []).append(Entry(moment, what))
            else:
                for path in paths:
                    self.entries[path][-1].made = moment
                    if len(self.entries[path]) > 1:
                        self.entries[path][-2].end = moment
        return list(self.entries)

    def last(self):
        return {path: entries[-1].what for path, entries in self.entries.items()}

    def within(self, path, since, until):
        return [entry for entry in self.entries[path] if entry.overlaps(since, until)]

    def has_file(self, path, since, until, identity, size, nanos, target_since):
        for entry in self.within(path, since, until):
            if entry.is_file(identity, size, nanos):
                return True
            if entry.what[0] == "link" and self.has_file(entry.what[1], target_since, until, identity, size, nanos, 0):
                return True
        return False

    def has_changed(self, path, since, until, target_since, size=None, nanos=None):
        """Whether a descriptor may be of an old version; where its version is known, whether that one is old."""
        entries = self.entries[path]
        last = [entry for entry in entries if entry.begun <= until][-1]
        if size is not None and last.is_file(None, size, nanos) and last.what[2] == last.what[3]:
            return False
        if any(entry.changed_within(since, until) for entry in entries[1:]):
            return True
        links = [entry for entry in self.within(path, since, until) if entry.what[0] == "link"]
        return any(self.has_changed(link.what[1], target_since, until, 0) for link in links)

    def explains(self, path, since, until, error):
        return any(entry.what[0] in ERRORS.get(error, ()) for entry in self.within(path, since, until))

    def explains_stat(self, path, since, until, words):
        entries = self.within(path, since, until)
        if words[0] == "file":
            return any(entry.is_file(None, int(words[1]), int(words[2])) for entry in entries)
        if words[0] in ("dir", "link"):
            return any(entry.what[0] == words[0] for entry in entries)
        return self.explains(path, since, until, words[0])

    def was(self, path, since, until, there):
        return any((entry.what[0] != "gone") == there for entry in self.within(path, since, until))

    def children(self, directory):
        depth = directory.count("/") + 1
        return [path for path in self.entries if path.startswith(directory + "/") and path.count("/") == depth]

    def is_never_link(self, path):
        return all(entry.what[0] != "link" for entry in self.entries[path])

    def text(self, path, since, until):
        def moment(nanos):
            return "%+.3f" % ((nanos - until) / 1e9) if nanos < NEVER else "now"

        return "; ".join(
            "%s from %s to %s" % (" ".join(map(str, entry.what)), moment(entry.begun), moment(entry.end))
            for entry in self.within(path, since, until)[-6:])
