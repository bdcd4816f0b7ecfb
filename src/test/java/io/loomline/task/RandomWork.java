package io.loomline.task;

import io.loomline.task.GroupOptions.Policy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Work that does anything tasks can do, at random: sleeps, fails, runs into deadlines, shields
 * itself, opens scopes and groups in itself, and cancels itself and others.
 */
final class RandomWork {
    private static final int DEEPEST = 3;
    private static final int MOST_CHILDREN = 5;
    private static final int LONGEST_MICROS = 2_000;

    private final TaskGroup root;
    private final FailureLedger ledger;

    /** Tasks that anyone may cancel. */
    private final AtomicReferenceArray<Task<?>> victims = new AtomicReferenceArray<>(256);

    private final AtomicInteger started = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();

    RandomWork(TaskGroup root, FailureLedger ledger) {
        this.root = root;
        this.ledger = ledger;
    }

    int started() {
        return started.get();
    }

    int running() {
        return running.get();
    }

    /** Forgets the tasks that it could cancel. */
    void forget() {
        for (int i = 0; i < victims.length(); i++) victims.set(i, null);
    }

    /** The body of a task that does something, and something else in it, down to a depth. */
    Callable<Integer> body(SplittableRandom random, int depth) {
        SplittableRandom own = random.split();
        return () -> {
            running.incrementAndGet();
            try {
                return doAnything(own, depth);
            } finally {
                running.decrementAndGet();
            }
        };
    }

    private int doAnything(SplittableRandom random, int depth) throws Exception {
        return switch (random.nextInt(depth < DEEPEST ? 14 : 6)) {
            case 0, 1 -> sleep(random);
            case 2 -> throw ledger.newFailure();
            case 3 -> cancelSomeone(random);
            case 4 -> swallow(random);
            case 5 -> random.nextInt();
            case 6, 7 -> deadline(random, depth + 1);
            case 8 -> shield(random, depth + 1);
            case 9 -> scope(random, depth + 1);
            case 10 -> group(random, depth + 1);
            case 11 -> gather(random, depth + 1);
            case 12 -> settle(random, depth + 1);
            default -> race(random);
        };
    }

    private static Duration briefly(SplittableRandom random) {
        return Duration.ofNanos(1_000L * random.nextInt(1, LONGEST_MICROS));
    }

    private static int sleep(SplittableRandom random) throws InterruptedException {
        Task.sleep(briefly(random));
        return 1;
    }

    private int cancelSomeone(SplittableRandom random) throws InterruptedException {
        Task<?> victim = victims.get(random.nextInt(victims.length()));
        if (victim != null) victim.cancel("by chance");
        if (random.nextInt(4) == 0) Task.current().cancel("by itself");
        Task.checkCancelled();
        return 1;
    }

    /** Continues for a while after a cancel. */
    private static int swallow(SplittableRandom random) throws InterruptedException {
        try {
            Task.sleep(briefly(random));
        } catch (InterruptedException e) {
            Shield.run(briefly(random), () -> Task.sleep(briefly(random)));
        }
        return 1;
    }

    private int deadline(SplittableRandom random, int depth) throws Exception {
        Deadline deadline = Deadline.after(briefly(random));
        try {
            if (random.nextInt(4) == 0)
                root.start(body(random, DEEPEST)).onDone(_ -> move(deadline));
            return deadline.<Integer, Exception>call(() -> doAnything(random, depth));
        } catch (TimeoutException e) {
            ledger.see(e);
            return 0;
        }
    }

    private static void move(Deadline deadline) {
        deadline.moveTo(Duration.ofMillis(1));
    }

    private int shield(SplittableRandom random, int depth) throws Exception {
        return Shield.<Integer, Exception>call(briefly(random), () -> doAnything(random, depth));
    }

    private int scope(SplittableRandom random, int depth) throws Exception {
        try {
            return TaskScope.<Integer, Exception>run(
                    root,
                    group -> {
                        List<Task<Integer>> tasks = startSome(group, random, depth);
                        if (random.nextBoolean()) group.cancel("by chance");
                        return random.nextBoolean() ? 0 : tasks.getFirst().join();
                    });
        } catch (ExecutionException | CancellationException e) {
            ledger.see(e);
            return 0;
        }
    }

    private int group(SplittableRandom random, int depth) throws Exception {
        try (TaskGroup group = root.open(anyOptions(random))) {
            List<Task<Integer>> tasks = startSome(group, random, depth);
            if (random.nextBoolean()) group.await();
            if (random.nextBoolean())
                Tasks.await(tasks, ReturnWhen.FIRST_COMPLETED, briefly(random));
            if (random.nextInt(4) == 0) tasks.getFirst().cancelAndJoin();
            return 0;
        } catch (ExecutionException e) {
            ledger.see(e);
            return 0;
        }
    }

    private static GroupOptions anyOptions(SplittableRandom random) {
        Policy policy = random.nextBoolean() ? Policy.FAIL_FAST : Policy.SUPERVISE;
        int limit = random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt(1, 4);
        return GroupOptions.DEFAULT.withPolicy(policy).withLimit(limit);
    }

    private List<Task<Integer>> startSome(TaskGroup group, SplittableRandom random, int depth) {
        List<Task<Integer>> tasks = new ArrayList<>();
        for (Callable<Integer> body : someBodies(random, depth)) {
            Task<Integer> task = group.start(body);
            victims.set(random.nextInt(victims.length()), task);
            tasks.add(task);
        }
        return tasks;
    }

    private List<Callable<Integer>> someBodies(SplittableRandom random, int depth) {
        List<Callable<Integer>> bodies = new ArrayList<>();
        int count = random.nextInt(1, MOST_CHILDREN);
        for (int i = 0; i < count; i++) bodies.add(body(random, depth));
        started.addAndGet(count);
        return bodies;
    }

    private int gather(SplittableRandom random, int depth) throws Exception {
        try (TaskGroup group = root.open(anyOptions(random))) {
            return random.nextBoolean()
                    ? group.gather(someBodies(random, depth)).size()
                    : Tasks.gather(startSome(group, random, depth)).size();
        } catch (ExecutionException | CancellationException e) {
            ledger.see(e);
            return 0;
        }
    }

    private int settle(SplittableRandom random, int depth) throws InterruptedException {
        try (TaskGroup group = root.open(anyOptions(random))) {
            for (Outcome<Integer> outcome : group.settle(someBodies(random, depth))) {
                if (outcome instanceof Outcome.Failure<Integer>(Throwable e)) ledger.see(e);
            }
            return 0;
        }
    }

    /** Failures of losers are not thrown, so they are not numbered. */
    private int race(SplittableRandom random) throws InterruptedException {
        var options = GroupOptions.DEFAULT.withPolicy(Policy.SUPERVISE);
        try (TaskGroup group = root.open(options)) {
            List<Task<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < MOST_CHILDREN; i++) {
                SplittableRandom own = random.split();
                tasks.add(group.start(() -> runRace(own)));
            }
            started.addAndGet(tasks.size());
            return Tasks.race(tasks);
        } catch (ExecutionException | CancellationException e) {
            return 0;
        }
    }

    private int runRace(SplittableRandom random) throws Exception {
        sleep(random);
        if (random.nextBoolean()) throw ledger.newUnbooked();
        return 1;
    }
}
