package io.loomline.server.listen;

import io.loomline.driver.Acceptor;
import io.loomline.driver.Channel;
import io.loomline.driver.Driver;
import io.loomline.driver.SocketOptions;
import io.loomline.log.ErrorText;
import io.loomline.log.Loggers;
import io.loomline.net.Connection;
import io.loomline.net.wire.Interrupts;
import io.loomline.task.Deadline;
import io.loomline.task.Task;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeoutException;

/** Takes over the listening sockets of a predecessor; the other side of a {@link Handover}. */
public final class Takeover implements AutoCloseable {
    private static final Logger LOG = Loggers.of(Takeover.class);

    private final List<Acceptor> listeners;
    private final Connection predecessor;

    private Takeover(List<Acceptor> listeners, Connection predecessor) {
        this.listeners = listeners;
        this.predecessor = predecessor;
    }

    /**
     * Receives the listeners. <i>Blocks.</i>
     *
     * @param socket the path at which the predecessor offers them
     * @param place what adopts them
     * @return the takeover; null if no process listens at the path, or it ends the connection
     *     before it passes anything
     * @throws IOException if the process at the path passes no listeners
     * @throws InterruptedException if the caller was cancelled
     * @throws UnsupportedOperationException if the driver cannot receive listeners
     */
    public static @Nullable Takeover from(Path socket, ListenPlace place)
            throws IOException, InterruptedException {
        Task.checkCancelled();
        try {
            return Deadline.after(Handover.STEP_LIMIT, place.connections().clock())
                    .<@Nullable Takeover, IOException>call(() -> fromWithin(socket, place));
        } catch (TimeoutException e) {
            var timeout =
                    new SocketTimeoutException(
                            "the process at %s did not pass its listeners within %s"
                                    .formatted(socket, Handover.STEP_LIMIT));
            timeout.initCause(e);
            throw timeout;
        } catch (IOException e) {
            throw new IOException(
                    "cannot take over the listeners of the process at %s: %s"
                            .formatted(socket, ErrorText.of(e)),
                    e);
        } catch (InterruptedException e) {
            throw Interrupts.cancelOr(e);
        }
    }

    private static @Nullable Takeover fromWithin(Path socket, ListenPlace place)
            throws IOException, InterruptedException {
        Channel channel = connect(socket, place.driver());
        if (channel == null) return null;
        List<Acceptor> listeners = List.of();
        try {
            listeners = place.driver().receiveListeners(channel, place.options());
            LOG.info("taking over {} listeners of the process at {}", listeners.size(), socket);
            Connection predecessor = place.connections().over(channel, Handover.LIMITS);
            return new Takeover(listeners, predecessor);
        } catch (EOFException e) { // thrown before any listener was received
            LOG.warn("the process at {} has ended, or has refused to pass its listeners", socket);
            channel.abort();
            return null;
        } catch (Throwable e) {
            listeners.forEach(Acceptor::close);
            channel.abort();
            throw e;
        }
    }

    private static @Nullable Channel connect(Path socket, Driver driver)
            throws IOException, InterruptedException {
        try {
            var address = UnixDomainSocketAddress.of(socket);
            return driver.connect(address, null, SocketOptions.DEFAULT);
        } catch (ConnectException e) { // refused: the file is stale
            LOG.debug("no process listens at {}", socket, e);
            return null;
        } catch (IOException e) {
            if (Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) throw e;
            LOG.debug("there is no file {}", socket, e);
            return null;
        }
    }

    /**
     * The listeners.
     *
     * @return their acceptors, at least one
     */
    public List<Acceptor> listeners() {
        return listeners;
    }

    /**
     * Tells the predecessor that this process accepts, and waits until the predecessor has freed
     * the path. <i>Blocks.</i> If the predecessor has ended meanwhile, this process goes on.
     *
     * @throws InterruptedException if the caller was cancelled
     */
    public void confirm() throws InterruptedException {
        try {
            predecessor.writeLine(Handover.ACCEPTING);
            predecessor.flush();
            String answer = predecessor.readLine();
            if (Handover.RELEASED.equals(answer)) return;
            LOG.warn("the predecessor has ended before it has confirmed the takeover");
        } catch (IOException e) {
            LOG.warn("the predecessor did not confirm the takeover: {}", ErrorText.of(e));
        }
    }

    @Override
    public void close() {
        predecessor.close();
    }
}
