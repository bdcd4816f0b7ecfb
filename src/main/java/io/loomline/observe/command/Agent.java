package io.loomline.observe.command;

import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

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
        if (!Files.isWritable(question.folder())) {
            throw new IOException("cannot write to " + question.folder());
        }
        Thread thread = new Thread(() -> run(question, instrumentation), "loomline-observe");
        thread.setDaemon(!question.changesProcess());
        thread.start();
    }

    private static void run(Question first, Instrumentation instrumentation) {
        Question question = first;
        int unread = 0;
        do {
            question = question.latest();
            boolean wasUnread = question.isAnswered();
            unread = wasUnread ? unread + 1 : 0;
        } while (answer(question, instrumentation)
                && question.repeats()
                && unread < MOST_UNREAD); // the command was killed
    }

    private static boolean answer(Question question, Instrumentation instrumentation) {
        Question.Answer answer;
        try {
            answer = ask(question, instrumentation);
        } catch (Throwable e) { // the command waits for an answer
            answer = new Question.Answer(false, e.toString());
        }
        return question.answer(answer.success(), answer.text());
    }

    /** Asks all copies of the library at the same time, as a request may last. */
    private static Question.Answer ask(Question question, Instrumentation instrumentation)
            throws InterruptedException, ExecutionException {
        List<FutureTask<Question.Answer>> copies = new ArrayList<>();
        for (ClassLoader loader : loaders(instrumentation)) {
            String request = CopyAnswers.request(question.request(), copies.size());
            var copy =
                    new FutureTask<>(
                            () -> ask(loader, question.version(), request, instrumentation));
            Thread.ofPlatform().name("loomline-observe").daemon().start(copy);
            copies.add(copy);
        }
        List<Question.Answer> answers = new ArrayList<>();
        for (var each : copies) answers.add(each.get());
        return CopyAnswers.merge(question.request(), answers);
    }

    private static Question.Answer ask(
            ClassLoader loader, String version, String request, Instrumentation instrumentation) {
        try {
            Class<?> reader = Class.forName(READER, true, loader);
            open(reader.getModule(), instrumentation);
            Object text =
                    reader.getMethod("answer", String.class, String.class)
                            .invoke(null, version, request);
            return new Question.Answer(true, String.valueOf(text));
        } catch (InvocationTargetException e) {
            return new Question.Answer(false, String.valueOf(e.getCause()));
        } catch (ReflectiveOperationException | LinkageError e) {
            return new Question.Answer(false, e.toString());
        }
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
