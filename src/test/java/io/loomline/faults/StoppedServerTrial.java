package io.loomline.faults;

import io.loomline.probe.Child;
import io.loomline.probe.Kernel;
import io.loomline.task.Task;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;

/** Stops a {@link StoppedServer} for longer than its limits, while its peers send and read. */
final class StoppedServerTrial {
    private static final Duration STOP = Duration.ofSeconds(5);
    private static final String IN_TIME = "in time";

    private StoppedServerTrial() {}

    /** Records how many lines and writes were not cut by a limit. */
    static void run(Trial trial, Kernel kernel) throws Exception {
        List<Peer> senders = new ArrayList<>();
        List<Peer> receivers = new ArrayList<>();
        Map<String, Long> ends = new ConcurrentHashMap<>();
        long whole = 0;
        try (Child child = Child.start(StoppedServer.class, kernel.jvmOptions())) {
            int port = Integer.parseInt(child.readLine());
            for (StalledWrite each : StalledWrite.values()) {
                receivers.add(Peer.to(port).send(each.name() + "\n"));
            }
            for (int i = 0; i < StoppedServer.READERS; i++) {
                senders.add(Peer.to(port).send(StoppedServer.READ + "\n"));
            }
            child.await("all wait");
            child.signal("STOP");
            for (Peer each : senders) each.send(IN_TIME + "\n");
            List<FutureTask<Long>> received = new ArrayList<>();
            for (Peer each : receivers) received.add(start(() -> receive(each)));
            Task.sleep(STOP); // its clock continues
            child.signal("CONT");
            for (int i = 0; i < StoppedServer.READERS + StoppedServer.WRITERS; i++) {
                ends.merge("" + child.readLine(), 1L, Long::sum);
            }
            for (FutureTask<Long> each : received) {
                if (each.get() == StoppedServer.WRITTEN_BYTES) whole++;
            }
        } finally {
            for (Peer each : senders) each.close();
            for (Peer each : receivers) each.close();
        }
        trial.equal("lines", StoppedServer.READERS, ends.getOrDefault(IN_TIME, 0L));
        trial.equal("writes", StoppedServer.WRITERS, ends.getOrDefault("written", 0L));
        trial.equal("received whole", StoppedServer.WRITERS, whole);
        if (ends.size() > 2) trial.note("ends " + ends);
    }

    private static long receive(Peer peer) throws Exception {
        return PatternReader.read(peer.socket.getInputStream(), 0);
    }

    private static <T> FutureTask<T> start(Callable<T> body) {
        var task = new FutureTask<>(body);
        Thread.ofPlatform().daemon().start(task);
        return task;
    }
}
