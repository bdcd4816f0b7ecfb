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
 * A TLS configuration: which certificates to present, which to trust and what to negotiate. Pass it
 * to {@code ConnectOptions.withTls}, {@code ServerOptions.withTls} or {@code Connection.startTls}.
 * Each {@code withX} method returns a copy.
 *
 * <p>It is strict by default: TLS 1.3 and 1.2 only. A client always checks that the server's
 * certificate is for the host that it connects to, even with your own {@link SSLContext} and on
 * resumed sessions. A connection that ends without close_notify is an error. Renegotiation is
 * refused.
 *
 * <p>Changes to certificate and key files are noticed within one second. Existing connections are
 * unaffected, and new handshakes use the new certificate. If the new files cannot be used, the old
 * certificate stays in use and a warning is logged. Files of trusted certificates are read once.
 *
 * <p><i>Threads:</i> immutable; any thread may call every method.
 */
public final class Tls {
    private static final Logger LOG = Loggers.of(Tls.class);

    /** Whether a server asks clients for a certificate. */
    public enum ClientAuth {
        /** It does not ask. */
        NONE,
        /**
         * It asks, and accepts clients without one; a certificate that is shown must be trusted.
         */
        WANT,
        /** It asks, and refuses clients without one. */
        NEED
    }

    private final TlsContext context;
    private final TlsOptions options;

    private Tls(TlsContext context, TlsOptions options) {
        this.context = context;
        this.options = options;
    }

    /**
     * TLS for clients, which start the handshake. It trusts the certificate authorities that the
     * JDK trusts.
     *
     * @return the configuration
     */
    public static Tls client() {
        return new Tls(TlsContext.of(true, List.of(), null), TlsOptions.CLIENT);
    }

    /**
     * TLS for clients, which start the handshake.
     *
     * @param context supplies the keys and the trusted certificates; any provider
     * @return the configuration
     */
    public static Tls client(SSLContext context) {
        Objects.requireNonNull(context, "context");
        return new Tls(TlsContext.given(context), TlsOptions.CLIENT);
    }

    /**
     * TLS for servers, which wait for the handshake.
     *
     * @param context supplies the keys and the trusted certificates; any provider
     * @return the configuration
     */
    public static Tls server(SSLContext context) {
        Objects.requireNonNull(context, "context");
        return new Tls(TlsContext.given(context), TlsOptions.SERVER);
    }

    /**
     * TLS for servers, which wait for the handshake, with a certificate in PEM files. They are read
     * at once, and again when they change.
     *
     * @param pemCertificateChain the certificate of the server, followed by those of its issuers
     * @param pemPrivateKey its unencrypted private key: RSA, EC or Ed25519
     * @return the configuration
     * @throws IOException if a file cannot be read or is malformed (the message names the line), or
     *     if the key does not belong to the certificate
     */
    public static Tls server(Path pemCertificateChain, Path pemPrivateKey) throws IOException {
        return server().withCertificate(pemCertificateChain, pemPrivateKey);
    }

    /**
     * TLS for servers, with a certificate in PEM files and an encrypted private key.
     *
     * @param pemCertificateChain the certificate of the server, followed by those of its issuers
     * @param pemPrivateKey its private key, in the form {@code ENCRYPTED PRIVATE KEY}
     * @param password the password of the key, which is copied
     * @return the configuration
     * @throws IOException if a file cannot be used, as for {@link #server(Path, Path)}, or the
     *     password is wrong
     */
    public static Tls server(Path pemCertificateChain, Path pemPrivateKey, char[] password)
            throws IOException {
        return server().withCertificate(pemCertificateChain, pemPrivateKey, password);
    }

    private static Tls server() {
        return new Tls(TlsContext.of(false, List.of(), null), TlsOptions.SERVER);
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
        return new Tls(TlsContext.of(isClient(), all, context.trusted()), options);
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
        return new Tls(TlsContext.of(isClient(), context.identities(), trusted), options);
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
        return new Tls(TlsContext.of(isClient(), context.identities(), new TrustAll()), options);
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
     * check {@link TlsSession#applicationProtocol}, which is also empty if the peer does not
     * support ALPN.
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
     * the {@link SSLContext}; without either, {@code ServerOptions.withTls} throws.
     *
     * <p>In TLS 1.3, the server checks the client's certificate after the client's handshake has
     * ended. The client learns of a refusal from its first read or write.
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
     * A copy of a client that expects the certificate to be for this name instead of the host's,
     * and sends it as SNI. Needed for a Unix-domain socket, which has no host name.
     *
     * @param host a host name or an IP address
     * @return the copy
     * @throws IllegalArgumentException if it is blank, or has a scheme, port, path or wildcard
     * @throws IllegalStateException for a server
     */
    public Tls withServerName(String host) {
        requireForClient("withServerName");
        return with(options.withServerName(PeerName.requireHost(host)));
    }

    /**
     * A copy with another handshake timeout. The default is 10 s. A server measures from when the
     * connection was accepted. A connect also ends when {@code ConnectOptions.timeout} expires:
     * raise both for slow peers.
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
     * A copy that treats the end of the connection as the end of the input, even without
     * close_notify. Use it for peers that never send one, and only if the protocol marks the end of
     * its data: otherwise an attacker can truncate it unnoticed.
     *
     * @return the copy
     */
    public Tls lenientClose() {
        return with(options.withLenientClose());
    }

    /**
     * Reads the files of the certificates now, instead of when a change is noticed. <i>Blocks</i>
     * on file reads. New handshakes use the new certificates, also through copies of this object.
     *
     * @throws IOException if a file cannot be used; its old certificate stays in use
     */
    public void reload() throws IOException {
        IOException failure = null;
        for (ReloadingIdentity identity : context.identities()) {
            try {
                identity.reload();
            } catch (IOException e) {
                if (failure == null) failure = e;
                else failure.addSuppressed(e);
            }
        }
        if (failure != null) throw failure;
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
                    "expected Tls.server(...), but this Tls is for clients");
        }
        if (options.asksClient() && !context.isGiven() && context.trusted() == null) {
            throw new IllegalArgumentException(
                    "withClientAuth without withTrustedCertificates: every certificate of a public"
                            + " authority would be accepted; add withTrustedCertificates(pem)");
        }
    }

    /**
     * Checks that a client can use this configuration.
     *
     * @throws IllegalArgumentException if it is for servers
     */
    public void requireClient() {
        if (isClient()) return;
        throw new IllegalArgumentException("expected Tls.client(...), but this Tls is for servers");
    }

    /** The side, the protocols and the certificates. */
    @Override
    public String toString() {
        return "Tls[%s, %s, %s]"
                .formatted(isClient() ? "client" : "server", options.protocols(), context);
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
