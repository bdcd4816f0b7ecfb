package io.loomline.probe;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Driver;
import io.loomline.net.Connection;
import io.loomline.task.Clock;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Two connections to each other.
 *
 * @param here the one under test
 * @param there its peer
 * @param driver what moves their bytes
 */
public record Link(Connection here, Connection there, Driver driver) implements AutoCloseable {
    public static Link over(Driver driver, Clock clock) {
        return at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), driver, clock);
    }

    /** By a Unix-domain socket. */
    public static Link overUnix(Driver driver, Clock clock) {
        try {
            Path directory = Files.createTempDirectory("link");
            var address = UnixDomainSocketAddress.of(directory.resolve("socket"));
            try {
                return at(address, driver, clock);
            } finally {
                Files.delete(directory);
            }
        } catch (IOException e) {
            throw new AssertionError("there is no room for a socket", e);
        }
    }

    private static Link at(SocketAddress address, Driver driver, Clock clock) {
        try (Acceptor acceptor = driver.listen(address, 1)) {
            var here = Connection.over(driver.connect(acceptor.localAddress()), clock);
            return new Link(here, Connection.over(acceptor.accept(), clock), driver);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("loopback does not connect", e);
        }
    }

    /** The peer sends the bytes, in writes of that size, and ends its output. */
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

    /** Does not wait for a peer that a test has left clogged. */
    @Override
    public void close() {
        here.abort();
        there.abort();
        driver.close();
    }
}
