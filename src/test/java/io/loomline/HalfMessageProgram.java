package io.loomline;

import io.loomline.headroom.HeldBytes;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.probe.Eventually;
import io.loomline.probe.LoopbackAddress;
import io.loomline.protocol.ByteLineProtocol;
import io.loomline.protocol.LineProtocol;
import io.loomline.protocol.Protocols;
import io.loomline.protocol.Transport;
import io.loomline.server.Server;
import io.loomline.stream.FrameFormat;
import io.loomline.stream.LineFormat;
import io.loomline.stream.LineFormat.Ending;
import io.loomline.task.Task;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.management.ObjectName;

/**
 * Many clients send the first part of a message. The program prints, for each size of that part,
 * the size, the bytes that a connection holds by the account of the runtime, and the bytes of
 * arrays that the heap has more of, for each connection.
 */
final class HalfMessageProgram {
    private static final int MAX_BYTES = 2 << 20;
    private static final byte[] DELIMITER = {'\n'};
    private static final LineFormat LINES = LineFormat.DEFAULT.withMaxBytes(MAX_BYTES);
    private static final FrameFormat FRAMES = FrameFormat.DEFAULT.withMaxBytes(MAX_BYTES);

    private HalfMessageProgram() {}

    /** The ways to wait for the rest of a message. */
    enum Way {
        LINE,
        CRLF_LINE,
        EXACTLY,
        UNTIL,
        PEEK,
        ALL,
        FRAME,
        LINE_BYTES,
        LINE_INTO,
        CALLBACK,
        BYTE_CALLBACK,
        PAUSED_CALLBACK,
        /** The handler does other things after a line that came with the part. */
        BUSY;

        ConnectionHandler handler() {
            return switch (this) {
                case LINE -> c -> c.lineFormat(LINES).readLine();
                case CRLF_LINE -> c -> c.lineFormat(LINES.withEnding(Ending.CRLF)).readLine();
                case EXACTLY -> c -> c.readExactly(MAX_BYTES);
                case UNTIL -> c -> c.readUntil(DELIMITER, MAX_BYTES);
                case PEEK -> c -> c.peek(MAX_BYTES);
                case ALL -> c -> c.readAll(MAX_BYTES);
                case FRAME -> c -> c.readFrame(FRAMES);
                case LINE_BYTES -> c -> c.lineFormat(LINES).readLineBytes();
                case LINE_INTO ->
                        c -> c.lineFormat(LINES).readLineInto(ByteBuffer.allocateDirect(MAX_BYTES));
                case CALLBACK, PAUSED_CALLBACK -> Protocols.handler(Lines::new);
                case BYTE_CALLBACK -> Protocols.handler(ByteLines::new);
                case BUSY ->
                        c -> {
                            c.readLine();
                            PAUSED.add(Thread.currentThread());
                            Task.sleep(Duration.ofHours(1));
                        };
            };
        }

        /** What comes before the part that is measured. */
        byte[] first() {
            return switch (this) {
                case PAUSED_CALLBACK, BUSY -> "pause\n".getBytes(LINES.charset());
                case FRAME -> ByteBuffer.allocate(Integer.BYTES).putInt(MAX_BYTES).array();
                default -> new byte[0];
            };
        }
    }

    /** The threads of connections that read nothing. */
    private static final Queue<Thread> PAUSED = new ConcurrentLinkedQueue<>();

    private static final class ByteLines implements ByteLineProtocol {
        @Override
        public LineFormat lineFormat() {
            return LINES;
        }

        @Override
        public void connected(Transport transport) {}

        @Override
        public void lineReceived(ByteBuffer line) {}
    }

    private static final class Lines implements LineProtocol {
        private Transport transport;

        @Override
        public LineFormat lineFormat() {
            return LINES;
        }

        @Override
        public void connected(Transport transport) {
            this.transport = transport;
        }

        @Override
        public void lineReceived(String line) {
            transport.pauseReading();
            PAUSED.add(Thread.currentThread());
        }
    }

    /** The arguments: the way, then sizes. */
    public static void main(String[] arguments) throws Exception {
        Way way = Way.valueOf(arguments[0]);
        try (var runtime = Runtime.open()) {
            for (String size : Arrays.asList(arguments).subList(1, arguments.length)) {
                try (Server server = runtime.listen(LoopbackAddress.of(0), way.handler())) {
                    measure(runtime, server, way, Integer.parseInt(size));
                }
            }
        }
    }

    private static void measure(Runtime runtime, Server server, Way way, int bytes)
            throws Exception {
        int connections = Math.clamp(20_000_000 / bytes, 10, 200);
        byte[] part = new byte[bytes];
        Arrays.fill(part, (byte) 'x');
        long before = arrayBytes();
        List<Connection> clients = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            Connection client = runtime.connect("localhost", server.port());
            clients.add(client);
            client.write(ByteBuffer.wrap(way.first()), ByteBuffer.wrap(part));
        }
        awaitWaiting(way, connections, (long) connections * bytes);
        long held = HeldBytes.OF_THIS_JVM.bytes();
        long heap = arrayBytes() - before;
        System.out.println(bytes + " " + held / connections + " " + heap / connections);
        for (Connection client : clients) client.abort();
        PAUSED.clear();
    }

    private static void awaitWaiting(Way way, int connections, long bytes) throws Exception {
        if (way != Way.PAUSED_CALLBACK && way != Way.BUSY) {
            Eventually.holds(() -> HeldBytes.OF_THIS_JVM.bytes() >= bytes);
            return;
        }
        Eventually.holds(() -> PAUSED.size() == connections);
        String wait = way == Way.BUSY ? "sleep" : "awaitChange";
        for (Thread thread : PAUSED) Eventually.waitsIn(thread, wait);
    }

    /** The bytes of all live byte arrays. */
    private static long arrayBytes() throws Exception {
        String[] options = {};
        String histogram =
                (String)
                        ManagementFactory.getPlatformMBeanServer()
                                .invoke(
                                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                                        "gcClassHistogram",
                                        new Object[] {options},
                                        new String[] {String[].class.getName()});
        Matcher line = Pattern.compile("(\\d+) +\\[B ").matcher(histogram);
        if (!line.find()) throw new AssertionError(histogram);
        return Long.parseLong(line.group(1));
    }
}
