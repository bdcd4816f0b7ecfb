import module io.loomline;

import io.loomline.Runtime;

// Members of a chat, who talk in rooms of 20 until standard input ends. Each line of standard input
// says what the nodes went through since the line before, and adds a row to a table. At the end,
// what each member has received is compared with what was said in its room.
//
//   Load HOST:PORT MEMBERS SECONDS HEARTBEAT-SECONDS
//
//                     each member says something every SECONDS, on average

static final int ROOM_SIZE = 20;
static final Duration BETWEEN_JOINS = Duration.ofMillis(1);
static final Duration LAST_LINES = Duration.ofSeconds(30);

final AtomicReference<Counts> counts = new AtomicReference<>(new Counts());
final List<Member> members = new ArrayList<>();
volatile boolean isTalking = true;

void main(String[] arguments) throws Exception {
    if (arguments.length != 4) {
        System.err.println("usage: Load HOST:PORT MEMBERS SECONDS HEARTBEAT-SECONDS");
        System.exit(2);
    }
    var node = URI.create("tcp://" + arguments[0]);
    int count = Integer.parseInt(arguments[1]);
    long millis = (long) (1_000 * Double.parseDouble(arguments[2]));
    try (var runtime = Runtime.open()) {
        var heartbeat = Duration.ofMillis((long) (1_000 * Double.parseDouble(arguments[3])));
        joinAll(runtime, new InetSocketAddress(node.getHost(), node.getPort()), count, heartbeat);
        TaskGroup talks = runtime.group();
        for (Member member : members) talks.start(() -> talk(member, millis));
        List<Counts> rows = printTable();
        long missing = awaitLastLines(talks);
        Counts total = Counts.total(rows);
        System.out.println(total.row("total"));
        System.out.println(missing + " not received at the end, " + total.wrongAddresses + " wrong addresses");
        System.exit(missing == 0 && rows.stream().allMatch(Counts::isFaultless) ? 0 : 1);
    }
}

void joinAll(Runtime runtime, SocketAddress node, int count, Duration heartbeat) throws InterruptedException {
    // a node that is silent for three heartbeats is dead
    var options = ConnectOptions.DEFAULT.withLimits(
            ConnectOptions.DEFAULT.limits().withReadTimeout(heartbeat.multipliedBy(3)));
    // all of a delay is random: members that lost a node at once do not come back at once
    var backoff = new Backoff(heartbeat.dividedBy(2), heartbeat, 2, 1);
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
        var client = Reconnecting.of(() -> runtime.connect(node, options)).backoff(backoff);
        var member = new Member("m" + i, "room" + i / ROOM_SIZE, client, counts);
        runtime.start(member.name, member::listen);
        members.add(member);
        Task.sleep(BETWEEN_JOINS);
    }
    for (Member member : members) member.awaitJoined();
    System.out.printf("%,d members have joined in %.1f s%n", count, (System.nanoTime() - start) / 1e9);
}

void talk(Member member, long millis) throws InterruptedException {
    var random = ThreadLocalRandom.current();
    for (long pause = random.nextLong(millis); isTalking; pause = random.nextLong(millis / 2, millis * 3 / 2)) {
        Task.sleep(Duration.ofMillis(pause));
        if (isTalking) member.say("the time is " + System.currentTimeMillis());
    }
}

/** Returns the counts of all rows. */
List<Counts> printTable() throws IOException {
    List<Counts> rows = new ArrayList<>();
    System.out.println(Counts.HEADER);
    for (String name; (name = IO.readln()) != null; ) {
        rows.add(counts.getAndSet(new Counts()));
        System.out.println(rows.getLast().row(name));
    }
    rows.add(counts.get());
    return rows;
}

/** Lets the members finish. Returns the number of lines that were said, and never received. */
long awaitLastLines(TaskGroup talks) throws Exception {
    isTalking = false;
    var end = Deadline.after(LAST_LINES);
    try {
        talks.await(LAST_LINES);
    } catch (TimeoutException e) {
        System.out.println(talks.size() + " members wait for an acknowledgement");
    }
    long missing;
    while ((missing = missing()) > 0 && !end.isExpired()) Task.sleep(Duration.ofMillis(100));
    return missing;
}

long missing() {
    long missing = 0;
    for (int i = 0; i < members.size(); i++) {
        int first = i / ROOM_SIZE * ROOM_SIZE;
        int next = Math.min(first + ROOM_SIZE, members.size());
        for (Member sender : members.subList(first, next)) {
            missing += sender.saidCount() - members.get(i).seen.getOrDefault(sender.name, 0L);
        }
    }
    return missing;
}
