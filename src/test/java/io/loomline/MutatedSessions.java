package io.loomline;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loomline.probe.Eventually;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Sends sessions of real clients to a server, each with random changes. */
final class MutatedSessions {
    private static final int MOST_CHANGES = 4;
    private static final int MOST_REPEATED_BYTES = 64;

    private final List<byte[]> sessions;

    /** Bytes with a meaning in the protocol. */
    private final List<byte[]> words;

    /** A check of everything that the server has sent in a session. */
    interface Check {
        void accept(byte[] sent, byte[] answers);
    }

    MutatedSessions(List<byte[]> sessions, List<byte[]> words) {
        this.sessions = sessions;
        this.words = words;
    }

    /** Of texts in which a character stands for a byte. */
    static MutatedSessions ofTexts(List<String> sessions, List<String> words) {
        return new MutatedSessions(bytes(sessions), bytes(words));
    }

    private static List<byte[]> bytes(List<String> texts) {
        return texts.stream().map(text -> text.getBytes(ISO_8859_1)).toList();
    }

    /** Each session must end, whatever the server received. Then no connection may be left. */
    void sendTo(SampleServer server, long firstSeed, int count) throws Exception {
        sendTo(server, firstSeed, count, (_, _) -> {});
    }

    void sendTo(SampleServer server, long firstSeed, int count, Check check) throws Exception {
        for (int i = 0; i < count; i++) {
            long seed = firstSeed + i;
            try {
                send(server, new Random(seed), check);
            } catch (IOException | RuntimeException | AssertionError e) {
                throw new AssertionError("seed " + seed + "L", e);
            }
        }
        Eventually.holds(() -> server.connectionCount() == 0);
    }

    private void send(SampleServer server, Random random, Check check) throws IOException {
        byte[] session = mutated(random);
        var answers = new ByteArrayOutputStream();
        try (Socket socket = server.connect()) {
            boolean resets = random.nextInt(8) == 0;
            if (resets) socket.setSoLinger(true, 0);
            try {
                write(session, socket.getOutputStream(), random);
                if (resets) return;
                socket.shutdownOutput();
                socket.getInputStream().transferTo(answers);
            } catch (SocketTimeoutException e) {
                throw e;
            } catch (IOException e) {
                // the server may close first
            }
        }
        check.accept(session, answers.toByteArray());
    }

    /** In pieces, so that the server sees them in several reads. */
    private static void write(byte[] bytes, OutputStream output, Random random) throws IOException {
        int pieces = 1 + random.nextInt(3);
        int from = 0;
        for (int i = 1; i <= pieces; i++) {
            int to = i == pieces ? bytes.length : random.nextInt(from, bytes.length + 1);
            output.write(bytes, from, to - from);
            from = to;
        }
    }

    private byte[] mutated(Random random) {
        byte[] session = any(sessions, random).clone();
        int changes = random.nextInt(MOST_CHANGES + 1);
        for (int i = 0; i < changes && session.length > 0; i++) session = changed(session, random);
        return session;
    }

    private byte[] changed(byte[] session, Random random) {
        int at = random.nextInt(session.length);
        int length = Math.min(random.nextInt(MOST_REPEATED_BYTES) + 1, session.length - at);
        return switch (random.nextInt(6)) {
            case 0 -> replaced(session, at, 1, new byte[] {(byte) random.nextInt(256)});
            case 1 -> replaced(session, at, length, new byte[0]);
            case 2 -> replaced(session, at, 0, Arrays.copyOfRange(session, at, at + length));
            case 3 -> replaced(session, at, 0, any(words, random));
            case 4 -> replaced(session, at, session.length - at, new byte[0]);
            default -> replaced(session, at, session.length - at, any(sessions, random));
        };
    }

    private static byte[] replaced(byte[] session, int at, int length, byte[] by) {
        var result = new ByteArrayOutputStream();
        result.write(session, 0, at);
        result.writeBytes(by);
        result.write(session, at + length, session.length - at - length);
        return result.toByteArray();
    }

    private static byte[] any(List<byte[]> choices, Random random) {
        return choices.get(random.nextInt(choices.size()));
    }
}
