package io.loomline.driver.carrier;

import io.loomline.concurrent.Threads;

import jdk.management.VirtualThreadSchedulerMXBean;

import java.lang.management.ManagementFactory;
import java.util.function.BooleanSupplier;

/** A scheduler of virtual threads. */
interface Scheduler {
    /** The maximum number of carriers. */
    int carriers();

    void useCarriers(int most);

    /** The number of runnable threads that wait for a carrier; an estimate. */
    long waitingThreads();

    /** The number of threads that have a carrier; an estimate. */
    int runningThreads();

    /** Starts a thread that does nothing. The result reports whether it has ended. */
    BooleanSupplier startProbe();

    /** Describes the threads that have carriers, each beginning on a new line. Slow. */
    String describeRunning();

    /** The scheduler of this JVM. */
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
                // the start wakes a carrier, which then finds the threads that wait already
                if (most > 1) {
                    var _ = Threads.startVirtual(() -> {});
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
                Thread thread = Threads.virtual("loomline-probe", () -> {});
                thread.start();
                return () -> !thread.isAlive();
            }

            @Override
            public String describeRunning() {
                return CarrierHolders.describe();
            }
        };
    }
}
