package io.loomline.testing.contract;

import io.loomline.testing.ConnectionPair;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What every {@link io.loomline.net.Connection} keeps to, whatever channel it is over, as cases for
 * any test framework. Those who write a driver, or wrap a channel, run them beside {@link
 * ChannelContract}; with JUnit:
 *
 * {@snippet lang=java :
 * @TestFactory
 * Stream<DynamicTest> keepsTheContract() {
 *     return ConnectionContract.cases(this::openPair).stream()
 *             .map(one -> DynamicTest.dynamicTest(one.name(), one::run));
 * }
 * }
 *
 * <p>The cases are independent of each other. Each opens pairs of its own and closes them; the
 * threads that it starts have ended when it returns.
 */
public final class ConnectionContract {
    private static final int BULK_BYTES = 1024 * 1024;

    private ConnectionContract() {}

    /**
     * The cases over the connections of a source, with bulks of 1 MiB.
     *
     * @param source opens the pairs
     * @return the cases
     */
    public static List<ContractCase> cases(ConnectionPair.Source source) {
        return cases(source, BULK_BYTES);
    }

    /**
     * The cases over the connections of a source.
     *
     * @param source opens the pairs
     * @param bulkBytes how many bytes are moved each way where many are; fewer for connections that
     *     move few at a time
     * @return the cases
     * @throws IllegalArgumentException if the number is negative
     */
    public static List<ContractCase> cases(ConnectionPair.Source source, int bulkBytes) {
        List<ContractCase> cases =
                new ArrayList<>(casesWithoutLosses(source, bulkBytes)); // checks the arguments
        cases.addAll(LossCases.of(source));
        return List.copyOf(cases);
    }

    /**
     * The cases that do not tell a loss from an end, for connections that know none: a Unix-domain
     * socket has no reset.
     *
     * @param source opens the pairs
     * @param bulkBytes how many bytes are moved each way where many are
     * @return the cases
     * @throws IllegalArgumentException if the number is negative
     */
    public static List<ContractCase> casesWithoutLosses(
            ConnectionPair.Source source, int bulkBytes) {
        Objects.requireNonNull(source, "source");
        if (bulkBytes < 0) {
            throw new IllegalArgumentException("bulkBytes " + bulkBytes + ": expected 0 or more");
        }
        List<ContractCase> cases = new ArrayList<>(ExchangeCases.of(source, bulkBytes));
        cases.addAll(CancelledCases.of(source));
        cases.addAll(ClosingCases.of(source));
        cases.addAll(ClosingRaceCases.of(source));
        return List.copyOf(cases);
    }
}
