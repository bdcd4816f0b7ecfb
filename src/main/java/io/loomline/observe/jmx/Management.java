package io.loomline.observe.jmx;

import io.loomline.log.Loggers;
import io.loomline.observe.live.ObservedRuntime;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Registers a runtime with the JVM's MBean server, which is created by the first registration.
 *
 * <pre>
 *   unregistered ──register──▶ registered
 *        └───────────end───────────┴──▶ ended
 * </pre>
 *
 * <p><i>Threads:</i> any.
 */
public final class Management {
    /** A system property: whether every runtime is registered when it opens. */
    public static final String PROPERTY = "io.loomline.jmx";

    private static final Logger LOG = Loggers.of(Management.class);

    /** Distinguishes runtimes of the same name. */
    private static final AtomicLong IDS = new AtomicLong();

    private final ObservedRuntime runtime;
    private final ReentrantLock lock = new ReentrantLock();

    // guarded by the lock
    private @Nullable ObjectName registered;
    private boolean ended;

    public Management(ObservedRuntime runtime) {
        this.runtime = runtime;
    }

    /** Registers the runtime, unless it is registered or has ended. */
    public void register() {
        lock.lock();
        try {
            if (registered != null || ended) return;
            ObjectName name = newName();
            ManagementFactory.getPlatformMBeanServer()
                    .registerMBean(new ManagedRuntime(runtime), name);
            registered = name;
        } catch (JMException e) {
            throw new IllegalStateException("the runtime '" + runtime.name() + "': " + e, e);
        } finally {
            lock.unlock();
        }
    }

    private ObjectName newName() throws JMException {
        return new ObjectName(
                "io.loomline:type=Runtime,name="
                        + ObjectName.quote(runtime.name())
                        + ",id="
                        + IDS.incrementAndGet());
    }

    /** Ends the registration, if any, for ever. */
    public void end() {
        lock.lock();
        try {
            ended = true;
            if (registered == null) return;
            ManagementFactory.getPlatformMBeanServer().unregisterMBean(registered);
        } catch (JMException e) { // other code has removed it
            LOG.debug("{} was not removed", registered, e);
        } finally {
            registered = null;
            lock.unlock();
        }
    }
}
