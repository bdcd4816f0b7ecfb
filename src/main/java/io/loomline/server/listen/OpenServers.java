package io.loomline.server.listen;

import io.loomline.task.TaskGroup;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The servers of a runtime that are not closed, by their groups. Each of them keeps this reachable.
 *
 * @param <S> the type of the servers
 */
public final class OpenServers<S> implements Supplier<Map<TaskGroup, S>> {
    private final Map<TaskGroup, S> servers = new ConcurrentHashMap<>();

    public void add(TaskGroup group, S server) {
        servers.put(group, server);
    }

    public void remove(TaskGroup group) {
        servers.remove(group);
    }

    /** The servers at present. */
    @Override
    public Map<TaskGroup, S> get() {
        return Map.copyOf(servers);
    }
}
