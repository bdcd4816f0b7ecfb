package io.loomline.driver.carrier;

import jdk.management.VirtualThreadSchedulerMXBean;

import java.lang.management.ManagementFactory;
import java.util.function.BooleanSupplier;

/** What runs virtual threads. */
interface Scheduler {
    /** How many carriers it uses at most. */
    int carriers();

    void useCarriers(int most);

    /** How many threads could run and wait for a carrier; an estimate. */
    long waitingThreads();

    /** How many threads have a carrier; an estimate. */
    int runningThreads();

    /** Starts a thread that does nothing; what is returned tells whether it has. */
    BooleanSupplier startProbe();

    /** The threads that have carriers now, for a log: each in lines of its own. Takes its time. */
    String describeRunning();

    /** The JVM's. */
    static Scheduler ofThisJvm() {
        var bean = ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
        return new Scheduler() {
            @Override
            public int carriers() {
                return bean.getParallelism();
            }

            @Override
            public void useCarriers(int most) {
                bean.setParallelism(most);
                // wakes a carrier that looks for what waits already
                if (most > 1) {
                    Thread.ofVirtual().inheritInheritableThreadLocals(false).start(() -> {});
                }
            }

            @Override
            public long waitingThreads() {
                return bean.getQueuedVirtualThreadCount();
            }

            @Override
            public int runningThreads() {
                return bean.getMountedVirtualThreadCount();
            }

            @Override
            public BooleanSupplier startProbe() {
                Thread thread =
                        Thread.ofVirtual()
                                .inheritInheritableThreadLocals(false)
                                .name("loomline-probe")
                                .start(() -> {});
                return () -> !thread.isAlive();
            }

            @Override
            public String describeRunning() {
                return CarrierHolders.now();
            }
        };
    }
}
