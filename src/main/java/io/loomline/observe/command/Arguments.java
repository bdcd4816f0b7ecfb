package io.loomline.observe.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The command line.
 *
 * @param command what to do
 * @param pid the process; 0 to list processes
 * @param json whether to answer in JSON
 * @param once whether {@code top} ends after its first table
 * @param order the order of {@code top}
 * @param folder where {@code record} writes; empty for the others
 * @param seconds how long {@code drain} waits for connections, and {@code record} records
 */
record Arguments(
        String command,
        long pid,
        boolean json,
        boolean once,
        String order,
        String folder,
        long seconds) {
    static final String USAGE =
            """
            usage: java -jar loomline.jar COMMAND [PID] [OPTIONS]

              ps PID               a table of the tasks and connections
              tree PID             groups, servers, tasks and deadlines as a tree
              census PID           tasks counted by what they wait for, and where
              top PID              the slowest tasks and their rates, every second; a key and
                                   Enter change the order
                  --once             one table only
                  --sort=KEY         wait (as without), age, rate, read or write
              record PID DIRECTORY [SECONDS]
                                   events, the operations of connections, tree and census, into
                                   files of the directory; for 30 s
              drain PID [SECONDS]  shuts the servers down; waits 30 s for connections

            Without a PID, lists the JVMs that run Loomline. --json prints JSON.
            """;

    private static final Set<String> COMMANDS =
            Set.of("ps", "tree", "census", "top", "record", "drain");
    private static final Set<String> ORDERS = Set.of("wait", "age", "rate", "read", "write");
    private static final String SORT = "--sort=";
    private static final long USUAL_SECONDS = 30;

    static Arguments parse(String... arguments) throws CommandException {
        List<String> words = new ArrayList<>();
        boolean json = false;
        boolean once = false;
        String order = "wait";
        for (String each : arguments) {
            if (each.equals("--json")) json = true;
            else if (each.equals("--once")) once = true;
            else if (each.startsWith(SORT)) order = each.substring(SORT.length());
            else if (each.startsWith("-")) throw usage("unknown option: " + each);
            else words.add(each);
        }
        if (!ORDERS.contains(order)) throw usage("unknown order: " + order);
        if (words.isEmpty()) return new Arguments("ps", 0, json, once, order, "", 0);
        String command = words.removeFirst();
        if (!COMMANDS.contains(command)) throw usage("unknown command: " + command);
        long pid = words.isEmpty() ? 0 : number("process id", words.removeFirst());
        String folder = command.equals("record") && pid != 0 ? folder(words) : "";
        boolean takesSeconds = command.equals("record") || command.equals("drain");
        long seconds =
                takesSeconds && !words.isEmpty()
                        ? number("number of seconds", words.removeFirst())
                        : USUAL_SECONDS;
        if (!words.isEmpty()) throw usage("too many arguments: " + words.getLast());
        return new Arguments(command, pid, json, once, order, folder, seconds);
    }

    private static String folder(List<String> words) throws CommandException {
        if (words.isEmpty()) throw usage("record: expected a directory");
        return Path.of(words.removeFirst()).toAbsolutePath().toString();
    }

    private static long number(String what, String text) throws CommandException {
        try {
            long number = Integer.parseInt(text);
            if (number > 0) return number;
        } catch (NumberFormatException e) {
            // the same answer as to a number that is too small
        }
        throw usage("not a " + what + ": " + text);
    }

    private static CommandException usage(String problem) {
        return new CommandException(
                CommandException.USAGE, problem + System.lineSeparator() + USAGE);
    }

    Arguments withOrder(String other) {
        return new Arguments(command, pid, json, once, other, folder, seconds);
    }

    /** Whether the process answers until it has ended, or the command has. */
    boolean repeats() {
        return command.equals("top") && !once;
    }

    /** For the reader in the process. */
    String request() {
        String format = json ? "json" : "text";
        return switch (command) {
            case "top" -> command + " " + format + " " + order;
            case "record" -> command + " " + format + " " + seconds + " " + folder;
            case "drain" -> command + " " + format + " " + seconds;
            default -> command + " " + format;
        };
    }
}
