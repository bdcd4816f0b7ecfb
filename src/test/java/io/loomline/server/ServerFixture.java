package io.loomline.server;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** A runtime over one of several media, for the servers of a test and their clients. */
abstract class ServerFixture {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Medium medium;

    Runtime runtime;

    @BeforeEach
    void open() {
        runtime = Runtime.open(options());
    }

    RuntimeOptions options() {
        return RuntimeOptions.DEFAULT.withDriver(medium.newDriver());
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    static SocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    Connection connect(Server server) throws Exception {
        return runtime.connect("localhost", server.port());
    }
}
