package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.net.Connection;
import io.loomline.probe.Child;
import io.loomline.server.Server;
import io.loomline.task.Task;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

/** A runtime image may lack the flight recorder. */
class WithoutRecorderTest {
    @Test
    void connectionsAndTasksWorkWithoutTheModule() throws Exception {
        var options =
                List.of(
                        "--limit-modules=java.base,java.logging,jdk.management,jdk.net,jdk.unsupported",
                        "--enable-native-access=ALL-UNNAMED");
        try (Child child = Child.start(Echo.class, options)) {
            assertEquals("recorder: false", child.readLine());
            assertEquals("hello", child.readLine());
            assertEquals("cancelled: true", child.readLine());
        }
    }

    /** Uses all that can be recorded. */
    static final class Echo {
        public static void main(String[] args) throws Exception {
            boolean recorder = ModuleLayer.boot().findModule("jdk.jfr").isPresent();
            System.out.println("recorder: " + recorder);
            try (var runtime = Runtime.open()) {
                Server server = runtime.listen(0, c -> c.writeLine(c.readLine()));
                try (Connection client = runtime.connect("localhost", server.port())) {
                    client.writeLine("hello");
                    System.out.println(client.readLine());
                }
                var task = runtime.start(() -> Task.sleep(Duration.ofHours(1)));
                System.out.println("cancelled: " + task.cancel("enough"));
                server.shutdown(Duration.ofSeconds(1));
            }
        }
    }
}
