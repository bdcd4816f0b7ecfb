package io.loomline.faults;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.driver.SocketOptions;
import io.loomline.probe.Kernel;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/** The platform's driver, which counts the calls of accept. */
final class CountingDriver implements Driver {
    private final Driver driver = Kernel.chosen() == Kernel.EPOLL ? Drivers.epoll() : Drivers.nio();
    private final AtomicInteger accepts = new AtomicInteger();

    Runtime runtime() {
        return Runtime.open(RuntimeOptions.DEFAULT.withDriver(this));
    }

    int accepts() {
        return accepts.get();
    }

    @Override
    public Channel connect(SocketAddress remote, SocketAddress local, SocketOptions options)
            throws IOException, InterruptedException {
        return driver.connect(remote, local, options);
    }

    @Override
    public Acceptor listen(SocketAddress local, int backlog, SocketOptions options)
            throws IOException {
        Acceptor acceptor = driver.listen(local, backlog, options);
        return new Acceptor() {
            @Override
            public Channel accept() throws IOException, InterruptedException {
                accepts.incrementAndGet();
                return acceptor.accept();
            }

            @Override
            public void stop() {
                acceptor.stop();
            }

            @Override
            public void close() {
                acceptor.close();
            }

            @Override
            public SocketAddress localAddress() {
                return acceptor.localAddress();
            }
        };
    }

    @Override
    public boolean usesHostAddresses() {
        return driver.usesHostAddresses();
    }

    @Override
    public void close() {
        driver.close();
    }
}
