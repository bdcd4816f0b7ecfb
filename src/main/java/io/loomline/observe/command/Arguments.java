package io.loomline.observe.command;

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
 * @param seconds how long {@code drain} waits for connections
 */
record Arguments(String command, long pid, boolean json, boolean once, String order, long seconds) {
    static final String USAGE =
            """
            usage: java -jar loomline.jar COMMAND [PID] [OPTIONS]

              ps PID               a table of the tasks and connections
              tree PID             groups, servers, tasks and deadlines as a tree
              census PID           tasks counted by what they wait for, and where
              top PID              the slowest tasks and their rates, every second
                  --once             one table only
                  --sort=KEY         wait (as without), age, rate, read or write
              drain PID [SECONDS]  shuts the servers down; waits 30 s for connections

            Without a PID, lists the JVMs that run Loomline. --json prints JSON.
            """;

    private static final Set<String> COMMANDS = Set.of("ps", "tree", "census", "top", "drain");
    private static final Set<String> ORDERS = Set.of("wait", "age", "rate", "read", "write");
    private static final String SORT = "--sort=";
    private static final long USUAL_GRACE_SECONDS = 30;

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
        if (words.isEmpty()) return new Arguments("ps", 0, json, once, order, 0);
        String command = words.getFirst();
        if (!COMMANDS.contains(command)) throw usage("unknown command: " + command);
        int most = command.equals("drain") ? 3 : 2;
        if (words.size() > most) throw usage("too many arguments: " + words.getLast());
        long pid = words.size() > 1 ? number("process id", words.get(1)) : 0;
        long seconds =
                words.size() > 2 ? number("number of seconds", words.get(2)) : USUAL_GRACE_SECONDS;
        return new Arguments(command, pid, json, once, order, seconds);
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

    /** For the reader in the process. */
    String request() {
        String format = json ? "json" : "text";
        return switch (command) {
            case "top" -> command + " " + format + " " + order + (once ? "" : Question.REPEATEDLY);
            case "drain" -> command + " " + format + " " + seconds;
            default -> command + " " + format;
        };
    }
}
