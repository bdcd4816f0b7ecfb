package io.loomline.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Counts of tasks by place. */
class CensusTest {
    private static final StackTraceElement READ =
            new StackTraceElement("com.example.Chat", "serve", "Chat.java", 41);
    private static final StackTraceElement WRITE =
            new StackTraceElement("com.example.Chat", "send", "Chat.java", 52);

    private final List<TreeNode> tasks = new ArrayList<>();

    private void add(
            @Nullable String operation,
            @Nullable StackTraceElement site,
            @Nullable Duration waited,
            String peer)
            throws UnknownHostException {
        var address = new InetSocketAddress(InetAddress.getByName(peer), 5_000);
        tasks.add(
                new TreeNode(
                        NodeKind.CONNECTION,
                        "task",
                        tasks.size() + 1,
                        NodeState.WAITING,
                        Duration.ofMinutes(5),
                        operation,
                        site,
                        waited,
                        new Traffic(address, address, 1, 2),
                        null,
                        List.of()));
    }

    private Census census() {
        return Census.of(tree());
    }

    private TaskTree tree() {
        var root =
                new TreeNode(
                        NodeKind.RUNTIME,
                        "loomline",
                        0,
                        NodeState.OPEN,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        tasks);
        return new TaskTree(Instant.EPOCH, root);
    }

    @Test
    void tasksAreCountedByCallAndLine() throws Exception {
        for (int i = 1; i <= 100; i++) {
            add("Connection.readLine", READ, Duration.ofMillis(i * 10L), "192.0.2.1");
        }
        for (int i = 0; i < 9; i++) {
            add("Connection.write", WRITE, Duration.ofSeconds(20), "10.2.3." + i);
        }
        add("Connection.write", WRITE, Duration.ofSeconds(40), "2001:db8:1::1");
        add("running", null, null, "10.2.3.4");
        Census census = census();
        assertEquals(111, census.tasks());
        assertEquals(111, census.sampled());
        assertEquals(
                List.of(
                        "100 in Connection.readLine at Chat.java:41, p50 500 ms, p99 990 ms",
                        "10 in Connection.write at Chat.java:52, p50 20 s, p99 40 s;"
                                + " 10 over 10 s, 9 of them to 10.2.0.0/16,"
                                + " 1 of them to 2001:db8:0:0:0:0:0:0/32",
                        "1 running"),
                census.places().stream().map(Place::toString).toList());
        assertEquals(
                Map.of(WaitBucket.UNDER_1_S, 99L, WaitBucket.UNDER_10_S, 1L),
                census.places().getFirst().waits());
        assertNull(census.places().getLast().p50());
        assertEquals(10, census.longest().size());
        assertEquals(110, census.longest().getFirst().id());
        assertEquals(101, census.longest().get(1).id());
    }

    @Test
    void linesOfClassesWithTheSameFileAreToldApart() throws Exception {
        add(
                "Task.join",
                new StackTraceElement("com.a.Handler", "run", "Handler.java", 41),
                null,
                "10.0.0.1");
        add(
                "Task.join",
                new StackTraceElement("com.b.Handler", "run", "Handler.java", 41),
                null,
                "10.0.0.1");
        add("Task.join", READ, null, "10.0.0.1");
        assertEquals(
                List.of(
                        "1 in Task.join at com.a.Handler.run(Handler.java:41), oldest 300 s",
                        "1 in Task.join at com.b.Handler.run(Handler.java:41), oldest 300 s",
                        "1 in Task.join at Chat.java:41, oldest 300 s"),
                census().places().stream().map(Place::toString).toList());
    }

    @Test
    void percentilesAreOfTheNearestRank() {
        List<Integer> values = IntStream.rangeClosed(1, 10).boxed().toList();
        assertEquals(5, NearestRank.of(values, 50));
        assertEquals(10, NearestRank.of(values, 99)); // the floor would be 9
        assertEquals(10, NearestRank.of(values, 100));
        assertEquals(1, NearestRank.of(values, 1));
        assertNull(NearestRank.of(List.of(), 50));
    }

    @Test
    void treeAndCensusHaveTheSamePercentiles() throws Exception {
        for (int i = 1; i <= 10; i++) {
            add("Connection.readLine", READ, Duration.ofSeconds(i), "192.0.2.1");
        }
        Place place = census().places().getFirst();
        assertEquals(place.p50(), tree().waited(50));
        assertEquals(place.p99(), tree().waited(99));
        assertEquals(Duration.ofSeconds(10), tree().waited(99));
        assertThrows(IllegalArgumentException.class, () -> tree().waited(0));
    }

    @Test
    void sampleIsScaledToAll() throws Exception {
        for (int i = 0; i < 1_000; i++) {
            add(i % 10 == 0 ? "Task.join" : null, i % 10 == 0 ? READ : null, null, "10.0.0.1");
        }
        Census census = census();
        assertEquals(100, census.sampled());
        assertEquals(1_000, census.places().getFirst().tasks());
        assertTrue(census.toString().startsWith("1,000 tasks, estimated from 100"));
    }

    @Test
    void jsonHasThePlaces() throws Exception {
        add("Connection.write", WRITE, Duration.ofSeconds(20), "10.2.3.4");
        assertEquals(
                "{\"takenAt\":\"1970-01-01T00:00:00Z\",\"tasks\":1,\"sampled\":1,\"places\":["
                    + "{\"operation\":\"Connection.write\",\"site\":\"Chat.java:52\",\"tasks\":1,"
                    + "\"p50Seconds\":20.000,\"p99Seconds\":20.000,\"oldestSeconds\":300.000,\"slow\":1,"
                    + "\"waits\":{\"under_1_min\":1},"
                    + "\"slowNetworks\":[{\"network\":\"10.2.0.0/16\",\"connections\":1}]}],"
                    + "\"longest\":["
                        + tasks.getFirst().toJson()
                        + "]}",
                census().toJson());
    }

    @Test
    void emptyRuntimeHasNoPlace() {
        assertEquals("0 tasks" + System.lineSeparator(), census().toString());
    }
}
