package io.loomline.observe.command;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import com.sun.tools.attach.VirtualMachineDescriptor;

import io.loomline.log.Json;
import io.loomline.log.LogText;
import io.loomline.observe.live.OpenRuntimes;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The JVMs of this user that have opened a runtime. */
final class ProcessList {
    private static final Duration LIMIT = Duration.ofSeconds(3);

    private ProcessList() {}

    /**
     * A JVM.
     *
     * @param program its main class with arguments, escaped
     */
    record Entry(long pid, String program) {
        private static Entry of(VirtualMachineDescriptor machine) {
            return new Entry(Long.parseLong(machine.id()), LogText.of(machine.displayName()));
        }

        String toJson() {
            var json = new Json().beginObject().member("pid", pid).member("program", program);
            return json.endObject().toString();
        }

        @Override
        public String toString() {
            return pid + " " + program;
        }
    }

    /**
     * The JVMs, by their ids. No agent is loaded. <i>Blocks</i> for a moment; a JVM that does not
     * answer within 3 s is left out.
     */
    static List<Entry> entries() throws InterruptedException {
        String self = Long.toString(ProcessHandle.current().pid());
        Queue<Entry> entries = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (VirtualMachineDescriptor each : VirtualMachine.list()) {
            if (each.id().equals(self)) continue;
            Runnable look =
                    () -> {
                        if (isObservable(each)) entries.add(Entry.of(each));
                    };
            threads.add(Thread.ofPlatform().daemon().start(look));
        }
        long start = System.nanoTime();
        for (Thread each : threads) {
            Duration left = LIMIT.minusNanos(System.nanoTime() - start);
            if (left.isPositive()) each.join(left);
        }
        return sorted(entries);
    }

    static List<Entry> sorted(Collection<Entry> entries) {
        return entries.stream().sorted(Comparator.comparingLong(Entry::pid)).toList();
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
}
