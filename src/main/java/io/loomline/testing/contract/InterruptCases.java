package io.loomline.testing.contract;

import io.loomline.driver.Channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;

/** Waits are cut without a loss: the channel is as usable as before. */
final class InterruptCases {
    private static final int ROUNDS = 300;
    private static final int MAX_SPINS = 2_000;
    private static final long SEED = 42;

    /** What a read that was cut returns in place of a byte. */
    private static final int CUT = -3;

    private InterruptCases() {}

    static List<ContractCase> of(ChannelPair.Source source) {
        return List.of(
                CaseThreads.over(
                        source, "interrupted before waiting to read", InterruptCases::read),
                CaseThreads.over(
                        source, "interrupted before waiting, with bytes", InterruptCases::there),
                CaseThreads.over(
                        source, "interrupted before waiting to write", InterruptCases::write),
                CaseThreads.over(
                        source, "interrupted while waiting to read", InterruptCases::reading),
                CaseThreads.over(
                        source, "interrupted while waiting to write", InterruptCases::writing),
                CaseThreads.over(
                        source, "tries and closing know no interrupt", InterruptCases::tries),
                CaseThreads.over(source, "interrupts race reads", InterruptCases::readRace),
                CaseThreads.over(source, "interrupts race writes", InterruptCases::writeRace),
                CaseThreads.over(
                        source, "a reader takes over from one cut", InterruptCases::handover));
    }

    private static void requireCut(String what, CaseThreads.Job wait) {
        Thread.currentThread().interrupt();
        requireThrown(what, wait);
    }

    private static void requireThrown(String what, CaseThreads.Job wait) {
        Expect.throwing(
                InterruptedException.class,
                what,
                () -> {
                    while (true) wait.run(); // it may return early without a reason
                });
        Expect.equal(false, Thread.interrupted(), "the interrupt status after " + what);
    }

    private static void requireUsable(ChannelPair pair, CaseThreads crew) throws Exception {
        crew.start("writer", () -> ChannelIo.write(pair.first(), (byte) 1, (byte) 2));
        Expect.bytes(new byte[] {1, 2}, ChannelIo.read(pair.second(), 2), "what came afterwards");
    }

    private static void read(ChannelPair pair, CaseThreads crew) throws Exception {
        for (int i = 0; i < 3; i++) requireCut("awaitReadable", pair.second()::awaitReadable);
        requireUsable(pair, crew);
    }

    private static void there(ChannelPair pair, CaseThreads crew) throws Exception {
        crew.start("writer", () -> ChannelIo.write(pair.first(), (byte) 9));
        pair.second().awaitReadable();
        crew.joinOthers();
        requireCut("awaitReadable with bytes there", pair.second()::awaitReadable);
        Expect.bytes(new byte[] {9}, ChannelIo.read(pair.second(), 1), "the byte that was there");
        requireUsable(pair, crew);
    }

    private static void write(ChannelPair pair, CaseThreads crew) throws Exception {
        int filled = ChannelIo.fill(pair.first());
        for (int i = 0; i < 3; i++) requireCut("awaitWritable", pair.first()::awaitWritable);
        byte[] before = ChannelIo.read(pair.second(), filled);
        Expect.bytes(ChannelIo.pattern(0, filled), before, "what came before");
        requireUsable(pair, crew);
    }

    private static void reading(ChannelPair pair, CaseThreads crew) throws Exception {
        interruptWaiting(crew, () -> requireThrown("awaitReadable", pair.second()::awaitReadable));
        requireUsable(pair, crew);
    }

    private static void writing(ChannelPair pair, CaseThreads crew) throws Exception {
        int filled = ChannelIo.fill(pair.first());
        CaseThreads.Job wait = pair.first()::awaitWritable;
        interruptWaiting(crew, () -> requireThrown("awaitWritable", wait));
        Expect.bytes(
                ChannelIo.pattern(0, filled), ChannelIo.read(pair.second(), filled), "all of it");
        requireUsable(pair, crew);
    }

    private static void interruptWaiting(CaseThreads crew, CaseThreads.Job job) throws Exception {
        var waiting = crew.start("waiter", job).awaitWaiting();
        waiting.thread().interrupt();
        waiting.join();
    }

    private static void tries(ChannelPair pair, CaseThreads crew) throws Exception {
        crew.start("writer", () -> ChannelIo.write(pair.first(), (byte) 1));
        pair.second().awaitReadable();
        crew.joinOthers();
        Thread.currentThread().interrupt();
        Expect.equal(1, ChannelIo.tryReadByte(pair.second()), "tryRead, interrupted");
        Expect.equal(-2, ChannelIo.tryReadByte(pair.second()), "tryRead of nothing, interrupted");
        pair.second().tryWrite(ByteBuffer.allocate(0));
        ChannelIo.tryWriteByte(pair.second());
        pair.second().shutdownOutput();
        Expect.equal(true, Thread.interrupted(), "the interrupt status after that");
        requireUsable(pair, crew);
        Thread.currentThread().interrupt();
        pair.close();
        Expect.equal(true, Thread.interrupted(), "the interrupt status after close");
    }

    /** Every byte is read in a loop that is interrupted all the time, and is then answered. */
    private static void readRace(ChannelPair pair, CaseThreads crew) throws Exception {
        var reader =
                crew.start(
                        "reader",
                        () -> {
                            for (int i = 0; i < ROUNDS; i++) {
                                Expect.equal(i % 251, readPatiently(pair.second()), "byte " + i);
                                writePatiently(pair.second(), ByteBuffer.allocate(1));
                            }
                        });
        crew.start("interrupter", () -> interruptUntilDead(reader.thread()));
        for (int i = 0; i < ROUNDS; i++) {
            ChannelIo.write(pair.first(), ChannelIo.pattern(i, 1));
            ChannelIo.read(pair.first(), 1);
        }
    }

    private static void writeRace(ChannelPair pair, CaseThreads crew) throws Exception {
        int filled = ChannelIo.fill(pair.first());
        var rest = ByteBuffer.wrap(ChannelIo.pattern(filled, 20 * ROUNDS));
        var writer = crew.start("writer", () -> writePatiently(pair.first(), rest));
        crew.start("interrupter", () -> interruptUntilDead(writer.thread()));
        int total = filled + 20 * ROUNDS;
        Expect.bytes(
                ChannelIo.pattern(0, total), ChannelIo.read(pair.second(), total), "all of it");
    }

    private static int readPatiently(Channel from) throws IOException {
        var target = ByteBuffer.allocate(1);
        while (target.hasRemaining()) {
            try {
                ChannelIo.readInto(from, target);
            } catch (InterruptedException e) {
                // the race is the point: the next try sees what this one would have
            }
        }
        return Byte.toUnsignedInt(target.get(0));
    }

    private static void writePatiently(Channel to, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            try {
                ChannelIo.write(to, bytes);
            } catch (InterruptedException e) {
                // the race is the point: the buffer tells how far this one came
            }
        }
    }

    private static void interruptUntilDead(Thread thread) {
        var random = new Random(SEED);
        while (thread.isAlive()) {
            thread.interrupt();
            CaseThreads.spin(random.nextInt(MAX_SPINS));
            CaseThreads.letOthersRun();
        }
    }

    /** Each byte races the interrupt of the one who waits for it; if cut, another one gets it. */
    private static void handover(ChannelPair pair, CaseThreads crew) throws Exception {
        var random = new Random(SEED);
        for (int i = 0; i < ROUNDS; i++) {
            byte[] sent = ChannelIo.pattern(i, 1);
            var reader = crew.start("reader", () -> readOrCut(pair.second()));
            var writer = crew.start("writer", () -> ChannelIo.write(pair.first(), sent));
            CaseThreads.spin(random.nextInt(MAX_SPINS));
            reader.thread().interrupt();
            int received = reader.join();
            if (received == CUT) received = readPatiently(pair.second());
            Expect.equal(Byte.toUnsignedInt(sent[0]), received, "byte " + i);
            writer.join();
        }
    }

    private static int readOrCut(Channel from) throws IOException {
        try {
            return Byte.toUnsignedInt(ChannelIo.read(from, 1)[0]);
        } catch (InterruptedException e) {
            return CUT;
        }
    }
}
