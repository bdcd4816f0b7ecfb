package io.loomline;

import io.loomline.net.Connection;
import io.loomline.server.Server;
import io.loomline.task.Task;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** A program whose main method returns, and what it has left in a runtime. */
final class AliveProgram {
    private static final Duration MOMENT = Duration.ofMillis(300);

    private AliveProgram() {}

    public static void main(String[] arguments) throws Exception {
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
        Task.sleep(MOMENT);
        System.out.println("worked");
    }

    /** It is closed by its first client. */
    private static void serve(Runtime runtime) throws Exception {
        Server server = runtime.listen(0, connection -> closeAfter(runtime, connection));
        System.out.println(server.port());
        Thread.startVirtualThread(() -> connectLater(runtime, server.port()));
    }

    private static void connectLater(Runtime runtime, int port) {
        try {
            Thread.sleep(MOMENT);
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
            Task.sleep(MOMENT);
            runtime.start(AliveProgram::work);
        });
    }

    /** On a thread that keeps nothing alive. */
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

    /** After what kept the JVM alive has ended. */
    private static void startLater(Runtime runtime) throws Exception {
        for (int i = 0; i < 3; i++) {
            runtime.start(() -> 1).join();
            Thread.sleep(MOMENT);
        }
        runtime.start(AliveProgram::work);
    }
}
