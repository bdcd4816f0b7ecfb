package io.loomline.tls;

import io.loomline.log.ErrorText;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/**
 * Says what a failure of the JDK's engine means. If the peer has refused something, the engine
 * names only the alert.
 *
 * <p><i>Source:</i> <a href="https://www.rfc-editor.org/rfc/rfc8446#section-6.2">RFC 8446, section
 * 6.2</a>: "Sent by servers when a client certificate is desired but none was provided by the
 * client."
 */
final class TlsFailure {
    private static final String RECEIVED = "Received fatal alert: ";

    private TlsFailure() {}

    /** The failure with an explanation; unchanged if there is none that a user can act on. */
    static IOException explained(IOException e, TlsOptions options) {
        if (!(e instanceof SSLException)) return e;
        String text = ErrorText.of(e);
        int start = text.indexOf(RECEIVED);
        String message =
                start < 0
                        ? ownReason(text, options)
                        : peerReason(text.substring(start + RECEIVED.length()).strip(), options);
        if (message == null) return e;
        return e instanceof SSLHandshakeException
                ? (IOException) new SSLHandshakeException(message).initCause(e)
                : new SSLException(message, e);
    }

    private static @Nullable String ownReason(String text, TlsOptions options) {
        if (text.endsWith("Empty client certificate chain")) {
            return "the client has shown no certificate";
        }
        if (text.endsWith("No matching application layer protocol values")) {
            return "the client offers none of the application protocols " + options.alpn();
        }
        return null;
    }

    private static @Nullable String peerReason(String alert, TlsOptions options) {
        boolean ofClient = options.isClient();
        String reason = reason(alert, ofClient ? "client" : "server");
        if (reason == null) return null;
        return "the %s %s (alert %s)".formatted(ofClient ? "server" : "client", reason, alert);
    }

    private static @Nullable String reason(String alert, String own) {
        return switch (alert) {
            case "bad_certificate", "certificate_unknown", "unsupported_certificate" ->
                    "has refused the certificate of this " + own;
            case "certificate_expired" ->
                    "has refused the certificate of this %s as expired".formatted(own);
            case "certificate_revoked" ->
                    "has refused the certificate of this %s as revoked".formatted(own);
            case "unknown_ca" -> "does not trust the issuer of the certificate of this " + own;
            case "certificate_required" ->
                    "requires a certificate, and this %s has shown none".formatted(own);
            case "access_denied" -> "does not accept the certificate of this " + own;
            case "protocol_version" -> "supports none of the TLS versions of this " + own;
            case "insufficient_security" -> "asks for stronger cipher suites than this " + own;
            case "handshake_failure" ->
                    "found no acceptable cipher suite, or misses a certificate of this " + own;
            case "no_application_protocol" ->
                    "supports none of the application protocols (ALPN) of this " + own;
            case "unrecognized_name" -> "does not know the host name that was asked for";
            default -> null;
        };
    }
}
