package io.loomline.faults;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loomline.Runtime;
import io.loomline.faults.Fault.Place;
import io.loomline.net.Connection;
import io.loomline.server.ServerOptions;
import io.loomline.stream.Limits;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** A wall clock that jumps. */
final class ClockFaults {
    private static final String SOURCE = "src/test/resources/faults/wall_clock.c";
    private static final String LIBRARY = "target/wall_clock.so";
    private static final Duration TIME = Duration.ofSeconds(1);
    private static final Duration SLACK = Duration.ofMillis(50);

    /** Half of what the clock jumps by. */
    private static final Duration JUMP = Duration.ofMinutes(30);

    private ClockFaults() {}

    static List<Fault> rows() {
        String compile = "cc -shared -fPIC -o %s %s".formatted(LIBRARY, SOURCE);
        String launch = compile + "; LD_PRELOAD=$PWD/" + LIBRARY + " exec \"$@\"";
        return List.of(
                Fault.of(
                                "clock-jump",
                                "the wall clock of the process jumps by 2 h, every 300 ms",
                                "no effect: times off by < 50 ms",
                                ClockFaults::jump)
                        .in(Place.jvm().by("sh", "-c", launch, "sh")));
    }

    private static void jump(Trial trial) throws Exception {
        Task.sleep(Duration.ofMillis(1)); // loads the classes
        long wall = System.currentTimeMillis();
        long lowest = wall;
        long highest = wall;
        long start = System.nanoTime();
        while (Trial.since(start).compareTo(TIME) < 0) {
            wall = System.currentTimeMillis();
            lowest = Math.min(lowest, wall);
            highest = Math.max(highest, wall);
            Thread.onSpinWait();
        }
        boolean jumps = highest - lowest > JUMP.toMillis();
        assumeTrue(jumps, "the wall clock does not jump: no C compiler");
        trial.note("jumps by %,d s".formatted((highest - lowest) / 1_000));
        start = System.nanoTime();
        Task.sleep(TIME);
        judge(trial, "sleep", start);
        start = System.nanoTime();
        try {
            Deadline.after(TIME).run(() -> Task.sleep(Duration.ofHours(1)));
        } catch (TimeoutException e) {
            judge(trial, "deadline", start);
        }
        readTimeout(trial);
        trial.connections(0);
    }

    private static void judge(Trial trial, String what, long start) {
        Duration error = Trial.since(start).minus(TIME);
        trial.within(what + " off by", SLACK, error.abs());
    }

    private static void readTimeout(Trial trial) throws IOException, InterruptedException {
        var options = ServerOptions.DEFAULT.withLimits(Limits.NONE);
        try (Stage stage = Stage.open(options, Stage::echo);
                Runtime runtime = Runtime.open();
                Connection client = runtime.connect("localhost", stage.port())) {
            client.limits(Limits.NONE.withReadTimeout(TIME));
            long start = System.nanoTime();
            try {
                client.readLine();
            } catch (SocketTimeoutException e) {
                judge(trial, "read timeout", start);
            }
        }
    }
}
