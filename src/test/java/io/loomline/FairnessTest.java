package io.loomline;

import io.loomline.datagram.DatagramEndpoint;
import io.loomline.net.Connection;
import io.loomline.net.Relay;
import io.loomline.probe.Child;
import io.loomline.probe.EndlessDriver;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * More tasks than carriers, with calls that never have to wait. Unless these calls yield, no other
 * task runs and the test exceeds its time limit.
 */
@Tag("slow")
class FairnessTest {
    /** The endless work of a task. */
    enum Greed {
        READ_BYTES,
        READ_LARGE,
        READ_LINES,
        WRITE,
        WRITE_LARGE,
        WRITE_TO_MANY,
        RELAY,
        RECEIVE_PACKETS,
        SEND_PACKETS,
        ACCEPT;

        void run(Runtime runtime) throws Exception {
            switch (this) {
                case READ_BYTES -> read(connect(runtime), new byte[1024]);
                case READ_LARGE -> read(connect(runtime), new byte[1 << 20]);
                case READ_LINES -> connect(runtime).lines().forEach(_ -> {});
                case WRITE -> write(List.of(connect(runtime)), new byte[64]);
                case WRITE_LARGE -> write(List.of(connect(runtime)), new byte[1 << 20]);
                case WRITE_TO_MANY -> write(connectToMany(runtime), new byte[64]);
                case RELAY -> Relay.between(connect(runtime), connect(runtime)).run();
                case RECEIVE_PACKETS -> receive(runtime.datagram(0));
                case SEND_PACKETS -> send(runtime.datagram(0));
                case ACCEPT -> runtime.listen(0, _ -> {}).await();
            }
        }
    }

    private static void read(Connection connection, byte[] target) throws Exception {
        while (connection.read(target, 0, target.length) > 0) {}
    }

    private static void write(List<Connection> connections, byte[] bytes) throws Exception {
        while (true) {
            for (Connection each : connections) each.write(bytes);
        }
    }

    private static void receive(DatagramEndpoint endpoint) throws Exception {
        while (endpoint.isOpen()) endpoint.receive();
    }

    private static void send(DatagramEndpoint endpoint) throws Exception {
        while (endpoint.isOpen()) endpoint.send(new byte[10], endpoint.localAddress());
    }

    private static List<Connection> connectToMany(Runtime runtime) throws Exception {
        List<Connection> connections = new ArrayList<>();
        for (int i = 0; i < 1000; i++) connections.add(connect(runtime));
        return connections;
    }

    private static Connection connect(Runtime runtime) throws Exception {
        return runtime.connect("localhost", 7777);
    }

    @ParameterizedTest
    @EnumSource
    void otherTasksRunBesideCallsThatNeverWait(Greed greed) throws Exception {
        for (int carriers = 1; carriers <= 2; carriers++) {
            var options = List.of("-Djdk.virtualThreadScheduler.parallelism=" + carriers);
            String number = Integer.toString(carriers);
            try (Child child = Child.start(Program.class, options, greed.name(), number)) {
                child.await("others have run");
            }
        }
    }

    /** A program with more greedy tasks than carriers. */
    static final class Program {
        private static final int ROUNDS = 20;

        public static void main(String[] args) throws Exception {
            Greed greed = Greed.valueOf(args[0]);
            try (var runtime =
                    Runtime.open(RuntimeOptions.DEFAULT.withDriver(new EndlessDriver()))) {
                for (int i = 0; i <= Integer.parseInt(args[1]); i++) {
                    runtime.start(() -> greed.run(runtime));
                }
                for (int i = 0; i < ROUNDS; i++) {
                    runtime.start(() -> {}).join();
                    Thread.startVirtualThread(() -> LockSupport.parkNanos(1000)).join();
                }
            }
            System.out.println("others have run");
        }
    }
}
