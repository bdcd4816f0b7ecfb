package io.loomline.task;

import io.loomline.task.supervision.CancelWatchdog;
import io.loomline.task.supervision.RunningThread;

import java.util.function.Consumer;

/** A section of the code that a thread runs, as a node in the stack of the thread. */
abstract class CodeScope extends Scope {
    final ScopeStack stack;

    CodeScope(ScopeStack stack) {
        super(stack.innermost());
        this.stack = stack;
    }

    @Override
    Scope groupOwner() {
        return stack;
    }

    @Override
    CancelWatchdog<Scope> watchdog() {
        return groupOwner().watchdog();
    }

    @Override
    void wake() {
        stack.wake();
    }

    @Override
    void forEachThread(Consumer<? super RunningThread> visitor) {
        stack.forEachThread(visitor);
    }

    /** A callback on a thread outside of a group, which counts as code inside the group. */
    static final class Callback extends CodeScope {
        private final Scope group;

        Callback(ScopeStack stack, Scope group) {
            super(stack);
            this.group = group;
        }

        @Override
        Scope callbackGroup() {
            return group;
        }

        /** Never cancelled by itself. */
        @Override
        boolean hasEnded() {
            return true;
        }

        @Override
        String label() {
            return "callback";
        }
    }
}
