package io.loomline.connect;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;

import java.io.IOException;
import java.net.SocketAddress;

/** A runtime that connects through proxies, which it serves as well. */
abstract class ProxyFixture {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Medium medium;

    final ManualClock clock = new ManualClock();
    Runtime runtime;

    @BeforeEach
    void open() {
        runtime =
                Runtime.open(
                        RuntimeOptions.DEFAULT.withDriver(medium.newDriver()).withClock(clock));
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    FakeProxy serve(FakeProxy.Script script) throws IOException {
        return new FakeProxy(runtime, script);
    }

    Connection through(Proxy proxy, String host, int port) throws Exception {
        return runtime.connect(host, port, ConnectOptions.DEFAULT.withProxy(proxy));
    }

    Connection through(Proxy proxy, SocketAddress target) throws Exception {
        return runtime.connect(target, ConnectOptions.DEFAULT.withProxy(proxy));
    }
}
