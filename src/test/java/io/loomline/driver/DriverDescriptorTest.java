package io.loomline.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.probe.Kernel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.function.Consumer;

/** A channel's descriptor is freed however the channel ends, also while the loop is idle. */
@ParameterizedClass
@EnumSource(Kernel.class)
class DriverDescriptorTest {
    @Parameter Kernel kernel;

    private static final int MANY = 2_000;
    private static final int SOME = 200;

    private Driver driver;
    private int descriptorsBefore;
    private Acceptor acceptor;

    @BeforeEach
    void listen() throws IOException {
        driver = kernel.newDriver();
        acceptor = driver.listen(Loopback.anyPort(), 50);
        descriptorsBefore = Descriptors.count();
    }

    @AfterEach
    void close() {
        driver.close();
    }

    private boolean repeat(int rounds, Consumer<Channel> client, Consumer<Channel> server)
            throws Exception {
        for (int i = 0; i < rounds; i++) {
            Channel first = driver.connect(acceptor.localAddress());
            Channel second = acceptor.accept();
            client.accept(first);
            server.accept(second);
        }
        return true;
    }

    private void leavesNone(int rounds, Consumer<Channel> client, Consumer<Channel> server)
            throws Exception {
        Started.start(() -> repeat(rounds, client, server)).join();
        Descriptors.awaitCount(descriptorsBefore);
    }

    @Test
    void twoThousandClosedConnectionsLeaveNone() throws Exception {
        leavesNone(MANY, Channel::close, Channel::close);
    }

    @Test
    void abortedConnectionsLeaveNone() throws Exception {
        leavesNone(SOME, Channel::abort, Channel::close);
        leavesNone(SOME, Channel::abort, Channel::abort);
    }

    @Test
    void channelClosedDuringAWaitIsFreed() throws Exception {
        Channel client = driver.connect(acceptor.localAddress());
        Channel server = acceptor.accept();
        var reader = Started.start(() -> Loopback.read(server)).awaitWaiting();
        client.close();
        assertEquals(-1, reader.join());
        server.close();
        Descriptors.awaitCount(descriptorsBefore);
    }

    @Test
    void queuedConnectionsAreFreedByTheAcceptor() throws Exception {
        Channel client = driver.connect(acceptor.localAddress());
        acceptor.close();
        client.close();
        Descriptors.awaitCount(descriptorsBefore - 1);
    }
}
