package io.loomline.concurrent;

/** The end of one or more tasks, as the park blocker of the threads that wait for it. */
public final class JoinWait extends Event {}
