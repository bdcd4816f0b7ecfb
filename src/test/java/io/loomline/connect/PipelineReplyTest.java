package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.net.Connection;
import io.loomline.outbox.Outbox;
import io.loomline.probe.Call;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.stream.Limits;
import io.loomline.testing.ConnectionPair;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/** Readers that reply to the peer, while callers hold the output. */
class PipelineReplyTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static String readAnswer(Connection connection, Outbox replies)
            throws IOException, InterruptedException {
        String line = connection.requireLine();
        if (!line.equals("ping")) return line;
        assertTrue(replies.offer("pong\n"));
        return null;
    }

    private static Limits limits(Medium medium) {
        int bufferBytes = medium == Medium.ONE_BYTE ? 128 : 64 * 1024;
        return Limits.DEFAULT.withBufferBytes(bufferBytes).withWriteTimeout(Limits.NO_LIMIT);
    }

    private static String clog(Medium medium) {
        int bytes = medium.cloggingBytes() / (64 * 1024) * limits(medium).bufferBytes();
        return "x".repeat(bytes - 1) + "\n";
    }

    /** A peer that handles one request after another reads nothing until its answer is read. */
    @ParameterizedTest
    @EnumSource
    void readerThatRepliesNeverWaitsForAWriter(Medium medium) throws Exception {
        try (Link link = medium.open()) {
            link.here().limits(limits(medium));
            Connection peer = link.there().limits(limits(medium));
            var pipeline = Pipeline.over(link.here(), PipelineReplyTest::readAnswer);
            var running = Call.running(pipeline::run);
            var first = Call.of(() -> pipeline.call("1\n"));
            assertEquals("1", peer.readLine());
            String large = clog(medium);
            var second = Call.of(() -> pipeline.call(large)).awaitIn("awaitWritable");
            peer.write("ping\nfirst\n");
            assertEquals("first", first.result());
            peer.readExactly(large.length());
            assertEquals("pong", peer.readLine());
            peer.write("second\n");
            assertEquals("second", second.result());
            peer.close();
            running.result();
        }
    }

    @ParameterizedTest
    @EnumSource
    void writeByTheReaderIsRefused(Medium medium) throws Exception {
        try (Link link = medium.open()) {
            var pipeline =
                    Pipeline.<String>over(
                            link.here(),
                            connection -> {
                                connection.writeLine("re: " + connection.readLine());
                                return null;
                            });
            var running =
                    Call.running(() -> {
                        try {
                            pipeline.run();
                        } finally {
                            link.here().writeLine("bye"); // the thread reads for others no more
                        }
                    });
            Connection peer = link.there();
            var request = Call.of(() -> pipeline.call("request\n"));
            assertEquals("request", peer.readLine());
            peer.writeLine("ping");
            assertEquals("bye", peer.readLine());
            var failure = running.failure(IllegalStateException.class);
            assertEquals(
                    "the thread that reads for others must not wait for the output: use an outbox",
                    failure.getMessage());
            request.failure(IOException.class);
        }
    }

    @Test
    void functionOfAnAnswerCannotWriteEither() throws Exception {
        try (ConnectionPair pair = ConnectionPair.open()) {
            var pipeline = Pipeline.over(pair.first(), Connection::readLine);
            var refused = new AtomicReference<Throwable>();
            CompletableFuture<String> answer = pipeline.send("1\n");
            var written =
                    answer.thenAccept(_ -> {
                        try {
                            pair.first().write("2\n");
                        } catch (Exception e) {
                            refused.set(e);
                        }
                    });
            var running = Call.running(pipeline::run);
            pair.second().write("one\n");
            pair.second().shutdownOutput();
            running.result();
            written.get();
            assertTrue(refused.get() instanceof IllegalStateException, () -> "" + refused.get());
            assertEquals("1", pair.second().readLine());
        }
    }

    @Test
    void peerThatReadsNoRepliesLosesTheConnection() throws Exception {
        byte[] reply = new byte[64 * 1024];
        try (ConnectionPair pair = ConnectionPair.open()) {
            var pipeline =
                    Pipeline.<String>over(
                            pair.first(),
                            (connection, replies) -> {
                                connection.readLine();
                                replies.offer(reply);
                                return null;
                            });
            var running = Call.running(pipeline::run);
            var pinging =
                    Call.running(() -> {
                        while (true) pair.second().writeLine("ping");
                    });
            running.failure(ConnectionClosedException.class);
            assertFalse(pair.first().isOpen());
            pinging.failure(IOException.class);
        }
    }
}
