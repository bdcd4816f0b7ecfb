package io.loomline.observe.live;

import io.loomline.driver.carrier.StarvationWatch;
import io.loomline.net.Connections;
import io.loomline.observe.TaskTree;
import io.loomline.observe.TreeOptions;
import io.loomline.server.Server;
import io.loomline.task.TaskGroup;

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

    private static final List<ObservedRuntime> OPEN = new CopyOnWriteArrayList<>();

    static {
        System.setProperty(PROPERTY, VERSION);
        StarvationWatch.describeTasksBy(OpenRuntimes::describeRunning);
    }

    private OpenRuntimes() {}

    /**
     * Adds a runtime, until it is removed or unreachable.
     *
     * @param root the group of the runtime
     * @param servers gives its open servers
     * @param connections makes its connections
     */
    public static ObservedRuntime add(
            TaskGroup root, Supplier<Map<TaskGroup, Server>> servers, Connections connections) {
        var added = new ObservedRuntime(root, servers, connections);
        OPEN.removeIf(ObservedRuntime::isGone);
        OPEN.add(added);
        return added;
    }

    /** Removes a closed runtime. */
    public static void remove(ObservedRuntime closed) {
        OPEN.removeIf(each -> each == closed || each.isGone());
    }

    private static String describeRunning() {
        return RunningTasks.describe(OPEN.stream().flatMap(each -> each.root().stream()).toList());
    }

    /** A snapshot of each runtime. */
    static List<TaskTree> trees(TreeOptions options) {
        List<TaskTree> trees = new ArrayList<>();
        for (ObservedRuntime each : OPEN) each.tree(options).ifPresent(trees::add);
        return trees;
    }

    /** The open runtimes. */
    static List<ObservedRuntime> list() {
        return List.copyOf(OPEN);
    }

    /** The servers of all runtimes. */
    static List<Server> servers() {
        List<Server> all = new ArrayList<>();
        for (ObservedRuntime each : OPEN) all.addAll(each.openServers().values());
        return all;
    }
}
