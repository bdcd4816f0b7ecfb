package io.loomline.flight;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

import org.jspecify.annotations.Nullable;

@Name("io.loomline.Close")
@Label("Close")
@Category("Loomline")
@Description("This side closed a connection")
@Enabled(false)
@StackTrace(true)
final class CloseEvent extends Event {
    /** Tells whether the event is enabled. */
    static final CloseEvent PROBE = new CloseEvent();

    @Label("Remote Address")
    @Nullable String remoteAddress;

    @Label("Reason")
    @Nullable String reason;

    @Label("Bytes Read")
    @DataAmount
    long bytesRead;

    @Label("Bytes Written")
    @DataAmount
    @Description("Bytes that the kernel has taken, below TLS")
    long bytesWritten;
}
