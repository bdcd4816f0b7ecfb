package io.loomline.observe.command;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import com.sun.tools.attach.VirtualMachineDescriptor;

import io.loomline.observe.live.OpenRuntimes;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The JVMs of this user that have opened a runtime. */
final class ProcessList {
    private static final Duration LIMIT = Duration.ofSeconds(3);

    private ProcessList() {}

    /**
     * One line for each: its id, and its main class with arguments. No agent is loaded.
     * <i>Blocks</i> for a moment; a JVM that does not answer within 3 s is left out.
     */
    static List<String> lines() throws InterruptedException {
        String self = Long.toString(ProcessHandle.current().pid());
        Queue<String> lines = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (VirtualMachineDescriptor each : VirtualMachine.list()) {
            if (each.id().equals(self)) continue;
            Runnable look =
                    () -> {
                        if (isObservable(each))
                            lines.add(each.id() + " " + printable(each.displayName()));
                    };
            threads.add(Thread.ofPlatform().daemon().start(look));
        }
        long start = System.nanoTime();
        for (Thread each : threads) {
            Duration left = LIMIT.minusNanos(System.nanoTime() - start);
            if (left.isPositive()) each.join(left);
        }
        return lines.stream().sorted().toList();
    }

    private static boolean isObservable(VirtualMachineDescriptor descriptor) {
        try {
            VirtualMachine machine = VirtualMachine.attach(descriptor);
            try {
                return machine.getSystemProperties().containsKey(OpenRuntimes.PROPERTY);
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException | IOException e) {
            return false; // it has ended, belongs to somebody else, or refuses
        }
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
