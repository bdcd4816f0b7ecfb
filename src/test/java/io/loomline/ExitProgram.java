package io.loomline;

import io.loomline.server.Server;
import io.loomline.task.GroupOptions;
import io.loomline.task.Shield;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * A program whose tasks call {@link System#exit} with 7 while a shutdown hook closes their runtime
 * or group. It prints its progress, and at last that the hook has ended.
 */
final class ExitProgram {
    private static final Duration LONG = Duration.ofHours(1);

    private ExitProgram() {}

    /** The argument selects the caller of exit and the action of the hook. */
    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "program" -> exitInProgram();
            case "program, joined" -> exitInProgramThatAHookJoins();
            case "program in a hook" -> runProgramInHook();
            case "resource" -> exitInHandlerOfAResource();
            default -> exitIn(Runtime.open(), arguments[0]);
        }
    }

    private static void exitIn(Runtime runtime, String what) throws Exception {
        startSlowToEnd(runtime);
        switch (what) {
            case "task" -> exitInTask(runtime);
            case "two" -> exitInTwoTasks(runtime);
            case "nested" -> exitInNestedTasks(runtime);
            case "group" -> exitInGroup(runtime);
            case "callback" -> exitInCallback(runtime);
            case "virtual" -> closeOnVirtualThread(runtime);
            case "handler" -> exitInHandler(runtime);
            case "shutdown" -> exitInHandlerDuringShutdown(runtime);
            case "join" -> exitInJoinedTask(runtime);
            case "main" -> exitWhileMainCloses(runtime);
            default -> throw new IllegalArgumentException(what);
        }
    }

    private static void exitInTask(Runtime runtime) throws InterruptedException {
        hook(runtime::close);
        runtime.start(() -> System.exit(7));
        awaitExit();
    }

    private static void exitInTwoTasks(Runtime runtime) throws InterruptedException {
        hook(runtime::close);
        var both = new CountDownLatch(2);
        for (int i = 0; i < 2; i++) runtime.start(() -> exitWith(both));
        awaitExit();
    }

    private static void exitInNestedTasks(Runtime runtime) throws InterruptedException {
        hook(runtime::close);
        runtime.start(
                () -> runtime.scope(group -> group.start(() -> exitWithChild(runtime)).join()));
        awaitExit();
    }

    private static void exitInGroup(Runtime runtime) throws InterruptedException {
        TaskGroup group = runtime.group(GroupOptions.DEFAULT.withLimit(1));
        hook(group::close);
        group.start(() -> System.exit(7));
        awaitExit();
    }

    private static void exitInCallback(Runtime runtime) throws InterruptedException {
        hook(runtime::close);
        runtime.start(() -> {}).onDone(_ -> System.exit(7));
        awaitExit();
    }

    private static void closeOnVirtualThread(Runtime runtime) throws InterruptedException {
        hook(() -> Thread.ofVirtual().start(runtime::close).join());
        runtime.start(() -> System.exit(7));
        awaitExit();
    }

    private static void exitInHandler(Runtime runtime) throws Exception {
        hook(runtime::close);
        makeHandlerExit(listen(runtime));
        awaitExit();
    }

    private static void exitInHandlerDuringShutdown(Runtime runtime) throws Exception {
        Server server = listen(runtime);
        hook(() -> {
            server.shutdown(LONG);
            runtime.close();
        });
        makeHandlerExit(server);
        awaitExit();
    }

    private static void exitInJoinedTask(Runtime runtime) throws InterruptedException {
        var started = new CountDownLatch(1);
        Task<Void> exiting =
                runtime.start(() -> {
                    started.await();
                    System.exit(7);
                });
        exiting.onDone(task -> System.out.println("ended " + task.state()));
        hook(exiting::cancelAndJoin);
        started.countDown();
        awaitExit();
    }

    private static void exitWhileMainCloses(Runtime runtime) throws InterruptedException {
        Thread main = Thread.currentThread();
        hook(main::join); // ends after it has closed the runtime
        var started = new CountDownLatch(1);
        runtime.start(() -> exitWhenCancelled(started));
        started.await();
        runtime.close();
        System.out.println("closed");
    }

    private static void exitInProgram() throws Exception {
        Runtime.run(runtime -> {
            startSlowToEnd(runtime);
            hook(runtime::close);
            System.exit(7);
        });
    }

    /** The hook ends once {@code Runtime.run} has returned. */
    private static void exitInProgramThatAHookJoins() throws Exception {
        Thread caller = Thread.currentThread();
        Runtime.run(runtime -> {
            startSlowToEnd(runtime);
            hook(() -> {
                runtime.close();
                caller.join();
            });
            System.exit(7);
        });
    }

    private static void runProgramInHook() throws Exception {
        hook(() -> Runtime.run(ExitProgram::serveOneConnection));
        System.exit(7);
    }

    private static void serveOneConnection(Runtime runtime) throws Exception {
        Server server = runtime.listen(0, connection -> connection.writeLine("served"));
        try (var connection = runtime.connect("localhost", server.port())) {
            System.out.println(connection.readLine());
        }
    }

    /** The main thread waits in the block that will close the runtime. */
    private static void exitInHandlerOfAResource() throws Exception {
        try (Runtime runtime = Runtime.open()) {
            startSlowToEnd(runtime);
            hook(runtime::close);
            makeHandlerExit(listen(runtime));
            runtime.await();
        }
    }

    /** Blocks the main thread, so that only exit ends the process. */
    private static void awaitExit() throws InterruptedException {
        new CountDownLatch(1).await();
    }

    private interface Step {
        void run() throws Exception;
    }

    private static void hook(Step step) {
        java.lang.Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> {
                            try {
                                step.run();
                                System.out.println("hook has ended");
                            } catch (Exception e) {
                                System.out.println("hook failed: " + e);
                            }
                        }));
    }

    /** The close still waits for this task. */
    private static void startSlowToEnd(Runtime runtime) throws InterruptedException {
        var started = new CountDownLatch(1);
        runtime.start(() -> {
            started.countDown();
            try {
                Task.sleep(LONG);
            } finally {
                Shield.run(LONG, () -> Task.sleep(Duration.ofMillis(50)));
                System.out.println("cleaned up");
            }
        });
        started.await();
    }

    private static void exitWhenCancelled(CountDownLatch started) {
        started.countDown();
        try {
            Task.sleep(LONG);
        } catch (InterruptedException e) {
            System.exit(7);
        }
    }

    private static void exitWith(CountDownLatch both) throws InterruptedException {
        both.countDown();
        both.await();
        System.exit(7);
    }

    /** Two tasks call exit: the caller and a task in a group of its own. */
    private static int exitWithChild(Runtime runtime) throws InterruptedException {
        var both = new CountDownLatch(2);
        runtime.group().start(() -> exitWith(both));
        runtime.group().start(() -> Task.sleep(LONG));
        exitWith(both);
        return 0;
    }

    private static Server listen(Runtime runtime) throws IOException {
        return runtime.listen(
                0,
                connection -> {
                    connection.readLine();
                    System.exit(7);
                });
    }

    private static void makeHandlerExit(Server server) throws IOException {
        try (var client = new Socket()) {
            client.connect(new InetSocketAddress("localhost", server.port()));
            client.getOutputStream().write("go\n".getBytes(StandardCharsets.UTF_8));
            client.getOutputStream().flush();
            System.out.println("the client reads " + client.getInputStream().read());
        }
    }
}
