package io.loomline;

import io.loomline.log.Loggers;

import org.slf4j.Logger;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * SIGINT and SIGTERM, while this is open. A shutdown hook would not do: it also runs for {@code
 * System.exit}, and the process ends when the hook returns, whatever the program still has to say.
 * {@code sun.misc.Signal} is what {@code jdk.unsupported} exports for this; javac cannot be told
 * that, so it is called by reflection.
 *
 * <pre>
 *   waiting ──first signal: the action──▶ taken ──second signal──▶ the process has ended
 * </pre>
 */
final class Signals implements AutoCloseable {
    private static final Logger LOG = Loggers.of(Signals.class);

    /** What a shell reports of a process that a signal has ended: this, and the signal's number. */
    private static final int EXIT_CODE_OF_SIGNALS = 128;

    private final Consumer<Signal> action;
    private final AtomicBoolean taken = new AtomicBoolean();
    private final List<Runnable> restore = new ArrayList<>();

    /**
     * A signal that has come.
     *
     * @param name such as SIGTERM
     * @param exitCode of a process that it has ended
     */
    record Signal(String name, int exitCode) {}

    private Signals(Consumer<Signal> action) {
        this.action = action;
    }

    /**
     * Takes the first signal; a second one, of either kind, ends the process at once. The default
     * action would not: the kernel spares process 1 of a container, see pid_namespaces(7).
     *
     * @param action gets the signal, on a thread of the JVM's
     */
    static Signals onFirst(Consumer<Signal> action) {
        var signals = new Signals(action);
        for (String name : List.of("INT", "TERM")) {
            try {
                signals.take(name);
            } catch (ReflectiveOperationException | IllegalArgumentException e) {
                LOG.debug("SIG{} is not ours to handle: -Xrs, or no jdk.unsupported", name, e);
            }
        }
        return signals;
    }

    private void take(String name) throws ReflectiveOperationException {
        Class<?> signalType = Class.forName("sun.misc.Signal");
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        Method handle = signalType.getMethod("handle", signalType, handlerType);
        Object signal = signalType.getConstructor(String.class).newInstance(name);
        int number = (int) signalType.getMethod("getNumber").invoke(signal);
        var came = new Signal("SIG" + name, EXIT_CODE_OF_SIGNALS + number);
        InvocationHandler onSignal =
                (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() == Object.class) {
                        return method.invoke(this, arguments);
                    }
                    onSignal(came);
                    return null;
                };
        ClassLoader loader = Signals.class.getClassLoader();
        Object handler = Proxy.newProxyInstance(loader, new Class<?>[] {handlerType}, onSignal);
        Object before = set(handle, signal, handler);
        restore.add(() -> set(handle, signal, before));
    }

    private void onSignal(Signal signal) {
        if (taken.compareAndSet(false, true)) action.accept(signal);
        else java.lang.Runtime.getRuntime().halt(signal.exitCode());
    }

    /** Installs a handler and returns the one before. */
    private static Object set(Method handle, Object signal, Object handler) {
        try {
            return handle.invoke(null, signal, handler);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException("the JVM keeps " + signal + " for itself", e);
        } catch (IllegalAccessException e) {
            throw new AssertionError("sun.misc.Signal.handle is public", e);
        }
    }

    @Override
    public void close() {
        restore.forEach(Runnable::run);
    }
}
