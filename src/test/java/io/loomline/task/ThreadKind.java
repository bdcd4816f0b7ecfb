package io.loomline.task;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/** Where code runs that must behave alike in a task and outside of any. */
enum ThreadKind {
    TASK {
        @Override
        void run(TestTree tree, TaskBody code) throws Exception {
            Callable<Void> quiet =
                    () -> {
                        code.run();
                        return null;
                    };
            try {
                tree.root().start(quiet).join();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Error error) throw error;
                throw (Exception) e.getCause();
            }
        }
    },
    THREAD {
        @Override
        void run(TestTree tree, TaskBody code) throws Exception {
            code.run();
        }
    };

    /** Runs the code here to its end, and hands its exceptions on. */
    abstract void run(TestTree tree, TaskBody code) throws Exception;
}
