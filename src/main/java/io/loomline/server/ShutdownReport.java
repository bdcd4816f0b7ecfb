package io.loomline.server;

/**
 * How the connections of a server ended that was shut down, with those that the kernel had queued
 * when it began.
 *
 * @param finished how many connections ended by themselves within the grace
 * @param cancelled how many had to be cancelled, and then ended
 * @param aborted how many had to be reset, because cancelling did not end them, or because the
 *     limit of connections kept them from being served within the grace
 */
public record ShutdownReport(int finished, int cancelled, int aborted) {}
