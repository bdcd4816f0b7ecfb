package io.loomline.driver.carrier;

/** The platform threads that run virtual threads: see {@link Thread}, "Virtual threads". */
public final class Carriers {
    /** The number of carriers of the JVM's scheduler at start: its parallelism. */
    public static final int COUNT =
            Math.min(
                    Integer.getInteger(
                            "jdk.virtualThreadScheduler.parallelism",
                            Runtime.getRuntime().availableProcessors()),
                    Integer.getInteger(
                            "jdk.virtualThreadScheduler.maxPoolSize", Integer.MAX_VALUE));

    private Carriers() {}
}
