// The limit: one thread, epoll, level-triggered, no work that is not needed. Argument: service.
#define _GNU_SOURCE // accept4
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_BYTES = 256 * 1024, EVENTS = 1024 };

struct conn {
    int fd;
    long long received; // a sink's count
    char *rest;         // start of a line whose end has not come
    size_t rest_len;
    char *out;          // what the kernel did not take yet
    size_t out_len;
};

static char in[READ_BYTES];
static char lines[READ_BYTES * 2];
static int loop;
static int sink, raw;

static void *until_stdin_ends(void *unused) {
    char byte;
    while (read(0, &byte, 1) > 0) {}
    exit(0);
    return unused;
}

static void drop(struct conn *c) {
    close(c->fd);
    free(c->rest);
    free(c->out);
    free(c);
}

static void await(struct conn *c, unsigned events) {
    struct epoll_event e = {.events = events, .data.ptr = c};
    epoll_ctl(loop, EPOLL_CTL_MOD, c->fd, &e);
}

// Sends, and keeps what does not go out; then it reads no more until that has gone.
static int put(struct conn *c, const char *bytes, size_t len) {
    ssize_t n = write(c->fd, bytes, len);
    if (n < 0 && errno != EAGAIN) return -1;
    if (n < 0) n = 0;
    if ((size_t)n == len) return 0;
    c->out_len = len - n;
    c->out = malloc(c->out_len);
    memcpy(c->out, bytes + n, c->out_len);
    await(c, EPOLLOUT);
    return 0;
}

static int put_rest(struct conn *c) {
    ssize_t n = write(c->fd, c->out, c->out_len);
    if (n < 0) return errno == EAGAIN ? 0 : -1;
    c->out_len -= n;
    memmove(c->out, c->out + n, c->out_len);
    if (c->out_len > 0) return 0;
    free(c->out);
    c->out = NULL;
    await(c, EPOLLIN);
    return 0;
}

// Looks for each line, as a server that answers lines must, and answers all that are whole.
static int answer(struct conn *c, size_t got) {
    size_t len = 0;
    char *from = in, *end = in + got, *newline;
    while ((newline = memchr(from, '\n', end - from))) {
        if (c->rest_len) {
            memcpy(lines, c->rest, c->rest_len);
            len = c->rest_len;
            c->rest_len = 0;
            free(c->rest);
            c->rest = NULL;
        }
        memcpy(lines + len, from, newline + 1 - from);
        len += newline + 1 - from;
        from = newline + 1;
    }
    if (from < end) {
        if (c->rest_len + (end - from) > READ_BYTES) return -1;
        c->rest = realloc(c->rest, c->rest_len + (end - from));
        memcpy(c->rest + c->rest_len, from, end - from);
        c->rest_len += end - from;
    }
    return len ? put(c, lines, len) : 0;
}

static int readable(struct conn *c) {
    ssize_t got = read(c->fd, in, sizeof in);
    if (got < 0) return errno == EAGAIN ? 0 : -1;
    if (got == 0) {
        if (sink) dprintf(c->fd, "%lld\n", c->received);
        return -1;
    }
    if (sink) {
        c->received += got;
        return 0;
    }
    return raw ? put(c, in, got) : answer(c, got);
}

static void accept_all(int listener) {
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct conn *c = calloc(1, sizeof *c);
        c->fd = fd;
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(loop, EPOLL_CTL_ADD, fd, &e);
    }
}

int main(int argc, char **argv) {
    sink = argc > 1 && !strcmp(argv[1], "sink");
    raw = argc > 1 && !strcmp(argv[1], "echo");
    signal(SIGPIPE, SIG_IGN);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, len) || listen(listener, 4096)) return 1;
    getsockname(listener, (struct sockaddr *)&address, &len);
    loop = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(loop, EPOLL_CTL_ADD, listener, &e);
    pthread_t watcher;
    pthread_create(&watcher, NULL, until_stdin_ends, NULL);
    printf("ready %d\n", ntohs(address.sin_port));
    fflush(stdout);
    static struct epoll_event events[EVENTS];
    for (;;) {
        int n = epoll_wait(loop, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            struct conn *c = events[i].data.ptr;
            if (!c) accept_all(listener);
            else if ((c->out ? put_rest(c) : readable(c)) < 0) drop(c);
        }
    }
}
