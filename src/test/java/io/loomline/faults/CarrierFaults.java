package io.loomline.faults;

import io.loomline.Runtime;
import io.loomline.connect.ConnectOptions;
import io.loomline.faults.Fault.Place;
import io.loomline.net.Connection;
import io.loomline.probe.Child;
import io.loomline.probe.Kernel;
import io.loomline.task.Task;
import io.loomline.task.Tasks;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Code that blocks in ways that are not ours. */
final class CarrierFaults {
    private static final Duration SPAN = Duration.ofSeconds(3);

    private CarrierFaults() {}

    static List<Fault> rows() {
        return List.of(
                Fault.of(
                                "carriers-blocked",
                                "carriers + 4 tasks each in synchronized, native code, DNS",
                                "others run, tick delay < 100 ms",
                                CarrierFaults::block)
                        .in(Place.jvm()),
                Fault.of(
                        "held-carriers",
                        "class initializers hold every carrier and wait for the network",
                        "noticed and named within 5 s, others go on",
                        CarrierFaults::hold));
    }

    @SuppressWarnings("restricted") // a native call holds a carrier
    private static void block(Trial trial) throws Exception {
        int tasks = java.lang.Runtime.getRuntime().availableProcessors() + 4;
        var enough = new CountDownLatch(1);
        MethodHandle usleep =
                Linker.nativeLinker()
                        .downcallHandle(
                                Linker.nativeLinker().defaultLookup().findOrThrow("usleep"),
                                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        int micros = (int) (SPAN.toNanos() / 1_000);
        var options = ConnectOptions.DEFAULT.withResolver(_ -> resolve(enough));
        var monitor = new Object();
        try (Runtime runtime = Runtime.open()) {
            for (int i = 0; i < tasks; i++) {
                runtime.start(() -> waitInside(monitor, enough));
                runtime.start(() -> Tasks.blocking(() -> sleepNatively(usleep, micros)));
                runtime.start(() -> lookUp(runtime, options));
            }
            Task<Duration> ticking = runtime.start(CarrierFaults::longestTick);
            trial.within("longest delay", Duration.ofMillis(100), ticking.join());
            trial.note(tasks + " tasks each");
            enough.countDown();
            runtime.await();
        }
        trial.connections(0);
    }

    private static Duration longestTick() throws InterruptedException {
        Duration tick = Duration.ofMillis(10);
        long end = System.nanoTime() + SPAN.toNanos();
        Duration longest = Duration.ZERO;
        while (System.nanoTime() < end) {
            long start = System.nanoTime();
            Task.sleep(tick);
            Duration delay = Trial.since(start).minus(tick);
            if (delay.compareTo(longest) > 0) longest = delay;
        }
        return longest;
    }

    private static void waitInside(Object monitor, CountDownLatch enough)
            throws InterruptedException {
        synchronized (monitor) {
            enough.await();
        }
    }

    private static void sleepNatively(MethodHandle usleep, int micros) throws IOException {
        try {
            int result = (int) usleep.invokeExact(micros);
            if (result != 0) throw new IOException("usleep: " + result);
        } catch (IOException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** A lookup in native code, which no interrupt ends. */
    private static List<InetAddress> resolve(CountDownLatch enough) {
        while (true) {
            try {
                enough.await();
                return List.of(InetAddress.getLoopbackAddress());
            } catch (InterruptedException e) {
                // as in native code
            }
        }
    }

    private static void lookUp(Runtime runtime, ConnectOptions options)
            throws InterruptedException {
        try (Connection connection = runtime.connect("unanswered.example", 1, options)) {
            connection.abort();
        } catch (IOException e) {
            // nothing listens at the address that comes in the end
        }
    }

    private static void hold(Trial trial) throws Exception {
        for (String carriers : List.of("adaptive", "fixed")) {
            List<String> options = new ArrayList<>(Kernel.chosen().jvmOptions());
            options.add("-Dio.loomline.carriers=" + carriers);
            options.add("-Djdk.virtualThreadScheduler.parallelism=2");
            Class<?> program = Class.forName("io.loomline.HeldCarriersTest$Program");
            long start = System.nanoTime();
            try (Child child = Child.start(program, options, "2")) {
                child.await(awaitNotice(child, trial, carriers, start));
                trial.equal("exit code", 0, child.exitCode());
            }
        }
        trial.connections(0);
    }

    /** The program names both holders and ends; returns its last line. */
    private static String awaitNotice(Child child, Trial trial, String carriers, long start)
            throws IOException {
        boolean named = false;
        for (String line; (line = child.readLine()) != null; ) {
            if (line.contains("no virtual thread has got a carrier")) {
                trial.within(carriers + " noticed", Duration.ofSeconds(5), Trial.since(start));
            }
            named |= line.contains("<clinit>");
            if (named) break;
        }
        trial.holds("named", named);
        return "done";
    }
}
