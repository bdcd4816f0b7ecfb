package io.loomline.driver.epoll;

/** The threads of the system that virtual threads run on: see {@link Thread}, "Virtual threads". */
final class Carriers {
    /** How many run at a time, of the JVM's own scheduler. */
    static final int COUNT =
            Integer.getInteger(
                    "jdk.virtualThreadScheduler.parallelism",
                    Runtime.getRuntime().availableProcessors());

    private Carriers() {}
}
