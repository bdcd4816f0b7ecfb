package io.loomline.net;

import io.loomline.driver.ConnectionLostException;
import io.loomline.driver.ExhaustionException;
import io.loomline.log.LogRate;
import io.loomline.log.LogText;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.util.List;

/**
 * Loads what first runs when descriptors or memory are short: to load a class from a directory
 * takes a descriptor, and a class that could not be loaded once never is.
 */
final class Preparation {
    private static final Logger LOG = LoggerFactory.getLogger(Preparation.class);

    private static final List<Class<?>> NEEDED =
            List.of(
                    ConnectionLostException.class,
                    ExhaustionException.class,
                    AddressRace.class,
                    ConnectFailedException.class,
                    ConnectFailedException.Attempt.class,
                    ConnectionClosedException.class,
                    IncompleteReadException.class,
                    Target.class);

    static {
        try {
            for (Class<?> each : NEEDED) MethodHandles.lookup().ensureInitialized(each);
        } catch (IllegalAccessException e) {
            throw new ExceptionInInitializerError(e);
        }
        Throwable unprintable = LogText.printable(new IOException("\n"));
        new LogRate(1, System::nanoTime)
                .log(more -> LOG.trace("prepared: {}{}", LogText.of(unprintable), more));
    }

    private Preparation() {}

    /** Returns when everything is loaded. */
    static void run() {}
}
