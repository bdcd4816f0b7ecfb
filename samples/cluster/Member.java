import module io.loomline;
import module java.base;

/** A member of a room. Connects again after a loss; then it gets the lines that it has missed. */
final class Member {
    final String name;
    final String room;

    /** The number of the last line received from each sender. The listening task writes it. */
    final Map<String, Long> seen = new ConcurrentHashMap<>();

    /** After so many nodes that lack something, the member takes what the next one has. */
    private static final int MAX_GAPS = 10;

    private final Reconnecting client;
    private final AtomicReference<Counts> counts;
    private final Semaphore acknowledged = new Semaphore(0);

    /** The last line and its number. The speaking task writes it. */
    private volatile Said said = new Said(0, "");

    /** When the last line was received; 0 before the member has joined. For the listening task. */
    private long lastHeard;

    /** How many nodes had not received all that the member has missed. For the listening task. */
    private int gaps;

    private record Said(long number, String text) {
        String line() {
            return "SAY " + number + " " + text;
        }
    }

    Member(String name, String room, Reconnecting client, AtomicReference<Counts> counts) {
        this.name = name;
        this.room = room;
        this.client = client.onConnected(this::join);
        this.counts = counts;
    }

    void awaitJoined() throws InterruptedException {
        client.connection();
    }

    /** The number of lines that this member has said. */
    long saidCount() {
        return said.number;
    }

    /** Says a line and waits until the member has received it: then all members receive it. */
    void say(String text) throws InterruptedException {
        long start = System.nanoTime();
        said = new Said(said.number + 1, text);
        try {
            client.connection().writeLine(said.line());
        } catch (IOException e) {} // the connection is lost; join says it again
        acknowledged.acquire();
        counts.get().slowestNanos.accumulate(System.nanoTime() - start);
    }

    void listen() throws Exception {
        client.run(connection -> {
            for (String line; (line = connection.readLine()) != null && !line.equals("BYE"); ) {
                lastHeard = System.nanoTime();
                if (!line.startsWith("MSG ")) continue;
                String[] words = line.split(" ", 4);
                receive(words[1], Long.parseLong(words[2]));
            }
        });
    }

    private void receive(String sender, long number) {
        long before = seen.getOrDefault(sender, 0L);
        if (number <= before) {
            counts.get().repeated.increment();
            return;
        }
        counts.get().received.increment();
        counts.get().lost.add(number - before - 1);
        seen.put(sender, number);
        if (sender.equals(name) && number == said.number) acknowledged.release();
    }

    private void join(Connection connection) throws IOException, InterruptedException {
        boolean isNew = lastHeard == 0;
        connection.writeLine("JOIN " + name + " " + room + (isNew ? "" : " " + position()));
        String[] answer = connection.requireLine().split(" ");
        if (answer[0].equals("GAP")) {
            gaps++;
            counts.get().gaps.increment();
        }
        if (!answer[0].equals(isNew ? "JOINED" : "RESUMED")) throw new IOException(answer[0]);
        if (isNew && answer.length > 2) seen.putAll(Room.parse(answer[2]));
        if (!isNew) counts.get().reconnected();
        if (!answer[1].equals(connection.localAddress().toString())) {
            counts.get().wrongAddresses.increment();
        }
        gaps = 0;
        lastHeard = System.nanoTime();
        if (said.number > seen.getOrDefault(name, 0L)) {
            counts.get().saidAgain.increment();
            connection.writeLine(said.line());
        }
    }

    /** How long ago the member received its last line, and which ones it has received. */
    private String position() {
        long nanos = System.nanoTime() - lastHeard;
        long millis = gaps < MAX_GAPS ? nanos / 1_000_000 + 1 : 0;
        return millis + " " + Room.format(seen);
    }
}
