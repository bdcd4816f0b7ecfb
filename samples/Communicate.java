import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.task.GroupOptions;
import io.loomline.task.GroupOptions.Policy;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;

// "I keep many (reader, writer) pairs. How do I know when a reader has data?"
//
// You don't need to. Write `communicate` as if its connection were the only one, start a task for
// each connection, and keep the tasks. With a task in hand you can wait for it, cancel it or check
// how it ended.
//
//   mvn -q -Dsample=Communicate

void main() throws Exception {
    Runtime.run(this::converse);
}

/** One conversation from start to end. Its waits block no other conversation. */
int communicate(Runtime runtime, SocketAddress peer, String name) throws Exception {
    try (Connection connection = runtime.connect(peer)) {
        connection.writeLine(name);
        int lines = 0;
        for (String line; (line = connection.readLine()) != null; lines++) {
            System.out.println(name + " received: " + line);
        }
        return lines;
    }
}

void converse(Runtime runtime) throws Exception {
    SocketAddress peer = runtime.listen(0, this::talk).localAddress();
    // SUPERVISE: a task that fails does not cancel the others. Closing the group ends all tasks.
    var options = GroupOptions.DEFAULT.withPolicy(Policy.SUPERVISE);
    try (TaskGroup group = runtime.group(options)) {
        // Store the tasks, not the (reader, writer) pairs.
        Map<String, Task<Integer>> tasks = new LinkedHashMap<>();
        for (String name : List.of("Ann", "Bob", "Cid", "Dan")) {
            tasks.put(name, group.start(name, () -> communicate(runtime, peer, name)));
        }

        // Wait for one task: join returns its result or throws its failure.
        System.out.println("Ann received " + tasks.get("Ann").join() + " lines");

        // Wait for all tasks, up to a timeout. The timeout ends the wait, not the tasks.
        try {
            group.await(Duration.ofMillis(200));
        } catch (TimeoutException e) {
            System.out.println("some tasks are still running");
        }

        // Cancel the tasks that are still running: their readLine throws, which closes the
        // connection. A cancel is a request; await returns when the tasks have ended.
        for (Task<Integer> task : tasks.values()) task.cancel("the conversation took too long");
        group.await();

        tasks.forEach((name, task) -> System.out.println(name + " " + describe(task)));
    }
}

String describe(Task<Integer> task) {
    return switch (task.state()) {
        case SUCCESS -> "succeeded: " + task.resultNow() + " lines";
        case FAILED -> "failed: " + task.exceptionNow().getMessage();
        case CANCELLED -> "was cancelled: " + task.cancelReason().orElseThrow();
        case RUNNING -> "is running";
    };
}

/** The peer, just as sequential: it never stops talking to Cid and aborts Dan's connection. */
void talk(Connection connection) throws Exception {
    String name = connection.readLine();
    int lines = "Cid".equals(name) ? Integer.MAX_VALUE : 3;
    for (int i = 1; i <= lines; i++) {
        connection.writeLine("line " + i + " for " + name);
        Task.sleep(Duration.ofMillis(40));
        if ("Dan".equals(name)) connection.abort();
    }
}
