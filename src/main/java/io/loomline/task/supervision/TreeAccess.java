package io.loomline.task.supervision;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * An observer's access to the tree. It keeps these methods out of the public API of tasks and
 * groups, and takes no lock, so that observers delay no task. What starts or ends meanwhile may be
 * missed; nothing is visited twice.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 *
 * @param <G> the type of the groups
 * @param <T> the type of the tasks
 */
public abstract class TreeAccess<G, T> {
    private static volatile @Nullable TreeAccess<?, ?> installed;

    /** To be called once, before the first group is made. */
    public static void install(TreeAccess<?, ?> access) {
        installed = access;
    }

    /** The access to all groups and tasks of this process. There is one once a group exists. */
    public static TreeAccess<?, ?> installed() {
        return Objects.requireNonNull(installed, "no group was made yet");
    }

    /** Visits the running tasks of a group, those that were started earlier first. */
    public abstract void forEachTask(G group, Consumer<? super T> visitor);

    /** Visits the open groups directly in a group. */
    public abstract void forEachGroup(G group, Consumer<? super G> visitor);

    /** Visits the open groups that the code of a task has opened. */
    public abstract void forEachGroupOf(T task, Consumer<? super G> visitor);

    /** Visits the deadlines and shields that the code of a task is in, the innermost first. */
    public abstract void forEachSection(T task, Consumer<? super TimedSection> visitor);

    /** The time since a task was started. */
    public abstract Duration ageOf(T task);

    /** The thread of a task. */
    public abstract Thread threadOf(T task);
}
