package io.loomline.tls.keys;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.probe.CapturedLog;
import io.loomline.probe.Eventually;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Files are replaced while many threads ask for the pair in them. */
@Tag("stress")
class ReloadRaceTest {
    private static final int ROUNDS = 200;
    private static final int READERS = 3;

    @TempDir private Path directory;

    private final List<TestCertificate> pairs =
            List.of(
                    TestCertificates.server("a.example"),
                    TestCertificates.server("a.example"),
                    TestCertificates.server(KeyKind.ED25519, "a.example"));

    /** Each look at the clock is a second later, so each {@code get} checks the files. */
    private final AtomicLong nanos = new AtomicLong();

    private volatile boolean writing = true;

    @Test
    void everyOrderOfReplacementEndsWithTheNewPair() throws Exception {
        write("chain", pairs.getFirst().chainPem());
        write("key", pairs.getFirst().keyPem());
        try (var _ = new CapturedLog();
                var executor = Executors.newFixedThreadPool(READERS)) {
            ReloadingIdentity identity =
                    new ReloadingIdentity(
                            new KeyPairFiles(path("chain"), path("key"), null),
                            () -> nanos.addAndGet(TimeUnit.SECONDS.toNanos(1)),
                            InstantSource.system());
            List<Future<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) readers.add(executor.submit(reader(identity)));
            try {
                replace(identity);
            } finally {
                writing = false;
            }
            for (Future<Integer> each : readers) assertTrue(each.get() > 0);
        }
    }

    private Callable<Integer> reader(ReloadingIdentity identity) {
        return () -> {
            int reads = 0;
            while (writing || reads == 0) {
                Identity read = identity.get();
                assertTrue(KeyMatch.matches(read.key(), read.leaf().getPublicKey()));
                reads++;
            }
            return reads;
        };
    }

    private void replace(ReloadingIdentity identity) throws IOException, InterruptedException {
        Random random = new Random(1);
        for (int i = 0; i < ROUNDS; i++) {
            TestCertificate next = pairs.get(random.nextInt(pairs.size()));
            boolean chainFirst = random.nextBoolean();
            if (chainFirst) replace("chain", next.chainPem(), random);
            replace("key", next.keyPem(), random);
            if (!chainFirst) replace("chain", next.chainPem(), random);
            awaitPair(identity, next);
        }
    }

    /** Another thread may be reading, so one call may still get the pair before. */
    private static void awaitPair(ReloadingIdentity identity, TestCertificate expected)
            throws InterruptedException {
        Eventually.holds(() -> identity.get().leaf().equals(expected.certificate()));
    }

    private void replace(String name, String text, Random random) throws IOException {
        switch (random.nextInt(4)) {
            case 0 -> write(name, text);
            case 1 -> {
                write("new", text);
                Files.move(path("new"), path(name), StandardCopyOption.ATOMIC_MOVE);
            }
            case 2 -> {
                Files.delete(path(name));
                write(name, text);
            }
            default -> {
                Files.createSymbolicLink(path("link"), write(name + random.nextLong(), text));
                Files.move(path("link"), path(name), StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    private Path path(String name) {
        return directory.resolve(name);
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(path(name), text);
    }
}
