package io.loomline.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.probe.HostileException;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.ConnectException;

/** The text that stands for an exception in other messages. */
class ErrorTextTest {
    @Test
    void messageStandsForTheException() {
        assertEquals(
                "Connection refused", ErrorText.of(new ConnectException("Connection refused")));
        assertEquals("a: b", ErrorText.described(new Named("a: b")));
    }

    @Test
    void classStandsForAnExceptionWithoutMessage() {
        assertEquals("java.net.ConnectException", ErrorText.of(new ConnectException()));
        assertEquals("java.io.IOException", ErrorText.of(new IOException((String) null)));
        assertEquals("java.io.IOException", ErrorText.of(new IOException(" ")));
    }

    @Test
    void classStandsForAnExceptionWhoseMethodsThrow() {
        var hostile = new HostileException();
        String name = HostileException.class.getName();
        assertEquals(name, ErrorText.of(hostile));
        assertEquals(name, ErrorText.described(hostile));
        assertEquals(name, LogText.of(hostile));
        assertEquals(name, LogText.printable(hostile).getMessage());
        assertEquals(Named.class.getName(), ErrorText.described(new Named(null)));
    }

    @SuppressWarnings("OverrideThrowableToString") // as some exceptions do
    private static final class Named extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String text;

        Named(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
