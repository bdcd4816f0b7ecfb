package io.loomline;

import io.loomline.RuntimeOptions.Carriers;
import io.loomline.connect.ConnectOptions;
import io.loomline.connect.Dialer;
import io.loomline.datagram.DatagramEndpoint;
import io.loomline.datagram.DatagramOptions;
import io.loomline.driver.Driver;
import io.loomline.driver.carrier.CarrierAdapting;
import io.loomline.net.Connection;
import io.loomline.net.ConnectionHandler;
import io.loomline.observe.Census;
import io.loomline.observe.Metric;
import io.loomline.observe.TaskTree;
import io.loomline.observe.TreeOptions;
import io.loomline.observe.inspector.Inspector;
import io.loomline.observe.jmx.Management;
import io.loomline.observe.live.ObservedRuntime;
import io.loomline.observe.live.OpenRuntimes;
import io.loomline.observe.live.RuntimeMetrics;
import io.loomline.server.Listeners;
import io.loomline.server.Server;
import io.loomline.server.ServerOptions;
import io.loomline.server.ShutdownOptions;
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
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;

/**
 * Starts tasks, connects and listens. Closing it ends everything that was started in it.
 *
 * <p>It is the root of the tree of groups and tasks. A task that fails cancels no other task. Its
 * failure is logged unless some code observes it. A server or a task in the runtime keeps the JVM
 * alive, except with {@link RuntimeOptions#withDaemon}.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
@SuppressWarnings("AvoidCommonTypeNames") // users import it explicitly
public final class Runtime implements AutoCloseable {
    private static final int HIGHEST_PORT = 65_535;

    private final Driver driver;
    private final TaskGroup root;
    private final Network network;

    private final ObservedRuntime observed;
    private final Management management;
    private final @Nullable Inspector inspector;

    /** Whether this runtime was opened by {@link #run}; set before its main task starts. */
    private boolean isProgram;

    /** Set by close, once no task is left; never cleared. */
    private volatile boolean closed;

    private Runtime(RuntimeOptions options) {
        boolean adaptsCarriers = options.adaptsCarriers();
        Driver chosen = options.driver();
        driver = chosen == null ? Drivers.forThisPlatform() : chosen;
        var supervised = GroupOptions.DEFAULT.withName(options.name()).withPolicy(Policy.SUPERVISE);
        root = TaskGroup.root(supervised, options.clock(), options.context(), options.daemon());
        network = new Network(driver, root, options.clock(), options.maxHeldBytes());
        if (adaptsCarriers && driver instanceof CarrierAdapting adapting) adapting.adaptCarriers();
        observed = OpenRuntimes.add(root, network.openServers(), network.connections());
        management = new Management(observed);
        if (Boolean.getBoolean(Management.PROPERTY)) management.register();
        inspector = openInspector(options);
    }

    private @Nullable Inspector openInspector(RuntimeOptions options) {
        try {
            return InspectorChoice.open(options, observed);
        } catch (RuntimeException e) {
            end();
            throw e;
        }
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
     * @param options its name, driver, clock and so on
     * @return the runtime
     * @throws IllegalArgumentException if the options name no driver and the system property {@code
     *     io.loomline.driver} names an unknown one, or {@code io.loomline.carriers} is neither
     *     {@code fixed} nor {@code adaptive}
     * @throws UnsupportedOperationException if the property names a driver that cannot run here, or
     *     the options ask for an inspector and this Java has no module {@code jdk.httpserver}
     * @throws java.io.UncheckedIOException if the options ask for an inspector and its port cannot
     *     be bound; one that only the system property asks for is left out, with a warning
     */
    public static Runtime open(RuntimeOptions options) {
        return new Runtime(Objects.requireNonNull(options, "options"));
    }

    /**
     * Runs a program with {@link RuntimeOptions#DEFAULT}: opens a runtime, runs the main task in
     * it, closes the runtime, and returns the task's result. <i>Blocks.</i>
     *
     * <p>The first SIGINT (Ctrl-C) or SIGTERM ends the program:
     *
     * <ol>
     *   <li>All servers of the runtime are {@linkplain Server#shutdown shut down} at the same time,
     *       as {@link RuntimeOptions#shutdown()} says. Without a server or a grace period, this
     *       step is left out, and the main task may shut its servers down itself.
     *   <li>The main task is cancelled if it has not returned by then. If the signal found it in
     *       {@link Server#await()}, it may clean up until the grace period is over. Otherwise it
     *       has half a second to return.
     *   <li>The runtime is closed, which cancels all other tasks.
     *   <li>If the main task has returned a result, this method returns it. If the signal has cut
     *       the task, the process exits with 128 plus the number of the signal, as shells expect,
     *       and without a stack trace. If the task has failed for another reason, this method
     *       throws its exception.
     * </ol>
     *
     * <p>A second signal ends the process at once, also if it is process 1 of a container. Shutdown
     * hooks do not run then.
     *
     * <p>The program owns the process, so the number of carrier threads is {@linkplain
     * RuntimeOptions.Carriers#ADAPTIVE adapted} to its load.
     *
     * <p><i>Cancellation:</i> a cancel of the caller, or an interrupt, cancels the task and waits
     * for it.
     *
     * @param <T> the type of the result
     * @param main the main task
     * @return its result
     * @throws InterruptedException if the caller was cancelled
     * @throws CancellationException if the task was cancelled by other code than a signal handler
     * @throws Exception the exception that the task threw
     */
    public static <T extends @Nullable Object> T run(Main<T> main) throws Exception {
        return run(RuntimeOptions.DEFAULT.withCarriers(Carriers.ADAPTIVE), main);
    }

    /**
     * Runs a program that has no result, as {@link #run(Main)} does. <i>Blocks.</i> A lambda that
     * only calls a method without a result needs braces: {@code Runtime.run(runtime -> {
     * server.await(); })}.
     *
     * @param main the main task
     * @throws InterruptedException if the caller was cancelled
     * @throws CancellationException if the task was cancelled by other code than a signal handler
     * @throws Exception the exception that the task threw
     */
    public static void run(MainBody main) throws Exception {
        run(RuntimeOptions.DEFAULT.withCarriers(Carriers.ADAPTIVE), main);
    }

    /**
     * Runs a program as {@link #run(Main)} does, with other options. <i>Blocks.</i>
     *
     * @param <T> the type of the result
     * @param options such as the grace period, and whether to adapt the number of carriers
     * @param main the main task
     * @return its result
     * @throws InterruptedException if the caller was cancelled
     * @throws CancellationException if the task was cancelled by other code than a signal handler
     * @throws Exception the exception that the task threw
     */
    public static <T extends @Nullable Object> T run(RuntimeOptions options, Main<T> main)
            throws Exception {
        Objects.requireNonNull(options, "options");
        Objects.requireNonNull(main, "main");
        // handled until the runtime is closed
        try (var cut = new SignalCut();
                var _ = Signals.onFirst(cut::ask)) {
            return run(options, main, cut);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) throw error;
            if (e.getCause() instanceof Exception exception) throw exception;
            throw e;
        }
    }

    /**
     * Runs a program that has no result, as {@link #run(RuntimeOptions, Main)} does. <i>Blocks.</i>
     *
     * @param options such as the grace period, and whether to adapt the number of carriers
     * @param main the main task
     * @throws InterruptedException if the caller was cancelled
     * @throws CancellationException if the task was cancelled by other code than a signal handler
     * @throws Exception the exception that the task threw
     */
    public static void run(RuntimeOptions options, MainBody main) throws Exception {
        Objects.requireNonNull(main, "main");
        Main<@Nullable Void> withResult =
                runtime -> {
                    main.execute(runtime);
                    return null;
                };
        var _ = run(options, withResult);
    }

    private static <T extends @Nullable Object> T run(
            RuntimeOptions options, Main<T> main, SignalCut cut)
            throws InterruptedException, ExecutionException {
        try (var runtime = open(options)) {
            runtime.isProgram = true;
            return runtime.runMain(main, cut, options.shutdown());
        } catch (CancellationException e) { // the runtime is closed
            cut.exitIfCut(e);
            throw e;
        } catch (ExecutionException e) {
            cut.exitIfCut(Objects.requireNonNull(e.getCause()));
            throw e;
        }
    }

    private <T extends @Nullable Object> T runMain(
            Main<T> main, SignalCut cut, ShutdownOptions shutdown)
            throws InterruptedException, ExecutionException {
        Task<T> task =
                start(
                        "main",
                        () -> {
                            cut.entered();
                            return main.run(this);
                        });
        cut.started(new SignalCut.Program(task, network::servers, shutdown));
        try {
            return task.join();
        } finally {
            ServiceNotifier.stopping();
            if (task.isDone()) cut.awaitDrain();
        }
    }

    /**
     * Starts a task. The task belongs to the runtime, so a cancel of the caller does not reach it.
     *
     * @param <T> the type of the result
     * @param body the task's code
     * @return the task
     * @throws IllegalStateException if the runtime is closed
     */
    public <T extends @Nullable Object> Task<T> start(Callable<T> body) {
        return root.start(body);
    }

    /**
     * Starts a named task.
     *
     * @param <T> the type of the result
     * @param name its name in log lines, thread dumps and messages
     * @param body the task's code
     * @return the task
     * @throws IllegalStateException if the runtime is closed
     */
    public <T extends @Nullable Object> Task<T> start(String name, Callable<T> body) {
        return root.start(name, body);
    }

    /**
     * Starts a task without a result.
     *
     * @param body the task's code
     * @return the task
     * @throws IllegalStateException if the runtime is closed
     */
    public Task<Void> start(TaskBody body) {
        return root.start(body);
    }

    /**
     * Starts a named task without a result.
     *
     * @param name its name in log lines, thread dumps and messages
     * @param body the task's code
     * @return the task
     * @throws IllegalStateException if the runtime is closed
     */
    public Task<Void> start(String name, TaskBody body) {
        return root.start(name, body);
    }

    /**
     * Opens a group with {@link GroupOptions#DEFAULT}. If the caller is a task of this runtime, the
     * group is inside that task, otherwise directly in the runtime.
     *
     * @return the group; to be closed
     * @throws IllegalStateException if the runtime is closed
     */
    public TaskGroup group() {
        return group(GroupOptions.DEFAULT);
    }

    /**
     * Opens a group. If the caller is a task of this runtime, the group is inside that task,
     * otherwise directly in the runtime.
     *
     * @param options its name, its policy and its limit
     * @return the group; to be closed
     * @throws IllegalStateException if the runtime is closed
     */
    public TaskGroup group(GroupOptions options) {
        return root.open(options);
    }

    /**
     * Opens a group that fails fast, runs a body with it on the calling thread, waits for the
     * group's tasks and closes it. <i>Blocks.</i> The first task that fails cancels the others and
     * the body. A body that throws cancels the tasks. No task outlives this call.
     *
     * <p><i>Cancellation:</i> a cancel of the caller cancels the body and the tasks. The group's
     * own {@code cancel} ends its tasks, does not end the body, and is no failure.
     *
     * @param <T> the type of the result
     * @param <X> the type of the body's exceptions
     * @param body the code to run, which gets the group
     * @return the body's result
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
     * Runs a body with a group, as {@link #scope(ScopeBody)} does. <i>Blocks.</i> Under {@code
     * SUPERVISE} the failure of a task cancels neither the other tasks nor the body.
     *
     * @param <T> the type of the result
     * @param <X> the type of the body's exceptions
     * @param options the group's name, policy and limit
     * @param body the code to run, which gets the group
     * @return the body's result
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
     * Connects with {@link ConnectOptions#DEFAULT}. <i>Blocks</i> until the connection is
     * established.
     *
     * <p>If a connection becomes unreachable without having been closed, it is closed and a warning
     * names its peer. With the system property {@code io.loomline.leaks=trace} the warning also
     * shows where the connection was made.
     *
     * @param host a host name or an IP address; of several addresses, the first that answers is
     *     taken
     * @param port the port
     * @return the connection; to be closed
     * @throws java.net.UnknownHostException if the name has no address
     * @throws java.net.SocketTimeoutException if no connection was established within 10 s
     * @throws io.loomline.connect.ConnectFailedException if no address accepts the connection
     * @throws IOException if the runtime is closed
     * @throws InterruptedException if the caller was cancelled; no connection is left behind
     * @throws IllegalArgumentException if the host is not a host name or an IP address, or the port
     *     is out of range
     */
    public Connection connect(String host, int port) throws IOException, InterruptedException {
        return connect(host, port, ConnectOptions.DEFAULT);
    }

    /**
     * Connects. <i>Blocks</i> until the connection is established.
     *
     * @param host a host name or an IP address; of several addresses, the first that answers is
     *     taken
     * @param port the port
     * @param options the timeout, the proxy, the limits and so on
     * @return the connection; to be closed
     * @throws java.net.UnknownHostException if the name has no address
     * @throws java.net.SocketTimeoutException if the timeout expired
     * @throws io.loomline.connect.ConnectFailedException if no address accepts the connection, or
     *     the proxy refuses it
     * @throws IOException if the runtime is closed
     * @throws InterruptedException if the caller was cancelled; no connection is left behind
     * @throws IllegalArgumentException if the host is not a host name or an IP address, the port is
     *     out of range, or the local address or the proxy does not fit the target
     */
    public Connection connect(String host, int port, ConnectOptions options)
            throws IOException, InterruptedException {
        requirePort(port, 1);
        return connect(Dialer.unresolved(host, port), options);
    }

    /**
     * Connects with {@link ConnectOptions#DEFAULT}. <i>Blocks</i> until the connection is
     * established.
     *
     * @param remote the address
     * @return the connection; to be closed
     * @throws java.net.SocketTimeoutException if no connection was established within 10 s
     * @throws io.loomline.connect.ConnectFailedException if the address does not accept the
     *     connection
     * @throws IOException if the runtime is closed
     * @throws InterruptedException if the caller was cancelled; no connection is left behind
     */
    public Connection connect(SocketAddress remote) throws IOException, InterruptedException {
        return connect(remote, ConnectOptions.DEFAULT);
    }

    /**
     * Connects. <i>Blocks</i> until the connection is established.
     *
     * @param remote the address; an unresolved host name is looked up, and the first of its
     *     addresses that answers is taken
     * @param options the timeout, the proxy, the limits and so on
     * @return the connection; to be closed
     * @throws java.net.SocketTimeoutException if the timeout expired
     * @throws io.loomline.connect.ConnectFailedException if the address does not accept the
     *     connection
     * @throws IOException if the runtime is closed
     * @throws InterruptedException if the caller was cancelled; no connection is left behind
     * @throws IllegalArgumentException if the driver cannot reach an address of this kind, or the
     *     local address or the proxy does not fit it
     * @throws UnsupportedOperationException if the driver or the platform lacks an option of the
     *     socket; the message names it
     */
    public Connection connect(SocketAddress remote, ConnectOptions options)
            throws IOException, InterruptedException {
        if (closed)
            throw new IOException("cannot connect to " + remote + ": " + root + " is closed");
        return network.connect(remote, options);
    }

    /**
     * Starts a server that can be reached from this machine only, with {@link
     * ServerOptions#DEFAULT}. It listens at both loopback addresses, 127.0.0.1 and ::1, if the
     * machine has both.
     *
     * @param port the port; 0 for one that is free at both addresses
     * @param handler serves each connection, in a task of its own
     * @return the server, accepting
     * @throws IOException if the port cannot be bound; the message names it
     * @throws IllegalArgumentException if the port is out of range
     * @throws IllegalStateException if the runtime is closed
     */
    public Server listen(int port, ConnectionHandler handler) throws IOException {
        requirePort(port, 0);
        if (closed) throw new IllegalStateException(root + " is closed");
        return announced(network.listenAtLoopback(port, ServerOptions.DEFAULT, handler));
    }

    /**
     * Starts a server with {@link ServerOptions#DEFAULT}.
     *
     * @param local the address; a port of 0 stands for any free one
     * @param handler serves each connection, in a task of its own
     * @return the server, accepting
     * @throws IOException if the address cannot be bound; the message names it
     * @throws IllegalStateException if the runtime is closed
     */
    public Server listen(SocketAddress local, ConnectionHandler handler) throws IOException {
        return listen(local, ServerOptions.DEFAULT, handler);
    }

    /**
     * Starts a server.
     *
     * <p>A {@link java.net.UnixDomainSocketAddress} names a file. Its path has at most 107 bytes on
     * Linux. A stale socket file is replaced, a live one is refused, and the server deletes its own
     * when it closes. Anyone with write access to the file can connect. The process's umask sets
     * that access, unless you set it: {@link io.loomline.driver.SocketOptions#withUnixFile}.
     *
     * @param local the address; a port of 0 stands for any free one
     * @param options the limits, the backlog and so on
     * @param handler serves each connection, in a task of its own
     * @return the server, accepting
     * @throws IOException if the address cannot be bound; the message names it
     * @throws IllegalStateException if the runtime is closed
     * @throws UnsupportedOperationException if the driver or the platform lacks an option of the
     *     socket; the message names it
     */
    public Server listen(SocketAddress local, ServerOptions options, ConnectionHandler handler)
            throws IOException {
        if (closed) throw new IllegalStateException(root + " is closed");
        return announced(network.listen(local, options, handler));
    }

    /**
     * Starts a server at listening sockets that it opens, inherits or takes over from its
     * predecessor. <i>Blocks</i> while a predecessor passes them, until it knows that this server
     * accepts. Listeners at several addresses, such as IPv4, IPv6 and Unix-domain ones, make one
     * server: they share its limits, and end together.
     *
     * <p><i>Cancellation:</i> ends the wait; no server is started.
     *
     * @param listeners where the server gets its listening sockets
     * @param options the limits, the backlog and so on
     * @param handler serves each connection, in a task of its own
     * @return the server, accepting
     * @throws IOException if an address cannot be bound, there is nothing to inherit or to take
     *     over, or that fails; the message gives the reason
     * @throws InterruptedException if the caller was cancelled
     * @throws IllegalStateException if the runtime is closed
     * @throws UnsupportedOperationException if the driver cannot accept at inherited sockets, or
     *     cannot take them over
     */
    public Server listen(Listeners listeners, ServerOptions options, ConnectionHandler handler)
            throws IOException, InterruptedException {
        if (closed) throw new IllegalStateException(root + " is closed");
        return announced(network.listen(listeners, options, handler));
    }

    /** Tells the service manager of the first server of a program. */
    private Server announced(Server server) {
        if (isProgram) ServiceNotifier.ready();
        return server;
    }

    /**
     * Opens a datagram endpoint that can be reached from this machine only, with {@link
     * DatagramOptions#DEFAULT}.
     *
     * @param port its port at the loopback address; 0 for any free one
     * @return the endpoint; to be closed
     * @throws IOException if the port cannot be bound; the message names it
     * @throws IllegalArgumentException if the port is out of range
     * @throws IllegalStateException if the runtime is closed
     * @throws UnsupportedOperationException if the driver has no datagrams
     */
    public DatagramEndpoint datagram(int port) throws IOException {
        requirePort(port, 0);
        var loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        return datagram(loopback, DatagramOptions.DEFAULT);
    }

    /**
     * Opens a datagram endpoint.
     *
     * @param local where it receives; a port of 0 takes any free one
     * @param options the limits, and the only peer if there is one
     * @return the endpoint; to be closed
     * @throws IOException if the address cannot be bound; the message names it
     * @throws IllegalArgumentException if an address is unresolved or is not an IP address
     * @throws IllegalStateException if the runtime is closed
     * @throws UnsupportedOperationException if the driver has no datagrams
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
     * A snapshot of all that this runtime runs: groups, servers, tasks, connections, deadlines. It
     * prints as indented text. No task is stopped for it, and it keeps nothing alive.
     *
     * @return the snapshot, with at most 10,000 stacks
     */
    public TaskTree tree() {
        return tree(TreeOptions.DEFAULT);
    }

    /**
     * A snapshot as {@link #tree()} takes it.
     *
     * @param options such as the number of stacks
     * @return the snapshot
     */
    public TaskTree tree(TreeOptions options) {
        Objects.requireNonNull(options, "options");
        return observed.tree(options).orElseThrow();
    }

    /**
     * Counts the tasks by what they wait for, and by where in their code. It looks at up to 20,000
     * tasks, which takes about 20 µs of CPU for each, and at an even sample of more.
     *
     * @return the census
     */
    public Census census() {
        return Census.of(tree(TreeOptions.CENSUS));
    }

    /**
     * The address of the inspector's page, if the {@linkplain RuntimeOptions#withInspector(int)
     * options} or the system property {@code io.loomline.inspector} ask for one. If the page may
     * cancel and drain, the address ends with the token for that, so keep it secret.
     *
     * @return the address, such as {@code http://127.0.0.1:9000/}
     */
    public Optional<URI> inspector() {
        // not Inspector::uri, which would load that class, and the module that it needs, in any
        // case
        return inspector == null ? Optional.empty() : Optional.of(inspector.uri());
    }

    /**
     * Sets whether the last 16 operations of each connection are recorded, such as reads and waits,
     * which takes about 600 bytes for each. {@link io.loomline.server.ServedConnection#operations}
     * has them, and so have the log when a handler fails, and the files and the page of the
     * {@linkplain io.loomline.observe observers}. The threads of served connections are named by
     * server and peer meanwhile, in thread dumps and debuggers. The default is false.
     *
     * @param on whether they are; false drops what was recorded
     */
    public void recordOperations(boolean on) {
        observed.recordOperations(on);
    }

    /**
     * Registers this runtime with the JVM's MBean server, until it is closed, as a {@link
     * io.loomline.observe.LoomlineMXBean}. The system property {@code io.loomline.jmx=true} does
     * that for every runtime. Without effect if it is registered already.
     */
    public void manage() {
        management.register();
    }

    /**
     * What this runtime counts, for libraries of metrics. They read the values when they collect.
     *
     * @return the metrics
     */
    public List<Metric> metrics() {
        return RuntimeMetrics.of(root, network.openServers(), network.connections());
    }

    /**
     * Waits until the runtime, its groups and its servers have no task. <i>Blocks.</i> A server
     * that accepts has a task for that.
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
     * Sets how many bytes all connections may hold together while they wait for peers, as {@link
     * RuntimeOptions#maxHeldBytes} describes. A number below the present sum ends no connection by
     * itself: those fail that would hold more.
     *
     * @param maxHeldBytes the bound
     * @throws IllegalArgumentException if it is less than 1
     */
    public void maxHeldBytes(long maxHeldBytes) {
        network.maxHeldBytes(maxHeldBytes);
    }

    /**
     * Ends everything: cancels the tasks that still run, waits for them, closes the driver, and
     * logs the failures that no code has observed. <i>Blocks.</i> Further calls have no effect.
     *
     * <p><i>Cancellation:</i> a cancel of the caller does not end the wait. The caller's next
     * blocking call throws.
     *
     * @throws IllegalStateException if the caller is a task of this runtime
     */
    @Override
    public void close() {
        end();
        if (inspector != null) {
            inspector.close(); // last, to show what the runtime waited for
            InspectorChoice.closed(observed);
        }
    }

    private void end() {
        root.close();
        closed = true;
        OpenRuntimes.remove(observed);
        management.end();
        driver.close();
        network.close();
    }

    /** The runtime's name and the number of its tasks. */
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
    @SuppressWarnings("FunctionalInterfaceMethodChanged") // a subtype, so that run prefers it
    public interface Main<T extends @Nullable Object> extends MainBody {
        /**
         * Does the program's work.
         *
         * @param runtime the runtime, open until this returns
         * @return the result
         * @throws Exception if the program fails; {@link InterruptedException} if it was told to
         *     end
         */
        T run(Runtime runtime) throws Exception;

        /** Does the work and drops the result. */
        @Override
        default void execute(Runtime runtime) throws Exception {
            var _ = run(runtime);
        }
    }

    /** The main task of a program that has no result. */
    @FunctionalInterface
    public interface MainBody {
        /**
         * Does the program's work.
         *
         * @param runtime the runtime, open until this returns
         * @throws Exception if the program fails; {@link InterruptedException} if it was told to
         *     end
         */
        void execute(Runtime runtime) throws Exception;
    }
}
