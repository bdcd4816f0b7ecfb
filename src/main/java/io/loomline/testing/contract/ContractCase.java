package io.loomline.testing.contract;

import java.util.Objects;

/**
 * One test case of a contract. It needs no test framework: {@link #name} and {@link #run} fit a
 * JUnit {@code DynamicTest} as they are.
 */
public final class ContractCase {
    private final String name;
    private final Body body;

    /** The code of a case. */
    @FunctionalInterface
    interface Body {
        void run() throws Exception;
    }

    ContractCase(String name, Body body) {
        this.name = Objects.requireNonNull(name, "name");
        this.body = Objects.requireNonNull(body, "body");
    }

    /**
     * The rule that this case checks, as a sentence that is unique in its contract. The wording may
     * change between releases.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Runs the case on a new pair, and closes that pair.
     *
     * <p><i>Blocks</i> for about half a minute at most, even if a call of the tested code never
     * returns. <i>Cancellation:</i> an interrupt ends the case.
     *
     * @throws AssertionError if the contract is broken; the message names the expected and the
     *     actual result
     * @throws Exception if the source cannot open a pair or a call fails unexpectedly
     */
    public void run() throws Exception {
        body.run();
    }

    /** Returns the name. */
    @Override
    public String toString() {
        return name;
    }
}
