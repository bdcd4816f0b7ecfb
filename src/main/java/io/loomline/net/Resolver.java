package io.loomline.net;

import io.loomline.task.Task;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Turns names into addresses on a few threads of its own: a look-up is native code that cannot be
 * interrupted and would hold a carrier thread, so a dead resolver must not reach the tasks.
 */
final class Resolver {
    private static final int THREADS = 8;
    private static final long KEEP_ALIVE_SECONDS = 5;

    private static final ThreadPoolExecutor POOL =
            new ThreadPoolExecutor(
                    THREADS,
                    THREADS,
                    KEEP_ALIVE_SECONDS,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(),
                    Thread.ofPlatform().daemon().name("loomline-resolver-", 0).factory());

    static {
        POOL.allowCoreThreadTimeOut(true);
    }

    private Resolver() {}

    /** All addresses of a host. Blocks; a cancel leaves the look-up to end by itself. */
    static List<InetAddress> resolve(String host) throws IOException, InterruptedException {
        Task.checkCancelled();
        try {
            return List.of(InetAddress.ofLiteral(host));
        } catch (IllegalArgumentException e) { // a name
            return lookUp(host);
        }
    }

    private static List<InetAddress> lookUp(String host) throws IOException, InterruptedException {
        var answer = new CompletableFuture<List<InetAddress>>();
        var unused =
                POOL.submit(() -> {
                    try {
                        answer.complete(List.of(InetAddress.getAllByName(host)));
                    } catch (Throwable e) {
                        answer.completeExceptionally(e);
                    }
                });
        try {
            return answer.get();
        } catch (InterruptedException e) {
            unused.cancel(false); // if it has not begun
            Task.checkCancelled();
            throw e;
        } catch (ExecutionException e) {
            var unknown = new UnknownHostException("no address is known for host '" + host + "'");
            unknown.initCause(e.getCause());
            throw unknown;
        }
    }
}
