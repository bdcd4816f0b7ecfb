package io.loomline.tls;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * What an engine is told, apart from certificates and trust.
 *
 * @param isClient whether the engine starts the handshake
 * @param alpn the application protocols in the order of preference; empty for no ALPN
 * @param asksClient whether a server asks clients for a certificate
 * @param needsClient whether it refuses clients without one
 * @param serverName the name to send and to check; null for the host that is connected to
 * @param handshakeTimeout the longest time of a handshake
 * @param protocols the protocol versions
 * @param ciphers the cipher suites; empty for the default
 * @param lenientClose whether the end of the input needs no close_notify
 */
record TlsOptions(
        boolean isClient,
        List<String> alpn,
        boolean asksClient,
        boolean needsClient,
        @Nullable String serverName,
        Duration handshakeTimeout,
        List<String> protocols,
        List<String> ciphers,
        boolean lenientClose) {
    static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    // https://www.rfc-editor.org/rfc/rfc7301#section-3.1
    // "Empty strings MUST NOT be included and byte strings MUST NOT be truncated."
    private static final int MAX_ALPN_BYTES = 255;

    private static TlsOptions of(boolean isClient) {
        return new TlsOptions(
                isClient,
                List.of(),
                false,
                false,
                null,
                Duration.ofSeconds(10),
                PROTOCOLS,
                List.of(),
                false);
    }

    static final TlsOptions CLIENT = of(true);
    static final TlsOptions SERVER = of(false);

    TlsOptions {
        alpn = List.copyOf(alpn);
        protocols = List.copyOf(protocols);
        ciphers = List.copyOf(ciphers);
        alpn.forEach(TlsOptions::requireAlpn);
        if (!handshakeTimeout.isPositive()) {
            throw new IllegalArgumentException(
                    "handshakeTimeout " + handshakeTimeout + ": expected more than 0");
        }
        if (protocols.isEmpty() || !PROTOCOLS.containsAll(protocols)) {
            throw new IllegalArgumentException(
                    "protocols " + protocols + ": expected one or more of " + PROTOCOLS);
        }
        if (serverName != null) PeerName.of(serverName);
    }

    private static void requireAlpn(String protocol) {
        boolean latin = protocol.chars().allMatch(c -> c <= 0xff);
        if (protocol.isEmpty() || protocol.length() > MAX_ALPN_BYTES || !latin) {
            throw new IllegalArgumentException(
                    "application protocol '" + protocol + "': expected 1 to 255 bytes");
        }
    }

    TlsOptions withAlpn(List<String> alpn) {
        return new TlsOptions(
                isClient,
                alpn,
                asksClient,
                needsClient,
                serverName,
                handshakeTimeout,
                protocols,
                ciphers,
                lenientClose);
    }

    TlsOptions withClientAuth(boolean asksClient, boolean needsClient) {
        return new TlsOptions(
                isClient,
                alpn,
                asksClient,
                needsClient,
                serverName,
                handshakeTimeout,
                protocols,
                ciphers,
                lenientClose);
    }

    TlsOptions withServerName(String serverName) {
        return new TlsOptions(
                isClient,
                alpn,
                asksClient,
                needsClient,
                serverName,
                handshakeTimeout,
                protocols,
                ciphers,
                lenientClose);
    }

    TlsOptions withHandshakeTimeout(Duration handshakeTimeout) {
        return new TlsOptions(
                isClient,
                alpn,
                asksClient,
                needsClient,
                serverName,
                handshakeTimeout,
                protocols,
                ciphers,
                lenientClose);
    }

    TlsOptions withProtocols(List<String> protocols) {
        return new TlsOptions(
                isClient,
                alpn,
                asksClient,
                needsClient,
                serverName,
                handshakeTimeout,
                protocols,
                ciphers,
                lenientClose);
    }

    TlsOptions withCiphers(List<String> ciphers) {
        return new TlsOptions(
                isClient,
                alpn,
                asksClient,
                needsClient,
                serverName,
                handshakeTimeout,
                protocols,
                ciphers,
                lenientClose);
    }

    TlsOptions withLenientClose() {
        return new TlsOptions(
                isClient,
                alpn,
                asksClient,
                needsClient,
                serverName,
                handshakeTimeout,
                protocols,
                ciphers,
                true);
    }

    /**
     * Sets the parameters of an engine.
     *
     * @param checksName whether the engine itself checks the name, too
     */
    void applyTo(SSLEngine engine, @Nullable PeerName peer, boolean checksName) {
        engine.setUseClientMode(isClient);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(protocols.toArray(String[]::new));
        parameters.setCipherSuites(suites(engine));
        if (!alpn.isEmpty()) parameters.setApplicationProtocols(alpn.toArray(String[]::new));
        if (isClient) applyName(parameters, peer, checksName);
        else applyClientAuth(parameters);
        engine.setSSLParameters(parameters);
    }

    private static void applyName(
            SSLParameters parameters, @Nullable PeerName peer, boolean checksName) {
        if (peer == null) return;
        var name = peer.serverName();
        parameters.setServerNames(name == null ? List.of() : List.of(name));
        if (checksName && (name != null || peer.address() != null)) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
    }

    private void applyClientAuth(SSLParameters parameters) {
        if (needsClient) parameters.setNeedClientAuth(true);
        else parameters.setWantClientAuth(asksClient);
        parameters.setUseCipherSuitesOrder(true);
    }

    /** A server offers by default only suites with forward secrecy and authenticated encryption. */
    private String[] suites(SSLEngine engine) {
        if (!ciphers.isEmpty()) return ciphers.toArray(String[]::new);
        String[] all = engine.getEnabledCipherSuites();
        if (isClient) return all;
        String[] strong = Arrays.stream(all).filter(TlsOptions::isStrong).toArray(String[]::new);
        return strong.length == 0 ? all : strong;
    }

    private static boolean isStrong(String suite) {
        boolean isTls13 = !suite.contains("_WITH_");
        boolean isAead = suite.contains("_GCM_") || suite.contains("_CHACHA20_");
        return isTls13 || (suite.startsWith("TLS_ECDHE_") && isAead);
    }
}
