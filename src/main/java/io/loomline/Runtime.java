package io.loomline;

import io.loomline.connect.ConnectOptions;
import io.loomline.datagram.DatagramEndpoint;
import io.loomline.datagram.DatagramOptions;
import io.loomline.driver.Driver;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.task.GroupOptions;
import io.loomline.task.GroupOptions.Policy;
import io.loomline.task.ScopeBody;
import io.loomline.task.Task;
import io.loomline.task.TaskBody;
import io.loomline.task.TaskGroup;
import io.loomline.task.TaskScope;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;

/**
 * Starts tasks, connects and listens; closing it ends everything that was started in it. It is the
 * root of the tree of groups and tasks: a task's failure is its own, and is logged if nobody asks
 * for it. While it has a server or a task, the JVM stays alive, unless {@link
 * RuntimeOptions#withDaemon} says otherwise.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
@SuppressWarnings("AvoidCommonTypeNames") // import it by name: it is the name of the thing
public final class Runtime implements AutoCloseable {
    private static final int HIGHEST_PORT = 65_535;

    private final Driver driver;
    private final TaskGroup root;
    private final Network network;

    /** Set by close, when nothing is left that the driver could serve; never cleared. */
    private volatile boolean closed;

    private Runtime(RuntimeOptions options) {
        Driver chosen = options.driver();
        driver = chosen == null ? Drivers.forThisPlatform() : chosen;
        var supervised = GroupOptions.DEFAULT.withName(options.name()).withPolicy(Policy.SUPERVISE);
        root = TaskGroup.root(supervised, options.clock(), options.context(), options.daemon());
        network = new Network(driver, root, options.clock());
    }

    /**
     * Opens a runtime with {@link RuntimeOptions#DEFAULT}.
     *
     * @return the runtime
     */
    public static Runtime open() {
        return open(RuntimeOptions.DEFAULT);
    }

    /**
     * Opens a runtime.
     *
     * @param options how it works
     * @return the runtime
     * @throws IllegalArgumentException if the options leave the driver to the system property
     *     {@code io.loomline.driver}, and that names none
     * @throws UnsupportedOperationException if it names one that cannot run here
     */
    public static Runtime open(RuntimeOptions options) {
        return new Runtime(Objects.requireNonNull(options, "options"));
    }

    /**
     * Runs a program: opens a runtime, runs the main task in it, closes it, and returns what the
     * task returned. <i>Blocks.</i>
     *
     * <p>The first SIGINT (Ctrl-C) or SIGTERM cancels the task, which may clean up. If it ends as
     * cancelled, the runtime is closed and the process exits with 128 and the number of the signal,
     * as a shell expects it; if it returns all the same, so does this. A second signal ends the
     * process at once.
     *
     * <p><i>Cancellation:</i> a cancel of the caller, or an interrupt, cancels the task and waits
     * for it.
     *
     * @param <T> the type of the result
     * @param main the main task
     * @return what it returned
     * @throws InterruptedException if the caller was cancelled
     * @throws CancellationException if the task was cancelled, and not by a signal
     * @throws Exception what the task threw
     */
    public static <T extends @Nullable Object> T run(Main<T> main) throws Exception {
        Objects.requireNonNull(main, "main");
        var cut = new SignalCut();
        // taken before the task runs, as a signal may come as soon as it does, and until the end
        try (var _ = Signals.onFirst(cut::ask)) {
            return run(main, cut);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) throw error;
            if (e.getCause() instanceof Exception exception) throw exception;
            throw e;
        }
    }

    private static <T extends @Nullable Object> T run(Main<T> main, SignalCut cut)
            throws InterruptedException, ExecutionException {
        try (var runtime = open()) {
            Task<T> task = runtime.start("main", () -> main.run(runtime));
            cut.started(task);
            return task.join();
        } catch (CancellationException e) { // the runtime is closed
            cut.exit();
            throw e;
        } catch (ExecutionException e) {
            if (SignalCut.isCancelInDisguise(e.getCause())) cut.exit();
            throw e;
        }
    }

    /**
     * Starts a task. A cancel of the caller does not reach it: it belongs to the runtime.
     *
     * @param <T> the type of the result
     * @param body what the task does
     * @return the task
     * @throws IllegalStateException if the runtime is closed
     */
    public <T extends @Nullable Object> Task<T> start(Callable<T> body) {
        return root.start(body);
    }

    /**
     * Starts a task that has a name.
     *
     * @param <T> the type of the result
     * @param name what log lines, thread dumps and messages call the task
     * @param body what the task does
     * @return the task
     * @throws IllegalStateException if the runtime is closed
     */
    public <T extends @Nullable Object> Task<T> start(String name, Callable<T> body) {
        return root.start(name, body);
    }

    /**
     * Starts a task that has no result.
     *
     * @param body what the task does
     * @return the task
     * @throws IllegalStateException if the runtime is closed
     */
    public Task<Void> start(TaskBody body) {
        return root.start(body);
    }

    /**
     * Starts a task that has a name and no result.
     *
     * @param name what log lines, thread dumps and messages call the task
     * @param body what the task does
     * @return the task
     * @throws IllegalStateException if the runtime is closed
     */
    public Task<Void> start(String name, TaskBody body) {
        return root.start(name, body);
    }

    /**
     * Opens a group with {@link GroupOptions#DEFAULT}: inside the calling task, if that is one of
     * this runtime, otherwise in the runtime.
     *
     * @return the group; to be closed
     * @throws IllegalStateException if the runtime is closed
     */
    public TaskGroup group() {
        return group(GroupOptions.DEFAULT);
    }

    /**
     * Opens a group: inside the calling task, if that is one of this runtime, otherwise in the
     * runtime.
     *
     * @param options how it treats its tasks
     * @return the group; to be closed
     * @throws IllegalStateException if the runtime is closed
     */
    public TaskGroup group(GroupOptions options) {
        return root.open(options);
    }

    /**
     * Opens a group that fails fast, runs a body with it on the calling thread, waits for the
     * group's tasks and closes it. <i>Blocks.</i> The first task that fails cancels the others and
     * the body; a body that throws cancels the tasks. When this returns or throws, no task is left.
     *
     * <p><i>Cancellation:</i> a cancel of the caller cancels the body and the tasks. The group's
     * own {@code cancel} ends its tasks, not the body, and is no failure.
     *
     * @param <T> the type of the result
     * @param <X> what the body throws
     * @param body what to run; gets the group
     * @return what the body returned
     * @throws X if the body threw it; failures of tasks are suppressed on it
     * @throws InterruptedException if the caller was cancelled; failures of tasks are suppressed
     * @throws ExecutionException if a task failed; the cause is the first failure in time
     * @throws IllegalStateException if the runtime is closed
     */
    public <T extends @Nullable Object, X extends Exception> T scope(ScopeBody<T, X> body)
            throws X, InterruptedException, ExecutionException {
        return TaskScope.run(root, body);
    }

    /**
     * Runs a block of code with a group of a given kind, waits for the group's tasks and closes it.
     * <i>Blocks.</i> As {@link #scope(ScopeBody)}; under {@code SUPERVISE} the failure of a task
     * cancels neither the others nor the body.
     *
     * @param <T> the type of the result
     * @param <X> what the body throws
     * @param options how the group treats its tasks
     * @param body gets the group
     * @return what the body returned
     * @throws X if the body threw it; failures of tasks are suppressed on it
     * @throws InterruptedException if the caller was cancelled; failures of tasks are suppressed
     * @throws ExecutionException if a task failed and the policy is fail fast
     * @throws IllegalStateException if the runtime is closed
     */
    public <T extends @Nullable Object, X extends Exception> T scope(
            GroupOptions options, ScopeBody<T, X> body)
            throws X, InterruptedException, ExecutionException {
        return TaskScope.run(root, options, body);
    }

    /**
     * Connects with {@link ConnectOptions#DEFAULT}. <i>Blocks</i> until the connection stands.
     *
     * <p>A connection that is forgotten without a close is closed when it is collected, and a
     * warning names its peer; with the system property {@code io.loomline.leaks=trace} it also
     * shows where the connection was made.
     *
     * @param host a name, of which the first address that answers is taken, or an address
     * @param port the port
     * @return the connection; to be closed
     * @throws java.net.UnknownHostException if there is no address for the name
     * @throws java.net.SocketTimeoutException if it takes longer than 10 s
     * @throws io.loomline.connect.ConnectFailedException if no address can be connected to
     * @throws IOException if the runtime is closed
     * @throws InterruptedException if the caller was cancelled; nothing is left behind
     * @throws IllegalArgumentException if the host is blank or the port is no port
     */
    public Connection connect(String host, int port) throws IOException, InterruptedException {
        return connect(host, port, ConnectOptions.DEFAULT);
    }

    /**
     * Connects. <i>Blocks</i> until the connection stands.
     *
     * @param host a name, of which the first address that answers is taken, or an address
     * @param port the port
     * @param options how
     * @return the connection; to be closed
     * @throws java.net.UnknownHostException if there is no address for the name
     * @throws java.net.SocketTimeoutException if the timeout has run out
     * @throws io.loomline.connect.ConnectFailedException if no address can be connected to, or not
     *     through the proxy
     * @throws IOException if the runtime is closed
     * @throws InterruptedException if the caller was cancelled; nothing is left behind
     * @throws IllegalArgumentException if the host is blank, the port is no port, or the local
     *     address or the proxy is not for such a target
     */
    public Connection connect(String host, int port, ConnectOptions options)
            throws IOException, InterruptedException {
        if (host.isBlank()) {
            throw new IllegalArgumentException("host is blank: expected a name or an address");
        }
        requirePort(port, 1);
        return connect(InetSocketAddress.createUnresolved(withoutBrackets(host), port), options);
    }

    /** An IPv6 address may be given as in a URI: RFC 3986, section 3.2.2. */
    private static String withoutBrackets(String host) {
        boolean has = host.startsWith("[") && host.endsWith("]");
        return has ? host.substring(1, host.length() - 1) : host;
    }

    /**
     * Connects with {@link ConnectOptions#DEFAULT}. <i>Blocks</i> until the connection stands.
     *
     * @param remote where to
     * @return the connection; to be closed
     * @throws java.net.SocketTimeoutException if it takes longer than 10 s
     * @throws io.loomline.connect.ConnectFailedException if it cannot be connected to
     * @throws IOException if the runtime is closed
     * @throws InterruptedException if the caller was cancelled; nothing is left behind
     */
    public Connection connect(SocketAddress remote) throws IOException, InterruptedException {
        return connect(remote, ConnectOptions.DEFAULT);
    }

    /**
     * Connects. <i>Blocks</i> until the connection stands.
     *
     * @param remote where to; of a name that is not resolved, the first address that answers
     * @param options how
     * @return the connection; to be closed
     * @throws java.net.SocketTimeoutException if the timeout has run out
     * @throws io.loomline.connect.ConnectFailedException if it cannot be connected to
     * @throws IOException if the runtime is closed
     * @throws InterruptedException if the caller was cancelled; nothing is left behind
     * @throws IllegalArgumentException if the driver cannot reach an address of this kind, or the
     *     local address or the proxy is not for such a target
     */
    public Connection connect(SocketAddress remote, ConnectOptions options)
            throws IOException, InterruptedException {
        if (closed)
            throw new IOException("cannot connect to " + remote + ": " + root + " is closed");
        return network.connect(remote, options);
    }

    /**
     * Starts a server that is reached from this machine only, with {@link ServerOptions#DEFAULT}.
     * It listens at both loopback addresses, 127.0.0.1 and ::1, if the machine has both.
     *
     * @param port where it listens; 0 takes one that is free at both
     * @param handler what to do with a connection, in a task of its own
     * @return the server, accepting
     * @throws IOException if the port cannot be had; the message names it
     * @throws IllegalArgumentException if the port is no port
     * @throws IllegalStateException if the runtime is closed
     */
    public Server listen(int port, ConnectionHandler handler) throws IOException {
        requirePort(port, 0);
        if (closed) throw new IllegalStateException(root + " is closed");
        return network.listenAtLoopback(port, ServerOptions.DEFAULT, handler);
    }

    /**
     * Starts a server with {@link ServerOptions#DEFAULT}.
     *
     * @param local where it listens; a port of 0 takes any free one
     * @param handler what to do with a connection, in a task of its own
     * @return the server, accepting
     * @throws IOException if the address cannot be had; the message names it
     * @throws IllegalStateException if the runtime is closed
     */
    public Server listen(SocketAddress local, ConnectionHandler handler) throws IOException {
        return listen(local, ServerOptions.DEFAULT, handler);
    }

    /**
     * Starts a server.
     *
     * <p>A {@link java.net.UnixDomainSocketAddress} names a file, of at most 107 bytes on Linux.
     * One that a server left behind is removed, one at which somebody listens is not, and ours is
     * removed with the server. Whoever may write to the file may connect; the kernel makes it as
     * the process's umask says, so put it into a directory that is yours alone.
     *
     * @param local where it listens; a port of 0 takes any free one
     * @param options how
     * @param handler what to do with a connection, in a task of its own
     * @return the server, accepting
     * @throws IOException if the address cannot be had; the message names it
     * @throws IllegalStateException if the runtime is closed
     */
    public Server listen(SocketAddress local, ServerOptions options, ConnectionHandler handler)
            throws IOException {
        if (closed) throw new IllegalStateException(root + " is closed");
        return network.listen(local, options, handler);
    }

    /**
     * Opens an endpoint of datagrams that is reached from this machine only, with {@link
     * DatagramOptions#DEFAULT}.
     *
     * @param port where it receives at the loopback address; 0 takes any free one
     * @return the endpoint; to be closed
     * @throws IOException if the port cannot be had; the message names it
     * @throws IllegalArgumentException if the port is no port
     * @throws IllegalStateException if the runtime is closed
     * @throws UnsupportedOperationException if the driver moves no packets
     */
    public DatagramEndpoint datagram(int port) throws IOException {
        requirePort(port, 0);
        var loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        return datagram(loopback, DatagramOptions.DEFAULT);
    }

    /**
     * Opens an endpoint of datagrams.
     *
     * @param local where it receives; a port of 0 takes any free one
     * @param options how, and whether from and to one peer only
     * @return the endpoint; to be closed
     * @throws IOException if the address cannot be had; the message names it
     * @throws IllegalArgumentException if an address is a name, or none of the internet
     * @throws IllegalStateException if the runtime is closed
     * @throws UnsupportedOperationException if the driver moves no packets
     */
    public DatagramEndpoint datagram(SocketAddress local, DatagramOptions options)
            throws IOException {
        if (closed) throw new IllegalStateException(root + " is closed");
        return network.datagram(local, options);
    }

    private static void requirePort(int port, int lowest) {
        if (port < lowest || port > HIGHEST_PORT) {
            throw new IllegalArgumentException(
                    "port " + port + ": expected " + lowest + " to " + HIGHEST_PORT);
        }
    }

    /**
     * Waits until no task is left in the runtime, of groups and servers too. <i>Blocks.</i> A
     * server that accepts has a task for that.
     *
     * <p><i>Cancellation:</i> a cancel of the caller ends the waiting.
     *
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalStateException if the caller is a task of this runtime
     */
    public void await() throws InterruptedException {
        try {
            root.await();
        } catch (ExecutionException e) {
            throw new AssertionError("a supervised group has no failures of its own", e);
        }
    }

    /**
     * Ends everything: cancels what still runs, waits for it, closes the driver, and logs failures
     * that nobody asked for. <i>Blocks.</i> Further calls are without effect.
     *
     * <p><i>Cancellation:</i> none; a cancel of the caller is seen by its next blocking call.
     *
     * @throws IllegalStateException if the caller is a task of this runtime
     */
    @Override
    public void close() {
        root.close();
        closed = true;
        driver.close();
        network.close();
    }

    /** What is in it. */
    @Override
    public String toString() {
        return root.toString();
    }

    /**
     * The main task of a program.
     *
     * @param <T> the type of the result
     */
    @FunctionalInterface
    public interface Main<T extends @Nullable Object> {
        /**
         * Does the program's work.
         *
         * @param runtime the runtime, open until this returns
         * @return the result
         * @throws Exception whatever makes the program fail; {@link InterruptedException} when it
         *     was told to end
         */
        T run(Runtime runtime) throws Exception;
    }
}
