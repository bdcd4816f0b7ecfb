package io.loomline.testing.contract;

import io.loomline.testing.ConnectionPair;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The rules that every {@link io.loomline.net.Connection} keeps, whatever channel it uses, as test
 * cases. If you write a driver or wrap a channel, run them in addition to {@link ChannelContract}.
 * With JUnit:
 *
 * {@snippet lang=java :
 * @TestFactory
 * Stream<DynamicTest> keepsTheContract() {
 *     return ConnectionContract.cases(this::openPair).stream()
 *             .map(rule -> DynamicTest.dynamicTest(rule.name(), rule::run));
 * }
 * }
 *
 * <p>Cases are independent of each other: each opens its own pairs and closes them. The threads of
 * a case have ended when {@link ContractCase#run} returns, except those that a failed case leaves
 * in a call that ignores interrupts.
 */
public final class ConnectionContract {
    private static final int BULK_BYTES = 1024 * 1024;

    private ConnectionContract() {}

    /**
     * Returns the cases over the given connections. Bulk transfers move 1 MiB in each direction.
     *
     * @param source opens the pairs
     * @return the cases
     */
    public static List<ContractCase> cases(ConnectionPair.Source source) {
        return cases(source, BULK_BYTES);
    }

    /**
     * Returns the cases over the given connections, with bulk transfers of the given size.
     *
     * @param source opens the pairs
     * @param bulkBytes the size of a bulk transfer in each direction, in bytes; choose fewer than 1
     *     MiB for connections that move only a few bytes at a time
     * @return the cases
     * @throws IllegalArgumentException if {@code bulkBytes} is negative
     */
    public static List<ContractCase> cases(ConnectionPair.Source source, int bulkBytes) {
        List<ContractCase> cases =
                new ArrayList<>(casesWithoutLosses(source, bulkBytes)); // checks the arguments
        cases.addAll(LossCases.of(source));
        return List.copyOf(cases);
    }

    /**
     * Returns the cases that do not require an aborted connection to differ from an ended one. Use
     * these for transports without a reset, such as Unix-domain sockets.
     *
     * @param source opens the pairs
     * @param bulkBytes the size of a bulk transfer in each direction, in bytes
     * @return the cases
     * @throws IllegalArgumentException if {@code bulkBytes} is negative
     */
    public static List<ContractCase> casesWithoutLosses(
            ConnectionPair.Source source, int bulkBytes) {
        Objects.requireNonNull(source, "source");
        if (bulkBytes < 0) {
            throw new IllegalArgumentException("bulkBytes " + bulkBytes + ": expected 0 or more");
        }
        List<ContractCase> cases = new ArrayList<>(ExchangeCases.of(source, bulkBytes));
        cases.addAll(ByteLineCases.of(source));
        cases.addAll(MessageCases.of(source));
        cases.addAll(LimitCases.of(source));
        cases.addAll(CancelledCases.of(source));
        cases.addAll(ClosingCases.of(source));
        cases.addAll(ClosingRaceCases.of(source));
        cases.addAll(ScopeCases.of(source));
        cases.addAll(OutboxCases.of(source));
        return List.copyOf(cases);
    }
}
