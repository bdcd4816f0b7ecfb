package io.loomline.observe.command;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/**
 * The keys of {@code top}: each is the letter of an order, and Enter. It never waits for a key.
 *
 * <p><i>Threads:</i> one thread uses it.
 */
final class TopKeys {
    static final String HELP =
            "order: w wait, a age, b bytes/s, r read/s, s sent/s; q ends (letter and Enter)";

    private static final char QUIT = 'q';

    private static final Map<Character, String> ORDERS =
            Map.of('w', "wait", 'a', "age", 'b', "rate", 'r', "read", 's', "write");

    private final InputStream typed;
    private @Nullable String chosen;

    TopKeys(InputStream typed) {
        this.typed = typed;
    }

    /**
     * The order that was chosen last.
     *
     * @param usual the order until one is chosen
     * @return the order; null if the user wants to end
     */
    @Nullable String order(String usual) {
        try {
            while (typed.available() > 0) {
                char key = Character.toLowerCase((char) typed.read());
                if (key == QUIT) return null;
                chosen = ORDERS.getOrDefault(key, chosen);
            }
        } catch (IOException e) {
            // the terminal is gone, but the output tells that
        }
        return chosen == null ? usual : chosen;
    }
}
