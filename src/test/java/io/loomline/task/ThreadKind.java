package io.loomline.task;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/** The kinds of threads on which scopes must behave alike. */
enum ThreadKind {
    TASK {
        @Override
        void run(TestTree tree, TaskBody code) throws Exception {
            Callable<Void> callable =
                    () -> {
                        code.run();
                        return null;
                    };
            try {
                tree.root().start(callable).join();
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

    /** Runs the code to its end and passes its exceptions on. */
    abstract void run(TestTree tree, TaskBody code) throws Exception;
}
