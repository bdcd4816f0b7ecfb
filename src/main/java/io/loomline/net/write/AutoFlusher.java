package io.loomline.net.write;

import io.loomline.task.Clock;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Sees to bytes that connections leave in their buffers: for a task that has answered, and computes
 * before it waits for input. One for all connections of a runtime. What lies in a buffer at two
 * looks is sent: after about a millisecond.
 *
 * <p>Whoever leaves bytes mostly sends them soon, so that only those have any who run at the
 * moment. Hence a few places for them: to take one and give it back costs next to nothing, and a
 * look meets only those who stay. Who finds no place must send.
 */
public final class AutoFlusher {
    /** Bytes lie there for two of these at most. */
    private static final Duration BETWEEN_LOOKS = Duration.ofNanos(500_000);

    /** More than run at a time, and so few that to look at all is nothing; a power of two. */
    private static final int PLACES = 64;

    /** At how many places an output may be, from its own on. */
    private static final int REACH = 4;

    /** An output that may have bytes in its buffer. */
    interface Unsent {
        boolean isEmpty();

        /** Notes that it was looked at; whether its bytes were there at the last look, too. */
        boolean noteLook();

        /** Sends the bytes, on another thread. */
        void sendElsewhere();
    }

    /**
     * Whether there will be a look.
     *
     * <pre>
     *   idle ──somebody comes──▶ called ──a look──▶ watching ──it met nobody──▶ idle
     *                              ▲                  │  ▲ │
     *                              └──somebody comes──┘  └─┘ a look that met somebody
     * </pre>
     */
    private enum State {
        IDLE,
        CALLED,
        WATCHING
    }

    private final Clock clock;
    private final AtomicReferenceArray<@Nullable Unsent> places =
            new AtomicReferenceArray<>(PLACES);
    private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);

    public AutoFlusher(Clock clock) {
        this.clock = clock;
    }

    Clock clock() {
        return clock;
    }

    /**
     * Looks at an output from now on.
     *
     * @return false if there is no place for it
     */
    boolean watch(Unsent output) {
        if (placeOf(output, output) < 0 && !enter(output)) return false;
        if (state.get() != State.CALLED && state.getAndSet(State.CALLED) == State.IDLE) {
            scheduleLook();
        }
        return true;
    }

    /** No need to look at an output any more. */
    void forget(Unsent output) {
        int place = placeOf(output, output);
        if (place >= 0) places.compareAndSet(place, output, null);
    }

    private boolean enter(Unsent output) {
        int place;
        while ((place = placeOf(output, null)) >= 0) {
            if (places.compareAndSet(place, null, output)) return true;
        }
        return false;
    }

    /** The first of an output's places that has this in it; negative if there is none. */
    private int placeOf(Unsent output, @Nullable Unsent content) {
        int own = System.identityHashCode(output);
        for (int i = 0; i < REACH; i++) {
            int place = (own + i) & (PLACES - 1);
            if (places.get(place) == content) return place;
        }
        return -1;
    }

    private void scheduleLook() {
        try {
            var _ = clock.schedule(BETWEEN_LOOKS, this::lookAtAll);
        } catch (Throwable e) { // such as that there is no memory: the next to come tries again
            state.set(State.IDLE);
            throw e;
        }
    }

    private void lookAtAll() {
        state.set(State.WATCHING);
        boolean again = true;
        try {
            again = meetsAny();
        } finally {
            if (again || !state.compareAndSet(State.WATCHING, State.IDLE)) scheduleLook();
        }
    }

    private boolean meetsAny() {
        boolean any = false;
        for (int place = 0; place < PLACES; place++) {
            Unsent output = places.get(place);
            if (output != null) any |= stays(output, place);
        }
        return any;
    }

    private boolean stays(Unsent output, int place) {
        if (!output.isEmpty() && !output.noteLook()) return true;
        places.compareAndSet(place, output, null);
        // also if it was empty: somebody may have left bytes, and seen that it had its place
        if (!output.isEmpty()) output.sendElsewhere();
        return false;
    }
}
