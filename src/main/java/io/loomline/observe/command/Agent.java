package io.loomline.observe.command;

import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs in the process that the command asks about, and answers into a file. It finds the library in
 * any class loader or module.
 */
public final class Agent {
    private static final String READER_PACKAGE = "io.loomline.observe.live";

    /** Loaded once the process has opened a runtime. */
    private static final String REGISTRY = READER_PACKAGE + ".OpenRuntimes";

    private static final String READER = READER_PACKAGE + ".ProcessReader";

    private static final int MOST_UNREAD = 10;

    private Agent() {}

    /**
     * Answers a request. Called by the JVM, on a thread that must not block.
     *
     * @param arguments the {@link Question}, as text
     * @param instrumentation finds the library
     * @throws IOException if this process cannot write the answer
     */
    public static void agentmain(String arguments, Instrumentation instrumentation)
            throws IOException {
        Question question = Question.parse(arguments);
        if (!Files.isWritable(question.draft())) {
            throw new IOException("cannot write to " + question.draft());
        }
        Thread thread = new Thread(() -> run(question, instrumentation), "loomline-observe");
        thread.setDaemon(!question.changesProcess());
        thread.start();
    }

    private static void run(Question question, Instrumentation instrumentation) {
        int unread = 0;
        do {
            boolean wasUnread = question.isAnswered();
            unread = wasUnread ? unread + 1 : 0;
        } while (answer(question, instrumentation)
                && question.repeats()
                && unread < MOST_UNREAD); // the command was killed
    }

    private static boolean answer(Question question, Instrumentation instrumentation) {
        try {
            return question.answer(true, ask(question, instrumentation));
        } catch (InvocationTargetException e) {
            return question.answer(false, String.valueOf(e.getCause()));
        } catch (Throwable e) { // the command waits for an answer
            return question.answer(false, e.toString());
        }
    }

    private static String ask(Question question, Instrumentation instrumentation)
            throws ReflectiveOperationException {
        var answers = new StringBuilder();
        for (ClassLoader loader : loaders(instrumentation)) {
            Class<?> reader = Class.forName(READER, true, loader);
            open(reader.getModule(), instrumentation);
            answers.append(
                    reader.getMethod("answer", String.class, String.class)
                            .invoke(null, question.version(), question.request()));
        }
        return answers.toString();
    }

    /** The loaders that have loaded the library; there may be several, as in a web server. */
    private static List<ClassLoader> loaders(Instrumentation instrumentation) {
        List<ClassLoader> loaders = new ArrayList<>();
        for (Class<?> each : instrumentation.getAllLoadedClasses()) {
            if (each.getName().equals(REGISTRY)) loaders.add(each.getClassLoader());
        }
        return loaders;
    }

    private static void open(Module library, Instrumentation instrumentation) {
        Module own = Agent.class.getModule();
        if (library.isExported(READER_PACKAGE, own)) return;
        instrumentation.redefineModule(
                library,
                Set.of(),
                Map.of(READER_PACKAGE, Set.of(own)),
                Map.of(),
                Set.of(),
                Map.of());
    }
}
