package io.loomline.connect;

import io.loomline.concurrent.BoundedThreads;
import io.loomline.log.ErrorText;
import io.loomline.net.wire.Interrupts;
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

/**
 * One lookup of a host name, on a platform thread of a pool. The JDK's lookup is native code: it
 * ignores interrupts and would pin a carrier thread, so a task must not run it.
 *
 * <p>All callers that look up the same name share one lookup, so a name without an answer occupies
 * one thread. While all threads are occupied, callers that look up other names wait for a permit.
 * Each caller can be cancelled, and a cancelled caller leaves no lookup in a queue.
 */
final class NameLookup {
    // Unanswered names release their permits after some seconds.
    // https://man7.org/linux/man-pages/man5/resolv.conf.5.html
    // "Sets the amount of time the resolver will wait for a response from a remote name server
    // before retrying the query via a different name server."
    private static final int MAX_CONCURRENT = 64;

    private static final BoundedThreads THREADS =
            new BoundedThreads("loomline-resolver", MAX_CONCURRENT);

    private static final ConcurrentMap<Question, NameLookup> IN_PROGRESS =
            new ConcurrentHashMap<>();

    /**
     * A host name and the resolver to use. Its equality is explicit, because the JDK caches the
     * generated methods of a record, and with them the class loader of its component types.
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

    /**
     * All addresses of a host. <i>Blocks.</i>
     *
     * <p><i>Cancellation:</i> ends the wait, and not the lookup itself.
     */
    static List<InetAddress> resolve(String host, Resolver resolver)
            throws IOException, InterruptedException {
        Task.checkCancelled();
        String name = requireName(host);
        try {
            return List.of(InetAddress.ofLiteral(name));
        } catch (IllegalArgumentException e) { // not an IP address
            return lookUp(new Question(resolver, name));
        }
    }

    private static String requireName(String host) throws UnknownHostException {
        try {
            return HostName.require(host);
        } catch (IllegalArgumentException e) {
            throw failure(ErrorText.of(e), e);
        }
    }

    private static List<InetAddress> lookUp(Question question)
            throws IOException, InterruptedException {
        try {
            NameLookup present = IN_PROGRESS.get(question);
            return (present != null ? present : startWithPermit(question)).await();
        } catch (InterruptedException e) {
            throw Interrupts.cancelOr(e);
        }
    }

    private static NameLookup startWithPermit(Question question) throws InterruptedException {
        THREADS.acquire();
        var started = new NameLookup(question);
        NameLookup present = IN_PROGRESS.putIfAbsent(question, started);
        if (present != null) {
            THREADS.release();
            return present;
        }
        try {
            THREADS.execute(started::run);
        } catch (Throwable e) { // no thread could be started
            started.finish(() -> started.answer.completeExceptionally(e));
        }
        return started;
    }

    private void run() {
        try {
            List<InetAddress> addresses = List.copyOf(question.resolver.resolve(question.host));
            finish(() -> answer.complete(addresses));
        } catch (Throwable e) {
            finish(() -> answer.completeExceptionally(e));
        }
    }

    /** Callers that come after the removal start a lookup of their own. */
    private void finish(Runnable answering) {
        IN_PROGRESS.remove(question);
        answering.run();
    }

    private List<InetAddress> await() throws IOException, InterruptedException {
        String subject = "cannot resolve host '" + question.host + "'";
        try {
            List<InetAddress> addresses = answer.get();
            if (!addresses.isEmpty()) return addresses;
            throw failure(subject + ": the resolver returned no address", null);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw failure(subject + reason(cause), cause);
        }
    }

    /** The JDK's own message starts with the host, or is the host. */
    private String reason(@Nullable Throwable cause) {
        if (!(cause instanceof UnknownHostException unknown)) {
            return cause == null ? "" : ": " + ErrorText.described(cause);
        }
        String message = ErrorText.of(unknown);
        if (message.equals(question.host)) return ": it has no address";
        String prefix = question.host + ": ";
        return ": " + (message.startsWith(prefix) ? message.substring(prefix.length()) : message);
    }

    private static UnknownHostException failure(String message, @Nullable Throwable cause) {
        var failure = new UnknownHostException(message);
        if (cause != null) failure.initCause(cause);
        return failure;
    }
}
