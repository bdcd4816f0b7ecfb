package io.loomline.observe.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.loomline.observe.NodeKind;
import io.loomline.observe.NodeState;
import io.loomline.observe.TaskTree;
import io.loomline.observe.Traffic;
import io.loomline.observe.TreeNode;
import io.loomline.observe.live.TopView.Order;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Rates from two snapshots. */
class TopViewTest {
    private static TreeNode connection(long id, long read, long written, long waited) {
        var peer = new InetSocketAddress(InetAddress.getLoopbackAddress(), (int) id);
        return new TreeNode(
                NodeKind.CONNECTION,
                "task-" + id,
                id,
                NodeState.WAITING,
                Duration.ofSeconds(100 - id),
                null,
                null,
                waited == 0 ? null : Duration.ofSeconds(waited),
                new Traffic(peer, peer, read, written),
                null,
                List.of());
    }

    private static List<TaskTree> tree(TreeNode... tasks) {
        var root =
                new TreeNode(
                        NodeKind.RUNTIME,
                        "runtime",
                        0,
                        NodeState.OPEN,
                        null,
                        null,
                        null,
                        null,
                        null,
                        null,
                        List.of(tasks));
        return List.of(new TaskTree(Instant.EPOCH, root));
    }

    private static TopView view(Order order) {
        return TopView.of(
                tree(connection(1, 0, 0, 5), connection(2, 10, 0, 1), connection(9, 0, 0, 0)),
                tree(connection(1, 0, 40, 9), connection(2, 30, 0, 0), connection(3, 4, 4, 2)),
                Duration.ofSeconds(2),
                order);
    }

    private static List<Long> ids(Order order) {
        return view(order).rows().stream().map(row -> row.task().id()).toList();
    }

    @Test
    void ratesAreBytesPerSecond() {
        TopView view = view(Order.RATE);
        assertEquals(3, view.tasks());
        assertEquals(1, view.started());
        assertEquals(1, view.ended());
        assertEquals(20, view.rows().getFirst().writeRate());
        assertEquals(10, view.rows().get(1).readRate());
    }

    @Test
    void orderPutsTheMostFirst() {
        assertEquals(List.of(1L, 3L, 2L), ids(Order.WAIT));
        assertEquals(List.of(1L, 2L, 3L), ids(Order.AGE));
        assertEquals(List.of(1L, 2L, 3L), ids(Order.RATE));
        assertEquals(List.of(2L, 3L, 1L), ids(Order.READ));
        assertEquals(List.of(1L, 3L, 2L), ids(Order.WRITE));
    }

    @Test
    void tableAndJsonHaveEachRow() {
        assertEquals(5, view(Order.WAIT).toString().lines().count());
        String json = view(Order.WAIT).toJson();
        assertTrue(
                json.startsWith("{\"tasks\":3,\"connections\":3,\"started\":1,\"ended\":1,"), json);
        assertTrue(json.contains("},{\"readBytesPerSecond\":2,"), json);
    }
}
