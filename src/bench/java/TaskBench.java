import io.loomline.Runtime;
import io.loomline.task.Deadline;
import io.loomline.task.Task;
import io.loomline.task.TaskGroup;



import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.StructuredTaskScope;
import java.util.concurrent.locks.LockSupport;

/**
 * What tasks cost beside bare virtual threads, in one process: rounds in turn (A B A B ...), after
 * warm-up rounds, medians of the rounds and of their ratios. Run it on an idle machine.
 *
 *   mvn -q -Pbench -Dbench=TaskBench                     all scenarios
 *   mvn -q -Pbench -Dbench=TaskBench -Dargs="9 cancel"   nine rounds of one
 */
public class TaskBench {
    static final int WARM_UP_ROUNDS = 3;
    static final int TRIVIAL = 1_000_000;
    static final int BLOCKED = 100_000;

    /** One way to do a scenario; returns nanoseconds, or bytes, for each of its tasks. */
    interface Way {
        double measure(Runtime runtime) throws Exception;
    }

    public static void main(String[] args) throws Exception {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 9;
        String only = args.length > 1 ? args[1] : "";
        Map<String, Map<String, Way>> scenarios = new LinkedHashMap<>();
        scenarios.put("spawn 1,000,000 and join, ns each", ways(
                way("bare threads and a latch", _ -> spawnBare(TRIVIAL)),
                way("TaskGroup", runtime -> spawnTasks(runtime, TRIVIAL)),
                way("StructuredTaskScope", _ -> spawnStructured(TRIVIAL))));
        scenarios.put("spawn 100,000 and join, ns each", ways(
                way("bare threads and a latch", _ -> spawnBare(BLOCKED)),
                way("TaskGroup", runtime -> spawnTasks(runtime, BLOCKED))));
        scenarios.put("cancel 100,000 blocked until all have ended, ns each", ways(
                way("interrupt bare threads", _ -> cancelBare()),
                way("TaskGroup.cancel", TaskBench::cancelTasks)));
        scenarios.put("heap of one of 100,000 parked, bytes", ways(
                way("bare thread", _ -> heapBare()),
                way("task", TaskBench::heapTasks)));
        scenarios.put("enter and leave, ns", ways(
                way("nothing", _ -> enter(null)),
                way("unexpired deadline", _ -> enter(Duration.ofMinutes(1)))));
        scenarios.put("gather 1,000,000 results in order, ns each", ways(
                way("bare threads into an array", _ -> gatherBare()),
                way("TaskGroup.gather", TaskBench::gatherTasks)));
        System.out.printf("Java %s, %d processors, %d rounds after %d to warm up%n",
                java.lang.Runtime.version(), java.lang.Runtime.getRuntime().availableProcessors(),
                rounds, WARM_UP_ROUNDS);
        for (var scenario : scenarios.entrySet()) {
            if (scenario.getKey().contains(only)) compare(scenario.getKey(), scenario.getValue(), rounds);
        }
    }

    /** The first is what the others are compared with. */
    record Named(String name, Way way) {}

    static Named way(String name, Way way) {
        return new Named(name, way);
    }

    static Map<String, Way> ways(Named... ways) {
        Map<String, Way> named = new LinkedHashMap<>();
        for (Named each : ways) named.put(each.name(), each.way());
        return named;
    }

    static void compare(String scenario, Map<String, Way> ways, int rounds) throws Exception {
        System.out.println("\n" + scenario);
        Map<String, double[]> measured = new LinkedHashMap<>();
        ways.keySet().forEach(name -> measured.put(name, new double[rounds]));
        for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
            for (var way : ways.entrySet()) {
                System.gc();
                try (var runtime = Runtime.open()) {
                    // from a virtual thread, as servers start tasks
                    Task<Double> run = runtime.start(() -> way.getValue().measure(runtime));
                    double figure = run.join();
                    if (round >= 0) measured.get(way.getKey())[round] = figure;
                }
            }
        }
        double[] first = measured.values().iterator().next();
        measured.forEach((name, figures) -> {
            double[] ratios = new double[rounds];
            Arrays.setAll(ratios, i -> figures[i] / first[i]);
            System.out.printf("  %-28s median %9.1f   ratio %.2f%n", name, median(figures), median(ratios));
        });
    }

    static double median(double[] figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    static double spawnBare(int count) throws InterruptedException {
        long start = System.nanoTime();
        var latch = new CountDownLatch(count);
        for (int i = 0; i < count; i++) Thread.startVirtualThread(latch::countDown);
        latch.await();
        return (System.nanoTime() - start) / (double) count;
    }

    static double spawnTasks(Runtime runtime, int count) throws Exception {
        long start = System.nanoTime();
        try (TaskGroup group = runtime.group()) {
            for (int i = 0; i < count; i++) group.start(TaskBench::nothing);
            group.await();
        }
        return (System.nanoTime() - start) / (double) count;
    }

    static void nothing() {}

    static double spawnStructured(int count) throws Exception {
        long start = System.nanoTime();
        try (var scope = StructuredTaskScope.open(StructuredTaskScope.Joiner.awaitAll())) {
            for (int i = 0; i < count; i++) scope.fork(() -> {});
            scope.join();
        }
        return (System.nanoTime() - start) / (double) count;
    }

    static double cancelBare() throws InterruptedException {
        var ready = new CountDownLatch(BLOCKED);
        var ended = new CountDownLatch(BLOCKED);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < BLOCKED; i++) {
            threads.add(Thread.startVirtualThread(() -> {
                ready.countDown();
                parkUntilInterrupted();
                ended.countDown();
            }));
        }
        ready.await();
        long start = System.nanoTime();
        threads.forEach(Thread::interrupt);
        ended.await();
        return (System.nanoTime() - start) / (double) BLOCKED;
    }

    /** Not at a latch: its queue of waiters takes an interrupt in time that grows with its length. */
    static void parkUntilInterrupted() {
        while (!Thread.currentThread().isInterrupted()) LockSupport.park();
    }

    static double cancelTasks(Runtime runtime) throws Exception {
        var ready = new CountDownLatch(BLOCKED);
        try (TaskGroup group = runtime.group()) {
            for (int i = 0; i < BLOCKED; i++) {
                group.start(() -> {
                    ready.countDown();
                    parkUntilInterrupted();
                });
            }
            ready.await();
            long start = System.nanoTime();
            group.cancel();
            group.await();
            return (System.nanoTime() - start) / (double) BLOCKED;
        }
    }

    static double heapBare() throws InterruptedException {
        long before = usedHeap();
        var ready = new CountDownLatch(BLOCKED);
        Thread[] threads = new Thread[BLOCKED];
        for (int i = 0; i < BLOCKED; i++) {
            threads[i] = Thread.startVirtualThread(() -> {
                ready.countDown();
                LockSupport.park();
            });
        }
        ready.await();
        double each = (usedHeap() - before) / (double) BLOCKED;
        for (Thread thread : threads) LockSupport.unpark(thread);
        for (Thread thread : threads) thread.join();
        return each;
    }

    static double heapTasks(Runtime runtime) throws Exception {
        long before = usedHeap();
        var ready = new CountDownLatch(BLOCKED);
        try (TaskGroup group = runtime.group()) {
            for (int i = 0; i < BLOCKED; i++) {
                group.start(() -> {
                    ready.countDown();
                    LockSupport.park();
                });
            }
            ready.await();
            double each = (usedHeap() - before) / (double) BLOCKED;
            group.cancel();
            return each;
        }
    }

    static long usedHeap() {
        for (int i = 0; i < 3; i++) System.gc();
        var heap = java.lang.Runtime.getRuntime();
        return heap.totalMemory() - heap.freeMemory();
    }

    static double enter(Duration timeout) throws Exception {
        int count = 1_000_000;
        int[] sum = {0};
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            if (timeout == null) sum[0]++;
            else Deadline.after(timeout).run(() -> sum[0]++);
        }
        double each = (System.nanoTime() - start) / (double) count;
        if (sum[0] != count) throw new AssertionError("a body did not run");
        return each;
    }

    static double gatherBare() throws InterruptedException {
        long start = System.nanoTime();
        Integer[] results = new Integer[TRIVIAL];
        var latch = new CountDownLatch(TRIVIAL);
        for (int i = 0; i < TRIVIAL; i++) {
            int index = i;
            Thread.startVirtualThread(() -> {
                results[index] = index;
                latch.countDown();
            });
        }
        latch.await();
        return (System.nanoTime() - start) / (double) TRIVIAL;
    }

    static double gatherTasks(Runtime runtime) throws Exception {
        long start = System.nanoTime();
        Callable<Integer> body = () -> 7;
        try (TaskGroup group = runtime.group()) {
            List<Integer> results = group.gather(Collections.nCopies(TRIVIAL, body));
            if (results.size() != TRIVIAL) throw new AssertionError("results are missing");
        }
        return (System.nanoTime() - start) / (double) TRIVIAL;
    }
}
