package io.loomline.outbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.outbox.OutboxOptions.WhenFull;
import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Ending;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One message to many members, one of which takes nothing. */
class BroadcastTest extends QueueFixture {
    private final Broadcast room = new Broadcast();
    private final List<Member> members = new ArrayList<>();

    /** A member that takes everything. */
    private final class Member {
        final FakeChannel channel = new FakeChannel();
        final Connection connection = Connection.over(channel, clock);
        final Outbox outbox = Outbox.of(connection);

        Member() {
            members.add(this);
            assertTrue(room.join(outbox));
        }

        String received() throws Exception {
            outbox.flush();
            return String.join("", channel.writes());
        }
    }

    @AfterEach
    void abortMembers() {
        for (Member each : members) each.connection.abort();
    }

    /** Joins a member without room, and one with room before and after it. */
    private Outbox joinSlow(OutboxOptions options) throws Exception {
        new Member();
        var slow = Outbox.of(connection, options);
        occupySender(slow);
        slow.offer(message(1));
        slow.offer(message(2));
        room.join(slow);
        new Member();
        return slow;
    }

    private static byte[] bytes(int number) {
        return message(number).getBytes(StandardCharsets.UTF_8);
    }

    private void requireOthersReceived(String text) throws Exception {
        for (Member each : members) assertEquals(text, each.received());
    }

    @Test
    void eachKindOfMessageReachesAllMembers() throws Exception {
        for (int i = 0; i < 3; i++) new Member();
        var buffer = ByteBuffer.wrap(new byte[] {'c', 'd'});
        assertEquals(3, room.offer(new byte[] {'a'}));
        assertEquals(3, room.send(new byte[] {'b'}));
        assertEquals(3, room.offer(buffer));
        assertFalse(buffer.hasRemaining());
        assertEquals(3, room.send(buffer.rewind()));
        assertEquals(3, room.offer("e"));
        assertEquals(3, room.send("f"));
        assertEquals(3, room.offerLine("g"));
        assertEquals(3, room.sendLine("h"));
        requireOthersReceived("abcdcdefg\nh\n");
    }

    @Test
    void textHasTheFormatOfTheBroadcast() throws Exception {
        var crlf = new Broadcast(LineFormat.DEFAULT.withEnding(Ending.CRLF));
        crlf.join(new Member().outbox);
        crlf.sendLine("line");
        requireOthersReceived("line\r\n");
    }

    @Test
    void memberThatHasLeftGetsNothing() throws Exception {
        var one = new Member();
        var other = new Member();
        assertFalse(room.join(one.outbox), "a member already");
        assertTrue(room.leave(one.outbox));
        assertFalse(room.leave(one.outbox));
        assertEquals(1, room.send("text"));
        assertEquals("", one.received());
        assertEquals("text", other.received());
    }

    @Test
    void closedAndAbortedMembersLeaveByThemselves() throws Exception {
        var closed = new Member();
        var aborted = new Member();
        var open = new Member();
        closed.outbox.close();
        assertEquals(2, room.size());
        aborted.connection.abort();
        assertEquals(1, room.send("text"));
        assertEquals(1, room.size());
        assertEquals("text", open.received());
        room.join(closed.outbox);
        assertEquals(1, room.size());
    }

    @Test
    void manyJoinsAndLeavesRetainNothing() throws Exception {
        var member = new Member();
        for (int i = 0; i < 10_000; i++) {
            assertTrue(room.leave(member.outbox));
            assertTrue(room.join(member.outbox));
        }
        member.outbox.close();
        assertEquals(0, room.size());
    }

    @Test
    void offerDelaysNobodyAndCountsWhatIsDropped() throws Exception {
        var slow = joinSlow(TWO);
        assertEquals(2, room.offer(message(3)));
        assertEquals(1, slow.droppedCount());
        requireOthersReceived(messages(3));
    }

    @Test
    void othersHaveTheMessageBeforeSendWaits() throws Exception {
        joinSlow(TWO);
        var send = Call.of(() -> room.send(message(3))).awaitIn("send");
        requireOthersReceived(messages(3));
        channel.room(true);
        assertEquals(3, send.result());
    }

    @Test
    void sendToReachesTheGivenOutboxesBeforeItWaits() throws Exception {
        var slow = joinSlow(TWO);
        var one = new Member();
        var other = new Member();
        var send =
                Call.of(() -> Broadcast.sendTo(List.of(slow, one.outbox), bytes(3)))
                        .awaitIn("sendTo");
        assertEquals(messages(3), one.received());
        assertEquals("", other.received());
        channel.room(true);
        assertEquals(2, send.result());
        Thread.currentThread().interrupt();
        assertThrows(
                InterruptedException.class, () -> Broadcast.sendTo(List.of(one.outbox), bytes(4)));
        assertEquals(messages(3), one.received());
    }

    @Test
    void memberThatMakesNoRoomIsAborted() throws Exception {
        joinSlow(TWO);
        var send = Call.of(() -> room.send(message(3))).awaitIn("send");
        var another = Call.of(() -> room.send(message(4))).awaitIn("send");
        clock.advance(TWO.maxWait());
        assertEquals(2, send.result());
        assertEquals(2, another.result());
        assertFalse(connection.isOpen());
        assertEquals(2, room.size());
        assertEquals(2, room.send(message(5)));
        requireOthersReceived(messages(3, 4, 5));
    }

    @Test
    void membersAreAwaitedUnderOneCommonTime() throws Exception {
        joinSlow(TWO.withMaxWait(Duration.ofSeconds(9)));
        var stuck = new FakeChannel();
        stuck.room(false);
        try (var impatient = Connection.over(stuck, clock)) {
            var outbox = Outbox.of(impatient, TWO.withMaxWait(Duration.ofSeconds(3)));
            occupySender(outbox, stuck);
            outbox.offer(message(1));
            room.join(outbox);
            var send = Call.of(() -> room.send("x".repeat(50))).awaitIn("send");
            clock.advance(Duration.ofSeconds(3));
            while (impatient.isOpen()) Thread.onSpinWait();
            assertTrue(connection.isOpen());
            clock.advance(Duration.ofSeconds(6));
            assertEquals(2, send.result());
            assertFalse(connection.isOpen());
        }
    }

    @Test
    void cancelledSendReachesThoseWithRoomAndAbortsNobody() throws Exception {
        var slow = joinSlow(TWO);
        var send = Call.of(() -> room.send(message(3))).awaitIn("send");
        send.cancel();
        assertTrue(send.wasCancelled());
        channel.room(true);
        slow.flush();
        assertEquals(messages(0, 1, 2), received());
        requireOthersReceived(messages(3));
    }

    @Test
    void cancelledTaskSendsNothing() throws Exception {
        new Member();
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> room.send("text"));
        requireOthersReceived("");
    }

    @ParameterizedTest
    @EnumSource
    void messageTooLongForOneMemberReachesTheOthersAndCutsNobody(WhenFull whenFull)
            throws Exception {
        new Member();
        var small = Outbox.of(connection, TWO.withWhenFull(whenFull));
        room.join(small);
        String tooLong = "x".repeat(TWO.maxBytes() + 1);
        assertEquals(1, room.send(tooLong));
        assertEquals(1, room.offer(tooLong));
        requireOthersReceived(tooLong + tooLong);
        assertEquals(2, small.droppedCount());
        channel.room(true);
        assertEquals(2, room.send(message(1)));
        small.flush();
        assertEquals(message(1), received());
    }

    @Test
    void allMembersGetTheMessagesOfAllSendersInOneOrder() throws Exception {
        for (int i = 0; i < 3; i++) new Member();
        List<Call<Boolean>> senders = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String prefix = "sender " + i + " ";
            senders.add(
                    Call.running(() -> {
                        for (int n = 0; n < 200; n++) room.sendLine(prefix + n);
                    }));
        }
        for (Call<Boolean> each : senders) each.result();
        requireOthersReceived(members.getFirst().received());
        List<String> lines = members.getFirst().received().lines().toList();
        for (int i = 0; i < 4; i++) {
            String prefix = "sender " + i + " ";
            List<String> own = lines.stream().filter(line -> line.startsWith(prefix)).toList();
            for (int n = 0; n < 200; n++) assertEquals(prefix + n, own.get(n));
        }
    }
}
