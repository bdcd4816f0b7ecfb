package io.loomline.probe;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Driver;
import io.loomline.net.Connection;
import io.loomline.task.Clock;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Two connections that are connected to each other.
 *
 * @param here the connection under test
 * @param there its peer
 * @param driver the driver of both
 */
public record Link(Connection here, Connection there, Driver driver) implements AutoCloseable {
    public static Link over(Driver driver, Clock clock) {
        return connect(LoopbackAddress.of(0), driver, clock);
    }

    /** Over a Unix-domain socket. */
    public static Link overUnix(Driver driver, Clock clock) {
        try {
            Path directory = Files.createTempDirectory("link");
            var address = UnixDomainSocketAddress.of(directory.resolve("socket"));
            try {
                return connect(address, driver, clock);
            } finally {
                Files.delete(directory);
            }
        } catch (IOException e) {
            throw new AssertionError("no directory for a socket", e);
        }
    }

    private static Link connect(SocketAddress address, Driver driver, Clock clock) {
        try (Acceptor acceptor = driver.listen(address, 1)) {
            var here = Connection.over(driver.connect(acceptor.localAddress()), clock);
            return new Link(here, Connection.over(acceptor.accept(), clock), driver);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("cannot connect over loopback", e);
        }
    }

    /** The peer sends the bytes in chunks of that size and ends its output. */
    public Call<Boolean> feed(byte[] bytes, int chunkBytes) {
        return Call.running(() -> {
            for (byte[] chunk : FakeChannel.chunks(bytes, chunkBytes)) there.write(chunk);
            there.shutdownOutput();
        });
    }

    public Call<Boolean> feed(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return feed(bytes, Math.max(1, bytes.length));
    }

    /** Aborts both: a close would wait for a peer that does not read. */
    @Override
    public void close() {
        here.abort();
        there.abort();
        driver.close();
    }
}
