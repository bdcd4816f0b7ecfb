package io.loomline.tls;

import io.loomline.log.Loggers;
import io.loomline.tls.keys.KeyPairFiles;
import io.loomline.tls.keys.ReloadingIdentity;
import io.loomline.tls.keys.TrustedCertificates;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/**
 * How to speak TLS: which certificates to show, which to trust, and what to negotiate. It is passed
 * to {@code ConnectOptions.withTls}, {@code ServerOptions.withTls} or {@code Connection.startTls}.
 * Each {@code withX} method returns a copy.
 *
 * <p>It is strict by default: TLS 1.3 and 1.2 only. A client always checks that the server's
 * certificate is for the host that it connects to, also with an {@link SSLContext} of your own and
 * when a session is resumed. An end of the connection without the TLS message for it (close_notify)
 * is an error, and so is a renegotiation.
 *
 * <p>Certificates in files are noticed when they change, at most a second later. Connections live
 * on, and new handshakes use the new certificate. If the new files cannot be used, the old
 * certificate stays, and a warning is logged.
 *
 * <p><i>Threads:</i> immutable; any thread may call every method.
 */
public final class Tls {
    private static final Logger LOG = Loggers.of(Tls.class);

    /** Whether a server asks clients for a certificate. */
    public enum ClientAuth {
        /** It does not ask. */
        NONE,
        /** It asks, and accepts a client that has none. */
        WANT,
        /** It asks, and refuses a client that has none. */
        NEED
    }

    private final TlsContext context;
    private final TlsOptions options;

    private Tls(TlsContext context, TlsOptions options) {
        this.context = context;
        this.options = options;
    }

    /**
     * TLS for the side that starts the handshake, which trusts the certificate authorities that the
     * JDK trusts.
     *
     * @return the configuration
     */
    public static Tls client() {
        return new Tls(TlsContext.of(List.of(), null), TlsOptions.CLIENT);
    }

    /**
     * TLS for the side that starts the handshake.
     *
     * @param context provides certificates and trust, of any provider
     * @return the configuration
     */
    public static Tls client(SSLContext context) {
        Objects.requireNonNull(context, "context");
        return new Tls(TlsContext.given(context), TlsOptions.CLIENT);
    }

    /**
     * TLS for the side that waits for the handshake.
     *
     * @param context provides certificates and trust, of any provider
     * @return the configuration
     */
    public static Tls server(SSLContext context) {
        Objects.requireNonNull(context, "context");
        return new Tls(TlsContext.given(context), TlsOptions.SERVER);
    }

    /**
     * TLS for the side that waits for the handshake, with a certificate in PEM files. They are read
     * at once, and again when they change.
     *
     * @param pemCertificateChain the certificate of the server, followed by those of its issuers
     * @param pemPrivateKey its private key, which is not encrypted: RSA, EC or Ed25519
     * @return the configuration
     * @throws IOException if a file cannot be read or is malformed, with the line, or if the key
     *     does not belong to the certificate
     */
    public static Tls server(Path pemCertificateChain, Path pemPrivateKey) throws IOException {
        return server().withCertificate(pemCertificateChain, pemPrivateKey);
    }

    private static Tls server() {
        return new Tls(TlsContext.of(List.of(), null), TlsOptions.SERVER);
    }

    /**
     * A copy with a further certificate. A server chooses among its certificates by the host name
     * that the client asks for: an exact name first, then a wildcard, else the first certificate. A
     * client shows its certificate to servers that ask for one.
     *
     * @param pemCertificateChain the certificate, followed by those of its issuers
     * @param pemPrivateKey its private key, which is not encrypted
     * @return the copy
     * @throws IOException if a file cannot be used, as for {@link #server(Path, Path)}
     * @throws IllegalStateException if an {@link SSLContext} provides the certificates
     */
    public Tls withCertificate(Path pemCertificateChain, Path pemPrivateKey) throws IOException {
        return withCertificate(new KeyPairFiles(pemCertificateChain, pemPrivateKey, null));
    }

    /**
     * A copy with a further certificate, whose key is encrypted.
     *
     * @param pemCertificateChain the certificate, followed by those of its issuers
     * @param pemPrivateKey its private key, in the form {@code ENCRYPTED PRIVATE KEY}
     * @param password the password of the key, which is copied
     * @return the copy
     * @throws IOException if a file cannot be used, as for {@link #server(Path, Path)}, or the
     *     password is wrong
     * @throws IllegalStateException if an {@link SSLContext} provides the certificates
     */
    public Tls withCertificate(Path pemCertificateChain, Path pemPrivateKey, char[] password)
            throws IOException {
        return withCertificate(
                new KeyPairFiles(pemCertificateChain, pemPrivateKey, password.clone()));
    }

    private Tls withCertificate(KeyPairFiles files) throws IOException {
        requireOwnContext("withCertificate");
        List<ReloadingIdentity> all = new ArrayList<>(context.identities());
        all.add(ReloadingIdentity.open(files));
        return new Tls(TlsContext.of(all, context.trusted()), options);
    }

    /**
     * A copy that trusts the certificates in a file, and no others. They are read at once, and not
     * again.
     *
     * @param pem certificates of authorities, or the peer's own
     * @return the copy
     * @throws IOException if the file cannot be read, is malformed or has no certificate
     * @throws IllegalStateException if an {@link SSLContext} provides the trust
     */
    public Tls withTrustedCertificates(Path pem) throws IOException {
        requireOwnContext("withTrustedCertificates");
        var trusted = new PeerVerifier(TrustedCertificates.read(pem));
        return new Tls(TlsContext.of(context.identities(), trusted), options);
    }

    /**
     * A copy of a client that accepts every certificate for every host. Anyone on the path can then
     * read and change everything. For tests only; a warning is logged.
     *
     * @return the copy
     * @throws IllegalStateException if an {@link SSLContext} provides the trust, or for a server
     */
    public Tls insecureTrustAll() {
        requireForClient("insecureTrustAll");
        requireOwnContext("insecureTrustAll");
        LOG.warn(
                "insecureTrustAll: TLS connections of this client accept every certificate, so"
                        + " anyone on the path can read and change what they carry");
        return new Tls(TlsContext.of(context.identities(), new TrustAll()), options);
    }

    private void requireOwnContext(String method) {
        if (!context.isGiven()) return;
        throw new IllegalStateException(
                method + " cannot be combined with an SSLContext, which has its own");
    }

    private void requireForClient(String method) {
        if (!isClient()) throw new IllegalStateException(method + " is for clients");
    }

    private Tls with(TlsOptions options) {
        return new Tls(context, options);
    }

    /**
     * A copy that negotiates an application protocol (ALPN). With the JDK's provider, the handshake
     * fails if the peer supports ALPN and none of the protocols. Others may go on without one:
     * check {@link TlsSession#applicationProtocol}.
     *
     * @param protocols the protocols in the order of preference, such as {@code "h2"}; empty for no
     *     negotiation
     * @return the copy
     * @throws IllegalArgumentException if a name has not 1 to 255 bytes
     */
    public Tls withAlpn(List<String> protocols) {
        return with(options.withAlpn(protocols));
    }

    /**
     * A copy of a server that asks clients for a certificate or not. The default is {@link
     * ClientAuth#NONE}. Which certificates it trusts comes from {@link #withTrustedCertificates} or
     * the {@link SSLContext}.
     *
     * @param clientAuth whether the server asks
     * @return the copy
     * @throws IllegalStateException for a client
     */
    public Tls withClientAuth(ClientAuth clientAuth) {
        Objects.requireNonNull(clientAuth, "clientAuth");
        if (isClient()) throw new IllegalStateException("withClientAuth is for servers");
        boolean asks = clientAuth != ClientAuth.NONE;
        return with(options.withClientAuth(asks, clientAuth == ClientAuth.NEED));
    }

    /**
     * A copy of a client that expects a certificate for another name than the host that it connects
     * to, and asks for that name. Needed for a Unix-domain socket, which has no host name.
     *
     * @param host a host name or an IP address
     * @return the copy
     * @throws IllegalArgumentException if it is blank
     * @throws IllegalStateException for a server
     */
    public Tls withServerName(String host) {
        requireForClient("withServerName");
        return with(options.withServerName(Objects.requireNonNull(host, "host")));
    }

    /**
     * A copy with another bound for the handshake. The default is 10 s. A server counts from the
     * accept of the connection.
     *
     * @param timeout the longest time of a handshake
     * @return the copy
     * @throws IllegalArgumentException if it is zero or negative
     */
    public Tls withHandshakeTimeout(Duration timeout) {
        return with(options.withHandshakeTimeout(timeout));
    }

    /**
     * A copy with other protocol versions.
     *
     * @param protocols one or both of {@code "TLSv1.3"} and {@code "TLSv1.2"}, the default
     * @return the copy
     * @throws IllegalArgumentException for any other version, or none
     */
    public Tls withProtocols(List<String> protocols) {
        return with(options.withProtocols(protocols));
    }

    /**
     * A copy with other cipher suites. By default, a server offers the suites with forward secrecy
     * and authenticated encryption, and a client those that the provider enables.
     *
     * @param suites the names of the suites in the order of preference, such as {@code
     *     "TLS_AES_128_GCM_SHA256"}; empty for the default
     * @return the copy
     * @throws IllegalArgumentException if the provider does not know a suite
     */
    public Tls withCiphers(List<String> suites) {
        List<String> known = context.cipherSuites();
        for (String suite : suites) {
            if (known.contains(suite)) continue;
            throw new IllegalArgumentException(
                    "cipher suite '" + suite + "': expected one of " + known);
        }
        return with(options.withCiphers(suites));
    }

    /**
     * A copy that takes the end of the connection for the end of the input, also without a
     * close_notify. Use it for peers that never send one, if the protocol itself tells where the
     * data ends: otherwise an attacker can cut it off unnoticed.
     *
     * @return the copy
     */
    public Tls lenientClose() {
        return with(options.withLenientClose());
    }

    /**
     * Reads the files of the certificates now, instead of when a change is noticed. New handshakes
     * use the new certificates, also through copies of this object.
     *
     * @throws IOException if a file cannot be used; all old certificates stay
     */
    public void reload() throws IOException {
        for (ReloadingIdentity identity : context.identities()) identity.reload();
    }

    /**
     * Whether this side starts the handshake.
     *
     * @return true for a client
     */
    public boolean isClient() {
        return options.isClient();
    }

    /**
     * The longest time of a handshake.
     *
     * @return the timeout
     */
    public Duration handshakeTimeout() {
        return options.handshakeTimeout();
    }

    /**
     * Checks that a server can use this configuration.
     *
     * @throws IllegalArgumentException if it is for clients, or asks for certificates of clients
     *     but does not say which to trust
     */
    public void requireServer() {
        if (isClient()) {
            throw new IllegalArgumentException(
                    "a server needs Tls.server(...), and got the TLS of a client");
        }
        if (options.asksClient() && !context.isGiven() && context.trusted() == null) {
            throw new IllegalArgumentException(
                    "withClientAuth without withTrustedCertificates: every certificate of a public"
                            + " authority would be accepted");
        }
    }

    /**
     * Checks that a client can use this configuration.
     *
     * @throws IllegalArgumentException if it is for servers
     */
    public void requireClient() {
        if (isClient()) return;
        throw new IllegalArgumentException(
                "a client needs Tls.client(...), and got the TLS of a server");
    }

    TlsOptions options() {
        return options;
    }

    /**
     * The name that the certificate of a server must have; null if none is checked.
     *
     * @throws IllegalArgumentException if there is no name to check
     */
    @Nullable PeerName peerName(@Nullable String host) {
        if (!isClient()) return null;
        String name = options.serverName() == null ? host : options.serverName();
        if (name != null) return PeerName.of(name);
        if (trustsAll()) return null;
        throw new IllegalArgumentException(
                "TLS needs the host name to check: set one with Tls.withServerName");
    }

    boolean trustsAll() {
        return context.trusted() instanceof TrustAll;
    }

    SSLEngine engine(@Nullable PeerName peer, int port) throws IOException {
        SSLContext made = context.context();
        SSLEngine engine =
                peer == null ? made.createSSLEngine() : made.createSSLEngine(peer.text(), port);
        options.applyTo(engine, peer, context.isGiven());
        return engine;
    }
}
