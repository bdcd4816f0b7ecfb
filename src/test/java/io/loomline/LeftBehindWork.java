package io.loomline;

import io.loomline.connect.ConnectOptions;
import io.loomline.server.ServerOptions;
import io.loomline.task.Deadline;
import io.loomline.task.GroupOptions;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;
import io.loomline.task.Tasks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** Uses every part of a runtime that needs a thread, and closes it. */
public final class LeftBehindWork implements Runnable {
    private static final Duration HOUR = Duration.ofHours(1);

    /** Handles that outlive the runtime. They must not keep a thread alive. */
    private final List<Object> kept = new ArrayList<>();

    /** Called by reflection. */
    public LeftBehindWork() {}

    @Override
    public void run() {
        try (var runtime = Runtime.open()) {
            useTime(runtime);
            fail(runtime);
            serve(runtime);
            runtime.start(
                    () -> Task.sleep(HOUR)); // cancelled by the close, which starts the watchdog
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private void useTime(Runtime runtime) throws Exception {
        Task.sleep(Duration.ofMillis(1));
        Deadline.after(HOUR).run(() -> Task.sleep(Duration.ofMillis(1)));
        try {
            Deadline.after(Duration.ofMillis(1)).run(() -> Task.sleep(HOUR));
        } catch (TimeoutException e) {
            kept.add(e);
        }
        Task<Integer> task = runtime.start(() -> Tasks.blocking(() -> 7));
        Iterable<Task<Integer>> completed = Tasks.asCompleted(List.of(task));
        kept.add(completed);
        completed.forEach(Task::isDone);
    }

    private void fail(Runtime runtime) throws InterruptedException {
        TaskGroup group =
                runtime.group(GroupOptions.DEFAULT.withPolicy(GroupOptions.Policy.SUPERVISE));
        for (int i = 0; i < 3; i++) {
            Task<?> failing = group.start(() -> Integer.parseInt("x"));
            kept.add(failing);
            try {
                if (i == 0) failing.join();
            } catch (ExecutionException e) {
                kept.add(e);
            }
        }
    }

    private static void serve(Runtime runtime) throws IOException, InterruptedException {
        var any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        var server =
                runtime.listen(
                        any,
                        ServerOptions.DEFAULT,
                        connection -> connection.writeLine(connection.readLine()));
        for (int i = 0; i < 5; i++) {
            try (var connection =
                    runtime.connect("localhost", server.port(), ConnectOptions.DEFAULT)) {
                connection.writeLine("hello");
                if (!"hello".equals(connection.readLine())) throw new IOException("no echo");
            }
        }
    }
}
