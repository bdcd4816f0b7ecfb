package io.loomline.driver.carrier;

/** The threads of the system that virtual threads run on: see {@link Thread}, "Virtual threads". */
public final class Carriers {
    /** How many run at a time, of the JVM's own scheduler, unless it is told otherwise. */
    public static final int COUNT =
            Math.min(
                    Integer.getInteger(
                            "jdk.virtualThreadScheduler.parallelism",
                            Runtime.getRuntime().availableProcessors()),
                    Integer.getInteger(
                            "jdk.virtualThreadScheduler.maxPoolSize", Integer.MAX_VALUE));

    private Carriers() {}
}
