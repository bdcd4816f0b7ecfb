package io.loomline.testing.contract;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The rules that every {@link io.loomline.driver.Channel} must keep, as test cases. Run all of them
 * if you write a driver or wrap a channel. With JUnit:
 *
 * {@snippet lang=java :
 * @TestFactory
 * Stream<DynamicTest> keepsTheContract() {
 *     return ChannelContract.cases(this::openPair).stream()
 *             .map(rule -> DynamicTest.dynamicTest(rule.name(), rule::run));
 * }
 * }
 *
 * <p>Cases are independent of each other: each opens its own pairs and closes them. The threads of
 * a case have ended when {@link ContractCase#run} returns, except those that a failed case leaves
 * in a call that ignores interrupts.
 */
public final class ChannelContract {
    private static final int BULK_BYTES = 1024 * 1024;

    private ChannelContract() {}

    /**
     * Returns the cases over the given channels. Bulk transfers move 1 MiB in each direction.
     *
     * @param source opens the pairs
     * @return the cases
     */
    public static List<ContractCase> cases(ChannelPair.Source source) {
        return cases(source, BULK_BYTES);
    }

    /**
     * Returns the cases over the given channels, with bulk transfers of the given size.
     *
     * @param source opens the pairs
     * @param bulkBytes the size of a bulk transfer in each direction, in bytes; choose fewer than 1
     *     MiB for channels that hold only a few bytes at a time
     * @return the cases
     * @throws IllegalArgumentException if {@code bulkBytes} is negative
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
