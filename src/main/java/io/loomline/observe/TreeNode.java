package io.loomline.observe;

import io.loomline.log.Json;
import io.loomline.log.LogText;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A node of a {@link TaskTree}. It holds values only, so it keeps nothing of the runtime alive.
 *
 * @param kind what it is
 * @param name the name of a group or task, the address of a server, the local address of a client
 *     connection; as given, so possibly with characters that a terminal would obey. {@link
 *     #toString} and {@link #toJson} escape and cut it.
 * @param id the {@linkplain io.loomline.task.Task#id id} of a task, in the order in which tasks
 *     were created; 0 for other nodes
 * @param state what it was doing
 * @param age the time since a connection was accepted, by the clock of the runtime, or else since
 *     the task was started, by that of the system; null for other nodes
 * @param operation what a task is in, such as {@code Connection.readLine}: the innermost call of
 *     Loomline, or the call of the JDK that waits; {@code running} in other code. Null if its stack
 *     was not walked, and for other nodes
 * @param site the line of the task's own code that has made the call; null if there is none
 * @param waited how long a connection's read or write has been waiting for the peer without
 *     progress; null if none waits. Other waits are not timed
 * @param traffic the peer and the bytes of a connection: of the one that a task serves, or else of
 *     the one whose peer it waits for; null for other nodes
 * @param timeLeft the time left to a deadline or a shield; null for other nodes
 * @param children the nodes inside, in the order of their start
 */
public record TreeNode(
        NodeKind kind,
        String name,
        long id,
        NodeState state,
        @Nullable Duration age,
        @Nullable String operation,
        @Nullable StackTraceElement site,
        @Nullable Duration waited,
        @Nullable Traffic traffic,
        @Nullable Duration timeLeft,
        List<TreeNode> children) {
    private static final String INDENT = "  ";

    /** A node. The list of children is copied. */
    public TreeNode {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(state, "state");
        children = List.copyOf(children);
    }

    /**
     * Whether it is a task, with a connection or without.
     *
     * @return true for {@link NodeKind#TASK} and {@link NodeKind#CONNECTION}
     */
    public boolean isTask() {
        return kind == NodeKind.TASK || kind == NodeKind.CONNECTION;
    }

    /**
     * This node and all nodes below it, each before its children.
     *
     * @return the nodes
     */
    public Stream<TreeNode> stream() {
        List<TreeNode> all = new ArrayList<>();
        addTo(all);
        return all.stream();
    }

    private void addTo(List<TreeNode> all) {
        all.add(this);
        for (TreeNode child : children) child.addTo(all);
    }

    /**
     * The same node alone.
     *
     * @return the node without its children
     */
    public TreeNode withoutChildren() {
        if (children.isEmpty()) return this;
        return new TreeNode(
                kind, name, id, state, age, operation, site, waited, traffic, timeLeft, List.of());
    }

    /**
     * The line of user code that the task is in.
     *
     * @return such as {@code Chat.java:41}; null if there is none
     */
    public @Nullable String siteText() {
        return site == null ? null : CodeSite.of(site);
    }

    /**
     * The node and those below it as JSON, in one line of ASCII. Times are in seconds, unknown
     * values are left out.
     *
     * @return a JSON object
     */
    public String toJson() {
        var json = new Json();
        writeTo(json);
        return json.toString();
    }

    void writeTo(Json json) {
        json.beginObject()
                .member("kind", lower(kind))
                .member("name", LogText.of(name))
                .member("id", id == 0 ? null : id)
                .member("state", lower(state))
                .member("ageSeconds", age)
                .member("operation", operation)
                .member("site", siteText())
                .member("method", methodOf(site))
                .member("waitedSeconds", waited)
                .member("timeLeftSeconds", timeLeft);
        if (traffic != null) {
            json.member("peer", LogText.of(traffic.peer().toString()))
                    .member("bytesRead", traffic.bytesRead())
                    .member("bytesWritten", traffic.bytesWritten());
        }
        if (!children.isEmpty()) {
            json.name("children").beginArray();
            for (TreeNode child : children) child.writeTo(json);
            json.endArray();
        }
        json.endObject();
    }

    private static @Nullable String methodOf(@Nullable StackTraceElement site) {
        return site == null ? null : site.getClassName() + "." + site.getMethodName();
    }

    static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** The node and those below it, one line for each, indented. */
    @Override
    public String toString() {
        var text = new StringBuilder();
        print(text, "");
        return text.toString();
    }

    private void print(StringBuilder text, String indent) {
        text.append(indent).append(line()).append(System.lineSeparator());
        for (TreeNode child : children) child.print(text, indent + INDENT);
    }

    /**
     * The node alone.
     *
     * @return one line of printable characters
     */
    public String line() {
        var line = new StringBuilder(lower(kind));
        if (!name.isEmpty()) line.append(' ').append(LogText.of(name));
        line.append(": ").append(lower(state));
        if (operation != null && !operation.equals(lower(state))) {
            line.append(" in ").append(LogText.of(operation));
        }
        if (site != null) line.append(" at ").append(LogText.of(CodeSite.of(site)));
        if (waited != null) line.append(" for ").append(DurationText.of(waited));
        if (traffic != null) {
            line.append(", peer ").append(LogText.of(traffic.peer().toString()));
            line.append(", read ").append(traffic.bytesRead()).append(" B");
            line.append(", written ").append(traffic.bytesWritten()).append(" B");
        }
        if (age != null) line.append(", age ").append(DurationText.of(age));
        if (timeLeft != null) line.append(", ").append(DurationText.of(timeLeft)).append(" left");
        return line.toString();
    }
}
