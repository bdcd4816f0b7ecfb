package io.loomline.testing.contract;

import io.loomline.testing.ConnectionPair;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The threads that a case starts: virtual ones, which it joins within a bound. One that does not
 * end is reported with its stack.
 */
final class CaseThreads implements AutoCloseable {
    /** Far more than any step of a case takes on a busy machine. */
    private static final Duration STEP_BOUND = Duration.ofSeconds(10);

    /** A case has few steps that can hang, and the step's own report says more. */
    private static final Duration CASE_BOUND = Duration.ofSeconds(30);

    /** A driver may wait in ways that the JDK does not see; then a case is only less sharp. */
    private static final Duration WAITING_BOUND = Duration.ofSeconds(1);

    /** For those that an interrupt does not end; they are virtual and hold nothing up. */
    private static final Duration STOP_BOUND = Duration.ofSeconds(1);

    /** Added to by the case, stopped by whoever runs it. */
    private final Queue<Hand<?>> hands = new ConcurrentLinkedQueue<>();

    /** Done when the case is; failed as soon as one of its threads is. */
    private final CompletableFuture<Boolean> outcome = new CompletableFuture<>();

    /** Work without a result. */
    interface Job {
        void run() throws Exception;
    }

    /** What a case does with a pair, inside a thread of the crew. */
    interface PairJob {
        void run(ChannelPair pair, CaseThreads crew) throws Exception;
    }

    /** What a case does with a pair of connections, inside a thread of the crew. */
    interface TalkJob {
        void run(ConnectionPair pair, CaseThreads crew) throws Exception;
    }

    /** A case that gets a new pair, and all of whose blocking is bounded. */
    static ContractCase over(ChannelPair.Source source, String name, PairJob job) {
        return new ContractCase(
                name,
                () -> {
                    try (CaseThreads crew = new CaseThreads();
                            ChannelPair pair = source.open()) {
                        crew.run(() -> job.run(pair, crew));
                    }
                });
    }

    /** A case that gets a new pair, and all of whose blocking is bounded. */
    static ContractCase over(ConnectionPair.Source source, String name, TalkJob job) {
        return new ContractCase(
                name,
                () -> {
                    ConnectionPair pair = source.open();
                    try (CaseThreads crew = new CaseThreads()) {
                        crew.run(() -> job.run(pair, crew));
                    } finally { // no close: it would wait for a peer that does not read
                        pair.first().abort();
                        pair.second().abort();
                    }
                });
    }

    private void run(Job job) throws Exception {
        awaitOutcome(
                start(
                        "case",
                        () -> {
                            job.run();
                            joinOthers();
                            return outcome.complete(true);
                        }));
    }

    /** The case is over when all of it is done, or as soon as one of its threads has failed. */
    private void awaitOutcome(Hand<?> whole) throws Exception {
        try {
            outcome.get(CASE_BOUND.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw whole.hanging();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AssertionError error) throw error;
            throw e;
        }
    }

    <T> Hand<T> start(String name, Callable<T> job) {
        var hand = new Hand<>(name, job, outcome);
        hands.add(hand);
        return hand;
    }

    Hand<?> start(String name, Job job) {
        return start(
                name,
                () -> {
                    job.run();
                    return true;
                });
    }

    /** Waits until all have ended but the one who waits; the first failure is thrown. */
    void joinOthers() throws Exception {
        for (Hand<?> hand : List.copyOf(hands)) {
            if (hand.thread == Thread.currentThread()) continue;
            hand.join();
            hands.remove(hand);
        }
    }

    /** After a failure, ends those that still run. */
    @Override
    public void close() {
        hands.forEach(Hand::stop);
    }

    /**
     * Between two looks at a state that another thread will change. No mere yield: where there is
     * but one carrier thread, those who are woken by a thread of the system come after all who
     * yield.
     */
    static void letOthersRun() {
        LockSupport.parkNanos(1);
    }

    /** Lets a moment pass, so that what comes next hits another thread at any point. */
    static void spin(int times) {
        for (int i = 0; i < times; i++) Thread.onSpinWait();
    }

    /** One of the threads, and what comes of it. */
    static final class Hand<T> {
        private final FutureTask<T> task;
        private final Thread thread;

        Hand(String name, Callable<T> job, CompletableFuture<?> caseOutcome) {
            task =
                    new FutureTask<>(job) {
                        @Override
                        protected void setException(Throwable failure) {
                            super.setException(failure);
                            caseOutcome.completeExceptionally(named(failure, name));
                        }
                    };
            thread =
                    Thread.ofVirtual().inheritInheritableThreadLocals(false).name(name).start(task);
        }

        private static Throwable named(Throwable failure, String name) {
            if (failure instanceof AssertionError) return failure;
            return new AssertionError(name + " failed: " + failure, failure);
        }

        Thread thread() {
            return thread;
        }

        /** The result, or the failure. */
        T join() throws Exception {
            if (!thread.join(STEP_BOUND)) throw hanging();
            try {
                return task.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof AssertionError error) throw error;
                throw e;
            }
        }

        private AssertionError hanging() {
            String stack =
                    Stream.of(thread.getStackTrace())
                            .map(frame -> "\n    " + frame)
                            .collect(Collectors.joining());
            return new AssertionError(thread.getName() + ": expected to end, but hangs in" + stack);
        }

        /** Returns when the thread waits for something, or has ended. */
        Hand<T> awaitWaiting() {
            long startNanos = System.nanoTime();
            while (switch (thread.getState()) {
                        case NEW, RUNNABLE -> true;
                        case BLOCKED, WAITING, TIMED_WAITING, TERMINATED -> false;
                    }
                    && System.nanoTime() - startNanos < WAITING_BOUND.toNanos()) {
                letOthersRun();
            }
            return this;
        }

        private void stop() {
            thread.interrupt();
            try {
                thread.join(STOP_BOUND);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
