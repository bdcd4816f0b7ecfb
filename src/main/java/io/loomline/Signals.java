package io.loomline;

import io.loomline.log.Loggers;

import org.slf4j.Logger;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * SIGINT and SIGTERM, while this is open. A shutdown hook would not do: it also runs for {@code
 * System.exit}, and the process ends when the hook returns, whatever the program still has to say.
 * {@code sun.misc.Signal} is what {@code jdk.unsupported} exports for this; javac cannot be told
 * that, so it is called by reflection.
 */
final class Signals implements AutoCloseable {
    private static final Logger LOG = Loggers.of(Signals.class);

    private final List<Runnable> restore = new ArrayList<>();
    private final List<Runnable> toDefault = new CopyOnWriteArrayList<>();

    private Signals() {}

    /**
     * Takes the first signal; a second one, of either kind, acts as by default, so that an
     * impatient user ends the program at once.
     *
     * @param action gets the name of the signal, on a thread of the JVM's
     */
    static Signals onFirst(Consumer<String> action) {
        var signals = new Signals();
        for (String name : List.of("INT", "TERM")) {
            try {
                signals.take(name, action);
            } catch (ReflectiveOperationException | IllegalArgumentException e) {
                LOG.debug("SIG{} is not ours to handle: -Xrs, or no jdk.unsupported", name, e);
            }
        }
        return signals;
    }

    private void take(String name, Consumer<String> action) throws ReflectiveOperationException {
        Class<?> signalType = Class.forName("sun.misc.Signal");
        Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
        Method handle = signalType.getMethod("handle", signalType, handlerType);
        Object byDefault = handlerType.getField("SIG_DFL").get(null);
        Object signal = signalType.getConstructor(String.class).newInstance(name);
        InvocationHandler onSignal =
                (proxy, method, arguments) -> {
                    if (method.getDeclaringClass() == Object.class) {
                        return method.invoke(this, arguments);
                    }
                    toDefault.forEach(Runnable::run);
                    action.accept("SIG" + name);
                    return null;
                };
        toDefault.add(() -> set(handle, signal, byDefault));
        Object before =
                set(
                        handle,
                        signal,
                        Proxy.newProxyInstance(
                                Signals.class.getClassLoader(),
                                new Class<?>[] {handlerType},
                                onSignal));
        restore.add(() -> set(handle, signal, before));
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
