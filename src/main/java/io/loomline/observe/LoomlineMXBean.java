package io.loomline.observe;

import java.util.List;
import java.util.Map;

/**
 * A runtime as a management bean. Its name is {@code io.loomline:type=Runtime,name="NAME",id=N}.
 *
 * <p>Reading the attributes costs time only then: counts take microseconds, waits look at each
 * connection, {@link #dump} and {@link #census} walk stacks, which takes about 20 µs of CPU for
 * each task.
 */
public interface LoomlineMXBean {
    /**
     * The name of the runtime.
     *
     * @return the name
     */
    String getName();

    /**
     * The number of tasks, in all groups and servers.
     *
     * @return the number
     */
    int getTaskCount();

    /**
     * The number of connections that servers are serving.
     *
     * @return the number
     */
    int getConnectionCount();

    /**
     * The number of open connections that the runtime has opened, as a client.
     *
     * @return the number
     */
    int getClientConnectionCount();

    /**
     * The number of connections that handlers were called for, by the open servers.
     *
     * @return the number
     */
    long getAcceptedCount();

    /**
     * The number of connections that the open servers have refused.
     *
     * @return the number
     */
    long getRefusedCount();

    /**
     * The number of connections that were lost before they could be served.
     *
     * @return the number
     */
    long getFailedCount();

    /**
     * The number of bytes that handlers of the open servers have read.
     *
     * @return the number
     */
    long getBytesRead();

    /**
     * The number of bytes that handlers of the open servers have written.
     *
     * @return the number
     */
    long getBytesWritten();

    /**
     * For how long the connections that wait for their peers have been waiting: the median.
     *
     * @return seconds; 0 if none waits
     */
    double getWaitSecondsMedian();

    /**
     * For how long they have been waiting: the 99th percentile.
     *
     * @return seconds; 0 if none waits
     */
    double getWaitSeconds99();

    /**
     * For how long they have been waiting: the longest.
     *
     * @return seconds; 0 if none waits
     */
    double getWaitSecondsMax();

    /**
     * The addresses of the open servers.
     *
     * @return the addresses, as {@link #limitConnections} takes them
     */
    List<String> getServers();

    /**
     * How many connections each open server serves at a time at most.
     *
     * @return the limits, by the addresses of the servers
     */
    Map<String, Integer> getConnectionLimits();

    /**
     * Sets the largest number of connections that a server serves at a time. Connections beyond it
     * are not closed.
     *
     * @param server its address, or its port
     * @param most the number
     * @throws IllegalArgumentException if no server is open there, or the number is less than 1
     */
    void limitConnections(String server, int most);

    /**
     * Sets how many bytes all connections of the runtime may hold together while they wait for
     * peers, as {@code Runtime.maxHeldBytes} does.
     *
     * @param bytes the bound
     * @throws IllegalArgumentException if it is less than 1
     */
    void limitHeldBytes(long bytes);

    /**
     * Sets whether the last operations of each connection are recorded, as {@code
     * Runtime.recordOperations} does.
     *
     * @param on whether they are
     */
    void recordOperations(boolean on);

    /**
     * Cancels a task.
     *
     * @param taskId the id, as {@link #dump} shows it
     * @param reason the reason, for the log and for {@code Task.cancelReason}
     * @return false if there is no such task, or it has ended or was cancelled before
     */
    boolean cancel(long taskId, String reason);

    /**
     * Shuts the servers down, as SIGTERM does. <i>Blocks.</i>
     *
     * @param graceSeconds how long handlers may finish before they are cancelled
     * @return how each server has ended, a line for each
     */
    String drain(long graceSeconds);

    /**
     * The tree of groups, servers and tasks.
     *
     * @return indented text
     */
    String dump();

    /**
     * The tree of groups, servers and tasks.
     *
     * @return JSON
     */
    String dumpJson();

    /**
     * The tasks, counted by what they wait for and by where in their code.
     *
     * @return text
     */
    String census();

    /**
     * The tasks, counted by what they wait for and by where in their code.
     *
     * @return JSON
     */
    String censusJson();
}
