package io.loomline.task;

import java.util.function.Consumer;

/** Something that can be cancelled, for those who look after what does not end. */
abstract class Cancellable {
    /** Interrupts whoever is blocked inside and is cancelled by what the tree says. */
    abstract void wake();

    /** Whether nothing runs inside, and nothing will. */
    abstract boolean isQuiet();

    /** Walks through the threads that run inside. */
    abstract void visit(Consumer<? super RunningThread> visitor);

    /** What a reader of a message knows it by. */
    abstract String label();

    @Override
    public String toString() {
        return label();
    }
}
