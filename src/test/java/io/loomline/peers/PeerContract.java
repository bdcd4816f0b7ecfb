package io.loomline.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.loomline.net.Connection;
import io.loomline.peers.Meeting.OurSide;

import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** What must hold with whatever is at the other end, and whoever of the two has connected. */
abstract class PeerContract {
    private static final int LINES = 2_000;
    private static final int BYTES = 8 * 1024 * 1024;

    /** Who listens. */
    enum Listening {
        WE,
        THE_PEER
    }

    @RegisterExtension
    @Order(1) // looks when everything else has been put away
    final Descriptors descriptors = new Descriptors();

    @RegisterExtension
    @Order(2)
    final Children children = new Children();

    /** A peer that connects to a port of this machine. */
    abstract Peer connect(int port) throws Exception;

    /** A peer that listens at a port of this machine. */
    abstract Peer listen() throws Exception;

    final <T> Meeting<T> meet(Listening who, OurSide<T> ours) throws Exception {
        return switch (who) {
            case WE -> Meeting.weListen(this::connect, ours);
            case THE_PEER -> Meeting.weConnect(this::listen, ours);
        };
    }

    @ParameterizedTest
    @EnumSource
    void echoesThousandsOfLines(Listening who) throws Exception {
        try (var meeting = meet(who, PeerContract::echoLines)) {
            meeting.peer().exchangeLines(LINES);
            meeting.peer().endOutput();
            assertEquals(LINES, meeting.result());
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
    void readsTheEchoOfThousandsOfLines(Listening who) throws Exception {
        OurSide<Void> ours =
                connection -> {
                    for (int i = 0; i < LINES; i++) {
                        connection.writeLine("line " + i);
                        assertEquals("line " + i, connection.readLine());
                    }
                    return null;
                };
        try (var meeting = meet(who, ours)) {
            meeting.peer().echoLines(LINES);
            meeting.result();
        }
    }

    @ParameterizedTest
    @EnumSource
    void answersAPeerThatHasEndedItsOutput(Listening who) throws Exception {
        OurSide<Void> ours =
                connection -> {
                    List<String> lines = readToTheEnd(connection);
                    connection.writeLine("you said " + lines);
                    return null;
                };
        try (var meeting = meet(who, ours)) {
            meeting.peer().send("one\ntwo\n");
            meeting.peer().endOutput();
            assertEquals("you said [one, two]", meeting.peer().readLine());
            assertNull(meeting.peer().readLine());
            meeting.result();
        }
    }

    private static List<String> readToTheEnd(Connection connection) throws Exception {
        List<String> lines = new ArrayList<>();
        for (String line; (line = connection.readLine()) != null; ) lines.add(line);
        return lines;
    }

    @ParameterizedTest
    @EnumSource
    void hearsThePeerAfterItHasEndedItsOwnOutput(Listening who) throws Exception {
        OurSide<List<String>> ours =
                connection -> {
                    connection.writeLine("over to you");
                    connection.shutdownOutput();
                    return readToTheEnd(connection);
                };
        try (var meeting = meet(who, ours)) {
            Peer peer = meeting.peer();
            assertEquals("over to you", peer.readLine());
            if (peer.showsTheEnd()) assertNull(peer.readLine());
            peer.send("one\ntwo\n");
            peer.endOutput();
            assertEquals(List.of("one", "two"), meeting.result());
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsWholeLinesAndThenTheResetOfThePeer(Listening who) throws Exception {
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
        try (var meeting = meet(who, ours)) {
            meeting.peer().send("one\ntwo\nthr");
            one.await();
            reset(meeting);
            reset.countDown();
            meeting.result();
        }
    }

    /** With input that it has not read, any program resets the connection when it is killed. */
    private static void reset(Meeting<?> meeting) throws Exception {
        meeting.peer().freeze();
        meeting.connection().writeLine("unread");
        meeting.connection().flush();
        meeting.peer().reset();
    }

    @ParameterizedTest
    @EnumSource
    void tellsAReaderThatWaitsOfTheReset(Listening who) throws Exception {
        var one = new CountDownLatch(1);
        OurSide<Void> ours =
                connection -> {
                    assertEquals("one", connection.readLine());
                    one.countDown();
                    assertThrows(IOException.class, connection::readLine, "half a line");
                    return null;
                };
        try (var meeting = meet(who, ours)) {
            meeting.peer().send("one\ntw");
            one.await();
            meeting.awaitBlocked();
            reset(meeting);
            meeting.result();
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsALineThatWasCutOffOnceAndThenTheEnd(Listening who) throws Exception {
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
        try (var meeting = meet(who, ours)) {
            meeting.peer().send("one\ntw");
            one.await();
            meeting.peer().vanish();
            meeting.result();
        }
    }

    @ParameterizedTest
    @EnumSource
    void waitsForAPeerThatDoesNotReadAndLosesNothing(Listening who) throws Exception {
        var stop = new AtomicBoolean();
        try (var meeting = meet(who, connection -> Bulk.write(connection, stop::get))) {
            meeting.awaitBlocked();
            stop.set(true);
            meeting.peer().endOutput(); // some programs end only when both directions have
            Bulk.Sum received = meeting.peer().sumToTheEnd();
            assertEquals(meeting.result(), received);
        }
    }

    @ParameterizedTest
    @EnumSource
    void movesManyBytesBothWaysUnchanged(Listening who) throws Exception {
        try (var meeting = meet(who, Bulk::echo)) {
            meeting.peer().exchangeBytes(BYTES);
            meeting.peer().endOutput();
            assertEquals(BYTES, meeting.result());
        }
    }
}
