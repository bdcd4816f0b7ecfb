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

/** HAProxy sees within that time that a node is not ready. */
static final Duration READINESS_DELAY = Duration.ofSeconds(1);

final Rooms rooms = new Rooms();

void main(String[] arguments) throws Exception {
    if (arguments.length != 4) {
        System.err.println("usage: ChatNode PORT HEALTH-PORT nats|redis://HOST:PORT HEARTBEAT-SECONDS");
        System.exit(2);
    }
    var heartbeat = Duration.ofMillis((long) (1_000 * Double.parseDouble(arguments[3])));
    var shutdown = ShutdownOptions.DEFAULT.withReadinessDelay(READINESS_DELAY).over(heartbeat);
    Runtime.run(RuntimeOptions.DEFAULT.withShutdown(shutdown), runtime -> {
        PubSub engine = PubSub.of(runtime, URI.create(arguments[2]));
        runtime.start("engine", () -> engine.run(rooms));
        runtime.start("heartbeat", () -> beat(heartbeat));
        // a new node becomes ready once members of others cannot have missed more than it has: they
        // notice a dead node within three heartbeats, and are back after one or two attempts
        var options = ServerOptions.DEFAULT.withProxyProtocol(ProxyProtocol.from("127.0.0.1"));
        var members = runtime.listen(address(arguments[0]), options, each -> serve(each, engine));
        runtime.listen(address(arguments[1]), ServerOptions.DEFAULT, each ->
                answerHealthCheck(each, members.isReady() && rooms.isCompleteFor(heartbeat.multipliedBy(5))));
        System.out.println("serving port " + members.port());
        members.await();
    });
}

static SocketAddress address(String port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port));
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
        connection.onDrain(() -> Rooms.sendAway(outbox));
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

/** Returns false if the member has to try another node. */
boolean join(Matcher join, Outbox member, SocketAddress address) throws Exception {
    if (!rooms.isCompleteFor(Duration.ZERO)) {
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

/** So members notice a dead node. */
void beat(Duration heartbeat) throws InterruptedException {
    byte[] ping = Room.bytes("PING");
    while (true) {
        Task.sleep(heartbeat);
        rooms.inEach(room -> room.members().forEach(member -> member.offer(ping)));
    }
}

void answerHealthCheck(Connection connection, boolean isReady) throws Exception {
    while (!connection.requireLine().isEmpty()) {}
    connection.write(isReady ? "HTTP/1.0 200 ready\r\n\r\n" : "HTTP/1.0 503 not ready\r\n\r\n");
}
