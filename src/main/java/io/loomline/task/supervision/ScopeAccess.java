package io.loomline.task.supervision;

import java.util.function.Consumer;

/**
 * A watchdog's access to scopes. It has no state, so that a cancel needs no memory to be watched.
 *
 * @param <S> the type of the scopes, which are compared by identity
 */
public interface ScopeAccess<S> {
    /** Interrupts the threads inside that are cancelled. */
    void wake(S scope);

    /** Whether nothing runs inside, so that a cancel has nothing left to end. */
    boolean hasEnded(S scope);

    /** Calls the visitor for each thread that runs inside. */
    void forEachThread(S scope, Consumer<? super RunningThread> visitor);

    /** The name for messages. */
    String label(S scope);
}
