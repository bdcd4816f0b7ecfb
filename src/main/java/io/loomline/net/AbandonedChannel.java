package io.loomline.net;

import io.loomline.driver.Channel;
import io.loomline.log.LogRate;
import io.loomline.log.LogText;
import io.loomline.log.Loggers;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;

/**
 * Frees the descriptor of a connection that nobody has any more and nobody has closed, and says so.
 * Where it was made is said only if that was asked for by the system property {@code
 * io.loomline.leaks}: to note the stack takes as long as some connects do.
 */
final class AbandonedChannel implements Runnable {
    private static final Logger LOG = Loggers.of(AbandonedChannel.class);

    private static final LogRate RATE = new LogRate(10, System::nanoTime);

    private static final String PROPERTY = "io.loomline.leaks";

    private static final boolean IS_TRACED = "trace".equals(System.getProperty(PROPERTY));

    private final Channel channel;
    private final @Nullable Throwable place;

    /** On the thread that has made the connection. */
    AbandonedChannel(Channel channel) {
        this.channel = channel;
        this.place = IS_TRACED ? new Throwable("where the connection was made") : null;
    }

    @Override
    public void run() {
        try {
            channel.shutdownOutput();
        } catch (ClosedChannelException e) {
            return; // with its driver: nothing has leaked
        } catch (IOException e) {
            LOG.trace("the connection to {} is lost already", channel.remoteAddress(), e);
        }
        channel.close();
        RATE.log(this::report);
    }

    private void report(String more) {
        String hint = place == null ? "; -D" + PROPERTY + "=trace says where it was made" : "";
        LOG.warn(
                "the connection to {} was never closed, and is now that nothing uses it{}{}",
                LogText.of(channel.remoteAddress().toString()),
                hint,
                more,
                place);
    }
}
