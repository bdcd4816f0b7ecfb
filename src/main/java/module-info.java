/**
 * Network connections as sequential code: read a line, answer, repeat. Each connection runs as a
 * task on a virtual thread and makes blocking calls; task groups supervise thousands of such tasks.
 * This page is the map of the library.
 *
 * <h2>Layers</h2>
 *
 * <pre>
 *   io.loomline                                     starts, stops, chooses a driver
 *   observe.command · observe.inspector             the command, and its agent · the page
 *   protocol · testing.contract ▸ testing           views: nothing below refers to them
 *   observe.live ▸ observe                          snapshots: nothing below refers to them
 *   server.drain                                    shuts several servers down
 *   connect ▸ outbox · server · datagram            clients, sending to many, servers, packets
 *   server.admission · .failure · .idle · .listen    internals of servers
 *   net                                             one connection: where tasks and bytes meet
 *   net.read ▸ net.write ▸ net.buffer ▸ net.wire    its internals
 *   stream · proxy · headroom                       values · what is left of heap and descriptors
 *   tls ▸ tls.record · tls.keys                     a channel over a channel · records · keys
 *               driver.nio · driver.epoll · driver.memory    three ways to move bytes
 *               driver.unix                         shared by the socket drivers
 *   task        driver                              independent of each other
 *   task.supervision        driver.carrier
 *   timer · cleaner ▸ concurrent · flight ▸ log     used throughout
 * </pre>
 *
 * <p>Each layer may use only the layers below it, and ▸ means that the left one may also use those
 * to its right. Neither packages nor source files depend on each other in a cycle, except for
 * {@code Task} and {@code TaskGroup}. A test checks both in the class files.
 *
 * <p>Exported packages:
 *
 * <ul>
 *   <li>{@code io.loomline}: {@code Runtime}, the root of the tree of tasks and servers, and its
 *       options.
 *   <li>{@code io.loomline.protocol}: callbacks on top of sequential code.
 *   <li>{@code io.loomline.testing}: in-memory connections and a manual clock. {@code
 *       io.loomline.testing.contract}: test cases for authors of drivers.
 *   <li>{@code io.loomline.observe}: snapshots of what a runtime is doing, and what it counts.
 *   <li>{@code io.loomline.connect}: connecting, happy eyeballs, proxies, reconnecting.
 *   <li>{@code io.loomline.server}: accepting, admission and shutdown.
 *   <li>{@code io.loomline.datagram}: sending and receiving packets.
 *   <li>{@code io.loomline.net}: a connection, its handler, and the relay between two connections.
 *   <li>{@code io.loomline.outbox}: sending without waiting for the peer, and to many peers.
 *   <li>{@code io.loomline.tls}: how to speak TLS, and what was negotiated.
 *   <li>{@code io.loomline.stream}: limits, line and frame formats, and the exceptions of reads and
 *       writes.
 *   <li>{@code io.loomline.proxy}: the header in which a proxy names its client.
 *   <li>{@code io.loomline.task}: tasks, groups, deadlines and shields.
 *   <li>{@code io.loomline.driver}: the methods that a new transport implements.
 * </ul>
 *
 * <p>Internal packages:
 *
 * <ul>
 *   <li>{@code io.loomline.net.read} and {@code .write}: the input and the output of a connection.
 *       {@code .buffer}: windows of bytes. {@code .wire}: the border to the channel, with timeouts
 *       and translated errors.
 *   <li>{@code io.loomline.observe.live}: takes snapshots. {@code .command}: the command that shows
 *       them for another process, and its agent. {@code .inspector}: the page that shows them.
 *       {@code .jmx}: management beans.
 *   <li>{@code io.loomline.server.admission}: permits, limits of addresses and subnets, farewells.
 *       {@code .drain}: shutting servers down together. {@code .failure}: how the failures of
 *       handlers are logged. {@code .idle}: connections on which nothing moves. {@code .listen}:
 *       listening sockets, also ones that outlive a process.
 *   <li>{@code io.loomline.tls.record}: sealing and opening records, and the handshake. {@code
 *       io.loomline.tls.keys}: PEM files, certificates that are reloaded, the choice by host name.
 *   <li>{@code io.loomline.headroom}: free descriptors and heap, and the bytes that waiting
 *       connections hold.
 *   <li>{@code io.loomline.driver.nio}: the portable driver, on JDK selectors. {@code .epoll}: the
 *       driver for Linux, used if the module has native access. {@code .memory}: a driver without a
 *       kernel. {@code .unix}: what both socket drivers share. {@code .carrier}: the number of
 *       carrier threads, and time slices.
 *   <li>{@code io.loomline.task.supervision}: the registry of running tasks, the watchdogs for
 *       cancelled and exiting tasks, and unobserved failures.
 *   <li>{@code io.loomline.concurrent}: one-time events and threads. {@code io.loomline.timer}: one
 *       timer for the earliest of many times. {@code io.loomline.flight}: events of the JDK Flight
 *       Recorder.
 *   <li>{@code io.loomline.cleaner}: actions for objects that were garbage-collected. {@code
 *       io.loomline.log}: loggers, escaping and rates.
 * </ul>
 *
 * <h2>The path of a line</h2>
 *
 * <p>A line passes three stages: a {@code Channel} takes bytes from the socket, a {@code
 * ReadBuffer} holds unread bytes, and {@code Connection.readLine} decodes them. The event loop is
 * not a stage. It wakes the waiting thread and touches no byte. TLS adds one stage: a {@code
 * TlsChannel} is a {@code Channel} over another one.
 *
 * <h2>Lifetime</h2>
 *
 * <p>Everything that runs forms a tree: the runtime is the root, servers are groups in it, and
 * connections are tasks in those groups. Closing a node cancels everything below it, waits for that
 * to end and only then frees the node's resources, so nothing outlives its parent.
 *
 * <h2>Waiting</h2>
 *
 * <p>Every call tries first and parks its virtual thread only if there is nothing to do. So a
 * cancelled read leaves the connection usable and loses no byte, every wait can have a deadline,
 * and an idle connection holds no buffer.
 */
module io.loomline {
    requires static jdk.jfr;
    requires jdk.management;
    requires jdk.net;
    requires jdk.unsupported;
    requires org.slf4j;
    requires static java.instrument;
    requires static jdk.attach;
    requires static jdk.httpserver;
    requires static transitive org.jspecify;

    uses org.slf4j.spi.SLF4JServiceProvider;

    exports io.loomline;
    exports io.loomline.connect;
    exports io.loomline.datagram;
    exports io.loomline.driver;
    exports io.loomline.net;
    exports io.loomline.observe;
    exports io.loomline.observe.command to
            java.instrument;
    exports io.loomline.outbox;
    exports io.loomline.protocol;
    exports io.loomline.proxy;
    exports io.loomline.server;
    exports io.loomline.stream;
    exports io.loomline.task;
    exports io.loomline.testing;
    exports io.loomline.testing.contract;
    exports io.loomline.tls;
}
