package io.loomline.net;

import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.testing.ManualClock;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;

/** A client, a server and a relay between them that does not run yet. */
abstract class RelayFixture {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Medium medium;

    final ManualClock clock = new ManualClock();
    Link front;
    Link back;
    Connection client;
    Connection server;
    Relay relay;

    @BeforeEach
    void open() {
        front = medium.open(clock);
        back = medium.open(clock);
        client = front.here();
        server = back.there();
        relay = Relay.between(front.there(), back.here());
    }

    @AfterEach
    void close() {
        front.close();
        back.close();
    }
}
