package io.loomline.server;

/**
 * How the connections of a server ended during its shutdown. Connections that the kernel had queued
 * at its start are included.
 *
 * @param finished how many connections ended by themselves within the grace period
 * @param cancelled how many ended because they were cancelled
 * @param aborted how many were reset: the cancel did not end them, or the connection limit kept
 *     them waiting until the grace period ended
 */
public record ShutdownReport(int finished, int cancelled, int aborted) {}
