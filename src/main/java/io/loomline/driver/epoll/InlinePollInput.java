package io.loomline.driver.epoll;

import java.io.IOException;

/**
 * Waits for the input of a connection. While no other connection is active, the reader polls for
 * its input in the kernel itself. Then the loop does not watch the input, which saves its events.
 *
 * <pre>
 *   watched by the loop ──the reader polls inline──▶ unwatched: it polls inline for each input
 *           ▲────────no input in time, or the slot is not available────────┘
 * </pre>
 *
 * <p><i>Threads:</i> the reader's.
 */
final class InlinePollInput {
    /** How many waits do not poll inline after a poll without input: the peer sends rarely. */
    private static final byte WAITS_TO_SKIP = 16;

    private final EpollKey key;
    private final InlinePollSlot slot;

    /** Whether the loop watches the input. */
    private boolean watched = true;

    private int eventsBefore;
    private byte waitsToSkip;

    InlinePollInput(EpollKey key, InlinePollSlot slot) {
        this.key = key;
        this.slot = slot;
    }

    /** Waits for input. May return early for no reason. Throws if the descriptor is closed. */
    void await() throws IOException, InterruptedException {
        if (isWorthwhile() && slot.tryAcquire()) {
            boolean ready;
            try {
                ready = poll();
            } finally {
                slot.release();
            }
            if (ready) return; // without renewing the time slice: the thread kept its carrier
            waitsToSkip = WAITS_TO_SKIP;
        }
        if (!watched) watch(true); // input that arrived meanwhile is reported at once
        key.input().await();
    }

    /** Whether no other descriptor had an event since the last wait. */
    private boolean isWorthwhile() {
        int now = slot.events();
        boolean alone = now - eventsBefore <= 1; // one event may have been for this input
        eventsBefore = now;
        if (!alone || !key.input().isExhausted()) return false;
        if (waitsToSkip > 0) {
            waitsToSkip--;
            return false;
        }
        return !Thread.currentThread().isInterrupted();
    }

    private boolean poll() throws IOException {
        int number = key.descriptor().enter(); // prevents that the number is freed during the poll
        try {
            if (watched) watch(false);
            return slot.await(number);
        } finally {
            key.descriptor().exit();
        }
    }

    private void watch(boolean wanted) throws IOException {
        slot.watch(key, wanted ? EpollKey.INTEREST : EpollKey.INTEREST_WITHOUT_INPUT);
        watched = wanted;
    }
}
