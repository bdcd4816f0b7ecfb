package io.loomline.observe.inspector;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;

import io.loomline.log.Loggers;
import io.loomline.observe.live.ObservedRuntime;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Checks a request, and answers it.
 *
 * <p><i>Threads:</i> every method may be called from any thread.
 */
final class RequestHandler implements HttpHandler {
    private static final Logger LOG = Loggers.of(RequestHandler.class);
    private static final int INTERNAL_ERROR = 500;
    private static final int NO_BODY = -1;

    /** Scripts, styles and data come from here only, and no other page may embed this one. */
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                    + "connect-src 'self'; base-uri 'none'; form-action 'none'; "
                    + "frame-ancestors 'none'";

    private final RequestCheck check;
    private final DataAnswers data;
    private final ActionAnswers actions;
    private final @Nullable Token token;

    /**
     * Answers for a runtime.
     *
     * @param token null if there are no actions
     */
    RequestHandler(ObservedRuntime runtime, int port, @Nullable Token token) {
        this.check = new RequestCheck(port);
        this.data = new DataAnswers(runtime, token != null);
        this.actions = new ActionAnswers(runtime);
        this.token = token;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Answer answer = answer(exchange);
            addHeaders(exchange.getResponseHeaders(), answer);
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            if (body.length == 0 || exchange.getRequestMethod().equals("HEAD")) {
                exchange.sendResponseHeaders(answer.status(), NO_BODY);
                return;
            }
            exchange.sendResponseHeaders(answer.status(), body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private Answer answer(HttpExchange exchange) throws IOException {
        try {
            String path = Objects.requireNonNullElse(exchange.getRequestURI().getPath(), "");
            check.check(exchange.getRequestHeaders(), path);
            var query = new Query(exchange.getRequestURI().getRawQuery());
            return switch (exchange.getRequestMethod()) {
                case "GET" -> get(exchange, path, query);
                case "POST" -> post(exchange, path, query);
                default -> throw notAllowed(exchange, "GET, POST");
            };
        } catch (Refusal e) {
            return Answer.refusal(e);
        } catch (RuntimeException e) {
            LOG.warn("the inspector could not answer", e);
            return Answer.refusal(new Refusal(INTERNAL_ERROR, "failed; the log has the reason"));
        }
    }

    private Answer get(HttpExchange exchange, String path, Query query)
            throws Refusal, IOException {
        if (ActionAnswers.has(path)) throw notAllowed(exchange, "POST");
        return Page.has(path) ? Page.answer(path) : data.answer(path, query);
    }

    private Answer post(HttpExchange exchange, String path, Query query) throws Refusal {
        if (token == null) {
            throw new Refusal(
                    Refusal.FORBIDDEN, "read-only: the inspector was opened without actions");
        }
        token.check(exchange.getRequestHeaders());
        if (!ActionAnswers.has(path)) throw notAllowed(exchange, "GET");
        return actions.answer(path, query);
    }

    private static Refusal notAllowed(HttpExchange exchange, String methods) {
        exchange.getResponseHeaders().set("Allow", methods);
        return new Refusal(Refusal.METHOD_NOT_ALLOWED, "method: expected " + methods);
    }

    private static void addHeaders(Headers headers, Answer answer) {
        headers.set("Content-Type", answer.contentType());
        headers.set("Content-Security-Policy", POLICY);
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        headers.set("Cross-Origin-Opener-Policy", "same-origin");
        headers.set("Cache-Control", "no-store");
    }
}
