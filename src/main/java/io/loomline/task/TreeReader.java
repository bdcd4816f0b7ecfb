package io.loomline.task;

import io.loomline.task.supervision.TimedSection;
import io.loomline.task.supervision.TreeAccess;

import java.time.Duration;
import java.util.function.Consumer;

/** Shows the tree to observers. */
final class TreeReader extends TreeAccess<GroupScope, Job<?>> {
    @Override
    public void forEachTask(GroupScope group, Consumer<? super Job<?>> visitor) {
        group.tasks.forEach(task -> {
            if (!task.hasEnded()) visitor.accept(task);
        });
    }

    @Override
    public void forEachGroup(GroupScope group, Consumer<? super GroupScope> visitor) {
        visitGroups(group, visitor);
    }

    @Override
    public void forEachGroupOf(Job<?> task, Consumer<? super GroupScope> visitor) {
        visitGroups(task, visitor);
    }

    private static void visitGroups(Scope owner, Consumer<? super GroupScope> visitor) {
        for (Scope child : owner.children()) if (child instanceof GroupScope g) visitor.accept(g);
    }

    @Override
    public void forEachSection(Job<?> task, Consumer<? super TimedSection> visitor) {
        Scope node = task.innermost();
        while (node != null && node != task) {
            if (node instanceof TimedScope timed) {
                visitor.accept(new TimedSection(timed.kind(), timed.remainingNanos()));
            }
            node = node.parent;
        }
    }

    @Override
    public Duration ageOf(Job<?> task) {
        return Duration.ofNanos(System.nanoTime() - task.startNanos);
    }

    @Override
    public Thread threadOf(Job<?> task) {
        return task.thread();
    }
}
