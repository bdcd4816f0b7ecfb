package io.loomline.driver.epoll;

import java.io.IOException;

/**
 * Waits for the input of a connection. While it talks alone, its reader waits for it in the kernel;
 * the loop need not hear of the input then, so that it need not be told of.
 *
 * <pre>
 *   watched by the loop ──the reader lingers──▶ unwatched: it lingers for each input
 *           ▲─────────────nothing came, or it may not─────────┘
 * </pre>
 *
 * <p><i>Threads:</i> the one that reads.
 */
final class InlinePollInput {
    /** After a wait that was in vain: who sends rarely is not worth more than one in so many. */
    private static final byte WAITS_TO_SKIP = 16;

    private final EpollKey key;
    private final InlinePollSlot linger;

    private boolean watched = true;
    private int eventsBefore;
    private byte waitsToSkip;

    InlinePollInput(EpollKey key, InlinePollSlot linger) {
        this.key = key;
        this.linger = linger;
    }

    /** May return early without a reason. Throws if the descriptor is closed. */
    void await() throws IOException, InterruptedException {
        if (isWorthwhile() && linger.tryTake()) {
            boolean ready;
            try {
                ready = linger();
            } finally {
                linger.give();
            }
            if (ready) return; // the next try counts: it is the same slice of time
            waitsToSkip = WAITS_TO_SKIP;
        }
        if (!watched) watch(true); // it may have come meanwhile: the loop is told at once
        key.input().await();
    }

    /** Whether nobody else had an event since the last wait. */
    private boolean isWorthwhile() {
        int now = linger.events();
        boolean alone = now - eventsBefore <= 1; // one may have been for this input
        eventsBefore = now;
        if (!alone || !key.input().isExhausted()) return false;
        if (waitsToSkip > 0) {
            waitsToSkip--;
            return false;
        }
        return !Thread.currentThread().isInterrupted();
    }

    private boolean linger() throws IOException {
        int number = key.descriptor().enter(); // so that it is not freed meanwhile
        try {
            if (watched) watch(false);
            return linger.await(number);
        } finally {
            key.descriptor().exit();
        }
    }

    private void watch(boolean wanted) throws IOException {
        linger.watch(key, wanted ? EpollKey.INTEREST : EpollKey.INTEREST_UNREAD);
        watched = wanted;
    }
}
