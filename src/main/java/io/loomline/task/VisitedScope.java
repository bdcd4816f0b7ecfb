package io.loomline.task;

import io.loomline.task.supervision.CancelWatchdog;
import io.loomline.task.supervision.RunningThread;

import java.util.function.Consumer;

/**
 * A stretch of a strand's code that counts as inside a group which is not above it: it may not wait
 * for that group. A cancel of the group is not its own.
 */
final class VisitedScope extends Scope {
    private final ScopeStack strand;
    private final Scope group;

    VisitedScope(ScopeStack strand, Scope group) {
        super(strand.innermost());
        this.strand = strand;
        this.group = group;
    }

    @Override
    Scope visited() {
        return group;
    }

    @Override
    Scope home() {
        return strand;
    }

    @Override
    CancelWatchdog watchdog() {
        return strand.watchdog();
    }

    @Override
    void wake() {
        strand.wake();
    }

    /** It is never cancelled by itself. */
    @Override
    boolean isQuiet() {
        return true;
    }

    @Override
    void visit(Consumer<? super RunningThread> visitor) {
        strand.visit(visitor);
    }

    @Override
    String label() {
        return "callback";
    }
}
