package io.loomline.net;

import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.driver.Channel;
import io.loomline.probe.Call;
import io.loomline.probe.FakeChannel;
import io.loomline.probe.FakeDriver;
import io.loomline.testing.ManualClock;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Connects to a name with several addresses, of which the driver makes something, and says what.
 */
final class SeveralAddresses {
    private static final Duration TIMEOUT = Duration.ofSeconds(9);
    private static final int ADDRESSES = 3;
    private static final ManualClock CLOCK = new ManualClock();

    private SeveralAddresses() {}

    /** What becomes of each address: {@code yes}, {@code no} or {@code silence}. */
    public static void main(String[] fates) throws Exception {
        var turn = new AtomicInteger();
        var driver =
                new FakeDriver(remote -> {
                    System.out.println("trying " + remote);
                    return fate(fates[turn.getAndIncrement()], remote);
                });
        try (var runtime =
                Runtime.open(RuntimeOptions.DEFAULT.withDriver(driver).withClock(CLOCK))) {
            var options = ConnectOptions.DEFAULT.withTimeout(TIMEOUT);
            var call = Call.of(() -> runtime.connect("several.test", 80, options));
            for (int i = 0; i < fates.length; i++) {
                if (!fates[i].equals("silence")) continue;
                call.awaitIn("waitForEver");
                CLOCK.advance(TIMEOUT.minusNanos(CLOCK.nanoTime()).dividedBy(ADDRESSES - i));
            }
            report(call);
        }
    }

    private static Channel fate(String fate, SocketAddress remote)
            throws IOException, InterruptedException {
        return switch (fate) {
            case "yes" -> new FakeChannel();
            case "no" -> throw new ConnectException("refused by " + remote);
            default -> waitForEver();
        };
    }

    private static Channel waitForEver() throws InterruptedException {
        new CountDownLatch(1).await();
        throw new AssertionError("that was not for ever");
    }

    private static void report(Call<Connection> call) throws Exception {
        try {
            call.result().abort();
            System.out.println("connected");
        } catch (IOException e) {
            System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
            Arrays.stream(e.getSuppressed()).forEach(cause -> System.out.println("cause " + cause));
        }
    }
}
