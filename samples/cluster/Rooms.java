import module io.loomline;
import module java.base;

/** The rooms of a node, and whether it receives everything that is said in them. */
final class Rooms implements PubSub.Listener {
    private final Map<String, Room> rooms = new ConcurrentHashMap<>();

    /** Of {@code nanoTime}: since when the node receives everything; null if it does not. */
    private volatile Long completeSince;

    /** Calls the action with a room, while nobody else uses the room. */
    void in(String name, Consumer<Room> action) {
        rooms.compute(name, (_, present) -> {
            Room room = present == null ? open() : present;
            action.accept(room);
            return room;
        });
    }

    private Room open() {
        long now = System.nanoTime();
        Long since = completeSince;
        if (since == null) return new Room(now);
        // a room of this name may have been forgotten, and what was said in it before
        return new Room(Math.max(since - now, -Room.KEPT.toNanos()) + now);
    }

    /** Calls the action with each room. Forgets those that are unused. */
    void inEach(Consumer<Room> action) {
        for (String name : rooms.keySet()) {
            rooms.computeIfPresent(name, (_, room) -> {
                action.accept(room);
                return room.isUnused() ? null : room;
            });
        }
    }

    /** Whether the node has received everything for so long. */
    boolean isCompleteFor(Duration time) {
        Long since = completeSince;
        return since != null && System.nanoTime() - since >= time.toNanos();
    }

    @Override
    public void subscribed() {
        rooms.clear();
        completeSince = System.nanoTime();
    }

    /** A message is SENDER NUMBER TEXT. */
    @Override
    public void received(String name, String message) {
        String[] parts = message.split(" ", 3);
        var received = new Room.Message(parts[0], Long.parseLong(parts[1]), parts[2]);
        in(name, room -> room.receive(received));
    }

    /** Sends the members to nodes that receive everything. */
    @Override
    public void lost(Exception reason) {
        System.out.println("lost the engine: " + reason.getMessage());
        completeSince = null;
        inEach(room -> room.members().forEach(Rooms::sendAway));
    }

    static void sendAway(Outbox member) {
        member.offer(Room.bytes("BYE"));
    }
}
