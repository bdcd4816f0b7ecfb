/**
 * Network connections written as you would describe them: read a line, answer, repeat.
 *
 * <p>Each connection runs as a sequential task on a virtual thread and makes plain blocking calls;
 * groups supervise thousands of such tasks. This page is the map of the library.
 *
 * <h2>Layers</h2>
 *
 * <pre>
 *                io.loomline                  starts, stops, chooses a driver
 *     protocol    observe    testing          views: nothing below knows them
 *                    net                      the only place where both sides meet
 *          task              driver           strangers to each other
 *                      nio   epoll   memory   ways to move bytes
 * </pre>
 *
 * <p>Who is above may use who is below, never the reverse. No packages depend on each other in a
 * cycle, and no source files do: a test reads the class files and says so.
 *
 * <ul>
 *   <li>{@code io.loomline}: {@code Runtime}, the root of everything that is alive, and its
 *       options.
 *   <li>{@code io.loomline.task}: who is running, for how long, and who waits for whom.
 *   <li>{@code io.loomline.driver}: how bytes move; the few methods that a new transport
 *       implements.
 *   <li>{@code io.loomline.driver.nio}: the portable driver, on the JDK's selectors; internal.
 *   <li>{@code io.loomline.driver.epoll}: the driver for Linux, by epoll(7); internal. It is taken
 *       where the module has native access.
 *   <li>{@code io.loomline.driver.carrier}: how many threads of the system carry virtual threads;
 *       internal.
 *   <li>{@code io.loomline.driver.unix}: what both know of the paths of sockets; internal.
 *   <li>{@code io.loomline.driver.memory}: a driver without a kernel; internal.
 *   <li>{@code io.loomline.log}: where log lines go, and what they may show of a peer; internal.
 *   <li>{@code io.loomline.cleaner}: what is done for objects that nobody has any more; internal.
 *   <li>{@code io.loomline.net}: connections, servers, lines, limits.
 * </ul>
 *
 * <h2>The way of a line</h2>
 *
 * <p>A line passes three rooms: a {@code Channel} takes bytes from the socket, a read buffer holds
 * those that nobody has read yet, and {@code Connection.readLine} makes text of them. The loop that
 * watches for readiness is not a room. It wakes the thread that waits and touches no byte.
 *
 * <h2>Lifetime</h2>
 *
 * <p>What is alive forms a tree: the runtime at the root, in it servers, which are groups, and in
 * those their connections, which are tasks. Closing a node cancels what is below it, waits for that
 * to end and only then frees what the node holds, so nothing outlives its parent.
 *
 * <h2>Waiting</h2>
 *
 * <p>Every call tries first and parks its virtual thread only when there is nothing to do. So a
 * cancelled read leaves the connection usable and loses no byte, every wait can have a deadline,
 * and an idle connection holds no buffer.
 */
module io.loomline {
    requires jdk.management;
    requires jdk.net;
    requires jdk.unsupported;
    requires org.slf4j;
    requires static transitive org.jspecify;

    uses org.slf4j.spi.SLF4JServiceProvider;

    exports io.loomline;
    exports io.loomline.connect;
    exports io.loomline.datagram;
    exports io.loomline.driver;
    exports io.loomline.net;
    exports io.loomline.protocol;
    exports io.loomline.server;
    exports io.loomline.stream;
    exports io.loomline.task;
    exports io.loomline.testing;
    exports io.loomline.testing.contract;
}
