package io.loomline.driver.carrier;

import jdk.management.VirtualThreadSchedulerMXBean;

import java.lang.management.ManagementFactory;

/** What runs virtual threads. */
interface Scheduler {
    /** How many carriers it uses at most. */
    int carriers();

    void useCarriers(int most);

    /** How many threads could run and wait for a carrier; an estimate. */
    long waitingThreads();

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
        };
    }
}
