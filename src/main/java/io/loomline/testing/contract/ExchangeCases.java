package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import io.loomline.net.Connection;
import io.loomline.testing.ConnectionPair;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadPendingException;
import java.util.List;
import java.util.Random;

/** Lines and bytes: each side reads exactly what the other wrote, however it is split. */
final class ExchangeCases {
    private static final int LINES = 200;
    private static final int WRITERS = 4;

    /** The exponent is random, so short lines are as frequent as long ones. */
    private static final int MAX_LENGTH_BITS = 12;

    private final int bulkBytes;

    private ExchangeCases(int bulkBytes) {
        this.bulkBytes = bulkBytes;
    }

    static List<ContractCase> of(ConnectionPair.Source source, int bulkBytes) {
        var cases = new ExchangeCases(bulkBytes);
        return List.of(
                over(source, "every line gets its answer", ExchangeCases::pingPong),
                over(source, "lines of every length arrive", ExchangeCases::lines),
                over(source, "lines and bytes can be mixed", ExchangeCases::mixed),
                over(source, "every pipelined line is answered", ExchangeCases::pipelined),
                over(source, "several buffers arrive in order", ExchangeCases::gathered),
                over(source, "bulk data flows both ways at once", cases::bulk),
                over(
                        source,
                        "a full direction does not block the other direction",
                        ExchangeCases::oneWayFull),
                over(source, "lines of several threads do not interleave", ExchangeCases::writers),
                over(source, "a second reader is rejected", ExchangeCases::secondReader),
                over(source, "bytes are counted", ExchangeCases::counts));
    }

    private static void echoLines(Connection connection) throws Exception {
        String line;
        while ((line = connection.readLine()) != null) connection.writeLine(line);
        connection.shutdownOutput();
    }

    private static void pingPong(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start("echo", () -> echoLines(pair.second()));
        for (int i = 0; i < LINES; i++) {
            pair.first().writeLine("line " + i);
            Expect.equal("line " + i, pair.first().readLine(), "the answer");
        }
        pair.first().shutdownOutput();
        Expect.equal(null, pair.first().readLine(), "the end");
    }

    private static String line(Random random) {
        int length = random.nextInt(1 << random.nextInt(MAX_LENGTH_BITS + 1));
        return random.ints(length, ' ', 'z')
                .mapToObj(Character::toString)
                .reduce("\u00e4", String::concat);
    }

    private static void lines(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start(
                "writer",
                () -> {
                    var random = new Random(1);
                    for (int i = 0; i < LINES; i++) pair.first().writeLine(line(random));
                    pair.first().write("unterminated");
                    pair.first().shutdownOutput();
                });
        var random = new Random(1);
        for (int i = 0; i < LINES; i++) {
            Expect.equal(line(random), pair.second().readLine(), "line " + i);
        }
        Expect.equal("unterminated", pair.second().readLine(), "the unterminated line");
        Expect.equal(null, pair.second().readLine(), "the end");
    }

    private static void mixed(ConnectionPair pair, CaseThreads threads) throws Exception {
        byte[] body = ChannelIo.pattern(0, 300);
        threads.start(
                "writer",
                () -> {
                    for (int i = 0; i < 20; i++) {
                        pair.first().writeLine("body " + i);
                        pair.first().write(body);
                    }
                });
        for (int i = 0; i < 20; i++) {
            Expect.equal("body " + i, pair.second().readLine(), "the head");
            Expect.bytes(body, pair.second().readExactly(body.length), "the body");
        }
    }

    private static void pipelined(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start("echo", () -> echoLines(pair.second()));
        threads.start(
                "writer",
                () -> {
                    pair.first().write("line\n".repeat(LINES));
                    pair.first().shutdownOutput();
                });
        for (int i = 0; i < LINES; i++)
            Expect.equal("line", pair.first().readLine(), "answer " + i);
        Expect.equal(null, pair.first().readLine(), "the end");
    }

    private static void gathered(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start(
                "writer",
                () ->
                        pair.first()
                                .write(
                                        ByteBuffer.wrap(ChannelIo.pattern(0, 10)),
                                        ByteBuffer.allocate(0),
                                        ByteBuffer.wrap(ChannelIo.pattern(10, 3_000))));
        Expect.bytes(
                ChannelIo.pattern(0, 3_010),
                pair.second().readExactly(3_010),
                "the received bytes");
    }

    private void bulk(ConnectionPair pair, CaseThreads threads) throws Exception {
        for (Connection each : List.of(pair.first(), pair.second())) {
            threads.start("writer", () -> writeBulk(each));
            threads.start("reader", () -> readBulk(each));
        }
    }

    private void writeBulk(Connection to) throws Exception {
        var random = new Random(bulkBytes);
        for (int offset = 0; offset < bulkBytes; ) {
            int length = Math.min(1 + random.nextInt(bulkBytes), bulkBytes - offset);
            to.write(ChannelIo.pattern(offset, length));
            offset += length;
        }
        to.shutdownOutput();
    }

    private void readBulk(Connection from) throws Exception {
        Expect.bytes(ChannelIo.pattern(0, bulkBytes), from.readAll(bulkBytes), "the bulk data");
        Expect.equal(0, from.readAll(1).length, "bytes after the end");
    }

    private static void oneWayFull(ConnectionPair pair, CaseThreads threads) throws Exception {
        var writer =
                threads.start(
                        "writer",
                        () ->
                                Expect.throwing(
                                        IOException.class,
                                        "a write that the peer does not read",
                                        () -> {
                                            while (true) pair.first().write(new byte[50_000]);
                                        }));
        for (int i = 0; i < 3; i++) {
            threads.start("answer", () -> pair.second().writeLine("other direction"));
            Expect.equal(
                    "other direction", pair.first().readLine(), "the line in the other direction");
        }
        pair.second().abort();
        writer.join();
    }

    private static void writers(ConnectionPair pair, CaseThreads threads) throws Exception {
        for (int writer = 0; writer < WRITERS; writer++) {
            String letter = Character.toString('a' + writer);
            threads.start(
                    "writer " + letter,
                    () -> {
                        for (int i = 0; i < 50; i++) {
                            pair.first().writeLine(letter.repeat(1 + i * 37 % 500));
                        }
                    });
        }
        for (int i = 0; i < WRITERS * 50; i++) {
            String line = String.valueOf(pair.second().readLine());
            long different = line.chars().distinct().count();
            Expect.that(different == 1, "a line from a single writer", line);
        }
    }

    private static void secondReader(ConnectionPair pair, CaseThreads threads) throws Exception {
        var reader = threads.start("reader", () -> pair.first().readLine()).awaitWaiting();
        Expect.throwing(
                ReadPendingException.class, "a second reader", () -> pair.first().readLine());
        pair.second().writeLine("first reader");
        Expect.equal("first reader", reader.join(), "the line");
    }

    private static void counts(ConnectionPair pair, CaseThreads threads) throws Exception {
        threads.start("writer", () -> pair.first().writeLine("four"));
        Expect.equal("four", pair.second().readLine(), "the line");
        threads.joinOthers();
        Expect.equal(5L, pair.first().bytesWritten(), "bytes written");
        Expect.equal(5L, pair.second().bytesRead(), "bytes read");
        Expect.equal(0L, pair.first().bytesRead(), "bytes read by the writer");
    }
}
