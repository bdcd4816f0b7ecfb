package io.loomline.observe.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.example.UserCode;

import io.loomline.Drivers;
import io.loomline.Runtime;
import io.loomline.RuntimeOptions;
import io.loomline.observe.NodeKind;
import io.loomline.observe.TreeNode;
import io.loomline.observe.TreeOptions;
import io.loomline.server.Server;
import io.loomline.server.ShutdownOptions;
import io.loomline.server.drain.ServersDrain;
import io.loomline.task.TestTree;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** What the command finds in a process. */
class OpenRuntimesTest {
    private static Runtime open(String name) {
        return Runtime.open(RuntimeOptions.DEFAULT.withName(name).withDriver(Drivers.memory()));
    }

    private static List<TreeNode> roots(String name) {
        return OpenRuntimes.trees(TreeOptions.DEFAULT).stream()
                .map(tree -> tree.root())
                .filter(root -> root.name().equals(name))
                .toList();
    }

    @Test
    void runtimeIsFoundUntilItIsClosed() {
        try (Runtime runtime = open("found")) {
            runtime.start("lasting", () -> UserCode.awaitLatch(new CountDownLatch(1)));
            assertEquals("lasting", roots("found").getFirst().children().getFirst().name());
        }
        assertEquals(List.of(), roots("found"));
    }

    @Test
    void runtimeWithoutTasksIsNotKeptAlive() {
        TestTree.awaitCollected("the runtime", openAndDrop());
        assertEquals(List.of(), roots("dropped"));
    }

    private static WeakReference<Runtime> openAndDrop() {
        return new WeakReference<>(open("dropped"));
    }

    @Test
    void serverIsFoundWithoutItsRuntime() throws Exception {
        var server = new Server[1];
        WeakReference<Runtime> runtime = listenAndDrop(server);
        TestTree.awaitCollected("the runtime", runtime);
        TreeNode root = roots("serving").getFirst();
        assertEquals(NodeKind.SERVER, root.children().getFirst().kind());
        assertTrue(OpenRuntimes.servers().contains(server[0]));
        server[0].close();
    }

    private static WeakReference<Runtime> listenAndDrop(Server[] server) throws IOException {
        Runtime runtime = open("serving");
        server[0] = runtime.listen(0, UserCode::readLines);
        return new WeakReference<>(runtime);
    }

    @Test
    void drainReportsEachServer() throws Exception {
        try (Runtime runtime = open("drained")) {
            runtime.listen(0, UserCode::readLines);
            runtime.listen(0, UserCode::readLines);
            List<Server> servers = List.copyOf(OpenRuntimes.servers());
            List<ServersDrain.Drained> reports =
                    ServersDrain.run(
                            "test",
                            servers.stream().filter(Server::isReady).toList(),
                            ShutdownOptions.within(Duration.ofSeconds(1)));
            assertEquals(2, reports.size(), reports::toString);
            assertTrue(reports.getFirst().text().contains("0 cancelled"), reports::toString);
        }
    }
}
