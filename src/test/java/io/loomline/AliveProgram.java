package io.loomline;

import io.loomline.net.Connection;
import io.loomline.probe.Eventually;
import io.loomline.server.Server;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** A program whose main method returns and leaves a server, a task or nothing in a runtime. */
final class AliveProgram {
    /** Enough time for the JVM to exit if nothing keeps it alive. */
    private static final Duration TIME_TO_EXIT = Duration.ofMillis(300);

    private static final CompletableFuture<Thread> MAIN = new CompletableFuture<>();

    private AliveProgram() {}

    public static void main(String[] arguments) throws Exception {
        MAIN.complete(Thread.currentThread());
        var options = RuntimeOptions.DEFAULT;
        switch (arguments[0]) {
            case "server" -> serve(Runtime.open(options));
            case "memory" -> serve(Runtime.open(options.withDriver(Drivers.memory())));
            case "daemon" -> serve(Runtime.open(options.withDaemon(true)));
            case "task" -> Runtime.open(options).start(AliveProgram::work);
            case "group" -> Runtime.open(options).group().start(AliveProgram::work);
            case "task of a task" -> startInside(Runtime.open(options));
            case "scope" -> openScope(Runtime.open(options));
            case "nothing left" -> Runtime.open(options).start(() -> 1).join();
            case "idle" -> startLater(Runtime.open(options));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static void work() throws InterruptedException {
        outliveMain();
        System.out.println("worked");
    }

    private static void outliveMain() throws InterruptedException {
        MAIN.join().join();
        Thread.sleep(TIME_TO_EXIT);
    }

    /** The first client closes the runtime. */
    private static void serve(Runtime runtime) throws Exception {
        Server server = runtime.listen(0, connection -> closeAfter(runtime, connection));
        System.out.println(server.port());
        Thread.startVirtualThread(() -> connectLater(runtime, server.port()));
    }

    private static void connectLater(Runtime runtime, int port) {
        try {
            outliveMain();
            try (Connection connection = runtime.connect("localhost", port)) {
                connection.writeLine("end");
                connection.readLine();
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void closeAfter(Runtime runtime, Connection connection) throws Exception {
        System.out.println("served " + connection.readLine());
        Thread.startVirtualThread(runtime::close);
    }

    private static void startInside(Runtime runtime) {
        runtime.start(() -> {
            outliveMain();
            runtime.start(AliveProgram::work);
        });
    }

    /** The scope runs on a daemon thread. */
    private static void openScope(Runtime runtime) throws InterruptedException {
        var started = new CountDownLatch(1);
        Thread.startVirtualThread(() -> {
            try {
                runtime.scope(group -> {
                    group.start(AliveProgram::work);
                    started.countDown();
                    return null;
                });
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        started.await();
    }

    /** Starts a task after the threads that kept the JVM alive for earlier tasks have ended. */
    private static void startLater(Runtime runtime) throws Exception {
        for (int i = 0; i < 3; i++) {
            runtime.start(() -> 1).join();
            Eventually.holds(() -> !hasKeeper());
        }
        runtime.start(AliveProgram::work);
    }

    private static boolean hasKeeper() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().startsWith("loomline") && !thread.isDaemon());
    }
}
