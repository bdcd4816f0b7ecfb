package io.loomline.testing.contract;

import java.util.Objects;

/**
 * One case of a contract, for any test framework: a JUnit {@code DynamicTest} takes its name and
 * {@code run} as they are.
 */
public final class ContractCase {
    private final String name;
    private final Body body;

    /** What a case does. */
    @FunctionalInterface
    interface Body {
        void run() throws Exception;
    }

    ContractCase(String name, Body body) {
        this.name = Objects.requireNonNull(name, "name");
        this.body = Objects.requireNonNull(body, "body");
    }

    /**
     * What holds, as a sentence.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Runs the case. <i>Blocks</i> for at most half a minute, also if the contract is broken by a
     * call that never returns.
     *
     * @throws AssertionError if the contract is broken; the message names what was expected and
     *     what was the case
     * @throws Exception if the case could not be run, or a call failed that should not
     */
    public void run() throws Exception {
        body.run();
    }

    /** The name. */
    @Override
    public String toString() {
        return name;
    }
}
