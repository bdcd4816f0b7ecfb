import io.loomline.Runtime;
import io.loomline.server.ServerOptions;
import io.loomline.task.Deadline;
import io.loomline.task.GroupOptions;
import io.loomline.task.Outcome;
import io.loomline.task.Task;



import io.loomline.task.GroupOptions.Policy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Fetches thousands of banners at once, in order, with a limit of connections and a deadline for
 * each. Every tenth server is slow, every hundredth hangs up.
 *
 *   Gather [fetches] [at a time]
 */
public class Gather {
    static final Duration PATIENCE = Duration.ofSeconds(2);

    static final AtomicInteger asked = new AtomicInteger();
    static final AtomicInteger fetched = new AtomicInteger();

    public static void main(String[] args) throws Exception {
        int fetches = args.length > 0 ? Integer.parseInt(args[0]) : 5_000;
        int atATime = args.length > 1 ? Integer.parseInt(args[1]) : 500;
        Runtime.run(runtime -> {
            var loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            var server = runtime.listen(loopback, ServerOptions.DEFAULT, connection -> {
                int n = asked.incrementAndGet();
                if (n % 100 == 0) return;
                if (n % 10 == 0) Task.sleep(Duration.ofMillis(200));
                connection.writeLine("220 server " + n + " ready");
            });

            List<Callable<String>> banners = IntStream.range(0, fetches)
                    .<Callable<String>>mapToObj(i -> () -> banner(runtime, server.port()))
                    .toList();
            Task<Void> progress = runtime.start("progress", () -> showProgress(fetches));
            var options = GroupOptions.DEFAULT
                    .withName("banners")
                    .withPolicy(Policy.SUPERVISE) // one that fails leaves the others alone
                    .withLimit(atATime);
            List<Outcome<String>> outcomes;
            try (var group = runtime.group(options)) {
                outcomes = group.settle(banners); // in the order of the bodies
            }
            progress.cancelAndJoin();
            summarize(outcomes);
            return null;
        });
    }

    static String banner(Runtime runtime, int port) throws Exception {
        return Deadline.after(PATIENCE).call(() -> {
            try (var connection = runtime.connect("127.0.0.1", port)) {
                String banner = connection.readLine();
                if (banner == null) throw new IllegalStateException("hung up without a word");
                return banner;
            } finally {
                fetched.incrementAndGet();
            }
        });
    }

    static void showProgress(int all) throws InterruptedException {
        while (true) {
            System.out.printf("fetched %,d of %,d%n", fetched.get(), all);
            Task.sleep(Duration.ofMillis(200));
        }
    }

    static void summarize(List<Outcome<String>> outcomes) {
        int banners = 0;
        int failures = 0;
        for (var outcome : outcomes) {
            switch (outcome) {
                case Outcome.Success<String>(var banner) -> banners++;
                case Outcome.Failure<String>(var exception) -> failures++;
                case Outcome.Cancelled<String>(var reason) -> failures++;
            }
        }
        System.out.printf("the first: %s%n", outcomes.getFirst());
        System.out.printf("%,d banners, %,d failures%n", banners, failures);
    }
}
