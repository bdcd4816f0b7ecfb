package io.loomline.server;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Log lines of connections whose handshake has failed: who, and why. */
@Tag("slow")
class HandshakeFailureLogTest {
    @Test
    void eachFailedHandshakeIsLoggedInOneLine() throws Exception {
        var log = ConnectionLog.of(HandshakeFailureProgram.class);
        log.assertLogged(
                "refused by the client",
                "INFO",
                "the client has refused the certificate of this server (alert"
                        + " certificate_unknown)");
        log.assertLogged("old client", "INFO", "protocol versions [TLSv1.2] are not accepted");
        log.assertLogged("without certificate", "INFO", "the client has shown no certificate");
        log.assertLogged("expired client", "INFO", "has expired since ");
        log.assertLogged("plaintext", "INFO", "127.0.0.1:");
        log.assertLogged("left in the middle", "INFO", "127.0.0.1:");
        log.assertLogged("health check", "DEBUG", "127.0.0.1:");
        log.assertLogged("silent", "INFO", "handshakeTimeout PT10S");
        log.assertLimited("storm");
    }
}
