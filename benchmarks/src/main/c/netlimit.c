/*
 * The limit N: bytes from the page cache over TCP into a program's memory, nothing else.
 *
 *   netlimit FILE CONNECTIONS BYTES BUFFER
 *
 * One process sends FILE with sendfile, another receives with read into a buffer for each connection; each connection
 * has a thread on both sides, as far as BYTES over all. Prints the bytes, the seconds from the first byte asked to the
 * last one received, and the processor seconds of both processes in that time.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct stream {
    int socket;
    off_t start;
    size_t length;
    pthread_t thread;
};

static int file;
static off_t file_size;
static size_t buffer_size;

static void die(const char *what) {
    fprintf(stderr, "netlimit: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double processor_seconds(int who) {
    struct rusage u;
    getrusage(who, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void *send_stream(void *argument) {
    struct stream *stream = argument;
    char go;
    if (read(stream->socket, &go, 1) != 1) die("the first byte");
    off_t at = stream->start;
    for (size_t left = stream->length; left > 0;) {
        if (at >= file_size) at = 0;
        ssize_t n = sendfile(stream->socket, file, &at, left < (1 << 20) ? left : (1 << 20));
        if (n <= 0) die("sendfile");
        left -= (size_t)n;
    }
    return NULL;
}

static void *receive_stream(void *argument) {
    struct stream *stream = argument;
    char *buffer = malloc(buffer_size);
    if (!buffer) die("memory");
    memset(buffer, 1, buffer_size);
    if (write(stream->socket, "g", 1) != 1) die("the first byte");
    for (size_t left = stream->length; left > 0;) {
        ssize_t n = read(stream->socket, buffer, left < buffer_size ? left : buffer_size);
        if (n <= 0) die("read");
        left -= (size_t)n;
    }
    free(buffer);
    return NULL;
}

static void run(struct stream *streams, int count, void *(*body)(void *)) {
    for (int i = 0; i < count; i++)
        if (pthread_create(&streams[i].thread, NULL, body, &streams[i]) != 0) die("a thread");
    for (int i = 0; i < count; i++) pthread_join(streams[i].thread, NULL);
}

static void serve(int listener, struct stream *streams, int count) {
    for (int i = 0; i < count; i++) {
        streams[i].socket = accept(listener, NULL, NULL);
        if (streams[i].socket < 0) die("accept");
    }
    run(streams, count, send_stream);
    exit(0);
}

int main(int argc, char **argv) {
    if (argc != 5) {
        fprintf(stderr, "usage: netlimit FILE CONNECTIONS BYTES BUFFER\n");
        return 2;
    }
    alarm(120);
    file = open(argv[1], O_RDONLY);
    struct stat st;
    if (file < 0 || fstat(file, &st) < 0) die(argv[1]);
    file_size = st.st_size;
    int count = atoi(argv[2]);
    size_t bytes = strtoull(argv[3], NULL, 10);
    buffer_size = strtoull(argv[4], NULL, 10);
    struct stream *streams = calloc((size_t)count, sizeof *streams);
    for (int i = 0; i < count; i++) {
        streams[i].start = file_size / count * i;
        streams[i].length = bytes / (size_t)count;
    }
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, count) < 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) < 0)
        die("listen");
    pid_t server = fork();
    if (server < 0) die("fork");
    if (server == 0) {
        alarm(120);
        serve(listener, streams, count);
    }
    for (int i = 0; i < count; i++) {
        streams[i].socket = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(streams[i].socket, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
    }
    double began = now(), used = processor_seconds(RUSAGE_SELF);
    run(streams, count, receive_stream);
    double seconds = now() - began;
    used = processor_seconds(RUSAGE_SELF) - used;
    int status;
    if (waitpid(server, &status, 0) != server || status != 0) {
        fprintf(stderr, "netlimit: the sender failed\n");
        return 1;
    }
    size_t total = bytes / (size_t)count * (size_t)count;
    printf("bytes=%zu ops=%d seconds=%.6f cpu=%.6f\n", total, count, seconds, used + processor_seconds(RUSAGE_CHILDREN));
    return 0;
}
