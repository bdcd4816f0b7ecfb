package io.loomline;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.loomline.net.Connection;
import io.loomline.task.Task;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
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
                            case "log" -> blockLog(runtime);
                            case "carriers" -> holdCarriers(runtime);
                            default -> exit(arguments[0]);
                        });
        System.out.println("returned " + result);
    }

    private static String cleanUp(Runtime runtime) throws Exception {
        java.lang.Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> System.out.println("hook")));
        runtime.listen(0, Connection::readLine);
        System.out.println("ready");
        try {
            Task.sleep(Duration.ofHours(1));
            return "too late";
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

    /** A shutdown that logs never ends. */
    private static String blockLog(Runtime runtime) throws IOException {
        runtime.listen(0, Connection::readLine);
        var blocked =
                new OutputStream() {
                    @Override
                    public void write(int octet) {
                        System.out.println("ignored");
                        spinForever();
                    }
                };
        System.setErr(new PrintStream(blocked, true, US_ASCII));
        System.out.println("ready");
        spinForever();
        return "never";
    }

    /** No other virtual thread runs once the main task is cancelled. */
    private static String holdCarriers(Runtime runtime) {
        int carriers = java.lang.Runtime.getRuntime().availableProcessors();
        for (int i = 1; i < carriers; i++) runtime.start(SignalProgram::spinForever);
        System.out.println("ready");
        while (!Thread.currentThread().isInterrupted()) Thread.onSpinWait();
        System.out.println("ignored");
        spinForever();
        return "never";
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
