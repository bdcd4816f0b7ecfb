package io.loomline;

import io.loomline.net.Connection;
import io.loomline.server.Server;
import io.loomline.task.Task;

import java.io.IOException;
import java.time.Duration;

/**
 * A program with servers that gets a signal. Each connection sends a line and then another one,
 * which is answered. The program prints the ports of its servers and each first line.
 */
final class DrainProgram {
    private DrainProgram() {}

    /** The arguments: what the main task does, and the milliseconds of the grace period. */
    public static void main(String[] arguments) throws Exception {
        var grace = Duration.ofMillis(Long.parseLong(arguments[1]));
        String result =
                Runtime.run(
                        RuntimeOptions.DEFAULT.withShutdownGrace(grace),
                        runtime ->
                                switch (arguments[0]) {
                                    case "await" -> await(runtime);
                                    case "clean up" -> cleanUp(runtime);
                                    case "sleep" -> sleep(runtime);
                                    case "two" -> awaitFirstOfTwo(runtime);
                                    case "wrap" -> wrap(runtime);
                                    case "client" -> beClient(runtime);
                                    default -> throw new IllegalArgumentException(arguments[0]);
                                });
        System.out.println("returned " + result);
    }

    private static Server listen(Runtime runtime) throws IOException {
        Server server = runtime.listen(0, DrainProgram::answerTheSecondLine);
        System.out.println(server.port());
        return server;
    }

    private static void answerTheSecondLine(Connection connection) throws Exception {
        System.out.println(connection.readLine());
        String second = connection.readLine();
        if (second != null) connection.writeLine("answer to " + second);
    }

    private static String await(Runtime runtime) throws Exception {
        listen(runtime).await();
        return "served";
    }

    private static String cleanUp(Runtime runtime) throws Exception {
        listen(runtime).await();
        Task.sleep(Duration.ofSeconds(1));
        return "cleaned up";
    }

    private static String sleep(Runtime runtime) throws Exception {
        listen(runtime);
        Task.sleep(Duration.ofHours(1));
        return "too late";
    }

    private static String awaitFirstOfTwo(Runtime runtime) throws Exception {
        Server first = listen(runtime);
        listen(runtime);
        first.await();
        return "served";
    }

    /** A handler and a task that throw the exception of their cancel inside another one. */
    private static String wrap(Runtime runtime) throws Exception {
        runtime.start(() -> wrapped(() -> Task.sleep(Duration.ofHours(1))));
        Server server =
                runtime.listen(0, connection -> wrapped(() -> answerTheSecondLine(connection)));
        System.out.println(server.port());
        server.await();
        return "served";
    }

    private interface Step {
        void run() throws Exception;
    }

    private static void wrapped(Step step) throws Exception {
        try {
            step.run();
        } catch (InterruptedException e) {
            throw new RuntimeException(e);
        }
    }

    /** The shutdown of the server ends the connection before it is answered. */
    private static String beClient(Runtime runtime) throws Exception {
        Server server = listen(runtime);
        try (var connection = runtime.connect("localhost", server.port())) {
            connection.writeLine("ready");
            return connection.requireLine();
        }
    }
}
