package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;

/** A peer with an input stream and an output stream. */
abstract class StreamPeer implements Peer {
    private static final int CHUNK_BYTES = 64 * 1024;

    private InputStream in;
    private OutputStream out;

    /** Sets the streams, before their first use. */
    final void use(InputStream in, OutputStream out) {
        this.in = new BufferedInputStream(in, CHUNK_BYTES);
        this.out = out;
    }

    @Override
    public final void send(String text) throws IOException {
        out.write(text.getBytes(UTF_8));
        out.flush();
    }

    @Override
    public final String readLine() throws IOException {
        var line = new ByteArrayOutputStream();
        int b;
        while ((b = in.read()) != '\n') {
            if (b < 0) return line.size() == 0 ? null : line.toString(UTF_8);
            line.write(b);
        }
        return line.toString(UTF_8);
    }

    @Override
    public final void exchangeLines(int count) throws Exception {
        Callable<Void> sending =
                () -> {
                    for (int i = 0; i < count; i++) send("line " + i + "\n");
                    return null;
                };
        runBoth(
                sending,
                () -> {
                    for (int i = 0; i < count; i++) assertEquals("line " + i, readLine());
                    return null;
                });
    }

    @Override
    public final void echoLines(int count) throws IOException {
        for (int i = 0; i < count; i++) send(readLine() + "\n");
    }

    @Override
    public final void exchangeBytes(long count) throws Exception {
        var random = new SplittableRandom(count);
        var sent = new CRC32();
        Callable<Void> sending =
                () -> {
                    byte[] chunk = new byte[CHUNK_BYTES];
                    for (long left = count; left > 0; left -= chunk.length) {
                        random.nextBytes(chunk);
                        int length = (int) Math.min(left, chunk.length);
                        sent.update(chunk, 0, length);
                        out.write(chunk, 0, length);
                    }
                    out.flush();
                    return null;
                };
        long received = runBoth(sending, () -> checksum(count));
        assertEquals(sent.getValue(), received, "checksum of the echo");
    }

    /** Runs one body on another thread and the other body on this one. */
    private static <T> T runBoth(Callable<?> there, Callable<T> here) throws Exception {
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<?> other = executor.submit(there);
            T result = here.call();
            other.get();
            return result;
        }
    }

    private long checksum(long count) throws IOException {
        Bulk.Sum sum = sum(count);
        if (sum.bytes() < count) throw new EOFException(sum.bytes() + " of " + count + " bytes");
        return sum.crc();
    }

    @Override
    public final Bulk.Sum sumToTheEnd() throws IOException {
        return sum(Long.MAX_VALUE);
    }

    private Bulk.Sum sum(long limit) throws IOException {
        var crc = new CRC32();
        byte[] chunk = new byte[CHUNK_BYTES];
        long count = 0;
        while (count < limit) {
            int length = in.read(chunk, 0, (int) Math.min(limit - count, chunk.length));
            if (length < 0) break;
            crc.update(chunk, 0, length);
            count += length;
        }
        return new Bulk.Sum(count, crc.getValue());
    }
}
