package io.loomline.driver.libc;

import java.io.IOException;

/** Moves bytes to or from one socket, by a system call of the caller. */
public interface SocketMove {
    /** A system call that moves bytes. */
    interface Call {
        /** Returns the number of bytes; 0 if the source has ended; a negative error number. */
        long on(int socket);
    }

    /**
     * Makes the call, and notes the result for the next wait.
     *
     * @return the number of bytes; 0 if the source has ended; the negative error number if no bytes
     *     can be moved now, or the error does not concern the connection
     * @throws IOException if the channel is closed or the connection is lost
     */
    long run(Call call) throws IOException;
}
