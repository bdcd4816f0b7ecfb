package io.loomline.connect;

import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * One question to a resolver, on a thread of a pool: a look-up is native code that cannot be
 * interrupted and would hold a carrier thread, so a dead resolver must not reach the tasks.
 *
 * <p>A name that hangs holds one thread, however many ask for it. Where all threads are held, those
 * who ask for other names wait for their turn; each can be cancelled, and none is queued that does
 * not wait.
 */
final class NameLookup {
    /** Enough that dead names, which give up after some seconds, leave room: resolv.conf(5). */
    private static final int MOST_AT_A_TIME = 64;

    /** A thread that is not needed is not kept: its creation takes less than most look-ups. */
    private static final long KEEP_ALIVE_MILLIS = 100;

    private static final Semaphore PLACES = new Semaphore(MOST_AT_A_TIME, true);

    /** Has a thread for whoever has a place. */
    private static final ExecutorService THREADS =
            new ThreadPoolExecutor(
                    0,
                    Integer.MAX_VALUE,
                    KEEP_ALIVE_MILLIS,
                    TimeUnit.MILLISECONDS,
                    new SynchronousQueue<>(),
                    Thread.ofPlatform()
                            .daemon()
                            .inheritInheritableThreadLocals(false)
                            .name("loomline-resolver-", 0)
                            .factory());

    private static final ConcurrentMap<Question, NameLookup> UNDER_WAY = new ConcurrentHashMap<>();

    /**
     * Its equality is written out: the JDK keeps what it makes for a record, and with that the
     * loader of the record's types, for as long as there is memory.
     */
    private record Question(Resolver resolver, String host) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Question that
                    && resolver.equals(that.resolver)
                    && host.equals(that.host);
        }

        @Override
        public int hashCode() {
            return 31 * resolver.hashCode() + host.hashCode();
        }
    }

    private final Question question;
    private final CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();

    private NameLookup(Question question) {
        this.question = question;
    }

    /** All addresses of a host. Blocks; a cancel leaves the look-up to end by itself. */
    static List<InetAddress> resolve(String host, Resolver resolver)
            throws IOException, InterruptedException {
        Task.checkCancelled();
        if (host.isBlank()) throw new UnknownHostException("the host's name is blank");
        try {
            return List.of(InetAddress.ofLiteral(host));
        } catch (IllegalArgumentException e) { // a name
            return ask(new Question(resolver, host));
        }
    }

    private static List<InetAddress> ask(Question question)
            throws IOException, InterruptedException {
        try {
            NameLookup present = UNDER_WAY.get(question);
            return (present != null ? present : startWhenThereIsRoom(question)).await();
        } catch (InterruptedException e) {
            Task.checkCancelled();
            throw e;
        }
    }

    private static NameLookup startWhenThereIsRoom(Question question) throws InterruptedException {
        PLACES.acquire();
        var started = new NameLookup(question);
        NameLookup present = UNDER_WAY.putIfAbsent(question, started);
        if (present != null) {
            PLACES.release();
            return present;
        }
        try {
            THREADS.execute(started::run);
        } catch (Throwable e) { // no thread to be had
            started.end(() -> started.answer.completeExceptionally(e));
        }
        return started;
    }

    private void run() {
        try {
            List<InetAddress> addresses = List.copyOf(question.resolver.resolve(question.host));
            end(() -> answer.complete(addresses));
        } catch (Throwable e) {
            end(() -> answer.completeExceptionally(e));
        }
    }

    /** Whoever asks from here on gets a new answer. */
    private void end(Runnable answering) {
        UNDER_WAY.remove(question);
        PLACES.release();
        answering.run();
    }

    private List<InetAddress> await() throws IOException, InterruptedException {
        try {
            List<InetAddress> addresses = answer.get();
            if (!addresses.isEmpty()) return addresses;
            throw unknown("the resolver has none", null);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw unknown(String.valueOf(cause), cause);
        }
    }

    private UnknownHostException unknown(String why, @Nullable Throwable cause) {
        var unknown =
                new UnknownHostException(
                        "no address is known for host '" + question.host + "': " + why);
        if (cause != null) unknown.initCause(cause);
        return unknown;
    }
}
