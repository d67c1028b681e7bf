"""The ways in which programs read files, each behind the same three calls (size, read, close), and children to read in:
a program that touches a page of a mapping that cannot be read is killed by SIGBUS, which must not be this one."""
import ctypes
import errno
import mmap
import os
import signal
import socket
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
PIECE = 65536
PAGE = 4096
CHILD_LIMIT_SECONDS = 40
MOST_FILES = 1024


def failed(result, call):
    if result < 0:
        raise OSError(ctypes.get_errno(), call)
    return result


class Reader:
    """An open file; read() gives all of a range, or less at the end of the file."""

    FLAGS = os.O_RDONLY

    def __init__(self, path):
        self.fd = os.open(path, self.FLAGS)

    def alone(self):
        """From now on the kernel reads nothing but what is asked for."""
        os.posix_fadvise(self.fd, 0, 0, os.POSIX_FADV_RANDOM)

    def size(self):
        return os.fstat(self.fd).st_size

    def read(self, offset, length):
        parts = []
        while length > 0:
            part = self.piece(offset, min(length, PIECE))
            if not part:
                break
            parts.append(part)
            offset += len(part)
            length -= len(part)
        return b"".join(parts)

    def close(self):
        os.close(self.fd)


class Read(Reader):
    def piece(self, offset, length):
        os.lseek(self.fd, offset, os.SEEK_SET)
        return os.read(self.fd, length)


class Pread(Reader):
    def piece(self, offset, length):
        return os.pread(self.fd, length, offset)


class Direct(Reader):
    FLAGS = os.O_RDONLY | os.O_DIRECT

    def __init__(self, path):
        super().__init__(path)
        self.buffer = mmap.mmap(-1, PIECE + PAGE)

    def piece(self, offset, length):
        start = offset - offset % PAGE
        wanted = -(-(offset + length - start) // PAGE) * PAGE
        count = os.preadv(self.fd, [memoryview(self.buffer)[:wanted]], start)
        return self.buffer[offset - start : min(count, offset - start + length)]


class Mapped(Reader):
    def __init__(self, path):
        super().__init__(path)
        self.map = None
        length = self.size()
        try:
            self.map = mmap.mmap(self.fd, length, flags=self.KIND, prot=mmap.PROT_READ) if length else b""
        except BaseException:
            os.close(self.fd)
            raise

    def alone(self):
        self.map.madvise(mmap.MADV_RANDOM)

    def read(self, offset, length):
        return self.map[offset : offset + length]

    def close(self):
        if self.map:
            self.map.close()
        super().close()


class MappedShared(Mapped):
    KIND = mmap.MAP_SHARED


class MappedPrivate(Mapped):
    KIND = mmap.MAP_PRIVATE


class Sendfile(Reader):
    def __init__(self, path):
        super().__init__(path)
        self.out = os.memfd_create("sent")

    def piece(self, offset, length):
        os.ftruncate(self.out, 0)
        os.lseek(self.out, 0, os.SEEK_SET)
        return os.pread(self.out, os.sendfile(self.out, self.fd, offset, length), 0)

    def close(self):
        os.close(self.out)
        super().close()


class Splice(Reader):
    def __init__(self, path):
        super().__init__(path)
        self.pipe = os.pipe()

    def piece(self, offset, length):
        at = ctypes.c_int64(offset)
        call = LIBC.splice(self.fd, ctypes.byref(at), self.pipe[1], None, ctypes.c_size_t(length), 0)
        count = failed(call, "splice")
        parts = b""
        while len(parts) < count:
            parts += os.read(self.pipe[0], count - len(parts))
        return parts

    def close(self):
        os.close(self.pipe[0])
        os.close(self.pipe[1])
        super().close()


class Uring(Reader):
    """IORING_OP_READ through a ring of its own, by the bare system calls."""

    SETUP, ENTER, OP_READ, GETEVENTS = 425, 426, 22, 1
    CQ_RING, SQES, ENTRIES = 0x8000000, 0x10000000, 4

    def __init__(self, path):
        super().__init__(path)
        parameters = ctypes.create_string_buffer(120)
        try:
            self.ring = failed(LIBC.syscall(self.SETUP, self.ENTRIES, parameters), "io_uring_setup")
        except BaseException:
            os.close(self.fd)
            raise
        sq_entries, cq_entries = struct.unpack_from("<II", parameters, 0)
        sq, cq = struct.unpack_from("<8I", parameters, 40), struct.unpack_from("<8I", parameters, 80)
        self.sq = mmap.mmap(self.ring, sq[6] + 4 * sq_entries, offset=0)
        self.cq = mmap.mmap(self.ring, cq[5] + 16 * cq_entries, offset=self.CQ_RING)
        self.sqes = mmap.mmap(self.ring, 64 * sq_entries, offset=self.SQES)
        self.sq_tail = sq[1]
        self.cq_head, self.cq_mask, self.cqes = cq[0], cq[2], cq[5]
        # The index array is zeros: every place of the ring means the first entry.
        self.buffer = ctypes.create_string_buffer(PIECE)

    def piece(self, offset, length):
        address = ctypes.addressof(self.buffer)
        struct.pack_into("<BBHiQQIIQ", self.sqes, 0, self.OP_READ, 0, 0, self.fd, offset, address, length, 0, 1)
        tail = struct.unpack_from("<I", self.sq, self.sq_tail)[0]
        struct.pack_into("<I", self.sq, self.sq_tail, tail + 1)
        failed(LIBC.syscall(self.ENTER, self.ring, 1, 1, self.GETEVENTS, None, 0), "io_uring_enter")
        head = struct.unpack_from("<I", self.cq, self.cq_head)[0]
        mask = struct.unpack_from("<I", self.cq, self.cq_mask)[0]
        result = struct.unpack_from("<Qi", self.cq, self.cqes + 16 * (head & mask))[1]
        struct.pack_into("<I", self.cq, self.cq_head, head + 1)
        if result < 0:
            raise OSError(-result, "io_uring read")
        return self.buffer[:result]

    def close(self):
        for part in self.sq, self.cq, self.sqes:
            part.close()
        os.close(self.ring)
        super().close()


class Preadv2(Reader):
    """What stands in for io_uring where the kernel refuses it."""

    def piece(self, offset, length):
        buffer = bytearray(length)
        return bytes(buffer[: os.preadv(self.fd, [buffer], offset, 0)])


def uring_refusal():
    """Why this kernel has no io_uring for this process, or None."""
    parameters = ctypes.create_string_buffer(120)
    ring = LIBC.syscall(Uring.SETUP, Uring.ENTRIES, parameters)
    if ring < 0:
        return errno.errorcode[ctypes.get_errno()]
    os.close(ring)
    return None


WAYS = {
    "read": Read,
    "pread": Pread,
    "direct": Direct,
    "mmap-shared": MappedShared,
    "mmap-private": MappedPrivate,
    "sendfile": Sendfile,
    "splice": Splice,
    "io_uring": Preadv2 if uring_refusal() else Uring,
}


def child_answer(work):
    """What work() returns, or the name of its errno, or what went wrong in the child that ran it."""
    try:
        return work()
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e.errno))
    except BaseException as e:
        return "%s: %s" % (type(e).__name__, e)


def in_child(work):
    """What work() answers in a child of this process, which has its open files and mappings."""
    return Job(lambda request: work(), inherits=True).ask("").answer(last=True)


class Job:
    """A process that answers requests, one at a time, each a word or more."""

    def __init__(self, work, inherits=False):
        self.socket, other = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self.serve(other, work, inherits)
        other.close()

    def serve(self, requests, work, inherits):
        if not inherits:
            os.closerange(3, requests.fileno())
            os.closerange(requests.fileno() + 1, MOST_FILES)
        else:
            self.socket.close()
        while True:
            request = requests.recv(PAGE)
            if not request:
                os._exit(0)
            signal.alarm(CHILD_LIMIT_SECONDS)
            requests.sendall(child_answer(lambda: work(request.decode())).encode()[:PAGE])
            signal.alarm(0)

    def ask(self, request):
        self.socket.sendall(request.encode() + b" ")
        return self

    def answer(self, last=False):
        """The answer, or the signal that killed the process: SIGBUS is how a mapping tells that a page cannot be read."""
        text = self.socket.recv(PAGE).decode()
        if last or not text:
            self.socket.close()
            status = os.waitpid(self.pid, 0)[1]
            self.pid = None
            if os.WIFSIGNALED(status):
                return signal.Signals(os.WTERMSIG(status)).name
        return text


class Jobs:
    """Processes that wait for work and begin with it at the same moment; who was killed is replaced."""

    def __init__(self, count, work):
        self.work = work
        self.jobs = [Job(work) for _ in range(count)]

    def answers(self, requests):
        asked = [job.ask(request) for job, request in zip(self.jobs, requests)]
        answers = [job.answer() for job in asked]
        self.jobs = [job if job.pid else Job(self.work) for job in self.jobs]
        return answers
