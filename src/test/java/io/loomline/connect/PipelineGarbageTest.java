package io.loomline.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.net.Connection;
import io.loomline.probe.Leftovers;
import io.loomline.task.Task;
import io.loomline.testing.ConnectionPair;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Answers that a broken server has mutated: each request ends, and a failure names the server. */
class PipelineGarbageTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int SESSIONS = 500;
    private static final int REQUESTS = 20;

    @AutoClose
    private final Runtime runtime =
            Runtime.open(RuntimeOptions.DEFAULT.withDriver(Drivers.memory()));

    private final SplittableRandom random = new SplittableRandom(7);

    /** Reads what a nats-server sends to a subscriber, and its acknowledgements. */
    private static String readAnswer(Connection connection)
            throws IOException, InterruptedException {
        String line = connection.readLine();
        if (line == null) throw new EOFException("the server has ended the connection");
        if (line.equals("+OK")) return line;
        if (!line.startsWith("MSG ")) throw new ProtocolException("got " + line);
        try {
            int length = Integer.parseInt(line.substring(line.lastIndexOf(' ') + 1));
            if (length < 0 || length > 1_000) throw new ProtocolException("length " + length);
            connection.readExactly(length + 2);
            return null;
        } catch (NumberFormatException e) {
            throw new ProtocolException(e.getMessage());
        }
    }

    private byte[] session() {
        var session = new StringBuilder();
        for (int i = 0; i < REQUESTS; i++) {
            if (random.nextInt(3) == 0) session.append("MSG events 1 5\r\nhello\r\n");
            session.append("+OK\r\n");
        }
        return session.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private byte[] mutated(byte[] session) {
        byte[] bytes = session.clone();
        for (int i = random.nextInt(4); i > 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return random.nextInt(3) > 0 ? bytes : Arrays.copyOf(bytes, random.nextInt(bytes.length));
    }

    private int answered(byte[] session) throws Exception {
        try (ConnectionPair pair = ConnectionPair.open()) {
            var pipeline = Pipeline.over(pair.first(), PipelineGarbageTest::readAnswer);
            List<CompletableFuture<String>> answers = new ArrayList<>();
            for (int i = 0; i < REQUESTS; i++) answers.add(pipeline.send("request\r\n"));
            Task<Void> running = runtime.start(pipeline::run);
            pair.second().write(session);
            pair.second().shutdownOutput();
            int answered = 0;
            for (CompletableFuture<String> answer : answers) {
                if (answered(answer, pair.first())) answered++;
            }
            awaitEnd(running);
            return answered;
        }
    }

    private static boolean answered(CompletableFuture<String> answer, Connection connection)
            throws Exception {
        String failure =
                answer.handle((_, e) -> e == null ? null : e.getMessage())
                        .get(10, TimeUnit.SECONDS);
        if (failure == null) return true;
        assertTrue(failure.contains(connection.remoteAddress().toString()), failure);
        return false;
    }

    private static void awaitEnd(Task<Void> running) throws Exception {
        try {
            running.join();
        } catch (ExecutionException e) {
            assertTrue(e.getCause() instanceof IOException, e::toString);
        }
    }

    @Test
    void validSessionAnswersEveryRequest() throws Exception {
        assertEquals(REQUESTS, answered(session()));
    }

    @Test
    void mutatedSessionsEndEveryRequest() throws Exception {
        int answered = 0;
        for (int i = 0; i < SESSIONS; i++) answered += answered(mutated(session()));
        assertTrue(answered > 0 && answered < SESSIONS * REQUESTS, "answered: " + answered);
    }
}
