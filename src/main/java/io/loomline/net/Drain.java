package io.loomline.net;

import io.loomline.net.read.Input;
import io.loomline.task.TaskBody;

import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Whether the server drains a connection, and what happens when it begins to.
 *
 * <pre>
 *   served ◀──onBegin──▶ registered (onBegin again: replaced)
 *     └───────begin─────────┴──▶ draining
 * </pre>
 *
 * <p><i>Threads:</i> any thread may call every method.
 */
final class Drain implements BooleanSupplier {
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Drain.class, "state", State.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** What happens when the drain begins. It must not block. */
    interface Notice {
        /**
         * Called once, on the thread that begins the drain.
         *
         * @param tasks starts a task of the server
         */
        void begin(Consumer<TaskBody> tasks);

        /** A notice that runs in a task of its own. */
        static Notice asTask(TaskBody body) {
            return tasks -> tasks.accept(body);
        }
    }

    private sealed interface State {
        /** The server will give the notice. */
        record Registered(Notice notice) implements State {}

        /** The drain has begun. */
        record Draining(Consumer<TaskBody> tasks) implements State {}
    }

    private final Input input;

    /** Null while nothing is registered, which saves memory. Any thread writes it. */
    private volatile @Nullable State state;

    Drain(Input input) {
        this.input = input;
    }

    /** Registers a notice in place of the present one, or gives it if the drain has begun. */
    void onBegin(Notice notice) {
        var registered = new State.Registered(notice);
        while (true) {
            State present = state;
            if (present instanceof State.Draining draining) {
                notice.begin(draining.tasks());
                return;
            }
            if (STATE.compareAndSet(this, present, registered)) return;
        }
    }

    /**
     * Begins the drain, wakes the reader, and gives the notice.
     *
     * @return whether this call was the first
     */
    boolean begin(Consumer<TaskBody> tasks) {
        var draining = new State.Draining(tasks);
        while (true) {
            State present = state;
            if (present instanceof State.Draining) return false;
            if (!STATE.compareAndSet(this, present, draining)) continue;
            input.wakeReader(); // it may wait for a message
            if (present instanceof State.Registered registered) registered.notice().begin(tasks);
            return true;
        }
    }

    /** Whether the drain has begun. */
    @Override
    public boolean getAsBoolean() {
        return state instanceof State.Draining;
    }
}
