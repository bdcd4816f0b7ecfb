package io.loomline.concurrent;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Set;

/**
 * What a thread is in, for reports. It is found in the thread's stack.
 *
 * @param operation the innermost call of Loomline or of the JDK that user code has made; {@code
 *     running} if the thread is in user code itself
 * @param site the frame of the user code; null if there is none
 */
public record WaitPoint(String operation, @Nullable StackTraceElement site) {
    /** The operation of a thread that is in none. */
    private static final String RUNNING = "running";

    private static final String ROOT = "io.loomline";

    /** The packages of the library, below its root. Programs may have others there. */
    static final Set<String> BELOW_ROOT =
            Set.of(
                    "cleaner",
                    "concurrent",
                    "connect",
                    "datagram",
                    "driver",
                    "driver.carrier",
                    "driver.epoll",
                    "driver.libc",
                    "driver.memory",
                    "driver.nio",
                    "driver.unix",
                    "flight",
                    "headroom",
                    "log",
                    "net",
                    "net.buffer",
                    "net.read",
                    "net.wire",
                    "net.write",
                    "observe",
                    "observe.command",
                    "observe.inspector",
                    "observe.jmx",
                    "observe.live",
                    "outbox",
                    "protocol",
                    "proxy",
                    "server",
                    "server.admission",
                    "server.drain",
                    "server.failure",
                    "server.idle",
                    "server.listen",
                    "stream",
                    "task",
                    "task.supervision",
                    "testing",
                    "testing.contract",
                    "timer",
                    "tls",
                    "tls.keys",
                    "tls.record");

    /** The classes whose calls are named. */
    static final Set<String> NAMED =
            Set.of(
                    "io.loomline.Runtime",
                    "io.loomline.connect.Pipeline",
                    "io.loomline.connect.PipelinedConnection",
                    "io.loomline.connect.Reconnecting",
                    "io.loomline.datagram.DatagramEndpoint",
                    "io.loomline.net.Connection",
                    "io.loomline.net.Relay",
                    "io.loomline.outbox.Broadcast",
                    "io.loomline.outbox.Outbox",
                    "io.loomline.server.AcceptLoop",
                    "io.loomline.server.Server",
                    "io.loomline.task.Task",
                    "io.loomline.task.TaskGroup",
                    "io.loomline.task.Tasks");

    private static final List<String> JDK = List.of("java.", "javax.", "jdk.", "sun.", "com.sun.");

    /**
     * The point at which a stack is.
     *
     * @param stack the frames, the innermost first
     */
    public static WaitPoint of(List<StackTraceElement> stack) {
        StackTraceElement call = null;
        String jdkCall = RUNNING;
        boolean isInCall = false;
        for (StackTraceElement frame : stack) {
            String className = frame.getClassName();
            if (isOurs(className)) {
                // methods that call others of the same class: the outermost is what was called
                isInCall =
                        isNamed(frame) && (call == null || (isInCall && isSameClass(call, frame)));
                if (isInCall) call = frame;
            } else if (JDK.stream().anyMatch(className::startsWith)) {
                isInCall = false;
                jdkCall = nameOf(frame);
            } else {
                return new WaitPoint(call == null ? jdkCall : nameOf(call), frame);
            }
        }
        return new WaitPoint(call == null ? RUNNING : nameOf(call), null);
    }

    /** Whether a class is one of the library. */
    static boolean isOurs(String className) {
        if (!className.startsWith(ROOT)) return false;
        String packageName = className.substring(0, Math.max(0, className.lastIndexOf('.')));
        if (packageName.equals(ROOT)) return true;
        return packageName.startsWith(ROOT + ".")
                && BELOW_ROOT.contains(packageName.substring(ROOT.length() + 1));
    }

    /** Whether the thread is in a call, rather than in user code itself. */
    public boolean isInCall() {
        return !operation.equals(RUNNING);
    }

    private static boolean isSameClass(StackTraceElement one, StackTraceElement other) {
        return one.getClassName().equals(other.getClassName());
    }

    private static boolean isNamed(StackTraceElement frame) {
        return NAMED.contains(frame.getClassName()) && !frame.getMethodName().contains("$");
    }

    /** The class without its package, and the method. */
    public static String nameOf(StackTraceElement frame) {
        String className = frame.getClassName();
        return className.substring(className.lastIndexOf('.') + 1) + "." + frame.getMethodName();
    }
}
