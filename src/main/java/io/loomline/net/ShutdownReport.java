package io.loomline.net;

/**
 * What a shutdown found.
 *
 * @param finished how many connections ended by themselves within the grace
 * @param cancelled how many had to be cancelled, and then ended
 * @param aborted how many had to be reset, because cancelling did not end them
 */
public record ShutdownReport(int finished, int cancelled, int aborted) {}
