package io.loomline.observe.live;

import io.loomline.observe.TaskTree;
import io.loomline.observe.TreeOptions;
import io.loomline.server.Server;
import io.loomline.task.TaskGroup;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/**
 * The open runtimes of this process, for the command. It keeps none of them alive.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
public final class OpenRuntimes {
    /** A system property that tells other processes that this one uses the library. */
    public static final String PROPERTY = "io.loomline.observable";

    /** Its value: the version of what the command and the process tell each other. */
    public static final String VERSION = "1";

    private static final List<Entry> OPEN = new CopyOnWriteArrayList<>();

    static {
        System.setProperty(PROPERTY, VERSION);
    }

    private OpenRuntimes() {}

    /**
     * What leads to the tree of a runtime. Its tasks and its servers keep it alive, which need not
     * keep the runtime itself alive.
     */
    private record Entry(
            WeakReference<TaskGroup> root,
            WeakReference<Supplier<Map<TaskGroup, Server>>> servers) {
        private Map<TaskGroup, Server> openServers() {
            Supplier<Map<TaskGroup, Server>> present = servers.get();
            return present == null ? Map.of() : present.get();
        }
    }

    /** Adds a runtime, until it is removed or unreachable. */
    public static void add(TaskGroup root, Supplier<Map<TaskGroup, Server>> servers) {
        OPEN.removeIf(each -> each.root().refersTo(null));
        OPEN.add(new Entry(new WeakReference<>(root), new WeakReference<>(servers)));
    }

    /** Removes a closed runtime. */
    public static void remove(TaskGroup root) {
        OPEN.removeIf(each -> each.root().refersTo(root) || each.root().refersTo(null));
    }

    /** A snapshot of each runtime. */
    static List<TaskTree> trees(TreeOptions options) {
        List<TaskTree> trees = new ArrayList<>();
        for (Entry each : OPEN) {
            TaskGroup root = each.root().get();
            if (root != null) trees.add(TreeSnapshot.of(root, each.openServers(), options));
        }
        return trees;
    }

    /** The servers of all runtimes. */
    static List<Server> servers() {
        List<Server> all = new ArrayList<>();
        for (Entry each : OPEN) all.addAll(each.openServers().values());
        return all;
    }
}
