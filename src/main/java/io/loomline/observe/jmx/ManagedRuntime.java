package io.loomline.observe.jmx;

import io.loomline.observe.Census;
import io.loomline.observe.LoomlineMXBean;
import io.loomline.observe.TaskTree;
import io.loomline.observe.TreeOptions;
import io.loomline.observe.live.ObservedRuntime;
import io.loomline.server.Server;
import io.loomline.server.ShutdownOptions;
import io.loomline.server.drain.ServersDrain;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/** Reads and changes one runtime. It does not keep the runtime reachable. */
final class ManagedRuntime implements LoomlineMXBean {
    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private static final TreeOptions WITHOUT_STACKS = TreeOptions.DEFAULT.withMaxStacks(0);

    private final ObservedRuntime runtime;

    ManagedRuntime(ObservedRuntime runtime) {
        this.runtime = runtime;
    }

    @Override
    public String getName() {
        return runtime.name();
    }

    @Override
    public int getTaskCount() {
        return runtime.tree(WITHOUT_STACKS).map(tree -> (int) tree.tasks().count()).orElse(0);
    }

    @Override
    public int getConnectionCount() {
        return (int) sum(Server::connectionCount);
    }

    @Override
    public int getClientConnectionCount() {
        return runtime.clients().size();
    }

    @Override
    public long getAcceptedCount() {
        return sum(Server::acceptedCount);
    }

    @Override
    public long getRefusedCount() {
        return sum(Server::refusedCount);
    }

    @Override
    public long getFailedCount() {
        return sum(Server::failedCount);
    }

    @Override
    public long getBytesRead() {
        return sum(Server::bytesRead);
    }

    @Override
    public long getBytesWritten() {
        return sum(Server::bytesWritten);
    }

    private long sum(ToLongFunction<Server> count) {
        return servers().stream().mapToLong(count).sum();
    }

    private Collection<Server> servers() {
        return runtime.openServers().values();
    }

    @Override
    public double getWaitSecondsMedian() {
        return waitSeconds(50);
    }

    @Override
    public double getWaitSeconds99() {
        return waitSeconds(99);
    }

    @Override
    public double getWaitSecondsMax() {
        return waitSeconds(100);
    }

    private double waitSeconds(int percent) {
        Duration waited =
                runtime.tree(WITHOUT_STACKS)
                        .map(tree -> tree.waited(percent))
                        .orElse(Duration.ZERO);
        return waited.toNanos() / NANOS_PER_SECOND;
    }

    @Override
    public List<String> getServers() {
        return servers().stream().map(each -> each.localAddress().toString()).sorted().toList();
    }

    @Override
    public Map<String, Integer> getConnectionLimits() {
        Map<String, Integer> limits = new TreeMap<>();
        for (Server each : servers()) {
            limits.put(each.localAddress().toString(), each.maxConnections());
        }
        return limits;
    }

    @Override
    public void limitConnections(String server, int most) {
        server(server).maxConnections(most);
    }

    private Server server(String address) {
        for (Server each : servers()) {
            String own = each.localAddress().toString();
            if (own.equals(address) || own.endsWith(":" + address)) return each;
        }
        throw new IllegalArgumentException(
                "server '%s': expected one of %s".formatted(address, getServers()));
    }

    @Override
    public void limitHeldBytes(long bytes) {
        runtime.maxHeldBytes(bytes);
    }

    @Override
    public void recordOperations(boolean on) {
        runtime.recordOperations(on);
    }

    @Override
    public boolean cancel(long taskId, String reason) {
        return runtime.cancel(taskId, reason);
    }

    @Override
    public String drain(long graceSeconds) {
        return ServersDrain.describe(
                ServersDrain.run(
                        "the management bean asks for it",
                        List.copyOf(servers()),
                        ShutdownOptions.within(Duration.ofSeconds(graceSeconds))));
    }

    @Override
    public String dump() {
        return runtime.tree(TreeOptions.DEFAULT).map(TaskTree::toString).orElse("");
    }

    @Override
    public String dumpJson() {
        return runtime.tree(TreeOptions.DEFAULT).map(TaskTree::toJson).orElse("{}");
    }

    @Override
    public String census() {
        return runtime.tree(TreeOptions.CENSUS).map(Census::of).map(Census::toString).orElse("");
    }

    @Override
    public String censusJson() {
        return runtime.tree(TreeOptions.CENSUS).map(Census::of).map(Census::toJson).orElse("{}");
    }
}
