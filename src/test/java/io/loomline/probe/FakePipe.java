package io.loomline.probe;

import io.loomline.driver.Channel;
import io.loomline.driver.ChannelPipe;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayDeque;
import java.util.Deque;

/** A pipe whose moves the test decides. */
public final class FakePipe implements ChannelPipe {
    /** A move; it may throw what a channel throws. */
    public interface Move {
        /** Returns what the pipe returns. */
        int run() throws IOException;
    }

    private final Deque<Move> fills = new ArrayDeque<>();
    private final Deque<Move> drains = new ArrayDeque<>();

    /** Written by the pipe's user, and read by the test. */
    private volatile int heldBytes;

    /** What the next fills return. After them, there are no bytes. */
    public FakePipe filling(Move... moves) {
        for (Move move : moves) fills.add(move);
        return this;
    }

    /** What the next drains return. After them, the output takes none. */
    public FakePipe draining(Move... moves) {
        for (Move move : moves) drains.add(move);
        return this;
    }

    /** The channel, with a pipe to each other one: this. */
    public Channel from(Channel channel) {
        return (Channel)
                Proxy.newProxyInstance(
                        Channel.class.getClassLoader(),
                        new Class<?>[] {Channel.class},
                        (_, method, arguments) -> {
                            if (method.getName().equals("openPipe")) return this;
                            try {
                                return method.invoke(channel, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private static int next(Deque<Move> moves) throws IOException {
        Move move = moves.poll();
        return move == null ? 0 : move.run();
    }

    @Override
    public int tryFill() throws IOException {
        int moved = next(fills);
        heldBytes = Math.max(0, moved);
        return moved;
    }

    @Override
    public int tryDrain() throws IOException {
        int before = heldBytes;
        int moved = next(drains);
        heldBytes = before - Math.max(0, moved);
        return moved;
    }

    @Override
    public int heldBytes() {
        return heldBytes;
    }

    @Override
    public byte[] take() {
        var bytes = new byte[heldBytes];
        heldBytes = 0;
        return bytes;
    }

    @Override
    public void close() {
        heldBytes = 0;
    }
}
