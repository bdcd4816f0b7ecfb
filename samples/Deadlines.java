import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.task.Deadline;
import io.loomline.task.Shield;
import io.loomline.task.Task;

// Nested deadlines, and a goodbye that a cancel does not interrupt. The server answers at once,
// late or never. A read that exceeds its deadline leaves the connection usable.
//
//   mvn -q -Dsample=Deadlines

final Duration late = Duration.ofMillis(300);

void main() throws Exception {
    Runtime.run(runtime -> {
        int port = runtime.listen(0, this::answer).port();
        try (var connection = runtime.connect("localhost", port)) {
            ask(connection);
        }
        sayGoodbye(runtime, port);
    });
}

void answer(Connection connection) throws Exception {
    for (String line; (line = connection.readLine()) != null; ) {
        if (line.startsWith("late")) Task.sleep(late);
        if (!line.startsWith("never")) connection.writeLine("answer to " + line);
    }
}

/** Two seconds for all questions, and a shorter deadline for each. */
void ask(Connection connection) throws Exception {
    var all = Deadline.after(Duration.ofSeconds(2));
    all.run(() -> {
        for (String question : List.of("now", "late", "never", "now again")) {
            try {
                String answer = Deadline.after(late.multipliedBy(2)).call(() -> {
                    connection.writeLine(question);
                    return connection.readLine();
                });
                System.out.println(question + ": " + answer);
            } catch (TimeoutException e) {
                System.out.println(question + ": no answer in time");
            }
        }
    });
    System.out.println("all questions took less than 2 s: " + !all.isExpired());
}

/** The task is cancelled while it waits. The shield gives its goodbye up to one second. */
void sayGoodbye(Runtime runtime, int port) throws Exception {
    Task<Void> task = runtime.start("waiting", () -> {
        try (var connection = runtime.connect("localhost", port)) {
            try {
                connection.writeLine("never");
                connection.readLine();
            } finally {
                Shield.run(Duration.ofSeconds(1), () -> {
                    connection.writeLine("goodbye");
                    System.out.println("received: " + connection.readLine());
                });
            }
        }
    });
    Task.sleep(Duration.ofMillis(100));
    task.cancel("waited long enough");
    task.cancelAndJoin();
    System.out.println(task.state() + ": " + task.cancelReason().orElse(""));
}
