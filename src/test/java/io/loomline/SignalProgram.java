package io.loomline;

import io.loomline.net.Connection;
import io.loomline.server.Server;
import io.loomline.task.Task;

import java.time.Duration;

/** A program that gets signals and prints its progress. */
final class SignalProgram {
    private SignalProgram() {}

    /** The argument selects the reaction of the main task to its cancel. */
    public static void main(String[] arguments) throws Exception {
        String result =
                Runtime.run(runtime ->
                        switch (arguments[0]) {
                            case "clean-up" -> cleanUp(runtime);
                            case "ignore" -> ignore();
                            case "fail" -> fail();
                            case "wrap" -> wrap();
                            case "leave a task" -> leaveTask(runtime);
                            case "hang in a hook" -> hangInHook();
                            case "return" -> returnDespiteCancel();
                            default -> exit(arguments[0]);
                        });
        System.out.println("returned " + result);
    }

    private static String cleanUp(Runtime runtime) throws Exception {
        java.lang.Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> System.out.println("hook")));
        Server server = runtime.listen(0, Connection::readLine);
        try (var connection = runtime.connect("localhost", server.port())) {
            System.out.println("ready");
            return "" + connection.readLine();
        } catch (InterruptedException e) {
            System.out.println("cleaning up after: " + Task.current().cancelReason().orElse("?"));
            throw e;
        } finally {
            System.out.println("cleaned up");
        }
    }

    private static String returnDespiteCancel() {
        System.out.println("ready");
        try {
            Task.sleep(Duration.ofHours(1));
        } catch (InterruptedException e) {
            return "despite the signal";
        }
        return "too late";
    }

    private static String fail() {
        System.out.println("ready");
        try {
            Task.sleep(Duration.ofHours(1));
        } catch (InterruptedException e) {
            throw new IllegalStateException("cleaning up failed", e);
        }
        return "too late";
    }

    /** As lambdas do that may not throw checked exceptions. */
    private static String wrap() {
        System.out.println("ready");
        try {
            Task.sleep(Duration.ofHours(1));
        } catch (InterruptedException e) {
            throw new RuntimeException(e);
        }
        return "too late";
    }

    private static String leaveTask(Runtime runtime) throws InterruptedException {
        runtime.start(SignalProgram::ignore);
        Task.sleep(Duration.ofHours(1));
        return "too late";
    }

    private static String hangInHook() throws InterruptedException {
        Runnable hang =
                () -> {
                    System.out.println("hook");
                    spinForever();
                };
        java.lang.Runtime.getRuntime().addShutdownHook(new Thread(hang));
        System.out.println("ready");
        Task.sleep(Duration.ofHours(1));
        return "too late";
    }

    private static String ignore() {
        System.out.println("ready");
        while (true) {
            try {
                Task.sleep(Duration.ofHours(1));
            } catch (InterruptedException e) {
                System.out.println("ignored");
                spinForever();
            }
        }
    }

    private static void spinForever() {
        while (true) Thread.onSpinWait();
    }

    private static String exit(String code) {
        System.out.println("exiting");
        System.exit(Integer.parseInt(code));
        return "never";
    }
}
