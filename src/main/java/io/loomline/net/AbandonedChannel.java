package io.loomline.net;

import io.loomline.driver.Channel;
import io.loomline.log.LogRate;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.channels.ClosedChannelException;

/**
 * Closes the channel of a connection that became unreachable without having been closed, and logs a
 * warning. With {@code -Dio.loomline.leaks=trace} the warning shows where the connection was
 * created. This is off by default, because recording a stack takes as long as some connects do.
 */
final class AbandonedChannel implements Runnable {
    private static final Logger LOG = Loggers.of(AbandonedChannel.class);

    private static final LogRate RATE = new LogRate(10, System::nanoTime);

    private static final String PROPERTY = "io.loomline.leaks";

    private static final boolean IS_TRACED = "trace".equals(System.getProperty(PROPERTY));

    private final Channel channel;

    /** The connection, as long as it is reachable. */
    private final WeakReference<Connection> connection;

    private final @Nullable Throwable origin;

    /** Must be called on the thread that creates the connection. */
    AbandonedChannel(Channel channel, Connection connection) {
        this.channel = channel;
        this.connection = new WeakReference<>(connection);
        this.origin = IS_TRACED ? new Throwable("the connection was created here") : null;
    }

    /** Null once it is unreachable. */
    @Nullable Connection connection() {
        return connection.get();
    }

    @Override
    public void run() {
        try {
            channel.shutdownOutput();
        } catch (ClosedChannelException e) {
            return; // closed with its driver: nothing has leaked
        } catch (IOException e) {
            LOG.trace("the connection to {} is already lost", channel.remoteAddress(), e);
        }
        channel.close();
        RATE.log(this::report);
    }

    private void report(String more) {
        String hint = origin == null ? "; -D" + PROPERTY + "=trace shows where it was created" : "";
        LOG.warn(
                "the connection to {} was never closed; it is closed now, because it became"
                        + " unreachable{}{}",
                LogText.of(channel.remoteAddress().toString()),
                hint,
                more,
                origin);
    }
}
