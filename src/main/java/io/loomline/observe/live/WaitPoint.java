package io.loomline.observe.live;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Set;

/**
 * What a thread is in.
 *
 * @param operation the innermost call of Loomline or of the JDK that user code has made; {@code
 *     running} if the thread is in user code itself
 * @param site the frame of the user code; null if there is none
 */
record WaitPoint(String operation, @Nullable StackTraceElement site) {
    private static final String RUNNING = "running";
    private static final String LIBRARY = "io.loomline.";

    /** The classes whose calls are named. */
    private static final Set<String> NAMED =
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
    static WaitPoint of(StackTraceElement[] stack) {
        String operation = null;
        String jdkCall = RUNNING;
        for (StackTraceElement frame : stack) {
            String className = frame.getClassName();
            if (className.startsWith(LIBRARY)) {
                if (operation == null && isNamed(frame)) operation = nameOf(frame);
            } else if (JDK.stream().anyMatch(className::startsWith)) {
                jdkCall = nameOf(frame);
            } else {
                return new WaitPoint(operation == null ? jdkCall : operation, frame);
            }
        }
        return new WaitPoint(operation == null ? RUNNING : operation, null);
    }

    private static boolean isNamed(StackTraceElement frame) {
        return NAMED.contains(frame.getClassName()) && !frame.getMethodName().contains("$");
    }

    private static String nameOf(StackTraceElement frame) {
        String className = frame.getClassName();
        return className.substring(className.lastIndexOf('.') + 1) + "." + frame.getMethodName();
    }
}
