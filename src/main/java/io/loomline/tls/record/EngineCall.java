package io.loomline.tls.record;

import io.loomline.log.ErrorText;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/** Calls an engine, whose provider may throw anything for input that it did not expect. */
final class EngineCall {
    private EngineCall() {}

    /** A call of an engine. */
    interface Call<T> {
        T run() throws SSLException;
    }

    static <T> T run(Call<T> call) throws SSLException {
        try {
            return call.run();
        } catch (SSLException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new SSLException("the TLS engine failed: " + ErrorText.of(e), e);
        } catch (Exception e) { // Conscrypt passes on a trust manager's, undeclared
            throw (SSLException) new SSLHandshakeException(ErrorText.of(e)).initCause(e);
        }
    }
}
