import io.loomline.Runtime;
import io.loomline.net.Connection;
import io.loomline.task.Deadline;
import io.loomline.task.Shield;
import io.loomline.task.Task;



import java.time.Duration;
import java.util.concurrent.TimeoutException;

/**
 * Deadlines inside each other, and a goodbye that a cancel does not cut. The server answers at once,
 * late, or never, as it is told; what ran into a deadline leaves the connection usable.
 */
public class Deadlines {
    static final Duration LATE = Duration.ofMillis(300);

    public static void main(String[] args) throws Exception {
        Runtime.run(runtime -> {
            var server = runtime.listen(0, Deadlines::serve);
            try (var connection = runtime.connect("127.0.0.1", server.port())) {
                nested(connection);
            }
            goodbye(runtime, server.port());
            return null;
        });
    }

    static void serve(Connection connection) throws Exception {
        String line;
        while ((line = connection.readLine()) != null) {
            if (line.startsWith("late")) Task.sleep(LATE);
            if (!line.startsWith("never")) connection.writeLine("answer to " + line);
            if (line.equals("BYE")) System.out.println("the server was told BYE");
        }
    }

    /** Two seconds for all; within them a short limit for each question. */
    static void nested(Connection connection) throws Exception {
        var all = Deadline.after(Duration.ofSeconds(2));
        all.run(() -> {
            for (String question : new String[] {"now", "late", "never", "now again"}) {
                try {
                    String answer = Deadline.after(LATE.multipliedBy(2)).call(() -> {
                        connection.writeLine(question);
                        return connection.readLine();
                    });
                    System.out.println(question + ": " + answer);
                } catch (TimeoutException e) {
                    System.out.println(question + ": no answer in time; on with the next");
                }
            }
        });
        System.out.println("in all it took less than 2 s: " + !all.isExpired());
    }

    /** The task is cancelled while it waits; its goodbye is shielded, for a second at most. */
    static void goodbye(Runtime runtime, int port) throws Exception {
        Task<Void> waiting = runtime.start("waiting", () -> {
            try (var connection = runtime.connect("127.0.0.1", port)) {
                try {
                    connection.writeLine("never");
                    connection.readLine();
                } finally {
                    Shield.run(Duration.ofSeconds(1), () -> {
                        connection.writeLine("BYE");
                        System.out.println("said BYE, heard: " + connection.readLine());
                    });
                }
            }
        });
        Task.sleep(Duration.ofMillis(100));
        waiting.cancel("enough");
        waiting.cancelAndJoin();
        System.out.println(waiting.state() + ": " + waiting.cancelReason().orElse(""));
    }
}
