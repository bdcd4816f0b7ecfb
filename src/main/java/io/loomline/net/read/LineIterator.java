package io.loomline.net.read;

import io.loomline.net.wire.InterruptedIo;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** The lines of a connection. Each is read when it is requested. */
public final class LineIterator implements Iterator<String> {
    private final Lines lines;

    /** The line that {@link #hasNext} has read and {@link #next} has not returned yet. */
    private @Nullable String next;

    /** The source of the lines. */
    public interface Lines {
        /** Reads the next line; null at the end of the input. */
        @Nullable String read() throws IOException, InterruptedException;
    }

    public LineIterator(Lines lines) {
        this.lines = lines;
    }

    @Override
    public boolean hasNext() {
        if (next == null) next = read();
        return next != null;
    }

    @Override
    public String next() {
        String line = next == null ? read() : next;
        next = null;
        if (line == null) throw new NoSuchElementException("the input has ended");
        return line;
    }

    private @Nullable String read() {
        try {
            return lines.read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new UncheckedIOException(InterruptedIo.of(e));
        }
    }
}
