package io.loomline.observe.inspector;

import com.sun.net.httpserver.Headers;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;

/**
 * Refuses what a page of another site makes a browser ask. The host defends against DNS rebinding:
 * there the browser takes us for the other site, whose name is in the request.
 */
final class RequestCheck {
    private static final int HTTP_PORT = 80;
    private static final String SITE = "Sec-Fetch-Site";

    /** {@code none} is what a user has typed or has a bookmark of. */
    private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

    private final Set<String> hosts;

    RequestCheck(int port) {
        hosts =
                port == HTTP_PORT // which browsers leave out
                        ? Set.of("localhost", "127.0.0.1", "[::1]")
                        : Set.of("localhost:" + port, "127.0.0.1:" + port, "[::1]:" + port);
    }

    /**
     * Refuses a request by its headers.
     *
     * @param path what it asks for
     */
    void check(Headers headers, String path) throws Refusal {
        String host = only(headers, "Host");
        if (host == null || !hosts.contains(host.toLowerCase(Locale.ROOT))) {
            throw new Refusal(Refusal.FORBIDDEN, "Host: expected one of " + hosts);
        }
        boolean hasOrigin = headers.containsKey("Origin");
        String origin = only(headers, "Origin");
        if (hasOrigin && !("http://" + host).equalsIgnoreCase(origin)) {
            throw new Refusal(Refusal.FORBIDDEN, "Origin: expected http://" + host + " or none");
        }
        checkSite(headers, path);
    }

    /**
     * Browsers say where a request comes from, also one without an origin, such as for an image. A
     * page of another port of this machine is of the same site. Links to the page itself work.
     *
     * <p><i>Source:</i> <a href="https://www.w3.org/TR/fetch-metadata/">Fetch Metadata Request
     * Headers</a>.
     */
    private static void checkSite(Headers headers, String path) throws Refusal {
        if (!headers.containsKey(SITE) || OWN_SITES.contains(textOf(headers, SITE))) return;
        boolean opensPage =
                path.equals("/")
                        && textOf(headers, "Sec-Fetch-Mode").equals("navigate")
                        && textOf(headers, "Sec-Fetch-Dest").equals("document");
        if (!opensPage) {
            throw new Refusal(Refusal.FORBIDDEN, SITE + ": expected one of " + OWN_SITES);
        }
    }

    private static String textOf(Headers headers, String name) {
        return Objects.requireNonNullElse(only(headers, name), "");
    }

    /** The value of a header; null if it is missing or there are several. */
    private static @Nullable String only(Headers headers, String name) {
        List<String> values = headers.get(name);
        return values == null || values.size() != 1 ? null : values.getFirst();
    }
}
