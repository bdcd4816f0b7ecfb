import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.server.ServerOptions;



import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;

/**
 * What idle connections cost in heap: in-memory ones, each with a task parked in readLine at either
 * end, after one line has gone there and back.
 *
 *   mvn -q -Pbench -Dbench=MemoryBench -Dargs=100000
 */
public class MemoryBench {
    public static void main(String[] args) throws Exception {
        int connections = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
        var options = RuntimeOptions.DEFAULT.withDriver(Drivers.memory());
        try (var runtime = Runtime.open(options)) {
            var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 7000);
            var many = ServerOptions.DEFAULT.withMaxConnections(connections);
            var server = runtime.listen(address, many, connection -> {
                String line;
                while ((line = connection.readLine()) != null) connection.writeLine(line);
            });
            long before = usedHeap();
            var answered = new CountDownLatch(connections);
            long start = System.nanoTime();
            for (int i = 0; i < connections; i++) {
                int number = i;
                runtime.start(() -> {
                    try (var connection = runtime.connect(address)) {
                        connection.writeLine("hello " + number);
                        if (!("hello " + number).equals(connection.readLine())) {
                            throw new AssertionError("a line was lost");
                        }
                        answered.countDown();
                        connection.readLine(); // parks: the server says no more
                    }
                });
            }
            answered.await();
            long nanos = System.nanoTime() - start;
            long bytes = usedHeap() - before;
            System.out.printf("%,d connections open (%,d at the server) after %.1f s%n",
                    connections, server.connectionCount(), nanos / 1e9);
            System.out.printf("heap for each, both ends with their tasks: %,d bytes; %,d MiB in all%n",
                    bytes / connections, bytes >> 20);
        }
    }

    static long usedHeap() {
        for (int i = 0; i < 3; i++) System.gc();
        var heap = java.lang.Runtime.getRuntime();
        return heap.totalMemory() - heap.freeMemory();
    }
}
