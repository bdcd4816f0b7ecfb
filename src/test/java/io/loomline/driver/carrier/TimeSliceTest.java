package io.loomline.driver.carrier;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.Child;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

class TimeSliceTest {
    private static final long SEVERAL_SLICES_NANOS = 10_000_000;

    /** Also with more carriers than cores. If the threads did not give way, no round would end. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    @Tag("slow")
    void threadsThatNeverWaitDoNotStarveOthers(int carriers) throws Exception {
        var options = List.of("-Djdk.virtualThreadScheduler.parallelism=" + carriers);
        try (Child child = Child.start(Greedy.class, options, Integer.toString(carriers))) {
            child.await("all ran");
        }
    }

    /** Two threads on two carriers could begin a common slice anew again and again. */
    @Test
    void threadsWhoseIdsLeadToTheSameSlotDoNotStarveOthers() throws Exception {
        var options = List.of("-Djdk.virtualThreadScheduler.parallelism=2");
        try (Child child = Child.start(Greedy.class, options, "2", "colliding")) {
            child.await("all ran");
        }
    }

    /** A program with more greedy threads than carriers, and threads woken in each possible way. */
    static final class Greedy {
        private static final int ROUNDS = 100;
        private static volatile boolean stop;

        public static void main(String[] args) throws InterruptedException {
            List<Thread> greedy = new ArrayList<>();
            for (int i = 0; i < 4 * Integer.parseInt(args[0]); i++) {
                greedy.add(Thread.startVirtualThread(Greedy::run));
                if (args.length > 1) skipIds();
            }
            for (int i = 0; i < ROUNDS; i++) {
                Thread.startVirtualThread(() -> {}).join();
                Thread.startVirtualThread(Greedy::sleep).join();
            }
            answer();
            stop = true;
            for (Thread thread : greedy) thread.join();
            System.out.println("all ran");
        }

        /** Makes the ids of two greedy threads differ by a multiple of the number of slots. */
        private static void skipIds() {
            for (int i = 1; i < TimeSlice.SLOTS; i++) {
                var _ = Thread.ofVirtual().unstarted(() -> {});
            }
        }

        private static void run() {
            while (!stop) TimeSlice.spend(0);
        }

        private static void sleep() {
            LockSupport.parkNanos(1000);
        }

        private static void answer() throws InterruptedException {
            var questions = new SynchronousQueue<Integer>();
            var answers = new SynchronousQueue<Integer>();
            Thread answering =
                    Thread.startVirtualThread(() -> {
                        try {
                            for (int i = 0; i < ROUNDS; i++) answers.put(questions.take());
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                    });
            for (int i = 0; i < ROUNDS; i++) {
                questions.put(i);
                answers.take();
            }
            answering.join();
        }
    }

    @Test
    void spendKeepsTheInterruptStatus() throws InterruptedException {
        var interrupted = new AtomicBoolean();
        var thread =
                Thread.startVirtualThread(() -> {
                    Thread.currentThread().interrupt();
                    long start = System.nanoTime();
                    while (System.nanoTime() - start < SEVERAL_SLICES_NANOS) TimeSlice.spend(0);
                    interrupted.set(Thread.interrupted());
                });
        thread.join();
        assertTrue(interrupted.get());
    }
}
