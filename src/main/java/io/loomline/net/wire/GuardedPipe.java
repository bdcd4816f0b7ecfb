package io.loomline.net.wire;

import io.loomline.driver.ChannelPipe;
import io.loomline.driver.carrier.TimeSlice;
import io.loomline.stream.Operation.Kind;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** A pipe of the kernel from one connection to another, as these see it. */
public final class GuardedPipe {
    /** The result of a try if these bytes have to be read. */
    public static final int UNSUPPORTED = ChannelPipe.UNSUPPORTED;

    /** For the time slice: about what one try moves. */
    private static final int PIPE_BYTES = 64 * 1024;

    private final GuardedChannel from;
    private final ChannelPipe pipe;

    private GuardedPipe(GuardedChannel from, ChannelPipe pipe) {
        this.from = from;
        this.pipe = pipe;
    }

    /** Returns null if the channels do not support that. */
    public static @Nullable GuardedPipe open(GuardedChannel from, GuardedChannel to) {
        ChannelPipe pipe = from.unguarded().openPipe(to.unguarded());
        return pipe == null ? null : new GuardedPipe(from, pipe);
    }

    /**
     * Moves received bytes into the pipe, which is empty.
     *
     * @return the number of bytes; 0 if there are none now; -1 at the end; {@link #UNSUPPORTED}
     */
    public int tryFill() throws IOException {
        TimeSlice.spend(PIPE_BYTES);
        try {
            int moved = pipe.tryFill();
            if (moved != UNSUPPORTED) from.received(moved);
            return moved;
        } catch (IOException e) {
            throw from.failed(Kind.READ, e, "reading from");
        }
    }

    /**
     * Moves bytes from the pipe to the output.
     *
     * @return the number of bytes; 0 if it takes none now; {@link #UNSUPPORTED}
     */
    public int tryDrain(GuardedChannel to) throws IOException {
        TimeSlice.spend(PIPE_BYTES);
        try {
            int taken = pipe.tryDrain();
            to.sent(Math.max(taken, 0));
            return taken;
        } catch (IOException e) {
            throw to.failed(Kind.WRITE, e, "writing to");
        }
    }

    public boolean isEmpty() {
        return pipe.heldBytes() == 0;
    }

    /** Empties the pipe. Returns its bytes, which are lost only together with the connection. */
    public byte[] take() throws IOException {
        try (pipe) {
            return pipe.take();
        } catch (Throwable e) {
            from.abort();
            throw e;
        }
    }
}
