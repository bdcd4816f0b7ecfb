package io.loomline.tls.record;

import io.loomline.driver.carrier.TimeSlice;

import java.io.IOException;
import java.util.concurrent.Semaphore;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/**
 * Runs the handshake of an engine. It waits for the peer only when the engine needs input. It never
 * waits for the peer to read, which may wait for this side to read.
 *
 * @param engine the engine, with its parameters set
 * @param reader reads from the channel
 * @param writer writes to the channel
 * @param background writes while the thread of the handshake reads
 */
public record Handshake(
        SSLEngine engine, RecordReader reader, RecordWriter writer, BackgroundFlush background) {
    /** A way to wait for input. */
    public interface Wait {
        /** Returns when the channel below is readable. */
        void run() throws IOException, InterruptedException;
    }

    /**
     * Runs it. <i>Blocks.</i> If it fails, the peer is sent an alert if it takes one now.
     *
     * @param awaitReadable waits for input
     * @param permits one is held, except during these waits: a silent peer occupies none
     * @throws SSLException if it fails
     * @throws IOException if the connection is lost
     */
    public void run(Wait awaitReadable, Semaphore permits)
            throws IOException, InterruptedException {
        permits.acquire();
        try {
            run(() -> {
                permits.release();
                try {
                    awaitReadable.run();
                } finally {
                    permits.acquireUninterruptibly();
                }
            });
        } finally {
            permits.release();
        }
    }

    private void run(Wait awaitReadable) throws IOException, InterruptedException {
        try {
            Turn.run(engine::beginHandshake); // a client makes its keys
            while (step(awaitReadable)) {}
            sendLast();
            reader.establish();
        } catch (SSLException e) {
            sendAlert(e);
            throw e;
        }
    }

    /** Returns false once the handshake is complete. */
    private boolean step(Wait awaitReadable) throws IOException, InterruptedException {
        switch (engine.getHandshakeStatus()) {
            case NEED_WRAP -> Turn.run(writer::sealControl);
            case NEED_TASK -> Turn.run(() -> DelegatedTasks.run(engine));
            case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                var _ = background.flush();
                TimeSlice.spend(RecordBuffers.MAX_RECORD_BYTES); // short records cost as much
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
        if (!background.flush() && !hasTickets) background.finish();
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
