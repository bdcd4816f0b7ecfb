import io.loomline.Runtime;
import io.loomline.task.Deadline;
import io.loomline.task.GroupOptions;
import io.loomline.task.GroupOptions.Policy;
import io.loomline.task.Outcome;
import io.loomline.task.Task;

// Fetches thousands of banners concurrently, with a limit on connections and a deadline for each.
// The outcomes keep the order of the requests. Every tenth answer is slow, every hundredth missing.
//
//   mvn -q -Dsample=Gather
//   mvn -q -Dsample=Gather -Dargs="FETCHES [CONCURRENT]"

final Duration timeout = Duration.ofSeconds(2);
final AtomicInteger served = new AtomicInteger();
final AtomicInteger fetched = new AtomicInteger();

void main(String[] arguments) throws Exception {
    int fetches = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5_000;
    int concurrent = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 500;
    Runtime.run(runtime -> {
        var server = runtime.listen(0, connection -> {
            int number = served.incrementAndGet();
            if (number % 100 == 0) return;
            if (number % 10 == 0) Task.sleep(Duration.ofMillis(200));
            connection.writeLine("220 server " + number + " ready");
        });
        Callable<String> fetch = () -> fetchBanner(runtime, server.port());
        Task<Void> progress = runtime.start("progress", () -> showProgress(fetches));
        var options = GroupOptions.DEFAULT
                .withPolicy(Policy.SUPERVISE) // a failure does not cancel the other fetches
                .withLimit(concurrent);
        try (var group = runtime.group(options)) {
            List<Outcome<String>> outcomes = group.settle(Collections.nCopies(fetches, fetch));
            progress.cancelAndJoin();
            summarize(outcomes);
        }
    });
}

String fetchBanner(Runtime runtime, int port) throws Exception {
    return Deadline.after(timeout).call(() -> {
        try (var connection = runtime.connect("localhost", port)) {
            String banner = connection.readLine();
            if (banner == null) throw new EOFException("closed without a banner");
            return banner;
        } finally {
            fetched.incrementAndGet();
        }
    });
}

/** Runs until it is cancelled. */
void showProgress(int fetches) throws InterruptedException {
    while (true) {
        System.out.printf("fetched %,d of %,d%n", fetched.get(), fetches);
        Task.sleep(Duration.ofMillis(200));
    }
}

void summarize(List<Outcome<String>> outcomes) {
    int banners = 0;
    int failures = 0;
    for (Outcome<String> outcome : outcomes) {
        switch (outcome) {
            case Outcome.Success<String> _ -> banners++;
            case Outcome.Failure<String> _, Outcome.Cancelled<String> _ -> failures++;
        }
    }
    System.out.printf("first outcome: %s%n", outcomes.getFirst());
    System.out.printf("%,d banners, %,d failures%n", banners, failures);
}
