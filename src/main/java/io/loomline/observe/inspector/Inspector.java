package io.loomline.observe.inspector;

import com.sun.net.httpserver.HttpServer;

import io.loomline.concurrent.Threads;
import io.loomline.log.Loggers;
import io.loomline.observe.InspectorOptions;
import io.loomline.observe.live.ObservedRuntime;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Serves a runtime's page at loopback. Its threads are daemon threads of the system, so it keeps no
 * JVM alive and answers while virtual threads hold all carriers.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class Inspector implements AutoCloseable {
    private static final Logger LOG = Loggers.of(Inspector.class);
    private static final int MOST_THREADS = 4;
    private static final int KEEP_THREADS_SECONDS = 10;

    private final List<HttpServer> servers;
    private final ThreadPoolExecutor threads;
    private final URI uri;

    private Inspector(List<HttpServer> servers, ObservedRuntime runtime, InspectorOptions options) {
        this.servers = servers;
        this.threads = daemons();
        int port = servers.getFirst().getAddress().getPort();
        Token token = options.actions() ? new Token() : null;
        var handler = new RequestHandler(runtime, port, token);
        for (HttpServer each : servers) {
            each.createContext("/", handler);
            each.setExecutor(threads);
            each.start(); // its own thread is a daemon, as the caller's
        }
        uri = uri(servers.getFirst(), port, token);
    }

    private static ThreadPoolExecutor daemons() {
        var threads =
                new ThreadPoolExecutor(
                        MOST_THREADS,
                        MOST_THREADS,
                        KEEP_THREADS_SECONDS,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        body -> Threads.daemon("loomline-inspector", body));
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    private static URI uri(HttpServer server, int port, @Nullable Token token) {
        String address = server.getAddress().getAddress().getHostAddress();
        String host = address.contains(":") ? "[::1]" : address;
        // browsers do not send what follows the #
        String secret = token == null ? "" : "#token=" + token.text();
        return URI.create("http://" + host + ":" + port + "/" + secret);
    }

    /**
     * Starts to serve.
     *
     * @throws UnsupportedOperationException if this Java has no HTTP server
     * @throws UncheckedIOException if the port cannot be bound
     */
    public static Inspector open(ObservedRuntime runtime, InspectorOptions options) {
        // made on a daemon thread, because the threads of HttpServer inherit that from their maker
        var opening = new FutureTask<>(() -> bind(runtime, options));
        Thread maker = Threads.daemon("loomline-inspector-open", opening);
        maker.start();
        Threads.joinUninterruptibly(maker);
        Inspector opened =
                switch (opening.state()) {
                    case SUCCESS -> opening.resultNow();
                    default -> throw failure(options.port(), opening.exceptionNow());
                };
        opened.announce(runtime.name(), options.actions());
        return opened;
    }

    private static Inspector bind(ObservedRuntime runtime, InspectorOptions options)
            throws IOException {
        return new Inspector(LoopbackListener.open(options.port()), runtime, options);
    }

    private static RuntimeException failure(int port, Throwable cause) {
        if (cause instanceof IOException e) {
            return new UncheckedIOException(
                    "inspector: cannot listen at port " + port + ": " + e.getMessage(), e);
        }
        return new IllegalStateException("inspector: cannot start", cause);
    }

    private void announce(String name, boolean actions) {
        if (actions) {
            // a warning, because it is a secret, and without it the page is of less use
            LOG.warn("inspector of {}: whoever has this address may cancel tasks: {}", name, uri);
        } else {
            LOG.info("inspector of {}, read-only: {}", name, uri);
        }
    }

    /** The address of the page, with the token if there is one. */
    public URI uri() {
        return uri;
    }

    /** Stops serving. Requests in progress are cut. */
    @Override
    public void close() {
        servers.forEach(each -> each.stop(0));
        threads.shutdownNow();
    }
}
