package io.loomline.proxy;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * What a proxy that ends TLS tells about its connection with the client.
 *
 * <p><i>Source:</i> <a
 * href="https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt">proxy-protocol.txt</a>: "The
 * {@literal <client>} field is made of a bit field from the following values, indicating which
 * element is present".
 *
 * @param isTls whether the client connected over TLS
 * @param hasCertificate whether the client presented a certificate on this connection
 * @param hasCertificateInSession whether it presented one at least once in this TLS session, which
 *     it may have resumed
 * @param isVerified whether it presented a certificate that the proxy has verified
 * @param tlvs the values, with unknown types among them
 */
public record ProxySsl(
        boolean isTls,
        boolean hasCertificate,
        boolean hasCertificateInSession,
        boolean isVerified,
        List<ProxyTlv> tlvs) {
    private static final int HEAD_BYTES = 5;
    private static final int CLIENT_SSL = 0x01;
    private static final int CLIENT_CERT_CONN = 0x02;
    private static final int CLIENT_CERT_SESS = 0x04;

    /** Copies the list. */
    public ProxySsl {
        tlvs = List.copyOf(tlvs);
    }

    // https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt
    // "The <verify> field will be zero if the client presented a certificate and it was
    // successfully verified, and non-zero otherwise."
    /** Throws {@link IllegalArgumentException} if the value is malformed. */
    static ProxySsl parse(byte[] value) {
        if (value.length < HEAD_BYTES) {
            throw new IllegalArgumentException(
                    "SSL TLV of " + value.length + " bytes: expected 5 or more");
        }
        ByteBuffer bytes = ByteBuffer.wrap(value);
        int client = bytes.get();
        int verify = bytes.getInt();
        boolean onConnection = (client & CLIENT_CERT_CONN) != 0;
        boolean inSession = (client & CLIENT_CERT_SESS) != 0;
        return new ProxySsl(
                (client & CLIENT_SSL) != 0,
                onConnection,
                inSession,
                verify == 0 && (onConnection || inSession), // a proxy may send 0 without one
                TlvFormat.parse(bytes));
    }

    /**
     * The version of TLS.
     *
     * @return a text such as {@code TLSv1.3}; empty if the proxy did not send it, or not in UTF-8
     */
    public Optional<String> version() {
        return TlvFormat.firstText(tlvs, ProxyTlv.SSL_VERSION);
    }

    /**
     * The common name in the certificate of the client. It identifies the client only if the
     * certificate {@linkplain #isVerified is verified}.
     *
     * @return the name; empty if the proxy did not send it, or not in UTF-8
     */
    public Optional<String> commonName() {
        return TlvFormat.firstText(tlvs, ProxyTlv.SSL_CN);
    }

    /**
     * The name of the cipher.
     *
     * @return a text such as {@code ECDHE-RSA-AES128-GCM-SHA256}; empty if the proxy did not send
     *     it, or not in UTF-8
     */
    public Optional<String> cipher() {
        return TlvFormat.firstText(tlvs, ProxyTlv.SSL_CIPHER);
    }

    /**
     * The algorithm that signed the certificate of the proxy.
     *
     * @return a text such as {@code SHA256}; empty if the proxy did not send it, or not in UTF-8
     */
    public Optional<String> signatureAlgorithm() {
        return TlvFormat.firstText(tlvs, ProxyTlv.SSL_SIG_ALG);
    }

    /**
     * The algorithm of the key of the certificate of the proxy.
     *
     * @return a text such as {@code RSA2048}; empty if the proxy did not send it, or not in UTF-8
     */
    public Optional<String> keyAlgorithm() {
        return TlvFormat.firstText(tlvs, ProxyTlv.SSL_KEY_ALG);
    }
}
