package io.loomline.driver;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ReadinessTest {
    private final Readiness readiness = new Readiness();

    @Test
    void signalWithoutWaiterHasNoEffect() {
        assertFalse(readiness.isArmed());
        assertFalse(readiness.signal());
    }

    @Test
    void signalBetweenArmAndParkIsKept() throws Exception {
        readiness.arm();
        assertTrue(readiness.isArmed());
        assertTrue(readiness.signal());
        assertFalse(readiness.isArmed());
        readiness.park();
    }

    @Test
    void disarmedWaiterDoesNotPark() throws Exception {
        readiness.arm();
        readiness.disarm();
        readiness.park();
        assertFalse(readiness.signal());
    }

    @Test
    void signalWakesOnce() throws Exception {
        var waiter = Started.start(this::waitOnce).awaitWaiting();
        assertTrue(readiness.signal());
        waiter.join();
        assertFalse(readiness.signal());
    }

    private boolean waitOnce() throws InterruptedException {
        readiness.arm();
        readiness.park();
        return true;
    }

    @Test
    void interruptBeforeParkIsThrownAndCleared() throws Exception {
        var waiter =
                Started.start(() -> {
                    Thread.currentThread().interrupt();
                    assertThrows(InterruptedException.class, this::waitOnce);
                    return Thread.interrupted();
                });
        assertFalse(waiter.join());
        assertFalse(readiness.isArmed());
    }

    @Test
    void interruptWhileParkedIsThrown() throws Exception {
        var waiter = Started.start(this::waitOnce).awaitWaiting().interrupt();
        assertThrows(InterruptedException.class, waiter::join);
        assertFalse(readiness.isArmed());
    }

    @Test
    void interruptIsThrownAlsoWhenSignalled() throws Exception {
        var waiter =
                Started.start(() -> {
                    readiness.arm();
                    readiness.signal();
                    Thread.currentThread().interrupt();
                    readiness.park();
                    return true;
                });
        assertThrows(InterruptedException.class, waiter::join);
    }

    @Test
    void noSignalIsLost() throws Exception {
        new Rounds(10_000).run();
    }

    @Test
    @Tag("stress")
    void noSignalIsLostInManyRounds() throws Exception {
        new Rounds(100_000).run();
    }

    /** Two threads that wait for each other alternately. */
    private static final class Rounds {
        private final int rounds;
        private final Readiness asked = new Readiness();
        private final Readiness answered = new Readiness();
        private volatile int question;
        private volatile int answer;

        Rounds(int rounds) {
            this.rounds = rounds;
        }

        void run() throws Exception {
            var asking = Started.start(this::ask);
            Started.start(this::answer).join();
            asking.join();
        }

        private boolean ask() throws InterruptedException {
            for (int i = 1; i <= rounds; i++) {
                question = i;
                asked.signal();
                while (answer < i) {
                    answered.arm();
                    if (answer >= i) answered.disarm();
                    answered.park();
                }
            }
            return true;
        }

        private boolean answer() throws InterruptedException {
            for (int i = 1; i <= rounds; i++) {
                while (question < i) {
                    asked.arm();
                    if (question >= i) asked.disarm();
                    asked.park();
                }
                answer = i;
                answered.signal();
            }
            return true;
        }
    }
}
