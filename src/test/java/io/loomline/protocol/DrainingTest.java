package io.loomline.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.loomline.net.Connections;
import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Medium;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;

/** A protocol learns that its connection drains, between two messages. */
@ParameterizedClass
@EnumSource(
        value = Medium.class,
        names = {"TCP", "UNIX", "MEMORY"})
class DrainingTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter Medium medium;

    /** Says goodbye. */
    private static class Polite extends Recorder {
        @Override
        public void draining() {
            events.add("draining");
            transport().write(bytes("bye\n"));
            transport().close();
        }
    }

    /** Echoes lines, and says goodbye. */
    private static final class Lines extends Polite implements LineProtocol {
        @Override
        public void lineReceived(String line) {
            events.add(line);
            transport().write(bytes(line + "\n"));
        }
    }

    private static void drain(DrivenConnection driven) {
        Connections.beginDraining(driven.link().here(), _ -> {});
    }

    /** The server waits a little for the end of the peer, which may be sending. */
    private static void assertOrderlyEnd(DrivenConnection driven, Recorder protocol)
            throws Exception {
        assertNull(driven.peer().readLine());
        assertFalse(driven.call().isDone());
        driven.peer().shutdownOutput();
        assertNull(driven.end(protocol));
    }

    @Test
    void waitingProtocolIsToldAtOnce() throws Exception {
        var protocol = new Polite();
        try (var driven = DrivenConnection.over(medium, protocol)) {
            protocol.awaitEvent("connected");
            drain(driven);
            assertEquals("bye", driven.peer().readLine());
            assertOrderlyEnd(driven, protocol);
            assertEquals(List.of("connected", "draining", "disconnected"), protocol.events);
        }
    }

    @Test
    void protocolIsToldOnce() throws Exception {
        var protocol =
                new Recorder() {
                    @Override
                    public void draining() {
                        events.add("draining");
                    }
                };
        try (var driven = DrivenConnection.over(medium, protocol)) {
            drain(driven);
            drain(driven);
            protocol.awaitEvent("draining");
            driven.peer().writeLine("still served");
            protocol.awaitText("still served\n");
            assertEquals(List.of("connected", "draining", "received"), protocol.events);
        }
    }

    @Test
    void byDefaultTheDrainChangesNothing() throws Exception {
        var protocol = new Recorder();
        try (var driven = DrivenConnection.over(medium, protocol)) {
            protocol.awaitEvent("connected");
            drain(driven);
            driven.peer().writeLine("still served");
            protocol.awaitText("still served\n");
        }
    }

    @Test
    void linesThatHaveArrivedAreReceivedFirst() throws Exception {
        var protocol = new Lines();
        protocol.onConnected = transport -> transport.pauseReading();
        try (var driven = DrivenConnection.over(medium, protocol)) {
            protocol.awaitEvent("connected");
            driven.peer().write("1\n2\n");
            protocol.onConnected = _ -> {};
            protocol.transport().resumeReading();
            drain(driven);
            for (String line : List.of("1", "2", "bye")) {
                assertEquals(line, driven.peer().readLine());
            }
            assertOrderlyEnd(driven, protocol);
        }
    }

    @Test
    void lineThatHasBegunIsReceivedFirst() throws Exception {
        var protocol = new Lines();
        try (var driven = DrivenConnection.over(medium, protocol)) {
            driven.peer().write("1\nhal");
            assertEquals("1", driven.peer().readLine());
            drain(driven);
            driven.peer().writeLine("f");
            assertEquals("half", driven.peer().readLine());
            assertEquals("bye", driven.peer().readLine());
            assertOrderlyEnd(driven, protocol);
        }
    }

    @Test
    void pausedProtocolIsToldWithoutItsInput() throws Exception {
        var protocol = new Lines();
        protocol.onConnected = Transport::pauseReading;
        try (var driven = DrivenConnection.over(medium, protocol)) {
            protocol.awaitEvent("connected");
            driven.peer().writeLine("unread");
            drain(driven);
            assertEquals("bye", driven.peer().readLine());
            assertOrderlyEnd(driven, protocol);
            assertFalse(protocol.events.contains("unread"));
        }
    }

    @Test
    void drainBeforeTheProtocolRunsIsToldAfterConnected() throws Exception {
        try (var link = medium.open()) {
            Connections.beginDraining(link.here(), _ -> {});
            var protocol = new Polite();
            var call = Call.running(() -> Protocols.run(link.here(), protocol));
            assertEquals("bye", link.there().readLine());
            link.there().shutdownOutput();
            call.result();
            assertEquals(List.of("connected", "draining", "disconnected"), protocol.events);
        }
    }

    /** Each line is an answer to the last one, so more input is always there or on its way. */
    @Test
    void peerThatNeverStopsCannotDelayTheNoticeForEver() throws Exception {
        var protocol = new Lines();
        try (var driven = DrivenConnection.over(medium, protocol)) {
            var flood =
                    Call.running(() -> {
                        String line = "x".repeat(1000);
                        while (true) driven.peer().writeLine(line);
                    });
            protocol.awaitEvent("x".repeat(1000));
            var reader =
                    Call.running(() -> {
                        while (true) driven.peer().requireLine();
                    });
            drain(driven);
            protocol.awaitEvent("draining"); // a peer that sends on may be reset before it reads it
            flood.cancel();
            flood.awaitEnd();
            driven.peer().abort();
            reader.awaitEnd();
            protocol.awaitEvent("disconnected");
        }
    }
}
