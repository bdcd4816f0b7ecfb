import module io.loomline;
import module java.base;

/** What members have seen since the row of the table before. */
final class Counts {
    static final String HEADER =
            "                  received   lost  repeated  reconnects  per second  said again  gaps  slowest";

    final LongAdder received = new LongAdder();
    final LongAdder lost = new LongAdder();
    final LongAdder repeated = new LongAdder();

    /** Of a member, as its node sees it. */
    final LongAdder wrongAddresses = new LongAdder();

    /** Lines that were not acknowledged when the connection ended. */
    final LongAdder saidAgain = new LongAdder();

    /** Nodes that had not received all that the member had missed. */
    final LongAdder gaps = new LongAdder();

    /** The longest time from a line to its acknowledgement. */
    final LongAccumulator slowestNanos = new LongAccumulator(Math::max, 0);

    private final Map<Long, Integer> reconnects = new ConcurrentHashMap<>();

    void reconnected() {
        reconnects.merge(System.nanoTime() / 1_000_000_000, 1, Integer::sum);
    }

    String row(String name) {
        int all = reconnects.values().stream().mapToInt(each -> each).sum();
        int peak = reconnects.values().stream().mapToInt(each -> each).max().orElse(0);
        return "%-14s%,12d%,7d%,10d%,12d%,12d%,12d%,6d%7.1f s"
                .formatted(name, received.sum(), lost.sum(), repeated.sum(), all, peak,
                        saidAgain.sum(), gaps.sum(), slowestNanos.get() / 1e9);
    }

    boolean isFaultless() {
        return lost.sum() + repeated.sum() + wrongAddresses.sum() == 0;
    }

    static Counts total(List<Counts> rows) {
        var total = new Counts();
        for (Counts each : rows) {
            total.received.add(each.received.sum());
            total.lost.add(each.lost.sum());
            total.repeated.add(each.repeated.sum());
            total.wrongAddresses.add(each.wrongAddresses.sum());
            total.saidAgain.add(each.saidAgain.sum());
            total.gaps.add(each.gaps.sum());
            total.slowestNanos.accumulate(each.slowestNanos.get());
            each.reconnects.forEach((second, count) -> total.reconnects.merge(second, count, Integer::sum));
        }
        return total;
    }
}
