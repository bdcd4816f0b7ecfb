package io.loomline.observe.inspector;

import com.sun.net.httpserver.Headers;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;

/** The secret that requests with an effect must have in a header. */
final class Token {
    static final String HEADER = "Loomline-Token";

    private static final int RANDOM_BYTES = 16;

    private final String text;

    Token() {
        byte[] random = new byte[RANDOM_BYTES];
        new SecureRandom().nextBytes(random);
        text = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    String text() {
        return text;
    }

    /** The time it takes does not depend on where a wrong token differs. */
    void check(Headers headers) throws Refusal {
        String given = headers.getFirst(HEADER);
        if (given == null || !MessageDigest.isEqual(bytes(text), bytes(given))) {
            throw new Refusal(
                    Refusal.FORBIDDEN, HEADER + ": expected the token that was logged at start");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
