package io.loomline;

import io.loomline.log.BareWrapper;
import io.loomline.log.ErrorText;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;
import io.loomline.server.Server;
import io.loomline.server.ShutdownOptions;
import io.loomline.server.drain.ServersDrain;
import io.loomline.stream.ConnectionClosedException;
import io.loomline.task.Task;
import io.loomline.task.supervision.Cancellation;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.EOFException;
import java.net.SocketException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Ends a program when a signal comes: shuts its servers down, cancels its main task unless that
 * returns by itself, and exits once the task has ended.
 *
 * <pre>
 *   running ──signal──▶ servers shut down ──main has not returned──▶ main is cancelled
 *                              └──main returns──▶ result                   └──▶ exit code 128 + n
 * </pre>
 */
final class SignalCut implements AutoCloseable {
    private static final Logger LOG = Loggers.of(SignalCut.class);

    /** How long the main task has to return once the servers that it may wait for are down. */
    private static final long MAIN_GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** The methods in which a main task waits for a server, and that return after its shutdown. */
    private static final Set<String> WAITS_FOR_A_SERVER =
            Set.of("await", "handOver", "shutdown", "close");

    /** Null if it did not start. */
    private final CompletableFuture<@Nullable Program> program = new CompletableFuture<>();

    private final CompletableFuture<Thread> thread = new CompletableFuture<>();

    /** Whether the servers are shut down and the main task has returned or is cancelled. */
    private final CountDownLatch done = new CountDownLatch(1);

    /**
     * The signal that ends the program. Written by a thread of the JVM, and cleared by it if main
     * had ended before.
     */
    private volatile Signals.@Nullable Signal received;

    /**
     * What the signal ends.
     *
     * @param main its main task
     * @param servers finds the servers that are not closed
     * @param shutdown how to shut them down
     */
    record Program(Task<?> main, Supplier<List<Server>> servers, ShutdownOptions shutdown) {}

    /** Tells where the main task runs. Called in it. */
    void entered() {
        thread.complete(Thread.currentThread());
    }

    /** Allows a signal to end the program, now that it runs. */
    void started(Program started) {
        program.complete(started);
    }

    /** Ends the program, now or as soon as it runs. <i>Blocks.</i> Called once. */
    void ask(Signals.Signal signal) {
        @Nullable Program running = program.join();
        if (running == null) return;
        received = signal; // before the look at main: awaitDrain() does the opposite
        if (running.main().isDone()) {
            received = null;
            done.countDown();
            return;
        }
        ServiceNotifier.stopping();
        try {
            drain(running, signal);
        } catch (InterruptedException e) {
            LOG.warn("the shutdown of the servers was interrupted: main is cancelled now");
        } finally {
            running.main().cancel(signal.name());
            done.countDown();
        }
    }

    private void drain(Program running, Signals.Signal signal) throws InterruptedException {
        List<Server> servers = running.servers().get();
        if (servers.isEmpty() || timeNanos(running.shutdown()) == 0) return;
        var mainEnded = new CountDownLatch(1);
        running.main().onDone(_ -> mainEnded.countDown());
        long startNanos = System.nanoTime();
        boolean returns = isMainInServer();
        ServersDrain.run(signal.name(), servers, running.shutdown());
        long usedNanos = System.nanoTime() - startNanos;
        long restNanos = returns ? timeNanos(running.shutdown()) - usedNanos : 0;
        boolean _ = mainEnded.await(Math.max(restNanos, MAIN_GRACE_NANOS), TimeUnit.NANOSECONDS);
    }

    private static long timeNanos(ShutdownOptions shutdown) {
        long delayNanos = TimeUnit.NANOSECONDS.convert(shutdown.readinessDelay()); // saturates
        long sum = delayNanos + TimeUnit.NANOSECONDS.convert(shutdown.grace());
        return sum < 0 ? Long.MAX_VALUE : sum;
    }

    /** Whether the main task waits for a server: then it returns, and may clean up before. */
    private boolean isMainInServer() {
        Thread main = thread.getNow(null);
        if (main == null) return false;
        for (StackTraceElement frame : main.getStackTrace()) {
            boolean isServers = frame.getClassName().equals(Server.class.getName());
            if (isServers && WAITS_FOR_A_SERVER.contains(frame.getMethodName())) return true;
        }
        return false;
    }

    /** Waits until the servers are down, if a signal has come. To be called when main has ended. */
    void awaitDrain() throws InterruptedException {
        if (received != null) done.await();
    }

    /**
     * Exits if the signal has made the main task fail: by its cancel, also inside an exception that
     * a lambda throws in its place, or by the end of a connection whose server was shut down.
     * Otherwise returns.
     *
     * @param failure the exception of the main task, once the runtime is closed
     */
    void exitIfCut(Throwable failure) {
        Throwable inner = BareWrapper.unwrapped(failure);
        boolean cancelled = Cancellation.causes(inner);
        Signals.Signal signal = received;
        if (cancelled && JvmExit.hasBegun()) JvmExit.endSilently(failure);
        if (signal == null) return;
        if (!cancelled && isEndOfConnection(inner)) {
            LOG.warn(
                    "main ended after {}: {}",
                    signal.name(),
                    LogText.of(ErrorText.described(inner)));
            cancelled = true;
        }
        if (cancelled) JvmExit.exit(signal.exitCode());
    }

    @Override
    public void close() {
        program.complete(null); // without effect if it started
    }

    private static boolean isEndOfConnection(Throwable e) {
        return e instanceof EOFException
                || e instanceof ConnectionClosedException
                || e instanceof SocketException;
    }
}
