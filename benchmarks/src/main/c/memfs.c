/*
 * The limit F: a file system of memory on libfuse 3 that does nothing but answer.
 *
 *   memfs DIRECTORY MOUNTPOINT
 *
 * Shows the tree below DIRECTORY as it is at the start, read-only. Large files are mapped with all their pages
 * present (DIRECTORY should be in the page cache), small ones are copied to memory of our own. Requests are up to
 * 1 MiB, answered by libfuse's own loop of many threads with one copy, from memory to the kernel. Splicing the files'
 * pages instead was tried and moved less than half as much. It stays in the foreground and ends when it is unmounted
 * or asked to.
 */
#define FUSE_USE_VERSION 312
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TIMEOUT 600.0
#define MAPPED_FROM (1 << 20)
#define REQUEST (1 << 20)

struct node {
    struct stat st;
    char *name;
    const char *bytes;
    fuse_ino_t parent, first_child, next_sibling;
    fuse_ino_t next_in_bucket;
};

static struct node *nodes;
static size_t node_count, node_capacity;
static fuse_ino_t *buckets;
static size_t bucket_count;

static void die(const char *what) {
    fprintf(stderr, "memfs: %s: %s\n", what, strerror(errno));
    exit(1);
}

static fuse_ino_t new_node(fuse_ino_t parent, const char *name) {
    if (node_count == node_capacity) {
        node_capacity = node_capacity ? node_capacity * 2 : 1024;
        nodes = realloc(nodes, node_capacity * sizeof *nodes);
        if (!nodes) die("memory");
    }
    struct node *node = &nodes[node_count];
    memset(node, 0, sizeof *node);
    node->name = strdup(name);
    node->parent = parent;
    return node_count++;
}

static void load_file(struct node *node, const char *path) {
    size_t size = (size_t)node->st.st_size;
    int fd = open(path, O_RDONLY);
    if (fd < 0) die(path);
    if (size >= MAPPED_FROM) {
        node->bytes = mmap(NULL, size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
        if (node->bytes == MAP_FAILED) die(path);
        close(fd);
        return;
    }
    char *copy = malloc(size + 1);
    if (!copy) die("memory");
    for (size_t done = 0; done < size;) {
        ssize_t n = read(fd, copy + done, size - done);
        if (n <= 0) die(path);
        done += (size_t)n;
    }
    node->bytes = copy;
    close(fd);
}

static void load(fuse_ino_t ino, const char *path) {
    if (lstat(path, &nodes[ino].st) < 0) die(path);
    nodes[ino].st.st_ino = ino;
    if (S_ISREG(nodes[ino].st.st_mode)) load_file(&nodes[ino], path);
    if (!S_ISDIR(nodes[ino].st.st_mode)) return;
    DIR *dir = opendir(path);
    if (!dir) die(path);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        char child_path[4096];
        snprintf(child_path, sizeof child_path, "%s/%s", path, entry->d_name);
        fuse_ino_t child = new_node(ino, entry->d_name);
        nodes[child].next_sibling = nodes[ino].first_child;
        nodes[ino].first_child = child;
        load(child, child_path);
    }
    closedir(dir);
}

static size_t bucket_of(fuse_ino_t parent, const char *name) {
    size_t hash = 1469598103934665603u ^ parent;
    for (; *name; name++) hash = (hash ^ (unsigned char)*name) * 1099511628211u;
    return (hash ^ hash >> 29) % bucket_count;
}

static void make_index(void) {
    bucket_count = node_count * 2 + 1;
    buckets = calloc(bucket_count, sizeof *buckets);
    if (!buckets) die("memory");
    for (fuse_ino_t ino = FUSE_ROOT_ID + 1; ino < node_count; ino++) {
        size_t bucket = bucket_of(nodes[ino].parent, nodes[ino].name);
        nodes[ino].next_in_bucket = buckets[bucket];
        buckets[bucket] = ino;
    }
}

static struct fuse_entry_param entry_of(fuse_ino_t ino) {
    struct fuse_entry_param entry = {
        .ino = ino, .attr = nodes[ino].st, .attr_timeout = TIMEOUT, .entry_timeout = TIMEOUT};
    return entry;
}

static void on_init(void *data, struct fuse_conn_info *conn) {
    (void)data;
    conn->max_read = REQUEST;
    conn->max_background = 64;
    conn->congestion_threshold = 48;
    conn->max_readahead = 64 << 20;
    conn->want |= conn->capable & (FUSE_CAP_ASYNC_READ | FUSE_CAP_ASYNC_DIO | FUSE_CAP_PARALLEL_DIROPS);
    conn->want &= ~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
}

static void on_lookup(fuse_req_t req, fuse_ino_t parent, const char *name) {
    for (fuse_ino_t ino = buckets[bucket_of(parent, name)]; ino; ino = nodes[ino].next_in_bucket) {
        if (nodes[ino].parent == parent && !strcmp(nodes[ino].name, name)) {
            struct fuse_entry_param entry = entry_of(ino);
            fuse_reply_entry(req, &entry);
            return;
        }
    }
    fuse_reply_err(req, ENOENT);
}

static void on_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info) {
    (void)info;
    fuse_reply_attr(req, &nodes[ino].st, TIMEOUT);
}

static void on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *info) {
    (void)ino;
    info->keep_cache = 1;
    fuse_reply_open(req, info);
}

static void on_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *info) {
    (void)info;
    const struct node *node = &nodes[ino];
    size_t left = offset < node->st.st_size ? (size_t)(node->st.st_size - offset) : 0;
    if (size > left) size = left;
    fuse_reply_buf(req, node->bytes + offset, size);
}

static void list(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, bool plus) {
    char *reply = malloc(size);
    if (!reply) {
        fuse_reply_err(req, ENOMEM);
        return;
    }
    size_t used = 0;
    /* The offset of an entry is the number of the node behind it: 0 begins, 1 ends. */
    fuse_ino_t child = offset == 0 ? nodes[ino].first_child : offset == 1 ? 0 : (fuse_ino_t)offset;
    while (child) {
        fuse_ino_t next = nodes[child].next_sibling;
        struct fuse_entry_param entry = entry_of(child);
        off_t next_offset = next ? (off_t)next : 1;
        size_t n = plus ? fuse_add_direntry_plus(req, reply + used, size - used, nodes[child].name, &entry, next_offset)
                        : fuse_add_direntry(req, reply + used, size - used, nodes[child].name, &entry.attr, next_offset);
        if (n > size - used) break;
        used += n;
        child = next;
    }
    fuse_reply_buf(req, reply, used);
    free(reply);
}

static void on_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *info) {
    (void)info;
    list(req, ino, size, offset, false);
}

static void on_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *info) {
    (void)info;
    list(req, ino, size, offset, true);
}

static const struct fuse_lowlevel_ops operations = {
    .init = on_init,
    .lookup = on_lookup,
    .getattr = on_getattr,
    .open = on_open,
    .read = on_read,
    .readdir = on_readdir,
    .readdirplus = on_readdirplus,
};

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: memfs DIRECTORY MOUNTPOINT\n");
        return 2;
    }
    new_node(0, ""); /* number 0 is nobody */
    load(new_node(0, ""), argv[1]);
    make_index();
    char options[64];
    snprintf(options, sizeof options, "max_read=%d", REQUEST);
    char *words[] = {argv[0], "-o", "ro,nosuid,nodev,noatime,fsname=memfs,subtype=memfs", "-o", options, NULL};
    struct fuse_args arguments = FUSE_ARGS_INIT(5, words);
    struct fuse_session *session = fuse_session_new(&arguments, &operations, sizeof operations, NULL);
    if (!session) return 1;
    if (fuse_set_signal_handlers(session) != 0 || fuse_session_mount(session, argv[2]) != 0) return 1;
    struct fuse_loop_config *config = fuse_loop_cfg_create();
    fuse_loop_cfg_set_idle_threads(config, 32);
    fuse_loop_cfg_set_max_threads(config, 32);
    int result = fuse_session_loop_mt(session, config);
    fuse_loop_cfg_destroy(config);
    fuse_session_unmount(session);
    fuse_remove_signal_handlers(session);
    fuse_session_destroy(session);
    return result < 0;
}
