import module io.loomline;
import io.loomline.Runtime;

// A chat with rooms, for nc and telnet. Without arguments, Ann and Bob have a short conversation.
//
//   mvn -q -Dsample=Chat
//   mvn -q -Dsample=Chat -Dargs=7000      serves until Ctrl-C; join with: nc localhost 7000

static final String HELP = "/join ROOM, /leave, /quit; any other line goes to your room";
static final String NAME = "[\\p{L}\\p{N}_-]{1,30}"; // nothing that is invisible

/** Telnet ends lines in several ways, and sends bytes that are no text. */
static final LineFormat FORMAT = LineFormat.DEFAULT.withEnding(LineFormat.Ending.ANY)
        .withMalformed(LineFormat.Malformed.LATIN_1).withMaxBytes(512);

/** Talkers wait for a slow reader. One whose queue stays full for 2 s is disconnected. */
static final OutboxOptions OPTIONS =
        OutboxOptions.DEFAULT.withMaxBytes(256 * 1024).withMaxWait(Duration.ofSeconds(2));

final Set<String> names = ConcurrentHashMap.newKeySet();
final Map<String, Broadcast> rooms = new ConcurrentHashMap<>();

void main(String[] arguments) throws Exception {
    int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 0;
    Runtime.run(runtime -> {
        var server = runtime.listen(port, this::serve);
        System.out.println("serving port " + server.port());
        if (arguments.length == 0) converse(runtime, server.port());
        else server.await();
    });
}

/** Serves one member from start to end. */
void serve(Connection connection) throws Exception {
    connection.lineFormat(FORMAT);
    try (Outbox outbox = Outbox.of(connection, OPTIONS)) {
        String name;
        do {
            outbox.sendLine("Which name, of 1 to 30 letters and digits, that nobody else has?");
            name = readText(connection, outbox);
            if (name == null) return;
        } while (!name.matches(NAME) || !names.add(name));
        try {
            outbox.sendLine(HELP);
            for (String room = "lobby"; room != null; ) room = visit(room, name, outbox, connection);
        } finally {
            names.remove(name);
        }
    }
}

/** The next line without control characters, which would act on the terminals of others. */
String readText(Connection connection, Outbox outbox) throws Exception {
    while (true) {
        try {
            if (!connection.awaitMessage()) { // the member has left, or the server stops
                if (connection.isDraining()) outbox.sendLine("Goodbye: the server stops");
                return null;
            }
            return connection.requireLine().replaceAll("\\p{Cc}", "");
        } catch (LineTooLongException e) {
            outbox.sendLine("Too long: a line has at most " + e.limitBytes() + " bytes");
        }
    }
}

/** Talks in a room until the member leaves it. Returns the next room; null to leave the chat. */
String visit(String room, String member, Outbox outbox, Connection connection) throws Exception {
    Broadcast members = rooms.compute(room, (_, present) -> {
        Broadcast joined = present == null ? new Broadcast(FORMAT) : present;
        joined.join(outbox);
        return joined;
    });
    try {
        members.sendLine(member + " has joined " + room);
        String line;
        while ((line = readText(connection, outbox)) != null && !line.equals("/quit")) {
            if (line.matches("/join " + NAME)) return line.substring(6);
            if (line.equals("/leave")) return "lobby";
            if (line.startsWith("/")) outbox.sendLine(HELP);
            else members.sendLine(member + ": " + line);
        }
        return null;
    } finally {
        members.leave(outbox);
        rooms.computeIfPresent(room, (_, present) -> present.size() == 0 ? null : present);
        if (!connection.isDraining()) members.sendLine(member + " has left " + room);
    }
}

void converse(Runtime runtime, int port) throws Exception {
    try (var ann = runtime.connect("localhost", port);
            var bob = runtime.connect("localhost", port)) {
        ann.write("Ann\n/join kitchen\n");
        while (!ann.requireLine().equals("Ann has joined kitchen")) {}
        bob.write("Bob\n/join kitchen\nIs there any tea?\n/quit\n");
        String line;
        do System.out.println(line = ann.requireLine());
        while (!line.equals("Bob has left kitchen"));
    }
}
