package io.loomline.observe.live;

import io.loomline.net.Activity;
import io.loomline.net.Connection;
import io.loomline.net.Connections;
import io.loomline.observe.NodeKind;
import io.loomline.observe.NodeState;
import io.loomline.observe.Traffic;
import io.loomline.observe.TreeNode;
import io.loomline.stream.Operation;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The connections that a runtime has opened, at one look, and the threads that wait for their
 * peers. A connection belongs to no task, so a task leads to one only while it waits.
 */
final class ClientConnections {
    /** A connection, and how long it has been waiting for its peer. */
    record Client(Connection connection, Activity activity) {
        Traffic traffic() {
            return new Traffic(
                    connection.remoteAddress(),
                    connection.localAddress(),
                    Math.max(0, connection.bytesRead()),
                    connection.bytesWritten());
        }

        @Nullable Duration waited() {
            Duration waited = activity.waited();
            return waited.isZero() ? null : waited;
        }

        List<Operation> operations() {
            return Connections.operationsOf(connection);
        }

        TreeNode node() {
            boolean waits = activity.reader() != null || activity.writer() != null;
            return new TreeNode(
                    NodeKind.CLIENT,
                    connection.localAddress().toString(),
                    0,
                    waits ? NodeState.WAITING : NodeState.OPEN,
                    null,
                    null,
                    null,
                    waited(),
                    traffic(),
                    null,
                    List.of());
        }
    }

    private final Map<Thread, Client> byThread = new HashMap<>();

    /** Those that no task was found for yet. */
    private final IdentityHashMap<Connection, Client> rest = new IdentityHashMap<>();

    ClientConnections(List<Connection> open) {
        for (Connection each : open) {
            if (!each.isOpen()) continue;
            var client = new Client(each, Connections.activityOf(each));
            rest.put(each, client);
            put(client.activity().writer(), client);
            put(client.activity().reader(), client);
        }
    }

    private void put(@Nullable Thread waiter, Client client) {
        if (waiter != null) byThread.put(waiter, client);
    }

    /** The connection whose peer a thread waits for; null if there is none. */
    @Nullable Client of(Thread thread) {
        Client found = byThread.get(thread);
        if (found != null) rest.remove(found.connection());
        return found;
    }

    /** Those that {@link #of} has not returned. */
    Iterable<Client> rest() {
        return rest.values();
    }
}
