package io.loomline.testing.contract;

import static io.loomline.testing.contract.CaseThreads.over;

import io.loomline.driver.Channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;

/** An interrupted wait loses no byte and leaves the channel usable. */
final class InterruptCases {
    private static final int ROUNDS = 300;
    private static final int MAX_SPINS = 2_000;
    private static final long SEED = 42;

    /** The result of an interrupted read, in place of a byte. */
    private static final int INTERRUPTED = -3;

    private InterruptCases() {}

    static List<ContractCase> of(ChannelPair.Source source) {
        return List.of(
                over(source, "awaitReadable throws if already interrupted", InterruptCases::read),
                over(
                        source,
                        "awaitReadable throws if interrupted with bytes available",
                        InterruptCases::bytesAvailable),
                over(source, "awaitWritable throws if already interrupted", InterruptCases::write),
                over(source, "an interrupt ends awaitReadable", InterruptCases::reading),
                over(source, "an interrupt ends awaitWritable", InterruptCases::writing),
                over(
                        source,
                        "tryRead, tryWrite and close ignore interrupts",
                        InterruptCases::tries),
                over(
                        source,
                        "racing interrupts lose no byte that is read",
                        InterruptCases::readRace),
                over(
                        source,
                        "racing interrupts lose no byte that is written",
                        InterruptCases::writeRace),
                over(
                        source,
                        "another reader can take over after an interrupt",
                        InterruptCases::takeOver));
    }

    private static void requireThrowsAtOnce(String what, CaseThreads.Job wait) {
        Thread.currentThread().interrupt();
        requireThrows(what, wait);
    }

    private static void requireThrows(String what, CaseThreads.Job wait) {
        Expect.throwing(
                InterruptedException.class,
                what,
                () -> {
                    while (true) wait.run(); // spurious returns are allowed
                });
        Expect.equal(false, Thread.interrupted(), "the interrupt status after " + what);
    }

    private static void requireUsable(ChannelPair pair, CaseThreads threads) throws Exception {
        threads.start("writer", () -> ChannelIo.write(pair.first(), (byte) 1, (byte) 2));
        Expect.bytes(
                new byte[] {1, 2},
                ChannelIo.read(pair.second(), 2),
                "the bytes received afterwards");
    }

    private static void read(ChannelPair pair, CaseThreads threads) throws Exception {
        for (int i = 0; i < 3; i++)
            requireThrowsAtOnce("awaitReadable", pair.second()::awaitReadable);
        requireUsable(pair, threads);
    }

    private static void bytesAvailable(ChannelPair pair, CaseThreads threads) throws Exception {
        threads.start("writer", () -> ChannelIo.write(pair.first(), (byte) 9));
        pair.second().awaitReadable();
        threads.joinOthers();
        requireThrowsAtOnce("awaitReadable with bytes available", pair.second()::awaitReadable);
        Expect.bytes(
                new byte[] {9}, ChannelIo.read(pair.second(), 1), "the byte that was available");
        requireUsable(pair, threads);
    }

    private static void write(ChannelPair pair, CaseThreads threads) throws Exception {
        int filled = ChannelIo.fill(pair.first());
        for (int i = 0; i < 3; i++)
            requireThrowsAtOnce("awaitWritable", pair.first()::awaitWritable);
        byte[] before = ChannelIo.read(pair.second(), filled);
        Expect.bytes(ChannelIo.pattern(0, filled), before, "the bytes that filled the channel");
        requireUsable(pair, threads);
    }

    private static void reading(ChannelPair pair, CaseThreads threads) throws Exception {
        interruptWaiting(
                threads, () -> requireThrows("awaitReadable", pair.second()::awaitReadable));
        requireUsable(pair, threads);
    }

    private static void writing(ChannelPair pair, CaseThreads threads) throws Exception {
        int filled = ChannelIo.fill(pair.first());
        CaseThreads.Job wait = pair.first()::awaitWritable;
        interruptWaiting(threads, () -> requireThrows("awaitWritable", wait));
        Expect.bytes(
                ChannelIo.pattern(0, filled), ChannelIo.read(pair.second(), filled), "all bytes");
        requireUsable(pair, threads);
    }

    private static void interruptWaiting(CaseThreads threads, CaseThreads.Job job)
            throws Exception {
        var waiting = threads.start("waiter", job).awaitWaiting();
        waiting.thread().interrupt();
        waiting.join();
    }

    private static void tries(ChannelPair pair, CaseThreads threads) throws Exception {
        threads.start("writer", () -> ChannelIo.write(pair.first(), (byte) 1));
        pair.second().awaitReadable();
        threads.joinOthers();
        Thread.currentThread().interrupt();
        Expect.equal(1, ChannelIo.tryReadByte(pair.second()), "tryRead while interrupted");
        Expect.equal(
                ChannelIo.NO_BYTE,
                ChannelIo.tryReadByte(pair.second()),
                "tryRead without bytes, while interrupted");
        pair.second().tryWrite(ByteBuffer.allocate(0));
        ChannelIo.tryWriteByte(pair.second());
        pair.second().shutdownOutput();
        Expect.equal(true, Thread.interrupted(), "the interrupt status after the calls");
        requireUsable(pair, threads);
        Thread.currentThread().interrupt();
        pair.close();
        Expect.equal(true, Thread.interrupted(), "the interrupt status after close");
    }

    /** The reader answers each byte; all its waits are interrupted again and again. */
    private static void readRace(ChannelPair pair, CaseThreads threads) throws Exception {
        var reader =
                threads.start(
                        "reader",
                        () -> {
                            for (int i = 0; i < ROUNDS; i++) {
                                Expect.equal(
                                        i % 251, readDespiteInterrupts(pair.second()), "byte " + i);
                                writeDespiteInterrupts(pair.second(), ByteBuffer.allocate(1));
                            }
                        });
        threads.start("interrupter", () -> interruptUntilEnded(reader.thread()));
        for (int i = 0; i < ROUNDS; i++) {
            ChannelIo.write(pair.first(), ChannelIo.pattern(i, 1));
            ChannelIo.read(pair.first(), 1);
        }
    }

    private static void writeRace(ChannelPair pair, CaseThreads threads) throws Exception {
        int filled = ChannelIo.fill(pair.first());
        var rest = ByteBuffer.wrap(ChannelIo.pattern(filled, 20 * ROUNDS));
        var writer = threads.start("writer", () -> writeDespiteInterrupts(pair.first(), rest));
        threads.start("interrupter", () -> interruptUntilEnded(writer.thread()));
        int total = filled + 20 * ROUNDS;
        Expect.bytes(
                ChannelIo.pattern(0, total), ChannelIo.read(pair.second(), total), "all bytes");
    }

    private static int readDespiteInterrupts(Channel from) throws IOException {
        var target = ByteBuffer.allocate(1);
        while (target.hasRemaining()) {
            try {
                ChannelIo.readInto(from, target);
            } catch (InterruptedException e) {
                // the next call finds the same bytes
            }
        }
        return Byte.toUnsignedInt(target.get(0));
    }

    private static void writeDespiteInterrupts(Channel to, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            try {
                ChannelIo.write(to, bytes);
            } catch (InterruptedException e) {
                // the position of the buffer shows how much was written
            }
        }
    }

    private static void interruptUntilEnded(Thread thread) {
        var random = new Random(SEED);
        while (thread.isAlive()) {
            thread.interrupt();
            CaseThreads.spin(random.nextInt(MAX_SPINS));
            CaseThreads.letOthersRun();
        }
    }

    /** Each byte races an interrupt of its reader. If the reader is interrupted, we read it. */
    private static void takeOver(ChannelPair pair, CaseThreads threads) throws Exception {
        var random = new Random(SEED);
        for (int i = 0; i < ROUNDS; i++) {
            byte[] sent = ChannelIo.pattern(i, 1);
            var reader = threads.start("reader", () -> readUnlessInterrupted(pair.second()));
            var writer = threads.start("writer", () -> ChannelIo.write(pair.first(), sent));
            CaseThreads.spin(random.nextInt(MAX_SPINS));
            reader.thread().interrupt();
            int received = reader.join();
            if (received == INTERRUPTED) received = readDespiteInterrupts(pair.second());
            Expect.equal(Byte.toUnsignedInt(sent[0]), received, "byte " + i);
            writer.join();
        }
    }

    private static int readUnlessInterrupted(Channel from) throws IOException {
        try {
            return Byte.toUnsignedInt(ChannelIo.read(from, 1)[0]);
        } catch (InterruptedException e) {
            return INTERRUPTED;
        }
    }
}
