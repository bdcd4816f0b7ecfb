import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.task.GroupOptions;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;



import io.loomline.task.GroupOptions.Policy;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;

/**
 * "I keep many (reader, writer) pairs. How do I know when a reader has data?" You need not know.
 * Write {@link #communicate} as if its connection were the only one, start a task of it for each
 * connection, and keep the tasks: who has a task can wait for it, cancel it, and ask how it ended.
 *
 * <pre>
 *   mvn -q -Dsample=Communicate
 * </pre>
 */
final class Communicate {
    /** One conversation, from beginning to end. Its waits hold up no other. */
    private static int communicate(Runtime runtime, SocketAddress peer, String name)
            throws Exception {
        try (Connection connection = runtime.connect(peer)) {
            connection.writeLine(name);
            int heard = 0;
            for (String line; (line = connection.readLine()) != null; heard++) {
                System.out.println(name + " hears: " + line);
            }
            return heard;
        }
    }

    public static void main(String[] arguments) throws Exception {
        Runtime.run(Communicate::converse);
    }

    private static int converse(Runtime runtime) throws Exception {
        SocketAddress peer = runtime.listen(0, Communicate::chatter).localAddress();
        // Supervised: one that fails leaves the others alone. Closing it leaves no task behind.
        var options = GroupOptions.DEFAULT.withPolicy(Policy.SUPERVISE);
        try (TaskGroup group = runtime.group(options)) {
            // What is stored is not the pairs of reader and writer, but the tasks that drive them.
            Map<String, Task<Integer>> tasks = new LinkedHashMap<>();
            for (String name : List.of("Ann", "Bob", "Cid", "Dan")) {
                tasks.put(name, group.start(name, () -> communicate(runtime, peer, name)));
            }

            // Wait for one. join gives what its task returned, or throws what it failed with.
            System.out.println("Ann heard " + tasks.get("Ann").join() + " lines");

            // Wait for all, but not for ever. A timeout ends the waiting and no task.
            try {
                group.await(Duration.ofMillis(200));
            } catch (TimeoutException e) {
                System.out.println("that was long enough");
            }

            // Cancel those who still talk: their readLine throws, which closes the connection.
            // A cancel asks; the task has ended only when await, or join, says so.
            for (Task<Integer> task : tasks.values()) task.cancel("it talked too long");
            group.await();

            tasks.forEach((name, task) -> System.out.println(name + " " + ending(task)));
            return tasks.size();
        }
    }

    private static String ending(Task<Integer> task) {
        return switch (task.state()) {
            case SUCCESS -> "came to the end, after " + task.resultNow() + " lines";
            case FAILED -> "failed: " + task.exceptionNow().getMessage();
            case CANCELLED -> "was cancelled: " + task.cancelReason().orElseThrow();
            case RUNNING -> "still runs";
        };
    }

    /** The peer, no less sequential: Cid is talked to without end, and Dan is cut off. */
    private static void chatter(Connection connection) throws Exception {
        String caller = connection.readLine();
        int lines = "Cid".equals(caller) ? Integer.MAX_VALUE : 3;
        for (int i = 1; i <= lines; i++) {
            connection.writeLine("line " + i + " for " + caller);
            Task.sleep(Duration.ofMillis(40));
            if ("Dan".equals(caller)) connection.abort();
        }
    }
}
