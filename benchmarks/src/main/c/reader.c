/*
 * What programs do with files, timed.
 *
 *   reader seq STREAMS BLOCK FILE...                 each file once, each stream a part of it, in order
 *   reader rand JOBS BLOCK MODE SECONDS SEED FILE... aligned blocks anywhere; MODE is buffered, direct or mmap
 *   reader pattern KIND BLOCK BYTES FILE             one handle; KIND is interleaved, strided or backward
 *   reader files JOBS SECONDS SEED LIST              opens, reads and closes each file that LIST names; SEED shuffles
 *                                                    them, 0 leaves them in their order
 *   reader walk names|stat DIRECTORY                 as find does, with or without a stat of each entry
 *   reader run COMMAND...                            another program, its output thrown away
 *   reader drop FILE...                              lets go of the kernel's pages of the files
 *   reader droplist LIST                             the same for each file that LIST names
 *   reader touch BYTES                               so much memory of its own, a byte of each page
 *
 * Prints one line: bytes read, operations, seconds, processor seconds of this process.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LONGEST_SECONDS 300

enum mode { BUFFERED, DIRECT, MAPPED };

struct file {
    const char *path;
    off_t size;
    int fd;
    const char *map;
};

struct job {
    int index;
    uint64_t random, bytes, operations;
    char *buffer;
    pthread_t thread;
};

static struct file *files;
static int file_count, job_count;
static size_t block;
static enum mode mode;
static double limit_seconds, began, used_before;
static char **list;
static size_t list_count, list_next;
static pthread_barrier_t barrier;
static void (*body)(struct job *);

static void die(const char *what) {
    fprintf(stderr, "reader: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double processor_seconds(void) {
    double sum = 0;
    int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
    for (int i = 0; i < 2; i++) {
        struct rusage u;
        getrusage(whose[i], &u);
        sum += (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec);
        sum += (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
    }
    return sum;
}

static void begin(void) {
    used_before = processor_seconds();
    began = now();
}

static void report(uint64_t bytes, uint64_t operations) {
    double seconds = now() - began;
    printf("bytes=%llu ops=%llu seconds=%.6f cpu=%.6f\n", (unsigned long long)bytes, (unsigned long long)operations,
           seconds, processor_seconds() - used_before);
}

static uint64_t next_random(uint64_t *state) { /* splitmix64 */
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void open_files(char **paths, int count, int flags) {
    files = calloc((size_t)count, sizeof *files);
    file_count = count;
    for (int i = 0; i < count; i++) {
        struct stat st;
        files[i].path = paths[i];
        files[i].fd = open(paths[i], O_RDONLY | flags);
        if (files[i].fd < 0 || fstat(files[i].fd, &st) < 0) die(paths[i]);
        files[i].size = st.st_size;
    }
}

static void *job_main(void *argument) {
    struct job *job = argument;
    size_t size = block > (1 << 20) ? block : (1 << 20);
    if (posix_memalign((void **)&job->buffer, 4096, size) != 0) die("memory");
    memset(job->buffer, 1, size);
    pthread_barrier_wait(&barrier);
    body(job);
    return NULL;
}

static void run_jobs(int count, uint64_t seed, void (*work)(struct job *)) {
    struct job *jobs = calloc((size_t)count, sizeof *jobs);
    job_count = count;
    body = work;
    pthread_barrier_init(&barrier, NULL, (unsigned)count + 1);
    for (int i = 0; i < count; i++) {
        jobs[i].index = i;
        jobs[i].random = seed * 1000003u + (uint64_t)i;
        if (pthread_create(&jobs[i].thread, NULL, job_main, &jobs[i]) != 0) die("a thread");
    }
    begin();
    pthread_barrier_wait(&barrier);
    uint64_t bytes = 0, operations = 0;
    for (int i = 0; i < count; i++) {
        pthread_join(jobs[i].thread, NULL);
        bytes += jobs[i].bytes;
        operations += jobs[i].operations;
    }
    report(bytes, operations);
}

static void read_block(struct job *job, int fd, const char *path, size_t size, off_t offset) {
    for (size_t done = 0; done < size;) {
        ssize_t n = pread(fd, job->buffer + done, size - done, offset + (off_t)done);
        if (n < 0) die(path);
        if (n == 0) {
            fprintf(stderr, "reader: %s ended early\n", path);
            exit(1);
        }
        done += (size_t)n;
    }
    job->bytes += size;
    job->operations++;
}

static void sequential(struct job *job) {
    for (int i = 0; i < file_count; i++) {
        int fd = open(files[i].path, O_RDONLY); /* a handle of its own, as every stream has */
        if (fd < 0) die(files[i].path);
        off_t blocks = (files[i].size + (off_t)block - 1) / (off_t)block;
        off_t at = blocks * job->index / job_count * (off_t)block;
        off_t end = blocks * (job->index + 1) / job_count * (off_t)block;
        if (end > files[i].size) end = files[i].size;
        for (; at < end; at += (off_t)block)
            read_block(job, fd, files[i].path, end - at < (off_t)block ? (size_t)(end - at) : block, at);
        close(fd);
    }
}

static void randomly(struct job *job) {
    double end = began + limit_seconds;
    do {
        struct file *file = &files[next_random(&job->random) % (uint64_t)file_count];
        off_t offset = (off_t)(next_random(&job->random) % (uint64_t)(file->size / (off_t)block)) * (off_t)block;
        if (mode == MAPPED) {
            memcpy(job->buffer, file->map + offset, block);
            job->bytes += block;
            job->operations++;
        } else {
            read_block(job, file->fd, file->path, block, offset);
        }
    } while (now() < end);
}

static void read_whole(struct job *job, const char *path) {
    int fd = open(path, O_RDONLY);
    if (fd < 0) die(path);
    ssize_t n;
    while ((n = read(fd, job->buffer, 1 << 20)) > 0) job->bytes += (uint64_t)n;
    if (n < 0) die(path);
    close(fd);
    job->operations++;
}

static void whole_files(struct job *job) {
    double end = began + limit_seconds;
    do {
        size_t i = __atomic_fetch_add(&list_next, 1, __ATOMIC_RELAXED);
        if (i >= list_count) return;
        read_whole(job, list[i]);
    } while (now() < end);
}

static void load_list(const char *path, uint64_t seed) {
    FILE *in = fopen(path, "r");
    if (!in) die(path);
    char *line = NULL;
    size_t size = 0, room = 0;
    for (ssize_t n; (n = getline(&line, &size, in)) > 0;) {
        if (line[n - 1] == '\n') line[n - 1] = 0;
        if (list_count == room) list = realloc(list, (room = room ? room * 2 : 1024) * sizeof *list);
        list[list_count++] = strdup(line);
    }
    fclose(in);
    for (size_t i = seed ? list_count : 0; i > 1; i--) {
        size_t k = next_random(&seed) % i;
        char *swap = list[i - 1];
        list[i - 1] = list[k];
        list[k] = swap;
    }
}

static void walk(int parent, const char *name, bool stats, uint64_t *entries) {
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) die(name);
    errno = 0;
    for (struct dirent *entry; (entry = readdir(dir)); errno = 0) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        bool directory = entry->d_type == DT_DIR;
        if (stats || entry->d_type == DT_UNKNOWN) {
            struct stat st;
            if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) die(entry->d_name);
            directory = S_ISDIR(st.st_mode);
        }
        ++*entries;
        if (directory) walk(fd, entry->d_name, stats, entries);
    }
    if (errno) die(name);
    closedir(dir);
}

static void pattern(const char *kind, off_t bytes) {
    struct job job = {.index = 0};
    if (posix_memalign((void **)&job.buffer, 4096, block) != 0) die("memory");
    struct file *file = &files[0];
    off_t count = bytes / (off_t)block, half = file->size / 2 / (off_t)block * (off_t)block;
    off_t stride = file->size / count / (off_t)block * (off_t)block, last = file->size / (off_t)block - 1;
    begin();
    for (off_t i = 0; i < count; i++) {
        off_t at;
        if (!strcmp(kind, "interleaved")) at = i / 2 * (off_t)block + (i % 2 ? half : 0);
        else if (!strcmp(kind, "strided")) at = i * stride;
        else at = (last - i) * (off_t)block;
        read_block(&job, file->fd, file->path, block, at);
    }
    report(job.bytes, job.operations);
}

static void run_program(char **words) {
    begin();
    pid_t child = fork();
    if (child < 0) die("fork");
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        alarm(LONGEST_SECONDS);
        execvp(words[0], words);
        die(words[0]);
    }
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "reader: %s failed\n", words[0]);
        exit(1);
    }
    report(0, 1);
}

static void map_files(void) {
    for (int i = 0; i < file_count; i++) {
        files[i].map = mmap(NULL, (size_t)files[i].size, PROT_READ, MAP_SHARED, files[i].fd, 0);
        if (files[i].map == MAP_FAILED) die(files[i].path);
    }
}

static void random_reads(char **argv, int argc) {
    block = strtoull(argv[1], NULL, 10);
    mode = !strcmp(argv[2], "direct") ? DIRECT : !strcmp(argv[2], "mmap") ? MAPPED : BUFFERED;
    limit_seconds = atof(argv[3]);
    open_files(argv + 5, argc - 5, mode == DIRECT ? O_DIRECT : 0);
    if (mode == MAPPED) map_files();
    run_jobs(atoi(argv[0]), strtoull(argv[4], NULL, 10), randomly);
}

static void drop(int fd, const char *path) {
    if (posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0) die(path);
}

static void touch(size_t bytes) {
    begin();
    char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) die("memory");
    for (size_t at = 0; at < bytes; at += 4096) memory[at] = 1;
    munmap(memory, bytes);
    report(bytes, bytes / 4096);
}

static bool run(const char *verb, char **argv, int argc) {
    if (!strcmp(verb, "seq") && argc >= 3) {
        block = strtoull(argv[1], NULL, 10);
        open_files(argv + 2, argc - 2, 0);
        run_jobs(atoi(argv[0]), 1, sequential);
    } else if (!strcmp(verb, "rand") && argc >= 6) {
        random_reads(argv, argc);
    } else if (!strcmp(verb, "pattern") && argc == 4) {
        block = strtoull(argv[1], NULL, 10);
        open_files(argv + 3, 1, 0);
        pattern(argv[0], (off_t)strtoull(argv[2], NULL, 10));
    } else if (!strcmp(verb, "files") && argc == 4) {
        limit_seconds = atof(argv[1]);
        load_list(argv[3], strtoull(argv[2], NULL, 10));
        run_jobs(atoi(argv[0]), 1, whole_files);
    } else if (!strcmp(verb, "walk") && argc == 2) {
        uint64_t entries = 0;
        begin();
        walk(AT_FDCWD, argv[1], !strcmp(argv[0], "stat"), &entries);
        report(0, entries);
    } else if (!strcmp(verb, "run") && argc >= 1) {
        run_program(argv);
    } else if (!strcmp(verb, "drop") && argc >= 1) {
        open_files(argv, argc, 0);
        begin();
        for (int i = 0; i < file_count; i++) drop(files[i].fd, files[i].path);
        report(0, (uint64_t)file_count);
    } else if (!strcmp(verb, "droplist") && argc == 1) {
        load_list(argv[0], 0);
        begin();
        for (size_t i = 0; i < list_count; i++) {
            int fd = open(list[i], O_RDONLY);
            if (fd < 0) die(list[i]);
            drop(fd, list[i]);
            close(fd);
        }
        report(0, list_count);
    } else if (!strcmp(verb, "touch") && argc == 1) {
        touch(strtoull(argv[0], NULL, 10));
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **argv) {
    alarm(LONGEST_SECONDS);
    if (argc < 3 || !run(argv[1], argv + 2, argc - 2)) {
        fprintf(stderr, "usage: reader seq|rand|pattern|files|walk|run|drop|droplist|touch ARGUMENT...\n");
        return 2;
    }
    return 0;
}
