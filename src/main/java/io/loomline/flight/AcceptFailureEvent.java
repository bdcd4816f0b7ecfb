package io.loomline.flight;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Enabled;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

import org.jspecify.annotations.Nullable;

@Name("io.loomline.AcceptFailure")
@Label("Accept Failure")
@Category("Loomline")
@Description("A server could not accept a connection")
@Enabled(false)
@StackTrace(false)
final class AcceptFailureEvent extends Event {
    /** Tells whether the event is enabled. */
    static final AcceptFailureEvent PROBE = new AcceptFailureEvent();

    @Label("Local Address")
    @Description("Of the listener")
    @Nullable String localAddress;

    @Label("Failure")
    @Nullable String failure;

    @Label("Pauses")
    @Description("Whether the server pauses; otherwise only one connection was lost")
    boolean pauses;
}
