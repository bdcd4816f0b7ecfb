package io.loomline.observe.inspector;

import static java.util.stream.Collectors.toSet;

import org.jspecify.annotations.Nullable;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The parameters of a request. */
final class Query {
    private static final int MOST_IDS = 500;

    private final @Nullable String raw;

    /**
     * Reads a query.
     *
     * @param raw the part of the address after the question mark; null if there is none
     */
    Query(@Nullable String raw) {
        this.raw = raw;
    }

    private Stream<String> values(String name) throws Refusal {
        if (raw == null) return Stream.empty();
        String prefix = name + "=";
        try {
            List<String> values =
                    Arrays.stream(raw.split("&"))
                            .filter(part -> part.startsWith(prefix))
                            .map(part -> part.substring(prefix.length()))
                            .map(value -> URLDecoder.decode(value, StandardCharsets.UTF_8))
                            .toList();
            return values.stream();
        } catch (IllegalArgumentException e) {
            throw new Refusal(Refusal.BAD_REQUEST, name + " is malformed");
        }
    }

    /** A text; null if there is no such parameter. */
    @Nullable String text(String name) throws Refusal {
        return values(name).findFirst().orElse(null);
    }

    /** A number. */
    int number(String name, int absent, int most) throws Refusal {
        String text = text(name);
        if (text == null) return absent;
        try {
            int number = Integer.parseInt(text);
            if (number >= 0 && number <= most) return number;
        } catch (NumberFormatException e) {
            // refused below
        }
        throw new Refusal(Refusal.BAD_REQUEST, name + ": expected 0 to " + most);
    }

    /** Yes or no. */
    boolean flag(String name) throws Refusal {
        return switch (text(name)) {
            case "true" -> true;
            case "false" -> false;
            case null, default ->
                    throw new Refusal(Refusal.BAD_REQUEST, name + ": expected true or false");
        };
    }

    /** The ids of tasks. */
    Set<Long> ids() throws Refusal {
        try {
            Set<Long> ids = values("id").map(Long::valueOf).collect(toSet());
            if (!ids.isEmpty() && ids.size() <= MOST_IDS) return ids;
        } catch (NumberFormatException e) {
            // refused below
        }
        throw new Refusal(
                Refusal.BAD_REQUEST, "id: expected 1 to " + MOST_IDS + " numbers, as in ?id=7");
    }
}
