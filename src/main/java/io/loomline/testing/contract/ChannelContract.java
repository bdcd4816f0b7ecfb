package io.loomline.testing.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What every {@link io.loomline.driver.Channel} keeps to, as cases for any test framework. Those
 * who write a driver, or wrap a channel, run them all; with JUnit:
 *
 * {@snippet lang=java :
 * @TestFactory
 * Stream<DynamicTest> keepsTheContract() {
 *     return ChannelContract.cases(this::openPair).stream()
 *             .map(one -> DynamicTest.dynamicTest(one.name(), one::run));
 * }
 * }
 *
 * <p>The cases are independent of each other. Each opens pairs of its own and closes them; the
 * threads that it starts have ended when it returns.
 */
public final class ChannelContract {
    private static final int BULK_BYTES = 1024 * 1024;

    private ChannelContract() {}

    /**
     * The cases over the channels of a source, with bulks of 1 MiB.
     *
     * @param source opens the pairs
     * @return the cases
     */
    public static List<ContractCase> cases(ChannelPair.Source source) {
        return cases(source, BULK_BYTES);
    }

    /**
     * The cases over the channels of a source.
     *
     * @param source opens the pairs
     * @param bulkBytes how many bytes are moved each way where many are; fewer for channels that
     *     hold few at a time
     * @return the cases
     * @throws IllegalArgumentException if the number is negative
     */
    public static List<ContractCase> cases(ChannelPair.Source source, int bulkBytes) {
        Objects.requireNonNull(source, "source");
        if (bulkBytes < 0) {
            throw new IllegalArgumentException("bulkBytes " + bulkBytes + ": expected 0 or more");
        }
        List<ContractCase> cases = new ArrayList<>(StreamCases.of(source, bulkBytes));
        cases.addAll(TransferCases.of(source, bulkBytes));
        cases.addAll(EndCases.of(source));
        cases.addAll(WaitingCases.of(source));
        cases.addAll(InterruptCases.of(source));
        cases.addAll(CloseCases.of(source));
        cases.addAll(PeerCases.of(source));
        cases.addAll(ResetCases.of(source));
        return List.copyOf(cases);
    }
}
