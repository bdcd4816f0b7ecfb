package io.loomline;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.net.Connection;
import io.loomline.net.Server;
import io.loomline.probe.Eventually;

import jdk.management.VirtualThreadSchedulerMXBean;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;

/** How many carriers the JVM's scheduler uses while connections talk. */
class CarriersTest {
    private static final String PROPERTY = "io.loomline.carriers";
    private static final int TALKERS = 4;

    private final VirtualThreadSchedulerMXBean scheduler =
            ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
    private final int all = scheduler.getParallelism();
    private final AtomicLong answers = new AtomicLong();
    private volatile boolean computing = true;

    @AfterEach
    void carriersAreGivenBack() throws InterruptedException {
        System.clearProperty(PROPERTY);
        Eventually.holds(() -> scheduler.getParallelism() == all);
    }

    @Test
    void oneIsUsedWhileThatIsEnoughAndAllWhenATaskComputes() throws Exception {
        assumeTrue(all > 1, "this machine has one core");
        try (var runtime = Runtime.open()) {
            startTalkers(runtime);
            Eventually.holds(() -> scheduler.getParallelism() == 1);
            runtime.start(this::compute);
            Eventually.holds(() -> scheduler.getParallelism() == all);
            long before = answers.get();
            Eventually.holds(() -> answers.get() > before + 100);
            computing = false;
            Eventually.holds(() -> scheduler.getParallelism() == 1);
        }
    }

    @Test
    void allAreUsedWhereThatIsAskedFor() throws Exception {
        System.setProperty(PROPERTY, "fixed");
        try (var runtime = Runtime.open()) {
            startTalkers(runtime);
            for (int rounds = 0; rounds < 20; rounds++) {
                long before = answers.get();
                Eventually.holds(() -> answers.get() > before + 100);
                assertTrue(scheduler.getParallelism() == all);
            }
        }
    }

    @Test
    void anotherValueOfThePropertyIsRefused() {
        System.setProperty(PROPERTY, "two");
        var refusal = assertThrows(IllegalArgumentException.class, Runtime::open);
        assertTrue(refusal.getMessage().contains("io.loomline.carriers is two"));
        assertTrue(refusal.getMessage().contains("adaptive or fixed"));
    }

    private void startTalkers(Runtime runtime) throws Exception {
        Server server = runtime.listen(0, CarriersTest::echo);
        for (int i = 0; i < TALKERS; i++) runtime.start(() -> talk(runtime, server.port()));
    }

    private static void echo(Connection connection) throws IOException, InterruptedException {
        for (String line; (line = connection.readLine()) != null; ) connection.writeLine(line);
    }

    private void talk(Runtime runtime, int port) throws IOException, InterruptedException {
        try (Connection connection = runtime.connect("localhost", port)) {
            while (true) {
                connection.writeLine("hello");
                connection.readLine();
                answers.incrementAndGet();
            }
        }
    }

    private void compute() {
        while (computing) Thread.onSpinWait();
    }
}
