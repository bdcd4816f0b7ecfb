package io.loomline.driver.libc;

import io.loomline.driver.ChannelPipe;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** Leads from socket to socket. It has a pipe of the kernel only while it holds bytes. */
public final class SocketPipe implements ChannelPipe {
    private final SocketMove from;
    private final SocketMove to;
    private final PipePool pipes;

    private @Nullable Pipe pipe;
    private int heldBytes;

    /** Whether one of the sockets has refused splice(2). */
    private boolean refused;

    /**
     * Creates an empty pipe.
     *
     * @param from moves bytes from the input; returns 0 if none are available now, -1 at the end,
     *     {@code -EINVAL} if the kernel cannot move the next ones
     * @param to moves bytes to the output
     * @param pipes provides the kernel's pipes
     */
    public SocketPipe(SocketMove from, SocketMove to, PipePool pipes) {
        this.from = from;
        this.to = to;
        this.pipes = pipes;
    }

    @Override
    public int tryFill() throws IOException {
        assert heldBytes == 0 : "a full pipe looks like a socket without bytes";
        Pipe present = refused ? null : pipe == null ? pipes.take() : pipe;
        if (present == null) return UNSUPPORTED;
        pipe = present;
        try {
            long moved = from.run(present::fill);
            heldBytes = (int) Math.max(0, moved);
            return moved == -Errno.EINVAL ? refuse() : (int) moved;
        } finally {
            if (heldBytes == 0) close();
        }
    }

    private int refuse() {
        refused = true;
        return UNSUPPORTED;
    }

    @Override
    public int tryDrain() throws IOException {
        Pipe present = pipe;
        if (present == null) return 0;
        long moved = to.run(socket -> present.drain(socket, heldBytes));
        if (moved == -Errno.EAGAIN) return 0;
        if (moved < 0) return refuse();
        heldBytes -= (int) moved;
        return (int) moved;
    }

    @Override
    public int heldBytes() {
        return heldBytes;
    }

    @Override
    public byte[] take() throws IOException {
        Pipe present = pipe;
        byte[] taken = present == null ? new byte[0] : present.take(heldBytes);
        heldBytes = 0;
        return taken;
    }

    @Override
    public void close() {
        if (pipe == null) return;
        if (heldBytes == 0) pipes.release(pipe);
        else pipes.discard(pipe);
        heldBytes = 0;
        pipe = null;
    }
}
