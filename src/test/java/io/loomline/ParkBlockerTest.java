package io.loomline;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;

import io.loomline.net.Connection;
import io.loomline.probe.Eventually;
import io.loomline.probe.Kernel;
import io.loomline.probe.Leftovers;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;

/** In a thread dump, the class of the park blocker says what a thread waits for. */
@ParameterizedClass
@EnumSource(Kernel.class)
class ParkBlockerTest {
    @RegisterExtension static final Leftovers LEFTOVERS = new Leftovers();

    private static final int MORE_THAN_THE_KERNEL_BUFFERS = 64 * 1024 * 1024;

    @Parameter Kernel kernel;

    @TempDir Path directory;

    /** A wait as users write it. */
    private interface Wait {
        void run(Runtime runtime, Connection connection) throws Exception;
    }

    @Test
    void readIsNamed() throws Exception {
        awaitBlocker("ReadWait", (_, connection) -> connection.readLine());
    }

    @Test
    void writeIsNamed() throws Exception {
        awaitBlocker(
                "WriteWait",
                (_, connection) -> connection.write(new byte[MORE_THAN_THE_KERNEL_BUFFERS]));
    }

    @Test
    void joinIsNamed() throws Exception {
        awaitBlocker(
                "JoinWait",
                (runtime, _) -> runtime.start(() -> Task.sleep(Duration.ofHours(1))).join());
    }

    @Test
    void sleepIsNamed() throws Exception {
        awaitBlocker("SleepWait", (_, _) -> Task.sleep(Duration.ofHours(1)));
    }

    /** The accepting thread is visible in a dump only. */
    @Test
    void dumpNamesTheAccept() throws Exception {
        try (var runtime = open()) {
            runtime.listen(0, Connection::readLine);
            var blocker = Pattern.compile("\"parkBlocker\"[^}]*AcceptWait");
            Eventually.holds(() -> blocker.matcher(dump()).find());
        }
    }

    private Runtime open() {
        return Runtime.open(RuntimeOptions.DEFAULT.withDriver(kernel.newDriver()));
    }

    /** Returns once a task is parked in the wait with a blocker whose class has that name. */
    private void awaitBlocker(String name, Wait wait) throws Exception {
        try (var runtime = open()) {
            int port = runtime.listen(0, _ -> Task.sleep(Duration.ofHours(1))).port();
            var thread = new AtomicReference<Thread>();
            runtime.start(() -> {
                try (Connection connection = runtime.connect("localhost", port)) {
                    thread.set(Thread.currentThread());
                    wait.run(runtime, connection);
                }
            });
            Eventually.holds(() -> name.equals(blockerOf(thread.get())));
        }
    }

    /** The simple name of the blocker's class; empty while the thread is not parked. */
    private static String blockerOf(@Nullable Thread thread) {
        Object blocker = thread == null ? null : LockSupport.getBlocker(thread);
        return blocker == null ? "" : blocker.getClass().getSimpleName();
    }

    private String dump() {
        try {
            Path file = directory.resolve("dump-" + System.nanoTime() + ".json");
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpThreads(file.toString(), ThreadDumpFormat.JSON);
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
