import module io.loomline;

import io.loomline.Runtime;

// One of several nodes of a chat. A node publishes what its members say to the engine, which sends
// it to all nodes, and each of them to its members; to the speaker it is the acknowledgement. A
// member whose connection has ended connects to any node, which sends what the member has missed.
//
//   samples/cluster/run          runs three nodes, an engine, HAProxy and 6,000 members
//
//   JOIN NAME ROOM               a new member; each process of a client needs a new name
//   JOIN NAME ROOM MILLIS SEEN   a member that received its last line MILLIS ago; SEEN are the last
//                                numbers that it has received from each sender: ann:3,bob:1
//   SAY NUMBER TEXT              numbered from 1; repeated after JOIN if not acknowledged

static final Pattern JOIN = Pattern.compile("JOIN ([\\w-]{1,30}) ([\\w-]{1,30})( (\\d{1,9}) (\\S*))?");
static final Pattern SAY = Pattern.compile("SAY (\\d{1,15} .*)");

/** A member that reads too slowly is disconnected. It comes back and gets the rest. */
static final OutboxOptions OPTIONS =
        OutboxOptions.DEFAULT.withMaxBytes(256 * 1024).withWhenFull(OutboxOptions.WhenFull.CUT);

/** HAProxy sees within this time that a node is not ready. */
static final Duration NOTICE = Duration.ofSeconds(1);

static final Duration GRACE = Duration.ofSeconds(10);

/** The longest silence of a node. A member that hears nothing for longer goes to another one. */
Duration heartbeat;

final Rooms rooms = new Rooms();
final AtomicBoolean leaving = new AtomicBoolean();

void main(String[] arguments) throws Exception {
    if (arguments.length != 4) {
        System.err.println("usage: ChatNode PORT HEALTH-PORT nats|redis://HOST:PORT HEARTBEAT-SECONDS");
        System.exit(2);
    }
    heartbeat = Duration.ofSeconds(Integer.parseInt(arguments[3]));
    Runtime.run(runtime -> {
        PubSub engine = PubSub.of(runtime, URI.create(arguments[2]));
        runtime.start("engine", () -> engine.run(rooms));
        runtime.start("heartbeat", this::beat);
        runtime.listen(Integer.parseInt(arguments[1]), this::answerHealthCheck);
        var server = runtime.listen(Integer.parseInt(arguments[0]), connection -> serve(connection, engine));
        System.out.println("serving port " + server.port());
        try {
            server.await();
        } finally {
            Shield.run(NOTICE.plus(heartbeat).plus(GRACE), () -> leave(server));
        }
    });
}

/** Serves one member from start to end. */
void serve(Connection connection, PubSub engine) throws Exception {
    Matcher join = JOIN.matcher(connection.requireLine());
    if (!join.matches()) {
        connection.writeLine("ERROR expected JOIN NAME ROOM, or JOIN NAME ROOM MILLIS SEEN");
        return;
    }
    String room = join.group(2);
    try (Outbox outbox = Outbox.of(connection, OPTIONS)) {
        if (!join(join, outbox, connection.remoteAddress())) return;
        try {
            for (String line; (line = connection.readLine()) != null; ) {
                Matcher say = SAY.matcher(line);
                if (say.matches()) engine.publish(room, join.group(1) + " " + say.group(1));
                else outbox.sendLine("ERROR expected SAY NUMBER TEXT");
            }
        } finally {
            rooms.in(room, present -> present.leave(outbox));
        }
    }
}

/** Lets a member into a room. If this node cannot, the member has to try another one. */
boolean join(Matcher join, Outbox member, SocketAddress address) throws Exception {
    if (!isReady()) {
        Rooms.sendAway(member);
        return false;
    }
    var joined = new AtomicBoolean(true);
    rooms.in(join.group(2), room -> {
        if (join.group(3) == null) {
            room.join(member, "JOINED " + address);
            return;
        }
        long lastHeard = System.nanoTime() - Long.parseLong(join.group(4)) * 1_000_000;
        joined.set(room.isCompleteSince(lastHeard));
        if (joined.get()) room.resume(member, "RESUMED " + address, Room.parse(join.group(5)));
    });
    if (!joined.get()) member.sendLine("GAP this node does not have all that was missed");
    return joined.get();
}

boolean isReady() {
    return !leaving.get() && rooms.isCompleteFor(heartbeat.multipliedBy(2));
}

void beat() throws InterruptedException {
    byte[] ping = Room.bytes("PING");
    while (true) {
        Task.sleep(heartbeat);
        rooms.inEach(room -> room.members().forEach(member -> member.offer(ping)));
    }
}

void answerHealthCheck(Connection connection) throws Exception {
    while (!connection.requireLine().isEmpty()) {}
    connection.write(isReady() ? "HTTP/1.0 200 ready\r\n\r\n" : "HTTP/1.0 503 not ready\r\n\r\n");
}

void leave(Server server) throws InterruptedException {
    leaving.set(true);
    Task.sleep(NOTICE);
    List<Outbox> members = rooms.members();
    for (Outbox member : members) {
        Rooms.sendAway(member);
        Task.sleep(heartbeat.dividedBy(members.size()));
    }
    System.out.println(members.size() + " sent away; " + server.shutdown(GRACE));
}
