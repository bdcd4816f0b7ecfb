package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.RuntimeOptions.Carriers;
import io.loomline.net.Connection;
import io.loomline.probe.Child;
import io.loomline.probe.Eventually;
import io.loomline.server.Server;

import jdk.management.VirtualThreadSchedulerMXBean;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.CountDownLatch;
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

    private static Runtime openAdaptive() {
        return Runtime.open(RuntimeOptions.DEFAULT.withCarriers(Carriers.ADAPTIVE));
    }

    @Test
    void oneIsUsedWhileThatIsEnoughAndAllWhenATaskComputes() throws Exception {
        assumeTrue(all > 1, "this machine has one core");
        try (var runtime = openAdaptive()) {
            startTalkers(runtime, answers);
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
    void threadsThatAreStartedOutsideHaveTheirTurnOnTheOneCarrier() throws Exception {
        assumeTrue(all > 1, "this machine has one core");
        try (var runtime = openAdaptive()) {
            startTalkers(runtime, answers);
            Eventually.holds(() -> scheduler.getParallelism() == 1);
            startFromOutside();
        }
    }

    @Test
    void threadsThatAreStartedOutsideHaveTheirTurnWhereThereIsOneCarrier() throws Exception {
        var options = List.of("-Djdk.virtualThreadScheduler.parallelism=1");
        try (Child child = Child.start(OneCarrier.class, options)) {
            child.await("all ran");
        }
    }

    /** A program that is busy with its connections. */
    static final class OneCarrier {
        public static void main(String[] args) throws Exception {
            try (var runtime = Runtime.open()) {
                var answers = new AtomicLong();
                startTalkers(runtime, answers);
                Eventually.holds(() -> answers.get() > 100);
                startFromOutside();
                System.out.println("all ran");
            }
        }
    }

    /** The calling thread is one of the system. */
    private static void startFromOutside() throws InterruptedException {
        for (int i = 0; i < 1000; i++) {
            var ran = new CountDownLatch(1);
            Thread.startVirtualThread(ran::countDown);
            ran.await();
        }
    }

    @Test
    void openRuntimeLeavesTheNumberAlone() throws Exception {
        try (var runtime = Runtime.open()) {
            requireAllWhileTalking(runtime);
        }
    }

    @Test
    void propertyFixesTheNumberOfAnAdaptiveRuntime() throws Exception {
        System.setProperty(PROPERTY, "fixed");
        try (var runtime = openAdaptive()) {
            requireAllWhileTalking(runtime);
        }
    }

    @Test
    void propertyMakesAnOpenRuntimeAdaptive() throws Exception {
        assumeTrue(all > 1, "this machine has one core");
        System.setProperty(PROPERTY, "adaptive");
        try (var runtime = Runtime.open()) {
            startTalkers(runtime, answers);
            Eventually.holds(() -> scheduler.getParallelism() == 1);
        }
    }

    @Test
    void programAdaptsTheNumber() throws Exception {
        assumeTrue(all > 1, "this machine has one core");
        Runtime.run(runtime -> {
            startTalkers(runtime, answers);
            Eventually.holds(() -> scheduler.getParallelism() == 1);
        });
    }

    /** Even though the first one does nothing, so that the second one's load would do. */
    @Test
    void secondAdaptiveRuntimeLeavesTheNumberAlone() throws Exception {
        assumeTrue(all > 1, "this machine has one core");
        try (var first = openAdaptive()) {
            try (var second = openAdaptive()) {
                requireAllWhileTalking(second);
            }
            startTalkers(first, answers);
            Eventually.holds(() -> scheduler.getParallelism() == 1);
        }
        try (var third = openAdaptive()) {
            startTalkers(third, answers);
            Eventually.holds(() -> scheduler.getParallelism() == 1);
        }
    }

    private void requireAllWhileTalking(Runtime runtime) throws Exception {
        startTalkers(runtime, answers);
        for (int rounds = 0; rounds < 20; rounds++) {
            long before = answers.get();
            Eventually.holds(() -> answers.get() > before + 100);
            assertEquals(all, scheduler.getParallelism());
        }
    }

    @Test
    void anotherValueOfThePropertyIsRefused() {
        System.setProperty(PROPERTY, "two");
        var refusal = assertThrows(IllegalArgumentException.class, Runtime::open);
        assertTrue(refusal.getMessage().contains("io.loomline.carriers is two"));
        assertTrue(refusal.getMessage().contains("adaptive or fixed"));
    }

    private static void startTalkers(Runtime runtime, AtomicLong answers) throws Exception {
        Server server = runtime.listen(0, CarriersTest::echo);
        for (int i = 0; i < TALKERS; i++) {
            runtime.start(() -> talk(runtime, server.port(), answers));
        }
    }

    private static void echo(Connection connection) throws IOException, InterruptedException {
        for (String line; (line = connection.readLine()) != null; ) connection.writeLine(line);
    }

    private static void talk(Runtime runtime, int port, AtomicLong answers)
            throws IOException, InterruptedException {
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
