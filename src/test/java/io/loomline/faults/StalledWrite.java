package io.loomline.faults;

import io.loomline.net.Connection;
import io.loomline.stream.Limits;
import io.loomline.task.Deadline;

import java.time.Duration;

/** A write of a pattern that may have to wait for the peer, for as long as a limit. */
enum StalledWrite {
    /** The buffer of the connection takes it whole. The write timeout is the limit. */
    SMALL {
        @Override
        void run(Connection connection, Duration limit) throws Exception {
            connection.limits(Limits.NONE.withWriteTimeout(limit)).write(BLOCK);
        }
    },
    /** Larger than the buffer, so that it waits many times. The write timeout is the limit. */
    LARGE {
        @Override
        void run(Connection connection, Duration limit) throws Exception {
            connection.limits(Limits.NONE.withWriteTimeout(limit)).write(LARGE_BLOCK);
        }
    },
    /** The limit is a deadline of the caller. */
    IN_A_DEADLINE {
        @Override
        void run(Connection connection, Duration limit) throws Exception {
            Deadline.after(limit).run(() -> connection.limits(Limits.NONE).write(BLOCK));
        }
    };

    private static final byte[] BLOCK = new byte[1 << 14];
    private static final byte[] LARGE_BLOCK = new byte[1 << 22];

    static {
        for (int i = 0; i < BLOCK.length; i++) BLOCK[i] = at(i);
        for (int i = 0; i < LARGE_BLOCK.length; i++) LARGE_BLOCK[i] = at(i);
    }

    /** Writes one block, whose length is a multiple of that of the pattern. */
    abstract void run(Connection connection, Duration limit) throws Exception;

    /** The byte of the pattern at a position of the stream. */
    static byte at(long position) {
        return (byte) position;
    }
}
