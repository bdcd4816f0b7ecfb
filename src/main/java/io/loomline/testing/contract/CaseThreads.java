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
 * The virtual threads of one case. Each join is bounded; a thread that does not end in time is
 * reported with its stack.
 */
final class CaseThreads implements AutoCloseable {
    /** Far more than any step of a case takes on a busy machine. */
    private static final Duration STEP_BOUND = Duration.ofSeconds(10);

    /** Longer than a few steps, because a step that hangs gives the more precise report. */
    private static final Duration CASE_BOUND = Duration.ofSeconds(30);

    /** A driver may wait in ways that the JDK does not report. The case is then less strict. */
    private static final Duration WAITING_BOUND = Duration.ofSeconds(1);

    /** A thread that ignores its interrupt is abandoned; being virtual, it blocks no exit. */
    private static final Duration STOP_BOUND = Duration.ofSeconds(1);

    /** Written by the threads of the case, stopped by the thread that runs it. */
    private final Queue<Worker<?>> workers = new ConcurrentLinkedQueue<>();

    /** Completes when the case has ended; fails as soon as one of its threads fails. */
    private final CompletableFuture<Boolean> outcome = new CompletableFuture<>();

    /** Work without a result. */
    interface Job {
        void run() throws Exception;
    }

    /** The body of a case over channels. It runs on one of the threads. */
    interface ChannelBody {
        void run(ChannelPair pair, CaseThreads threads) throws Exception;
    }

    /** The body of a case over connections. It runs on one of the threads. */
    interface ConnectionBody {
        void run(ConnectionPair pair, CaseThreads threads) throws Exception;
    }

    /** A case over a new pair of channels; every wait in it is bounded. */
    static ContractCase over(ChannelPair.Source source, String name, ChannelBody body) {
        return new ContractCase(
                name,
                () -> {
                    try (CaseThreads threads = new CaseThreads();
                            ChannelPair pair = source.open()) {
                        threads.run(() -> body.run(pair, threads));
                    }
                });
    }

    /** A case over a new pair of connections; every wait in it is bounded. */
    static ContractCase over(ConnectionPair.Source source, String name, ConnectionBody body) {
        return new ContractCase(
                name,
                () -> {
                    ConnectionPair pair = source.open();
                    try (CaseThreads threads = new CaseThreads()) {
                        threads.run(() -> body.run(pair, threads));
                    } finally { // a close would wait for a peer that does not read
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

    /** Returns when every thread has ended, or throws as soon as one has failed. */
    private void awaitOutcome(Worker<?> body) throws Exception {
        try {
            outcome.get(CASE_BOUND.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw body.hanging();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AssertionError error) throw error;
            throw e;
        }
    }

    <T> Worker<T> start(String name, Callable<T> job) {
        var worker = new Worker<>(name, job, outcome);
        workers.add(worker);
        return worker;
    }

    Worker<?> start(String name, Job job) {
        return start(
                name,
                () -> {
                    job.run();
                    return true;
                });
    }

    /** Waits until all threads except the calling one have ended; throws the first failure. */
    void joinOthers() throws Exception {
        for (Worker<?> worker : List.copyOf(workers)) {
            if (worker.thread == Thread.currentThread()) continue;
            worker.join();
            workers.remove(worker);
        }
    }

    /** Stops the threads that still run after a failure. */
    @Override
    public void close() {
        workers.forEach(Worker::stop);
    }

    /**
     * Pauses between two checks of a state that another thread changes. A yield is not enough: with
     * a single carrier thread, a virtual thread woken by a platform thread runs after all that
     * yield.
     */
    static void letOthersRun() {
        LockSupport.parkNanos(1);
    }

    /** Spins for a short time, so that the next call hits another thread at a varying point. */
    static void spin(int times) {
        for (int i = 0; i < times; i++) Thread.onSpinWait();
    }

    /** One thread and its result. */
    static final class Worker<T> {
        private final FutureTask<T> task;
        private final Thread thread;

        Worker(String name, Callable<T> job, CompletableFuture<?> caseOutcome) {
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

        /** Waits for the end; returns the result or throws the failure. */
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

        /** Returns when the thread is blocked or has ended. */
        Worker<T> awaitWaiting() {
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
