package io.loomline.observe.command;

import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;

import io.loomline.observe.live.OpenRuntimes;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A process to ask.
 *
 * @param pid its id
 */
record TargetProcess(long pid) {
    private static final long POLL_MILLIS = 10;
    private static final long ANSWER_SECONDS = 60;
    private static final long SEND_SECONDS = 15;

    /** How the JDK says that a JVM has taken the signal, or cannot, and does nothing. */
    private static final String WITHOUT_REACTION = "doesn't respond";

    /** <i>Source:</i> proc(5), {@code /proc/PID/status}. */
    private static final Pattern STOPPED = Pattern.compile("State:\\s+[Tt].*");

    /**
     * Asks the process, and passes its answers on: one, or one after the other until the process
     * has ended. <i>Blocks.</i>
     *
     * @param repeats whether it answers until it has ended, or no answer is wanted
     * @param jar has the agent
     * @param workSeconds how long the process may work on the request, besides answering
     * @param answers gets each answer, and returns the next request; null if no more is wanted
     * @return whether there was an answer; otherwise the process has ended
     */
    boolean ask(
            String request,
            boolean repeats,
            Path jar,
            long workSeconds,
            Function<String, @Nullable String> answers)
            throws CommandException, IOException, InterruptedException {
        requireOurs();
        requireMoving();
        SharedFolder folder = createFolder();
        Thread cleanUp = new Thread(folder::delete);
        Runtime.getRuntime().addShutdownHook(cleanUp); // for Ctrl-C
        try {
            var question =
                    new Question(OpenRuntimes.VERSION, repeats, folder.answersHere(), request);
            sendInTime(folder.readable(jar), question.arguments(folder.answersThere()));
            boolean answered = false;
            while (awaitAnswer(question, workSeconds + ANSWER_SECONDS)) {
                answered = true;
                Question.Answer answer = question.takeAnswer();
                if (!answer.success()) throw failed("it answers: " + answer.text());
                String next = answers.apply(answer.text());
                if (next == null || !question.repeats()) return true;
                question = question.changeTo(next);
            }
            return answered;
        } finally {
            folder.delete();
        }
    }

    private void requireOurs() throws CommandException {
        ProcessHandle process =
                ProcessHandle.of(pid).orElseThrow(() -> failed("there is no such process"));
        Optional<String> owner = process.info().user();
        Optional<String> user = ProcessHandle.current().info().user();
        boolean isOther = owner.isPresent() && user.isPresent() && !owner.equals(user);
        if (isOther && !user.get().equals("root")) {
            throw failed("it belongs to user " + owner.get() + "; run the command as that user");
        }
    }

    private SharedFolder createFolder() throws CommandException {
        try {
            return SharedFolder.create(pid);
        } catch (IOException e) {
            throw failed("no directory for the answer can be made that both processes see: " + e);
        }
    }

    /** Sends the question; a process that is stopped would never take it. */
    private void sendInTime(Path jar, String question)
            throws CommandException, InterruptedException {
        var sent =
                new FutureTask<@Nullable Void>(() -> {
                    send(jar, question);
                    return null;
                });
        Thread.ofPlatform().daemon().start(sent);
        try {
            sent.get(SEND_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw failed("it does not react within " + SEND_SECONDS + " s; is it stopped?");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case CommandException failure -> throw failure;
                case NoClassDefFoundError missing -> throw missing;
                case null, default -> throw failed("cannot attach to it: " + e.getCause());
            }
        }
    }

    private void send(Path jar, String question) throws CommandException {
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(pid));
            try {
                requireLibrary(machine.getSystemProperties().getProperty(OpenRuntimes.PROPERTY));
                machine.loadAgent(jar.toString(), question);
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException e) {
            throw failed("cannot attach to it: " + reason(e));
        } catch (IOException e) {
            throw failed("cannot attach to it: " + e.getMessage());
        } catch (AgentLoadException | AgentInitializationException e) {
            throw failed("cannot load the agent into it: " + e.getMessage());
        }
    }

    /** Its message has the whole command line, or a file that nobody knows. */
    private static String reason(AttachNotSupportedException e) {
        return String.valueOf(e.getMessage()).contains(WITHOUT_REACTION)
                ? "it does not react: it is very busy or stopped, or its JVM refuses"
                : "it is not a JVM, or its JVM refuses";
    }

    /** A stopped process would take the question later, when nobody waits for the answer. */
    private void requireMoving() throws CommandException {
        Path status = Path.of("/proc", Long.toString(pid), "status");
        try (Stream<String> lines = Files.lines(status, StandardCharsets.ISO_8859_1)) {
            if (lines.anyMatch(STOPPED.asMatchPredicate())) {
                throw failed("it does not react: it is stopped, by SIGSTOP or a debugger");
            }
        } catch (IOException | UncheckedIOException e) {
            // not Linux, or it has just ended
        }
    }

    private void requireLibrary(@Nullable String version) throws CommandException {
        if (version == null) throw failed("no runtime of Loomline was opened in it");
        if (version.equals(OpenRuntimes.VERSION)) return;
        throw failed("it runs another version of Loomline; use the jar of that version");
    }

    /** Returns whether there is an answer; not if the process has ended. */
    private boolean awaitAnswer(Question question, long seconds)
            throws CommandException, InterruptedException {
        long start = System.nanoTime();
        while (!question.isAnswered()) {
            if (!isAlive()) return question.isAnswered();
            if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(seconds)) {
                throw failed("no answer within " + seconds + " s");
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return true;
    }

    private boolean isAlive() {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    private CommandException failed(String why) {
        return new CommandException(CommandException.FAILED, "process " + pid + ": " + why);
    }
}
