import module io.loomline;
import module java.base;

/** A room: its members on this node, and what was said in the last five minutes. Not thread-safe. */
final class Room {
    /** A member can come from another node within this time. */
    static final Duration KEPT = Duration.ofMinutes(5);

    private static final int MAX_KEPT = 1_000;

    private final Deque<Message> kept = new ArrayDeque<>();
    private final Map<String, Long> last = new HashMap<>();
    private final Map<Outbox, Map<String, Long>> members = new HashMap<>();
    private long completeSince;

    /** A message. Its sender and its number identify it. */
    record Message(String sender, long number, byte[] line, long nanos) {
        Message(String sender, long number, String text) {
            byte[] line = bytes("MSG " + sender + " " + number + " " + text);
            this(sender, number, line, System.nanoTime());
        }

        boolean isAfter(Map<String, Long> seen) {
            return number > seen.getOrDefault(sender, 0L);
        }
    }

    /** A room whose messages this node has received since a time of {@code nanoTime}. */
    Room(long completeSince) {
        this.completeSince = completeSince;
    }

    /** Adds a new member, and tells it the last number of each sender. */
    void join(Outbox member, String greeting) {
        member.offer(bytes(greeting + " " + format(last)));
        members.put(member, Map.of());
    }

    /** Whether this node has received everything since then. */
    boolean isCompleteSince(long nanos) {
        forgetOld();
        return nanos - completeSince > 0;
    }

    /** Adds a member that comes from another node, and sends what it has missed. */
    void resume(Outbox member, String greeting, Map<String, Long> seen) {
        member.offer(bytes(greeting));
        for (Message each : kept) if (each.isAfter(seen)) member.offer(each.line);
        members.put(member, seen); // the other node may have been ahead of this one
    }

    void leave(Outbox member) {
        members.remove(member);
    }

    /** Sends a message to the members, unless it repeats an earlier one. */
    void receive(Message message) {
        if (!message.isAfter(last)) return;
        last.put(message.sender, message.number);
        kept.add(message);
        forgetOld();
        members.forEach((member, seen) -> {
            if (message.isAfter(seen)) member.offer(message.line);
        });
    }

    Set<Outbox> members() {
        return members.keySet();
    }

    boolean isUnused() {
        forgetOld();
        return members.isEmpty() && kept.isEmpty();
    }

    private void forgetOld() {
        long oldest = System.nanoTime() - KEPT.toNanos();
        for (Message first; (first = kept.peek()) != null; kept.remove()) {
            if (kept.size() <= MAX_KEPT && first.nanos - oldest > 0) return;
            if (first.nanos - completeSince > 0) completeSince = first.nanos;
            last.remove(first.sender, first.number); // unless a later one is kept
        }
    }

    static byte[] bytes(String line) {
        return (line + "\n").getBytes(StandardCharsets.UTF_8);
    }

    static String format(Map<String, Long> numbers) {
        return numbers.entrySet().stream()
                .map(each -> each.getKey() + ":" + each.getValue())
                .collect(Collectors.joining(","));
    }

    /** The inverse of {@code format}. */
    static Map<String, Long> parse(String numbers) {
        Map<String, Long> parsed = new HashMap<>();
        for (String each : numbers.split(",")) {
            String[] parts = each.split(":");
            if (parts.length == 2) parsed.put(parts[0], Long.valueOf(parts[1]));
        }
        return parsed;
    }
}
