package io.loomline.tls;

import io.loomline.tls.keys.TestCertificates;

import java.nio.ByteBuffer;
import java.util.Arrays;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** The first record of a client. */
final class ClientHello {
    private ClientHello() {}

    static byte[] firstHalf() {
        SSLEngine engine = TestCertificates.clientContext().createSSLEngine("localhost", 443);
        engine.setUseClientMode(true);
        ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        try {
            engine.wrap(ByteBuffer.allocate(0), record);
        } catch (SSLException e) {
            throw new AssertionError("no ClientHello", e);
        }
        return Arrays.copyOf(record.array(), record.position() / 2);
    }
}
