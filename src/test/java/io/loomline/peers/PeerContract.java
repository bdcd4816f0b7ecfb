package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.net.Connection;
import io.loomline.peers.Exchange.OurSide;

import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** The rules for every kind of peer, whichever side listens. */
abstract class PeerContract {
    private static final int LINES = 2_000;
    private static final int BYTES = 8 * 1024 * 1024;

    /** The side that listens. */
    enum ListeningSide {
        LOOMLINE,
        PEER
    }

    @RegisterExtension
    @Order(1) // checks after the other extensions have cleaned up
    final DescriptorCheck descriptors = new DescriptorCheck();

    @RegisterExtension
    @Order(2)
    final Children children = new Children();

    /** Opens a peer that connects to a port of this machine. */
    abstract Peer connect(int port) throws Exception;

    /** Opens a peer that listens on a port of this machine. */
    abstract Peer listen() throws Exception;

    final <T> Exchange<T> exchange(ListeningSide side, OurSide<T> ours) throws Exception {
        return switch (side) {
            case LOOMLINE -> Exchange.listen(this::connect, ours);
            case PEER -> Exchange.connect(this::listen, ours);
        };
    }

    @ParameterizedTest
    @EnumSource
    void echoesThousandsOfLines(ListeningSide side) throws Exception {
        try (var exchange = exchange(side, PeerContract::echoLines)) {
            exchange.peer().exchangeLines(LINES);
            exchange.peer().endOutput();
            assertEquals(LINES, exchange.result());
        }
    }

    private static int echoLines(Connection connection) throws Exception {
        int count = 0;
        for (String line; (line = connection.readLine()) != null; count++) {
            connection.writeLine(line);
        }
        return count;
    }

    @ParameterizedTest
    @EnumSource
    void readsTheEchoOfThousandsOfLines(ListeningSide side) throws Exception {
        OurSide<Void> ours =
                connection -> {
                    for (int i = 0; i < LINES; i++) {
                        connection.writeLine("line " + i);
                        assertEquals("line " + i, connection.readLine());
                    }
                    return null;
                };
        try (var exchange = exchange(side, ours)) {
            exchange.peer().echoLines(LINES);
            exchange.result();
        }
    }

    @ParameterizedTest
    @EnumSource
    void answersAPeerThatHasEndedItsOutput(ListeningSide side) throws Exception {
        OurSide<Void> ours =
                connection -> {
                    List<String> lines = readToTheEnd(connection);
                    connection.writeLine("you said " + lines);
                    return null;
                };
        try (var exchange = exchange(side, ours)) {
            exchange.peer().send("one\ntwo\n");
            exchange.peer().endOutput();
            assertEquals("you said [one, two]", exchange.peer().readLine());
            assertNull(exchange.peer().readLine());
            exchange.result();
        }
    }

    private static List<String> readToTheEnd(Connection connection) throws Exception {
        List<String> lines = new ArrayList<>();
        for (String line; (line = connection.readLine()) != null; ) lines.add(line);
        return lines;
    }

    @ParameterizedTest
    @EnumSource
    void readsThePeerAfterEndingItsOwnOutput(ListeningSide side) throws Exception {
        OurSide<List<String>> ours =
                connection -> {
                    connection.writeLine("over to you");
                    connection.shutdownOutput();
                    return readToTheEnd(connection);
                };
        try (var exchange = exchange(side, ours)) {
            Peer peer = exchange.peer();
            assertEquals("over to you", peer.readLine());
            if (peer.showsTheEnd()) assertNull(peer.readLine());
            peer.send("one\ntwo\n");
            peer.endOutput();
            assertEquals(List.of("one", "two"), exchange.result());
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsCompleteLinesAndThenTheReset(ListeningSide side) throws Exception {
        var one = new CountDownLatch(1);
        var reset = new CountDownLatch(1);
        OurSide<Void> ours =
                connection -> {
                    assertEquals("one", connection.readLine());
                    one.countDown();
                    reset.await();
                    assertEquals("two", connection.readLine());
                    assertThrows(IOException.class, connection::readLine);
                    assertThrows(IOException.class, connection::readLine, "half a line");
                    return null;
                };
        try (var exchange = exchange(side, ours)) {
            exchange.peer().send("one\ntwo\nthr");
            one.await();
            reset(exchange);
            reset.countDown();
            exchange.result();
        }
    }

    /** A program that is killed with unread input resets its connection. */
    private static void reset(Exchange<?> exchange) throws Exception {
        exchange.peer().freeze();
        exchange.connection().writeLine("unread");
        exchange.connection().flush();
        exchange.peer().reset();
    }

    @ParameterizedTest
    @EnumSource
    void resetEndsABlockedRead(ListeningSide side) throws Exception {
        var one = new CountDownLatch(1);
        OurSide<Void> ours =
                connection -> {
                    assertEquals("one", connection.readLine());
                    one.countDown();
                    assertThrows(IOException.class, connection::readLine, "half a line");
                    return null;
                };
        try (var exchange = exchange(side, ours)) {
            exchange.peer().send("one\ntw");
            one.await();
            exchange.awaitBlocked();
            reset(exchange);
            exchange.result();
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsAnUnterminatedLineOnceAndThenTheEnd(ListeningSide side) throws Exception {
        var one = new CountDownLatch(1);
        OurSide<Void> ours =
                connection -> {
                    assertEquals("one", connection.readLine());
                    one.countDown();
                    assertEquals("tw", connection.readLine());
                    assertNull(connection.readLine());
                    assertNull(connection.readLine());
                    return null;
                };
        try (var exchange = exchange(side, ours)) {
            exchange.peer().send("one\ntw");
            one.await();
            exchange.peer().vanish();
            exchange.result();
        }
    }

    @ParameterizedTest
    @EnumSource
    void waitsForASlowReaderAndLosesNoByte(ListeningSide side) throws Exception {
        var stop = new AtomicBoolean();
        try (var exchange = exchange(side, connection -> Bulk.write(connection, stop::get))) {
            exchange.awaitBlocked();
            stop.set(true);
            exchange.peer().endOutput(); // some programs exit only after both directions have ended
            Bulk.Sum received = exchange.peer().sumToTheEnd();
            assertEquals(exchange.result(), received);
        }
    }

    @ParameterizedTest
    @EnumSource
    void bulkDataFlowsBothWaysUnchanged(ListeningSide side) throws Exception {
        try (var exchange = exchange(side, Bulk::echo)) {
            exchange.peer().exchangeBytes(BYTES);
            exchange.peer().endOutput();
            assertEquals(BYTES, exchange.result());
        }
    }
}
