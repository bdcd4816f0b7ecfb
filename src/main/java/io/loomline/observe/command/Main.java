package io.loomline.observe.command;

import io.loomline.log.Json;

import org.jspecify.annotations.Nullable;

import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;

/** The command of the jar: shows what another process does with the library. */
public final class Main {
    private static final String CLEAR_SCREEN = "\u001b[H\u001b[2J";

    private final Arguments arguments;
    private final PrintStream out;

    private Main(Arguments arguments, PrintStream out) {
        this.arguments = arguments;
        this.out = out;
    }

    /**
     * Runs the command. It exits with 0 if it has succeeded, with 1 if the process or the system
     * has failed, with 2 if the command line is wrong.
     *
     * @param arguments the command line
     */
    public static void main(String[] arguments) {
        System.exit(run(arguments, System.out, System.err));
    }

    /** Runs the command; returns the exit code. */
    static int run(String[] arguments, PrintStream out, PrintStream errors) {
        try {
            if (List.of(arguments).contains("--help")) out.print(Arguments.USAGE);
            else new Main(Arguments.parse(arguments), out).run();
            return 0;
        } catch (CommandException e) {
            errors.println(e.text());
            return e.exitCode();
        } catch (IOException | InterruptedException e) {
            errors.println("the command has failed: " + e);
        } catch (NoClassDefFoundError e) {
            errors.println("this Java has no attach API; run the command with a JDK: " + e);
        }
        return CommandException.FAILED;
    }

    private void run() throws CommandException, IOException, InterruptedException {
        if (arguments.pid() == 0) list();
        else ask();
    }

    private void list() throws InterruptedException {
        List<ProcessList.Entry> entries = ProcessList.entries();
        if (arguments.json()) {
            out.println(Json.array(entries.stream().map(ProcessList.Entry::toJson)));
            return;
        }
        if (entries.isEmpty()) out.println("no JVM of this user runs Loomline");
        entries.forEach(out::println);
    }

    private void ask() throws CommandException, IOException, InterruptedException {
        boolean drains = arguments.command().equals("drain");
        boolean works = drains || arguments.command().equals("record");
        boolean clears = !arguments.json() && !arguments.once() && isTerminal();
        var keys = arguments.command().equals("top") && clears ? new TopKeys(System.in) : null;
        var process = new TargetProcess(arguments.pid());
        boolean answered =
                process.ask(
                        arguments.request(),
                        arguments.repeats(),
                        jar(),
                        works ? arguments.seconds() : 0,
                        answer -> print(answer, keys));
        if (answered) return;
        String ended = "process " + arguments.pid() + " has ended";
        // as programs do whose servers are drained
        if (drains) out.println(ended);
        else throw new CommandException(CommandException.FAILED, ended + " before it answered");
    }

    /**
     * Prints an answer.
     *
     * @param keys changes the order; null if the output is no terminal
     * @return the next request; null if the user has ended it, or the output is closed
     */
    private @Nullable String print(String answer, @Nullable TopKeys keys) {
        if (keys != null) out.print(CLEAR_SCREEN);
        out.print(answer);
        if (keys != null) out.println(TopKeys.HELP);
        if (out.checkError()) return null;
        if (keys == null) return arguments.request();
        String order = keys.order(arguments.order());
        return order == null ? null : arguments.withOrder(order).request();
    }

    @SuppressWarnings("SystemConsoleNull") // in an image without the module of the console
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    /** The jar that this class is in, which has the agent as well. */
    private static Path jar() throws CommandException {
        CodeSource source = Main.class.getProtectionDomain().getCodeSource();
        try {
            Path place = source == null ? null : Path.of(source.getLocation().toURI());
            if (place != null && Files.isRegularFile(place)) return place.toAbsolutePath();
        } catch (URISyntaxException | IllegalArgumentException e) {
            // not a file
        }
        throw new CommandException(
                CommandException.FAILED, "the command must run from a jar: java -jar loomline.jar");
    }
}
