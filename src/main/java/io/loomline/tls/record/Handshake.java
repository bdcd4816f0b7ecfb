package io.loomline.tls.record;

import java.io.IOException;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/**
 * Runs the handshake of an engine. It waits for the peer only when the engine needs input, after
 * everything sealed has left.
 *
 * @param engine the engine, with its parameters set
 * @param reader reads from the channel
 * @param writer writes to the channel
 */
public record Handshake(SSLEngine engine, RecordReader reader, RecordWriter writer) {
    /** A way to wait for input. */
    public interface Wait {
        /** Returns when the channel below is readable. */
        void run() throws IOException, InterruptedException;
    }

    /**
     * Runs it. <i>Blocks.</i> If it fails, the peer is sent an alert if it takes one now.
     *
     * @param awaitReadable waits for input
     * @throws SSLException if it fails
     * @throws IOException if the connection is lost
     */
    public void run(Wait awaitReadable) throws IOException, InterruptedException {
        try {
            engine.beginHandshake();
            while (step(awaitReadable)) {}
            sendLast();
            reader.establish();
        } catch (SSLException e) {
            sendAlert(e);
            throw e;
        } catch (IOException | InterruptedException e) {
            throw e;
        } catch (Exception e) {
            SSLException failure = failureOf(e);
            sendAlert(failure);
            throw failure;
        }
    }

    /** Some engines pass on what a trust manager throws, even checked exceptions undeclared. */
    private static SSLException failureOf(Exception e) {
        String message = e.getMessage() == null ? e.toString() : e.getMessage();
        return (SSLException) new SSLHandshakeException(message).initCause(e);
    }

    /** Returns false once the handshake is complete. */
    private boolean step(Wait awaitReadable) throws IOException, InterruptedException {
        switch (engine.getHandshakeStatus()) {
            case NEED_WRAP -> writer.sealControl();
            case NEED_TASK -> DelegatedTasks.run(engine);
            case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                writer.flush();
                if (!reader.tryHandshakeStep()) awaitReadable.run();
            }
            case NOT_HANDSHAKING, FINISHED -> {
                return false;
            }
        }
        return true;
    }

    /**
     * Sends the last messages. Those of a TLS 1.3 server are session tickets, which the peer reads
     * when it likes: they leave before the next bytes.
     */
    private void sendLast() throws IOException, InterruptedException {
        boolean hasTickets =
                !engine.getUseClientMode() && engine.getSession().getProtocol().equals("TLSv1.3");
        if (!writer.tryFlush() && !hasTickets) writer.flush();
    }

    /** A failure to send the alert is part of the failure. */
    private void sendAlert(SSLException failure) {
        for (int attempt = 0; attempt < 2; attempt++) {
            try { // the first seal may throw the failure of a delegated task once more
                if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) writer.sealControl();
                if (writer.tryFlush()) return;
            } catch (IOException e) {
                if (e != failure) failure.addSuppressed(e);
            }
        }
    }
}
