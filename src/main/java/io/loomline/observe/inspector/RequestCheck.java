package io.loomline.observe.inspector;

import com.sun.net.httpserver.Headers;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Refuses what a page of another site makes a browser ask. The host defends against DNS rebinding:
 * there the browser takes us for the other site, whose name is in the request.
 */
final class RequestCheck {
    private static final int HTTP_PORT = 80;

    private final Set<String> hosts;

    RequestCheck(int port) {
        hosts =
                port == HTTP_PORT // which browsers leave out
                        ? Set.of("localhost", "127.0.0.1", "[::1]")
                        : Set.of("localhost:" + port, "127.0.0.1:" + port, "[::1]:" + port);
    }

    void check(Headers headers) throws Refusal {
        String host = only(headers, "Host");
        if (host == null || !hosts.contains(host.toLowerCase(Locale.ROOT))) {
            throw new Refusal(Refusal.FORBIDDEN, "Host: expected one of " + hosts);
        }
        boolean hasOrigin = headers.containsKey("Origin");
        String origin = only(headers, "Origin");
        if (hasOrigin && !("http://" + host).equalsIgnoreCase(origin)) {
            throw new Refusal(Refusal.FORBIDDEN, "Origin: expected http://" + host + " or none");
        }
    }

    /** The value of a header; null if it is missing or there are several. */
    private static @Nullable String only(Headers headers, String name) {
        List<String> values = headers.get(name);
        return values == null || values.size() != 1 ? null : values.getFirst();
    }
}
