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
 * Handles SIGINT and SIGTERM while it is open. A shutdown hook would not do: it also runs for
 * {@code System.exit}, and the process ends when the hook returns, even if the program has not
 * finished. {@code jdk.unsupported} exports {@code sun.misc.Signal} for this. Javac warns of any
 * direct use, so it is called by reflection.
 *
 * <pre>
 *   waiting ──first signal: runs the action──▶ received ──second signal──▶ the process has ended
 * </pre>
 */
final class Signals implements AutoCloseable {
    private static final Logger LOG = Loggers.of(Signals.class);

    /** Shells report this plus the number of the signal that ended a process. */
    private static final int EXIT_CODE_OF_SIGNALS = 128;

    private final Consumer<Signal> action;
    private final AtomicBoolean received = new AtomicBoolean();
    private final List<Runnable> restore = new ArrayList<>();

    /**
     * A signal.
     *
     * @param name for example SIGTERM
     * @param exitCode the exit code of a process that the signal ended
     */
    record Signal(String name, int exitCode) {}

    private Signals(Consumer<Signal> action) {
        this.action = action;
    }

    /**
     * Handles the first signal. A second one, of either kind, ends the process at once. The default
     * action would not do that: the kernel ignores it for process 1 of a container, see
     * pid_namespaces(7).
     *
     * <p>The end needs a thread of the JVM and some memory, but no lock, no carrier and no log. It
     * is not left to the default action for other processes either: a signal that the JVM has
     * received and not yet passed on would be lost when the handler is replaced.
     *
     * @param action receives the signal, on a thread of the JVM
     */
    static Signals onFirst(Consumer<Signal> action) {
        var signals = new Signals(action);
        for (String name : List.of("INT", "TERM")) {
            try {
                signals.take(name);
            } catch (ReflectiveOperationException | IllegalArgumentException e) {
                LOG.debug(
                        "SIG{} cannot be handled: the JVM runs with -Xrs or without"
                                + " jdk.unsupported",
                        name,
                        e);
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
        var received = new Signal("SIG" + name, EXIT_CODE_OF_SIGNALS + number);
        InvocationHandler onSignal =
                (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() == Object.class) {
                        return method.invoke(this, arguments);
                    }
                    onSignal(received);
                    return null;
                };
        ClassLoader loader = Signals.class.getClassLoader();
        Object handler = Proxy.newProxyInstance(loader, new Class<?>[] {handlerType}, onSignal);
        Object before = set(handle, signal, handler);
        restore.add(() -> set(handle, signal, before));
    }

    private void onSignal(Signal signal) {
        if (received.compareAndSet(false, true)) action.accept(signal);
        else java.lang.Runtime.getRuntime().halt(signal.exitCode());
    }

    /** Installs a handler and returns the one before. */
    private static Object set(Method handle, Object signal, Object handler) {
        try {
            return handle.invoke(null, signal, handler);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException("the JVM handles " + signal + " itself", e);
        } catch (IllegalAccessException e) {
            throw new AssertionError("sun.misc.Signal.handle is public", e);
        }
    }

    @Override
    public void close() {
        restore.forEach(Runnable::run);
    }
}
