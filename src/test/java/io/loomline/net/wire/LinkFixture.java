package io.loomline.net.wire;

import io.loomline.net.Connection;
import io.loomline.probe.Leftovers;
import io.loomline.probe.Link;
import io.loomline.probe.Medium;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;

/** A connection and its peer over each medium. Subclasses are parameterized by {@link Medium}. */
public abstract class LinkFixture {
    @RegisterExtension protected static final Leftovers LEFTOVERS = new Leftovers();

    @Parameter protected Medium medium;

    protected Link link;

    /** The connection under test: one end of the link. */
    protected Connection here;

    @BeforeEach
    public void openLink() {
        link = connect();
        here = link.here();
    }

    /** Overridden by tests that need a clock of their own. */
    protected Link connect() {
        return medium.open();
    }

    @AfterEach
    public void closeLink() {
        link.close();
    }
}
