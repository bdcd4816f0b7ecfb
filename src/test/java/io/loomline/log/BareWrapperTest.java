package io.loomline.log;

import static org.junit.jupiter.api.Assertions.assertSame;

import io.loomline.probe.HostileException;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.ExecutionException;

/** Which exceptions only stand for their cause. */
class BareWrapperTest {
    private final IOException cause = new IOException("the cause");

    @Test
    void wrappersWithoutAMessageOfTheirOwnStandForTheirCause() {
        assertSame(cause, BareWrapper.unwrapped(new RuntimeException(cause)));
        assertSame(cause, BareWrapper.unwrapped(new RuntimeException(null, cause)));
        assertSame(cause, BareWrapper.unwrapped(new UncheckedIOException(cause)));
        var twice = new ExecutionException(new RuntimeException(cause));
        assertSame(cause, BareWrapper.unwrapped(twice));
    }

    @Test
    void otherExceptionsStandForThemselves() {
        assertSame(cause, BareWrapper.unwrapped(cause));
        var own = new RuntimeException("its own message", cause);
        assertSame(own, BareWrapper.unwrapped(own));
        var hostile = new HostileException();
        assertSame(hostile, BareWrapper.unwrapped(hostile));
    }

    @Test
    void circleOfCausesEnds() {
        var first = new RuntimeException((String) null);
        var second = new RuntimeException(null, first);
        first.initCause(second);
        Throwable found = BareWrapper.unwrapped(first);
        assertSame(RuntimeException.class, found.getClass());
    }
}
