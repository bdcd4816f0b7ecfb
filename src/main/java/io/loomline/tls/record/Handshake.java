package io.loomline.tls.record;

import java.io.IOException;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/**
 * Runs the handshake of an engine. It waits for the peer only when the engine needs input.
 *
 * @param engine the engine, with its parameters set
 * @param reader reads from the channel
 * @param writer writes to the channel
 */
public record Handshake(SSLEngine engine, RecordReader reader, RecordWriter writer) {
    /** The waits of the channel. */
    public interface Waits {
        /** Returns when there is input. */
        void awaitReadable() throws InterruptedException;

        /** Returns when the output takes more. */
        void awaitWritable() throws InterruptedException;

        /** Sends sealed records, those that the channel does not take now in the background. */
        void send() throws IOException;
    }

    /**
     * Runs it. <i>Blocks.</i> If it fails, the peer is sent an alert if it takes one now.
     *
     * @param waits waits for the peer
     * @throws SSLException if it fails
     * @throws IOException if the connection is lost
     */
    public void run(Waits waits) throws IOException, InterruptedException {
        try {
            engine.beginHandshake();
            while (step(waits)) {}
            sendLast(waits);
            reader.establish();
        } catch (SSLException e) {
            sendAlert(e);
            throw e;
        }
    }

    /**
     * Returns false once the handshake is complete. It reads also while the peer does not take what
     * was sealed: the peer may itself be sending.
     */
    private boolean step(Waits waits) throws IOException, InterruptedException {
        switch (engine.getHandshakeStatus()) {
            case NEED_WRAP -> writer.sealControl();
            case NEED_TASK -> DelegatedTasks.run(engine);
            case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                waits.send();
                if (!reader.tryHandshakeStep()) waits.awaitReadable();
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
    private void sendLast(Waits waits) throws IOException, InterruptedException {
        boolean hasTickets =
                !engine.getUseClientMode() && engine.getSession().getProtocol().equals("TLSv1.3");
        while (!writer.tryFlush() && !hasTickets) waits.awaitWritable();
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
